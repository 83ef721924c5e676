// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.AnnotatedInstruction;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionBody;
import com.dylibso.chicory.wasm.types.FunctionType;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What a frame of each function of a module takes in the interpreter, in bytes of the heap, roughly and rather too
 * much. Computed when a function is first called. Thread-safe.
 */
final class FrameSizes {

    /** The frame itself, its lists, its place in the list of frames. */
    private static final int FRAME = 256;

    /** A local: its value, its type, its index, and as an argument the value once more. */
    private static final int LOCAL = 32;

    /** A block that the function is in: an object, and its place in a list that grows by half. */
    private static final int BLOCK = 48;

    private final WasmModule module;
    private final int imported;
    private final AtomicIntegerArray sizes;

    FrameSizes(WasmModule module) {
        this.module = module;
        this.imported = module.importSection().count(ExternalType.FUNCTION);
        this.sizes = new AtomicIntegerArray(module.functionSection().functionCount());
    }

    /**
     * Returns the size of a function's frame.
     *
     * @param function its index; imported ones come first, and have no locals
     */
    int of(int function) {
        int index = function - imported;
        if (index < 0) {
            return FRAME;
        }
        int size = sizes.get(index);
        if (size == 0) {
            size = compute(index);
            sizes.set(index, size);
        }
        return size;
    }

    private int compute(int index) {
        FunctionBody body = module.codeSection().getFunctionBody(index);
        FunctionType type = module.functionSection().getFunctionType(index, module.typeSection());
        int blocks = 0;
        for (AnnotatedInstruction instruction : body.instructions()) {
            blocks = Math.max(blocks, instruction.depth());
        }
        long locals = (long) type.params().size() + body.localTypes().size();
        return (int) Math.min(FRAME + LOCAL * locals + (long) BLOCK * blocks, Integer.MAX_VALUE);
    }
}
