// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ByteClassCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.InterpreterMachine;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ValType;
import dev.wagi.core.internal.chicory.EmittedClasses;
import dev.wagi.core.internal.chicory.FlatGlobal;
import dev.wagi.core.internal.chicory.FlatMemory;
import java.lang.reflect.Constructor;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One module, run in several ways that must come to the same. */
final class Guests {

    /** A way to run a module. */
    interface Way {
        Instance.Builder on(Instance.Builder builder);
    }

    private final WasmModule module;
    private final Map<String, byte[]> classes;

    Guests(byte[] wasm) {
        module = Parser.parse(wasm);
        classes = compile(module);
    }

    static Map<String, byte[]> compile(WasmModule module) {
        return Compiler.builder(module)
                .withClassCollectorFactory(ByteClassCollector::new)
                .withInterpreterFallback(InterpreterFallback.SILENT)
                .build()
                .compile()
                .collector()
                .classBytes();
    }

    Instance interpreted() {
        return builder().withMachineFactory(InterpreterMachine::new).build();
    }

    /** As the engine compiles it. */
    Instance compiled() {
        return builder().withMachineFactory(machines(classes)).build();
    }

    /** With our memory, through the pass. */
    Instance passed() {
        return split(CodePass.COMPILED);
    }

    /** The same, with methods split as soon as they are larger than {@code limit}. */
    Instance split(int limit) {
        return withFlatMemory(EmittedClasses.of(module, limit));
    }

    /** The same, of the classes that the engine's own compiler wrote, as where it cannot be patched. */
    Instance rewritten(int limit) {
        return withFlatMemory(CodePass.apply(classes, limit, new BitSet(), FlatGlobal.fields(module))
                .classes());
    }

    WasmModule module() {
        return module;
    }

    Map<String, byte[]> classes() {
        return classes;
    }

    private Instance withFlatMemory(Map<String, byte[]> changed) {
        FlatGlobal.Maker maker = new FlatGlobal.Maker(module);
        return builder()
                .withMachineFactory(machines(changed))
                .withMemoryFactory(maker::memory)
                .withGlobalFactory(maker)
                .build();
    }

    private Instance.Builder builder() {
        return Instance.builder(module).withMemoryFactory(ByteArrayMemory::new).withStart(false);
    }

    // --- classes ---

    static final class Loader extends ClassLoader {
        private final Map<String, byte[]> classes = new HashMap<>();

        Loader(Map<String, byte[]> classes) {
            super(Guests.class.getClassLoader());
            classes.forEach((name, bytes) -> this.classes.put(name.replace('/', '.'), bytes));
            // On the module path, the package of our memory is nobody else's otherwise.
            FlatMemory.class.getModule().addExports(FlatMemory.class.getPackageName(), getUnnamedModule());
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = classes.get(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }

        /** Loads and verifies every class. */
        void verify() throws ClassNotFoundException {
            for (String name : classes.keySet()) {
                Class.forName(name, true, this);
            }
        }
    }

    private static Function<Instance, Machine> machines(Map<String, byte[]> classes) {
        try {
            Constructor<?> machine =
                    new Loader(classes).loadClass(Compiler.DEFAULT_CLASS_NAME).getConstructor(Instance.class);
            return instance -> {
                try {
                    return (Machine) machine.newInstance(instance);
                } catch (ReflectiveOperationException e) {
                    throw new LinkageError("machine", e);
                }
            };
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("machine", e);
        }
    }

    // --- calls ---

    /** What a call comes to, in words: its results, or its trap. */
    static String call(Instance instance, String export, long... arguments) {
        return call(instance.export(export), instance.exportType(export).returns(), arguments);
    }

    static String call(ExportFunction function, List<ValType> types, long... arguments) {
        try {
            long[] results = function.apply(arguments);
            if (results == null) {
                return "[]";
            }
            for (int i = 0; i < results.length; i++) {
                // The interpreter leaves an int's sign out.
                if (types.get(i).equals(ValType.I32) || types.get(i).equals(ValType.F32)) {
                    results[i] = (int) results[i];
                }
            }
            return Arrays.toString(results);
        } catch (ChicoryException | IndexOutOfBoundsException e) {
            String message = String.valueOf(e.getMessage());
            // Memories differ in the details that they add.
            return "trap: " + (message.startsWith("out of bounds memory") ? "out of bounds memory access" : message);
        }
    }

    /** What is left in memory and in globals. */
    static List<Object> state(Instance instance, int globals) {
        List<Object> state = new java.util.ArrayList<>();
        for (int i = 0; i < globals; i++) {
            state.add(instance.global(i).getValue());
        }
        Memory memory = instance.memory();
        if (memory != null) {
            state.add(memory.pages());
            state.add(Arrays.hashCode(memory.readBytes(0, memory.pages() * Memory.PAGE_SIZE)));
        }
        return state;
    }
}
