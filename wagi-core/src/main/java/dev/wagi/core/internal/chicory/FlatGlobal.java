// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.GlobalFactory;
import com.dylibso.chicory.runtime.GlobalInstance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import com.dylibso.chicory.wasm.types.MutabilityType;
import com.dylibso.chicory.wasm.types.ValType;
import com.dylibso.chicory.wasm.types.Value;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A global whose value is a field of the memory. Compiled code has the memory at hand and reads the field: the stack
 * pointer is read and written by nearly every function. Everybody else comes here.
 */
public final class FlatGlobal extends GlobalInstance {

    /** More than nearly all modules have; those after them are in the instance. */
    private static final int FIELDS = 8;

    private final FlatMemory memory;
    private final int index;

    private FlatGlobal(long low, long high, ValType type, MutabilityType mutability, FlatMemory memory, int index) {
        super(low, high, type, mutability);
        this.memory = memory;
        this.index = index;
        set(low);
    }

    /**
     * Returns how many globals of a module are fields of its memory, from the first one on, whether it has as many or
     * not; 0 if it has no memory, or if globals are imported.
     */
    public static int fields(WasmModule module) {
        // A section may be empty.
        boolean hasMemory = module.memorySection()
                .filter(section -> section.memoryCount() > 0)
                .isPresent();
        return hasMemory && module.importSection().count(ExternalType.GLOBAL) == 0 ? FIELDS : 0;
    }

    /** Makes the memory and the globals of one instance. */
    public static final class Maker implements GlobalFactory {
        private final int fields;
        private @Nullable FlatMemory memory;
        private int made;

        public Maker(WasmModule module) {
            fields = fields(module);
        }

        public Memory memory(MemoryLimits limits) {
            FlatMemory only = new FlatMemory(limits);
            memory = only;
            return only;
        }

        /** Called in the order of the module's globals, after the memory was made. */
        @Override
        public GlobalInstance create(long low, long high, ValType type, MutabilityType mutability) {
            int index = made++;
            return index < fields
                    ? new FlatGlobal(low, high, type, mutability, Objects.requireNonNull(memory, "memory"), index)
                    : new GlobalInstance(low, high, type, mutability);
        }
    }

    private void set(long value) {
        switch (index) {
            case 0 -> memory.global0 = value;
            case 1 -> memory.global1 = value;
            case 2 -> memory.global2 = value;
            case 3 -> memory.global3 = value;
            case 4 -> memory.global4 = value;
            case 5 -> memory.global5 = value;
            case 6 -> memory.global6 = value;
            default -> memory.global7 = value;
        }
    }

    @Override
    public long getValue() {
        return switch (index) {
            case 0 -> memory.global0;
            case 1 -> memory.global1;
            case 2 -> memory.global2;
            case 3 -> memory.global3;
            case 4 -> memory.global4;
            case 5 -> memory.global5;
            case 6 -> memory.global6;
            default -> memory.global7;
        };
    }

    @Override
    public long getValueLow() {
        return getValue();
    }

    @Override
    public void setValue(Value value) {
        set(value.raw());
    }

    @Override
    public void setValue(long value) {
        set(value);
    }

    @Override
    public void setValueLow(long value) {
        set(value);
    }
}
