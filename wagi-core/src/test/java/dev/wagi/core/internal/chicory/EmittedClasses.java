// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.WasmModule;
import java.util.BitSet;
import java.util.Map;
import java.util.Objects;

/** For tests of the pass in its own package: the classes of a module that went through it while they were compiled. */
public final class EmittedClasses {

    private EmittedClasses() {}

    /** @param limit the largest size of a method that is not split */
    public static Map<String, byte[]> of(WasmModule module, int limit) {
        return compiled(module, limit).classes();
    }

    /** @param progress is called after each function */
    public static Map<String, byte[]> of(WasmModule module, int limit, Runnable progress) {
        return compiled(module, limit, progress).classes();
    }

    static CompiledCode compiled(WasmModule module, int limit) {
        return compiled(module, limit, () -> {});
    }

    private static CompiledCode compiled(WasmModule module, int limit, Runnable progress) {
        return CompiledCode.of(
                module, Objects.requireNonNull(PatchedCompiler.shared()), new BitSet(), new BitSet(), limit, progress);
    }
}
