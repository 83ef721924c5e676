// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ByteClassCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.wasm.WasmModule;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Calls the engine's compiler. {@link PatchedCompiler} loads this class a second time, next to the compiler that it has
 * changed, so this class uses nothing else of this library.
 *
 * <p>Takes a module, and a consumer of the set of functions that the compiler will leave to the interpreter; returns
 * all classes by binary name.
 */
public final class CompilerCall implements BiFunction<WasmModule, Consumer<Set<Integer>>, Map<String, byte[]>> {

    /** In which the compiler looks before it emits a function, and from which it makes the machine in the end. */
    private static final String INTERPRETED = "interpretedFunctions";

    private final Field interpreted;

    /**
     * Creates a call.
     *
     * @throws ReflectiveOperationException if the compiler is not the known version
     */
    public CompilerCall() throws ReflectiveOperationException {
        interpreted = Compiler.class.getDeclaredField(INTERPRETED);
        interpreted.setAccessible(true);
        if (!Set.class.isAssignableFrom(interpreted.getType())) {
            throw new NoSuchFieldException(INTERPRETED);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public Map<String, byte[]> apply(WasmModule module, Consumer<Set<Integer>> listener) {
        Compiler compiler = Compiler.builder(module)
                .withClassName(Compiler.DEFAULT_CLASS_NAME)
                .withInterpreterFallback(InterpreterFallback.SILENT)
                .withClassCollectorFactory(ByteClassCollector::new)
                .build();
        try {
            listener.accept((Set<Integer>) interpreted.get(compiler));
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
        Map<String, byte[]> classes = new TreeMap<>();
        // Some of the names have slashes.
        compiler.compile()
                .collector()
                .classBytes()
                .forEach((name, bytes) -> classes.put(name.replace('/', '.'), bytes));
        return classes;
    }
}
