// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static com.dylibso.chicory.wasm.types.Value.REF_NULL_VALUE;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.TableInstance;
import com.dylibso.chicory.wasm.types.Table;
import com.dylibso.chicory.wasm.types.TableLimits;
import org.jspecify.annotations.Nullable;

/**
 * A table of one instance, which knows whether it was changed. For one thread at a time.
 *
 * @see <a href="https://webassembly.github.io/spec/core/exec/runtime.html#table-instances">Table instances</a>
 */
final class GuestTable extends TableInstance {

    /**
     * A table's contents at some moment. Immutable; functions of the instance itself are distinguished from empty
     * entries.
     */
    record Image(int[] refs, boolean[] own) {}

    /** The bytes of the heap that an entry takes, roughly. */
    static final int ENTRY_BYTES = 8;

    /** Writes between two looks at whether the guest is to be stopped, less one. */
    private static final int EVERY = 0xfff;

    /** How many more entries the tables of one instance may have. For one thread at a time. */
    static final class Room {
        private final GuestHeap.Charge charge;
        private int entries;

        Room(int entries, GuestHeap.Charge charge) {
            this.entries = entries;
            this.charge = charge;
        }

        boolean take(int more) {
            if (more < 0 || more > entries) {
                return false;
            }
            entries -= more;
            return true;
        }

        boolean grow(int more) {
            if (more < 0 || more > entries) {
                return false;
            }
            long bytes = (long) more * ENTRY_BYTES;
            if (!charge.take(bytes)) {
                charge.refuse(bytes);
                return false;
            }
            return take(more);
        }

        /** Undoes a {@link #grow} that failed. */
        void undo(int more) {
            entries += more;
            charge.give((long) more * ENTRY_BYTES);
        }
    }

    private final Room room;
    private boolean changed;
    private int writes;

    /**
     * Creates a table.
     *
     * @param room what all tables of the instance share
     */
    GuestTable(Table table, int initialValue, Room room) {
        super(withLimitsOfItsOwn(table), initialValue);
        this.room = room;
        if (!room.take((int) table.limits().min())) {
            throw new IllegalStateException(
                    "BUG: a table was not counted when its module was loaded; please report this");
        }
    }

    /** The engine notes a table's growth in the limits, which would be the module's. */
    private static Table withLimitsOfItsOwn(Table table) {
        return new Table(
                table.elementType(),
                new TableLimits(table.limits().min(), table.limits().max()));
    }

    /** The engine's {@code table.copy} asks for entries of the source by their index in the target. */
    @Override
    public @Nullable Instance instance(int index) {
        return index < size() ? super.instance(index) : null;
    }

    @Override
    public void setRef(int index, int value, Instance instance) {
        changed = true;
        // Instructions that fill and copy come here for each entry, and look for interrupts nowhere else.
        if ((++writes & EVERY) == 0 && Thread.currentThread().isInterrupted()) {
            throw new ChicoryInterruptedException("interrupted in a table instruction");
        }
        super.setRef(index, value, instance);
    }

    @Override
    public int grow(int size, int value, Instance instance) {
        changed = true;
        if (!room.grow(size)) {
            return -1;
        }
        int before = super.grow(size, value, instance);
        if (before < 0) {
            room.undo(size);
        }
        return before;
    }

    @Override
    public void reset() {
        changed = true;
        super.reset();
    }

    Image image() {
        int[] refs = new int[size()];
        boolean[] own = new boolean[size()];
        for (int i = 0; i < refs.length; i++) {
            refs[i] = ref(i);
            own[i] = instance(i) != null;
        }
        return new Image(refs, own);
    }

    /**
     * Makes this table equal to the image.
     *
     * @param instance the instance that this table belongs to
     * @return false if it is larger now, which cannot be undone
     */
    boolean restore(Image image, Instance instance, boolean all) {
        if (size() < image.refs.length) {
            // The first instance grew it, in what Wizer calls.
            super.grow(image.refs.length - size(), REF_NULL_VALUE, instance);
        }
        if (size() != image.refs.length) {
            return false;
        }
        if (changed || all) {
            for (int i = 0; i < image.refs.length; i++) {
                // Not through this class, which throws if the thread is interrupted: this is the host's work.
                super.setRef(i, image.refs[i], image.own[i] ? instance : null);
            }
            changed = false;
        }
        return true;
    }
}
