// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.ConstantEvaluators;
import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.WasmRuntimeException;
import com.dylibso.chicory.wasm.UninstantiableException;
import com.dylibso.chicory.wasm.types.ActiveDataSegment;
import com.dylibso.chicory.wasm.types.DataSegment;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.PassiveDataSegment;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestOutput;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one instance: an array, and a note of every page that was written to, so that {@link #restore} need
 * only look at those.
 *
 * <pre>
 * data    [ limit bytes that the guest sees | zeros up to the capacity ]
 * dirty   [ one byte per 4 KiB page of data, 1 = written to since the last restore ]
 * </pre>
 *
 * A store marks the page of its first byte only; it may reach up to 7 bytes into the next one, so a restore takes that
 * many bytes more with every page. Bytes beyond the limit are zero: nothing is ever written there, and a restore clears
 * what a grown memory leaves behind.
 *
 * <p>The static methods are what compiled guests call: {@code base} is the unsigned address from the stack,
 * {@code offset} the constant of the instruction, never negative. For one thread at a time.
 *
 * @see <a href="https://webassembly.github.io/spec/core/exec/runtime.html#memory-instances">Memory instances</a>
 */
public final class FlatMemory implements Memory {

    /** Bytes per entry of the dirty map, as a power of two. */
    private static final int DIRTY_SHIFT = 12;

    private static final int DIRTY_PAGE = 1 << DIRTY_SHIFT;

    /** How far a store may reach beyond the page that it marks. */
    private static final int REACH = 7;

    private static final long UNSIGNED = 0xffffffffL;

    /** Bytes that are moved or filled between two looks at whether the guest is to be stopped. */
    private static final int CHUNK = 1 << 20;

    /** Bytes that are moved or filled without a look. */
    private static final int SHORT_RANGE = 4 << 10;

    /** Larger arrays are not allocated for a guest that is to be stopped. */
    private static final int LARGE = 1 << 20;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle FLOAT = MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle DOUBLE =
            MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

    /** Never written; not final, so that HotSpot does not know it. */
    @SuppressWarnings("FieldMayBeFinal")
    private static int one = 1;

    private final MemoryLimits limits;
    private byte[] data;
    private byte[] dirty;

    /** The size that the guest sees, in bytes; below 2^31. */
    private long limit;

    /** Whether the engine has not begun with it: it sets a memory to zero first, as the JVM has done already. */
    private boolean untouched = true;

    /** The module's data segments. */
    private DataSegment[] segments = {};

    /** The same as the instance has them, which puts an empty one in the place of one that is dropped. */
    private DataSegment[] live = {};

    /** Which segments are passive: those can be dropped. Go's modules have tens of thousands of others. */
    private int[] passive = {};

    // The first globals of the module, in whose place the instance has a FlatGlobal; for compiled code.
    public long global0;
    public long global1;
    public long global2;
    public long global3;
    public long global4;
    public long global5;
    public long global6;
    public long global7;

    /** The instance's globals, nearer than the instance has them. */
    private GlobalInstance[] globals = {};

    /** What the running guest sees. */
    private @Nullable GuestIo io;

    /** The bytes of the heap that the running guest is charged for. */
    private GuestHeap.@Nullable Charge charge;

    FlatMemory(MemoryLimits limits) {
        this.limits = limits;
        this.limit = (long) limits.initialPages() * PAGE_SIZE;
        this.data = new byte[Math.toIntExact(limit)];
        this.dirty = new byte[dirtyPages(limit)];
    }

    private static int dirtyPages(long bytes) {
        return (int) (bytes >>> DIRTY_SHIFT);
    }

    // --- what compiled guests call ---

    public static int load8s(int base, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address >= memory.limit) {
            throw outOfBounds();
        }
        return memory.data[(int) address];
    }

    public static int load8u(int base, int offset, FlatMemory memory) {
        return load8s(base, offset, memory) & 0xff;
    }

    public static int load16s(int base, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 2) {
            throw outOfBounds();
        }
        return (short) SHORT.get(memory.data, (int) address);
    }

    public static int load16u(int base, int offset, FlatMemory memory) {
        return load16s(base, offset, memory) & 0xffff;
    }

    public static int load32(int base, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 4) {
            throw outOfBounds();
        }
        return (int) INT.get(memory.data, (int) address);
    }

    public static long load64(int base, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 8) {
            throw outOfBounds();
        }
        return (long) LONG.get(memory.data, (int) address);
    }

    public static float loadF32(int base, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 4) {
            throw outOfBounds();
        }
        return (float) FLOAT.get(memory.data, (int) address);
    }

    public static double loadF64(int base, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 8) {
            throw outOfBounds();
        }
        return (double) DOUBLE.get(memory.data, (int) address);
    }

    public static void store8(int base, int value, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address >= memory.limit) {
            throw outOfBounds();
        }
        memory.data[(int) address] = (byte) value;
        memory.dirty[(int) address >>> DIRTY_SHIFT] = 1;
    }

    public static void store16(int base, int value, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 2) {
            throw outOfBounds();
        }
        SHORT.set(memory.data, (int) address, (short) value);
        memory.dirty[(int) address >>> DIRTY_SHIFT] = 1;
    }

    public static void store32(int base, int value, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 4) {
            throw outOfBounds();
        }
        INT.set(memory.data, (int) address, value);
        memory.dirty[(int) address >>> DIRTY_SHIFT] = 1;
    }

    public static void store64(int base, long value, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 8) {
            throw outOfBounds();
        }
        LONG.set(memory.data, (int) address, value);
        memory.dirty[(int) address >>> DIRTY_SHIFT] = 1;
    }

    public static void storeF32(int base, float value, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 4) {
            throw outOfBounds();
        }
        FLOAT.set(memory.data, (int) address, value);
        memory.dirty[(int) address >>> DIRTY_SHIFT] = 1;
    }

    public static void storeF64(int base, double value, int offset, FlatMemory memory) {
        long address = (base & UNSIGNED) + offset;
        if (address > memory.limit - 8) {
            throw outOfBounds();
        }
        DOUBLE.set(memory.data, (int) address, value);
        memory.dirty[(int) address >>> DIRTY_SHIFT] = 1;
    }

    /** {@code global.get}. */
    public static long readGlobal(int index, FlatMemory memory, Instance instance) {
        return global(index, memory, instance).getValue();
    }

    /** The same of an i32. */
    public static int readGlobalInt(int index, FlatMemory memory, Instance instance) {
        return (int) global(index, memory, instance).getValue();
    }

    /** {@code global.set}. */
    public static void writeGlobal(long value, int index, FlatMemory memory, Instance instance) {
        global(index, memory, instance).setValue(value);
    }

    /** The same of an i32. */
    public static void writeGlobalInt(int value, int index, FlatMemory memory, Instance instance) {
        global(index, memory, instance).setValue(value);
    }

    /** @param memory null if the module has none */
    private static GlobalInstance global(int index, @Nullable FlatMemory memory, Instance instance) {
        return memory == null ? instance.global(index) : memory.globals[index];
    }

    /** Returns 1, which HotSpot does not know. */
    public static int one() {
        return one;
    }

    /** {@code memory.fill}. */
    public static void fill(int destination, int value, int size, FlatMemory memory) {
        int from = memory.check(destination, size);
        memory.mark(from, size);
        for (int rest = size; rest > 0; rest -= CHUNK) {
            checkInterrupt(size);
            int at = from + size - rest;
            Arrays.fill(memory.data, at, at + Math.min(CHUNK, rest), (byte) value);
        }
    }

    /** {@code memory.copy}; the ranges may overlap. */
    public static void copy(int destination, int source, int size, FlatMemory memory) {
        int from = memory.check(source, size);
        int to = memory.check(destination, size);
        memory.mark(to, size);
        memory.copyIn(memory.data, from, to, size);
    }

    /** Copies piece by piece, from the end if what is copied would overwrite what is still to be. */
    private void copyIn(byte[] source, int from, int to, int size) {
        boolean backwards = source == data && to > from;
        for (int rest = size; rest > 0; rest -= CHUNK) {
            checkInterrupt(size);
            int count = Math.min(CHUNK, rest);
            int at = backwards ? rest - count : size - rest;
            System.arraycopy(source, from + at, data, to + at, count);
        }
    }

    /** Compiled code looks for interrupts at loops and calls only, and these instructions are loops without one. */
    private static void checkInterrupt(int size) {
        if (size > SHORT_RANGE && Thread.currentThread().isInterrupted()) {
            throw new ChicoryInterruptedException("interrupted in a memory instruction");
        }
    }

    private static WasmRuntimeException outOfBounds() {
        return new WasmRuntimeException("out of bounds memory access");
    }

    /** Refuses a range that is not wholly inside the memory; address and size are unsigned. */
    private int check(int address, int size) {
        if (!contains(address, size & UNSIGNED)) {
            throw outOfBounds();
        }
        return address;
    }

    private void mark(int address, int size) {
        if (size > 0) {
            int first = address >>> DIRTY_SHIFT;
            int last = address + size - 1 >>> DIRTY_SHIFT;
            if (first == last) {
                dirty[first] = 1;
            } else {
                Arrays.fill(dirty, first, last + 1, (byte) 1);
            }
        }
    }

    /** Sets the running guest, and the account that growth is charged to; null when nothing runs. */
    void use(@Nullable GuestIo guest, GuestHeap.@Nullable Charge heap) {
        io = guest;
        charge = heap;
    }

    // --- restoring ---

    /** A memory's contents at some moment; zero pages are not kept. Immutable. */
    static final class Image {
        private final byte[] @Nullable [] pages;
        private final long limit;
        private final BitSet dropped;

        private Image(byte[] @Nullable [] pages, long limit, BitSet dropped) {
            this.pages = pages;
            this.limit = limit;
            this.dropped = dropped;
        }
    }

    /** The contents now, for {@link #restore}. */
    Image image() {
        byte[][] pages = new byte[dirtyPages(limit)][];
        byte[] zeros = new byte[DIRTY_PAGE];
        for (int page = 0; page < pages.length; page++) {
            int from = page << DIRTY_SHIFT;
            if (!Arrays.equals(data, from, from + DIRTY_PAGE, zeros, 0, DIRTY_PAGE)) {
                pages[page] = Arrays.copyOfRange(data, from, from + DIRTY_PAGE);
            }
        }
        BitSet dropped = new BitSet();
        for (int i : passive) {
            dropped.set(i, live[i] != segments[i]);
        }
        return new Image(pages, limit, dropped);
    }

    /**
     * Makes this memory equal to the image of another one of the same module, or of itself.
     *
     * @param image as {@link #image()} gave it; every page that differs from it must have been written to since the
     *     last restore, unless {@code all}
     * @param all whether to look at all pages
     */
    void restore(Image image, boolean all) {
        untouched = false;
        // What has grown a lot is not kept: one request's needs are not the next one's.
        if (data.length < image.limit || data.length > image.limit * 2 + LARGE) {
            data = new byte[(int) image.limit];
            dirty = new byte[dirtyPages(image.limit)];
            all = true;
        }
        for (int page = 0; page < dirty.length; page++) {
            // Eight entries at once: most of the map is clean.
            if (!all && (page & 7) == 0 && page + 8 <= dirty.length && (long) LONG.get(dirty, page) == 0) {
                page += 7;
            } else if (all || dirty[page] != 0) {
                dirty[page] = 0;
                restorePage(image, page);
            }
        }
        limit = image.limit;
        for (int i : passive) {
            live[i] = image.dropped.get(i) ? PassiveDataSegment.EMPTY : segments[i];
        }
    }

    /** A page, and the first bytes of the next one, which a store at the end of this page may have reached. */
    private void restorePage(Image image, int page) {
        int from = page << DIRTY_SHIFT;
        restoreBytes(image, page, from, DIRTY_PAGE);
        if (from + DIRTY_PAGE < data.length) {
            restoreBytes(image, page + 1, from + DIRTY_PAGE, REACH);
        }
    }

    private void restoreBytes(Image image, int page, int from, int count) {
        byte[] original = page < image.pages.length ? image.pages[page] : null;
        if (original == null) {
            Arrays.fill(data, from, from + count, (byte) 0);
        } else {
            System.arraycopy(original, 0, data, from, count);
        }
    }

    /** The bytes of the heap that this memory takes, its capacity included. */
    long footprint() {
        return (long) data.length + dirty.length;
    }

    // --- size ---

    @Override
    public int pages() {
        return (int) (limit / PAGE_SIZE);
    }

    @Override
    public int initialPages() {
        return limits.initialPages();
    }

    @Override
    public int maximumPages() {
        return limits.maximumPages();
    }

    @Override
    public boolean shared() {
        return false;
    }

    /** {@code memory.grow}: -1 if the maximum or what the JVM has to give is exceeded. */
    @Override
    public int grow(int more) {
        int before = pages();
        if (more < 0 || more > maximumPages() - before) {
            return -1;
        }
        long wanted = limit + (long) more * PAGE_SIZE;
        if (wanted > data.length && !reserve(wanted)) {
            if (charge != null) {
                charge.refuse(wanted - limit);
            }
            return -1;
        }
        limit = wanted;
        return before;
    }

    /** Returns one and a half times the size that is asked for, so that growing page by page seldom copies. */
    private boolean reserve(long wanted) {
        if (io != null && wanted > LARGE) {
            try {
                io.willTakeLong();
            } catch (IOException e) {
                throw new GuestStopped(e);
            }
        }
        long most = (long) maximumPages() * PAGE_SIZE;
        // Whole pages of 64 KiB, so that the dirty map has whole entries.
        long roomy = Math.min(most, (wanted + wanted / 2) / PAGE_SIZE * PAGE_SIZE);
        return reallocate(Math.max(wanted, roomy)) || reallocate(wanted);
    }

    private boolean reallocate(long capacity) {
        if (capacity > Integer.MAX_VALUE - 8 || charge != null && !charge.cover(capacity)) {
            return false;
        }
        try {
            byte[] more = new byte[(int) capacity];
            byte[] map = new byte[dirtyPages(capacity)];
            System.arraycopy(data, 0, more, 0, (int) limit);
            System.arraycopy(dirty, 0, map, 0, dirty.length);
            data = more;
            dirty = map;
            return true;
        } catch (OutOfMemoryError e) {
            // memory.grow returns -1, as the specification allows; no state has changed yet.
            return false;
        }
    }

    // --- segments ---

    @Override
    public void initialize(Instance instance, DataSegment[] dataSegments) {
        initialize(instance, dataSegments, 0);
    }

    @Override
    public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
        bind(instance);
        live = dataSegments == null ? new DataSegment[0] : dataSegments;
        segments = live.clone();
        passive = IntStream.range(0, segments.length)
                .filter(i -> segments[i] instanceof PassiveDataSegment)
                .toArray();
        for (DataSegment segment : segments) {
            if (segment instanceof ActiveDataSegment active && active.index() == memoryIndex) {
                int address = (int) ConstantEvaluators.computeConstantValue(instance, active.offsetInstructions())[0];
                if ((address & UNSIGNED) + active.data().length > limit) {
                    throw new UninstantiableException("out of bounds memory access");
                }
                write(address, active.data(), 0, active.data().length);
            }
        }
    }

    /** The engine has made the globals by now, and has called no function yet. */
    private void bind(Instance instance) {
        globals = new GlobalInstance
                [instance.imports().globalCount()
                        + instance.module().globalSection().globalCount()];
        Arrays.setAll(globals, instance::global);
    }

    /** {@code memory.init}. */
    @Override
    public void initPassiveSegment(int segment, int destination, int offset, int size) {
        byte[] bytes = isDropped(segment) ? new byte[0] : segments[segment].data();
        if ((offset & UNSIGNED) + (size & UNSIGNED) > bytes.length) {
            throw outOfBounds();
        }
        write(destination, bytes, offset, size);
    }

    /** {@code data.drop}. */
    @Override
    public void drop(int segment) {
        live[segment] = PassiveDataSegment.EMPTY;
    }

    /** Whether nothing can be copied from a segment any more; an active one is spent from the start. */
    boolean isDropped(int segment) {
        return live[segment] != segments[segment] || !(segments[segment] instanceof PassiveDataSegment);
    }

    // --- what the interpreter and host functions call ---

    @Override
    public void write(int address, byte[] bytes, int offset, int size) {
        int to = check(address, size);
        mark(to, size);
        copyIn(bytes, offset, to, size);
    }

    @Override
    public byte[] readBytes(int address, int size) {
        int from = check(address, size);
        return Arrays.copyOfRange(data, from, from + size);
    }

    /** Whether a range is wholly inside the memory; the address is unsigned. */
    boolean contains(int address, long size) {
        return (address & UNSIGNED) + size <= limit;
    }

    /** Reads from a stream straight into the memory, as {@link GuestInput#read}. */
    int read(GuestInput input, int address, int size) throws IOException {
        int to = check(address, size);
        mark(to, size);
        return input.read(data, to, size);
    }

    /** Writes to a stream straight from the memory. */
    void write(GuestOutput output, int address, int size) throws IOException {
        output.write(data, check(address, size), size);
    }

    /**
     * A range as a buffer, for the duration of a host function.
     *
     * @param written whether the host will write to it
     */
    ByteBuffer buffer(int address, int size, boolean written) {
        int from = check(address, size);
        if (written) {
            mark(from, size);
        }
        return ByteBuffer.wrap(data, from, size);
    }

    @Override
    public void fill(byte value, int from, int to) {
        fill(from, value, to - from, this);
    }

    @Override
    public void copy(int destination, int source, int size) {
        copy(destination, source, size, this);
    }

    @Override
    public void zero() {
        if (!untouched || isDirty()) {
            Arrays.fill(data, (byte) 0);
        }
        untouched = false;
        Arrays.fill(dirty, (byte) 1);
    }

    private boolean isDirty() {
        for (byte page : dirty) {
            if (page != 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public byte read(int address) {
        return (byte) load8s(address, 0, this);
    }

    @Override
    public short readShort(int address) {
        return (short) load16s(address, 0, this);
    }

    @Override
    public long readU16(int address) {
        return load16u(address, 0, this);
    }

    @Override
    public int readInt(int address) {
        return load32(address, 0, this);
    }

    @Override
    public long readLong(int address) {
        return load64(address, 0, this);
    }

    @Override
    public long readF32(int address) {
        return load32(address, 0, this);
    }

    @Override
    public float readFloat(int address) {
        return loadF32(address, 0, this);
    }

    @Override
    public long readF64(int address) {
        return load64(address, 0, this);
    }

    @Override
    public double readDouble(int address) {
        return loadF64(address, 0, this);
    }

    @Override
    public void writeByte(int address, byte value) {
        store8(address, value, 0, this);
    }

    @Override
    public void writeShort(int address, short value) {
        store16(address, value, 0, this);
    }

    @Override
    public void writeI32(int address, int value) {
        store32(address, value, 0, this);
    }

    @Override
    public void writeLong(int address, long value) {
        store64(address, value, 0, this);
    }

    @Override
    public void writeF32(int address, float value) {
        storeF32(address, value, 0, this);
    }

    @Override
    public void writeF64(int address, double value) {
        storeF64(address, value, 0, this);
    }

    // --- threads, of which there are none ---

    /** There is one thread only, so no other can hold it. */
    @Override
    @SuppressWarnings("removal")
    public Object lock(int address) {
        return this;
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, int expected, long timeout) {
        throw new WasmRuntimeException("expected shared memory");
    }

    @Override
    @SuppressWarnings("removal")
    public int waitOn(int address, long expected, long timeout) {
        throw new WasmRuntimeException("expected shared memory");
    }

    @Override
    @SuppressWarnings("removal")
    public int notify(int address, int maxThreads) {
        return 0;
    }
}
