// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.types.Element;
import com.dylibso.chicory.wasm.types.MutabilityType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a guest can change in its instance, at the moment right after instantiation: memory and its size,
 * mutable globals, tables, dropped segments. Taken once per module, immutable; every instance of the module can be made
 * equal to it.
 */
final class Snapshot {

    private final FlatMemory.@Nullable Image memory;
    private final int[] mutable;
    private final long[] values;
    private final GuestTable.Image[] tables;
    private final @Nullable Element[] elements;

    private Snapshot(
            FlatMemory.@Nullable Image memory,
            int[] mutable,
            long[] values,
            GuestTable.Image[] tables,
            @Nullable Element[] elements) {
        this.memory = memory;
        this.mutable = mutable;
        this.values = values;
        this.tables = tables;
        this.elements = elements;
    }

    /** Takes the snapshot of an instance that imports nothing but functions. */
    static Snapshot of(Instance instance) {
        int globals = instance.module().globalSection().globalCount();
        int[] mutable = new int[globals];
        long[] values = new long[globals * 2];
        int count = 0;
        for (int i = 0; i < globals; i++) {
            GlobalInstance global = instance.global(i);
            if (global.getMutabilityType() == MutabilityType.Var) {
                values[count * 2] = global.getValueLow();
                values[count * 2 + 1] = global.getValueHigh();
                mutable[count++] = i;
            }
        }
        GuestTable.Image[] tables =
                new GuestTable.Image[instance.module().tableSection().tableCount()];
        for (int i = 0; i < tables.length; i++) {
            tables[i] = ((GuestTable) instance.table(i)).image();
        }
        Element[] elements = new Element[instance.elementCount()];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = instance.element(i);
        }
        FlatMemory memory = (FlatMemory) instance.memory();
        return new Snapshot(
                memory == null ? null : memory.image(), Arrays.copyOf(mutable, count), values, tables, elements);
    }

    /**
     * Makes an instance of the same module equal to this.
     *
     * @param all whether it may differ anywhere; otherwise only where it was changed since it was last made equal
     * @return false if it cannot be done; the instance must not be used any more
     */
    boolean restore(Instance instance, boolean all) {
        for (int i = 0; i < tables.length; i++) {
            if (!((GuestTable) instance.table(i)).restore(tables[i], instance, all)) {
                return false;
            }
        }
        for (int i = 0; i < mutable.length; i++) {
            GlobalInstance global = instance.global(mutable[i]);
            global.setValueLow(values[i * 2]);
            global.setValueHigh(values[i * 2 + 1]);
        }
        for (int i = 0; i < elements.length; i++) {
            instance.setElement(i, elements[i]);
        }
        if (memory != null) {
            ((FlatMemory) instance.memory()).restore(memory, all);
        }
        return true;
    }
}
