// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.compiler.InterpreterFallback;
import com.dylibso.chicory.compiler.internal.ByteClassCollector;
import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.compiler.internal.CompilerResult;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.internal.bytecode.CodePass;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The JVM classes that a module was compiled to. Immutable; can be written down and read again.
 *
 * @param mainClass the binary name of the class that is the machine
 * @param classes all classes by binary name
 * @param interpreted the functions that are too large for a JVM method and stay with the interpreter
 * @param large the functions that are too large for HotSpot to compile as it is set by default
 * @param reuse when its instances may be used again
 */
record CompiledCode(
        String mainClass,
        Map<String, byte[]> classes,
        List<Integer> interpreted,
        List<CodePass.LargeMethod> large,
        Reuse reuse) {

    private static final MethodType FACTORY = MethodType.methodType(Machine.class, Instance.class);

    /** Takes code of the engine through our pass. */
    CompiledCode improved() {
        CodePass.Result better = CodePass.apply(classes);
        return new CompiledCode(mainClass, better.classes(), interpreted, better.tooLarge(), reuse);
    }

    /** Compiles a module as the engine does. */
    static CompiledCode plain(WasmModule module) {
        CompilerResult result = Compiler.builder(module)
                .withInterpreterFallback(InterpreterFallback.SILENT)
                .withClassCollectorFactory(ByteClassCollector::new)
                .build()
                .compile();
        Map<String, byte[]> classes = new TreeMap<>();
        // Some of the names come with slashes.
        result.collector().classBytes().forEach((name, bytes) -> classes.put(name.replace('/', '.'), bytes));
        return new CompiledCode(
                result.collector().mainClassName(),
                classes,
                result.interpretedFunctions().stream().sorted().toList(),
                List.of(),
                Reuse.of(module, !result.interpretedFunctions().isEmpty()));
    }

    /** What instances need of the module beside this: all of it only if some functions are interpreted. */
    byte[] skeleton(byte[] binary) {
        return interpreted.isEmpty() ? Skeleton.of(binary) : binary;
    }

    /**
     * Makes a class loader with the classes; they go away with what is made from them.
     *
     * @param verify whether all classes are verified now; else each is when it is first used
     * @return makes the machine of an instance
     * @throws LinkageError if a class is not valid
     */
    Function<Instance, Machine> load(boolean verify) {
        Loader loader = new Loader(classes);
        try {
            if (verify) {
                for (String name : classes.keySet()) {
                    Class.forName(name, true, loader);
                }
            }
            MethodHandle constructor = MethodHandles.publicLookup()
                    .findConstructor(loader.loadClass(mainClass), MethodType.methodType(void.class, Instance.class))
                    .asType(FACTORY);
            return instance -> newMachine(constructor, instance);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the compiled module is not complete", e);
        }
    }

    private static Machine newMachine(MethodHandle constructor, Instance instance) {
        try {
            return (Machine) constructor.invokeExact(instance);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("BUG: a constructor threw a checked exception; please report this", e);
        }
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(mainClass);
            out.writeInt(classes.size());
            for (Map.Entry<String, byte[]> entry : classes.entrySet()) {
                out.writeUTF(entry.getKey());
                out.writeInt(entry.getValue().length);
                out.write(entry.getValue());
            }
            out.writeInt(interpreted.size());
            for (int function : interpreted) {
                out.writeInt(function);
            }
            out.writeInt(large.size());
            for (CodePass.LargeMethod method : large) {
                out.writeInt(method.function());
                out.writeInt(method.size());
            }
            out.writeUTF(reuse.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** What {@link #toBytes} wrote; empty if it is something else. */
    static Optional<CompiledCode> parse(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            String mainClass = in.readUTF();
            Map<String, byte[]> classes = new HashMap<>();
            for (int count = in.readInt(); count > 0; count--) {
                classes.put(in.readUTF(), in.readNBytes(in.readInt()));
            }
            List<Integer> interpreted = new ArrayList<>();
            for (int count = in.readInt(); count > 0; count--) {
                interpreted.add(in.readInt());
            }
            List<CodePass.LargeMethod> large = new ArrayList<>();
            for (int count = in.readInt(); count > 0; count--) {
                large.add(new CodePass.LargeMethod(in.readInt(), in.readInt()));
            }
            return Optional.of(new CompiledCode(mainClass, classes, interpreted, large, Reuse.valueOf(in.readUTF())));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Sees what this library sees: the engine, and the memory that compiled code works on. */
    private static final class Loader extends ClassLoader {
        private final Map<String, byte[]> classes;

        Loader(Map<String, byte[]> classes) {
            super("wagi-guest", CompiledCode.class.getClassLoader());
            this.classes = new ConcurrentHashMap<>(classes);
            Module own = CompiledCode.class.getModule();
            if (own.isNamed()) {
                own.addExports(CompiledCode.class.getPackageName(), getUnnamedModule());
            }
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            // Asked for once; the JVM has its own copy then.
            byte @Nullable [] bytes = classes.remove(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }
    }
}
