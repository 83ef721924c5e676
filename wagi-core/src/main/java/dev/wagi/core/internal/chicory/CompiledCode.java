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
import com.dylibso.chicory.wasm.types.ExternalType;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.bytecode.InterpreterBinding;
import dev.wagi.core.internal.bytecode.SingleFunctions;
import dev.wagi.core.internal.sandbox.Escape;
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
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The JVM classes that a module was compiled to. Immutable; can be serialized.
 *
 * @param mainClass the binary name of the class that is the machine
 * @param classes all classes by binary name
 * @param interpreted the functions that stay with the interpreter because they are too large for the JVM, for a message
 * @param failed the functions that stay with the interpreter because the engine's compiler fails on them, for a message
 * @param bodies all functions that stay with the interpreter, counted without the imported ones
 * @param large the functions that are too large for HotSpot to compile as it is set by default, for a message
 * @param reuse when its instances may be used again
 */
record CompiledCode(
        String mainClass,
        Map<String, byte[]> classes,
        List<String> interpreted,
        List<String> failed,
        BitSet bodies,
        List<String> large,
        Reuse reuse) {

    private static final MethodType FACTORY = MethodType.methodType(Machine.class, Instance.class);

    /**
     * Runs our pass over code of the engine.
     *
     * @param left functions that are not to be improved
     */
    CompiledCode improved(WasmModule module, BitSet left) {
        CodePass.Result better = CodePass.apply(classes, left, FlatGlobal.fields(module));
        return new CompiledCode(
                mainClass, better.classes(), interpreted, failed, bodies, large(module, better.tooLarge()), reuse);
    }

    private static List<String> large(WasmModule module, List<CodePass.LargeMethod> methods) {
        return methods.stream()
                .map(method -> (method.function() == CodePass.LargeMethod.DISPATCH
                                ? "call_indirect"
                                : name(module, method.function()))
                        + " (" + method.size() + " bytes)")
                .toList();
    }

    /**
     * Compiles a module; each function goes through our pass while the engine compiles it.
     *
     * @param left functions that are not to be improved
     * @param refused functions that are to be interpreted, because the JVM refuses what is made of them
     * @param limit the largest size of a method that is not split
     * @param progress is called after each function
     */
    static CompiledCode of(
            WasmModule module, PatchedCompiler compiler, BitSet left, BitSet refused, int limit, Runnable progress) {
        PatchedCompiler.Output output = compiler.compile(module, left, refused, limit, progress);
        bindInterpreter(output.classes(), Compiler.DEFAULT_CLASS_NAME, output.interpreted());
        Map<Boolean, List<String>> byCause = output.interpreted().stream()
                .collect(Collectors.partitioningBy(
                        function -> refused.get(function)
                                || output.noticed().failures().containsKey(function),
                        Collectors.mapping(function -> name(module, function), Collectors.toList())));
        return new CompiledCode(
                Compiler.DEFAULT_CLASS_NAME,
                output.classes(),
                byCause.getOrDefault(false, List.of()),
                byCause.getOrDefault(true, List.of()),
                bodies(module, output.interpreted()),
                large(module, output.noticed().tooLarge()),
                Reuse.of(module, !output.interpreted().isEmpty()));
    }

    private static BitSet bodies(WasmModule module, Set<Integer> functions) {
        int imported = module.importSection().count(ExternalType.FUNCTION);
        BitSet bodies = new BitSet();
        functions.forEach(function -> bodies.set(function - imported));
        return bodies;
    }

    private static void bindInterpreter(Map<String, byte[]> classes, String mainClass, Set<Integer> interpreted) {
        if (!interpreted.isEmpty()) {
            classes.computeIfPresent(mainClass.replace('/', '.'), (name, bytes) -> InterpreterBinding.apply(bytes));
        }
    }

    /** The size of all classes. */
    long classBytes() {
        return classes.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /** Whether any function is interpreted. */
    boolean interprets() {
        return !bodies.isEmpty();
    }

    /** The functions of which the JVM refuses the code, whatever else there is in their classes. */
    BitSet invalid() {
        BitSet invalid = new BitSet();
        classes.forEach((name, bytes) -> SingleFunctions.of(bytes).forEach((function, alone) -> {
            try {
                Class.forName(name, true, new Loader(Map.of(name, alone)));
            } catch (LinkageError | ClassNotFoundException e) {
                invalid.set(function);
            }
        }));
        return invalid;
    }

    /** Compiles a module as the engine does. */
    static CompiledCode plain(WasmModule module) {
        CompilerResult result = Compiler.builder(module)
                .withInterpreterFallback(InterpreterFallback.SILENT)
                .withClassCollectorFactory(ByteClassCollector::new)
                .build()
                .compile();
        Map<String, byte[]> classes = new TreeMap<>();
        // Some of the names have slashes.
        result.collector().classBytes().forEach((name, bytes) -> classes.put(name.replace('/', '.'), bytes));
        bindInterpreter(classes, result.collector().mainClassName(), result.interpretedFunctions());
        return new CompiledCode(
                result.collector().mainClassName(),
                classes,
                result.interpretedFunctions().stream()
                        .sorted()
                        .map(function -> name(module, function))
                        .toList(),
                List.of(),
                bodies(module, result.interpretedFunctions()),
                List.of(),
                Reuse.of(module, !result.interpretedFunctions().isEmpty()));
    }

    static String name(WasmModule module, int function) {
        String name = module.nameSection() == null ? null : module.nameSection().nameOfFunction(function);
        return name == null ? "function " + function : Escape.text(name);
    }

    /**
     * What instances need of the module besides this: the bodies of functions only if they are interpreted.
     *
     * @param binary the module, which was valid when it was compiled
     */
    Skeleton skeleton(byte[] binary) {
        return Skeleton.of(binary, bodies);
    }

    /**
     * Makes a class loader with the classes; they are unloaded with what is made from them.
     *
     * @param verify whether all classes are verified now; otherwise each is verified at its first use
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
            write(interpreted, out);
            write(failed, out);
            byte[] bits = bodies.toByteArray();
            out.writeInt(bits.length);
            out.write(bits);
            write(large, out);
            out.writeUTF(reuse.name());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(List<String> texts, DataOutputStream out) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            out.writeUTF(text);
        }
    }

    private static List<String> readList(DataInputStream in) throws IOException {
        List<String> texts = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) {
            texts.add(in.readUTF());
        }
        return texts;
    }

    /** What {@link #toBytes} wrote; empty if it is something else. */
    static Optional<CompiledCode> parse(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            String mainClass = in.readUTF();
            Map<String, byte[]> classes = new HashMap<>();
            for (int count = in.readInt(); count > 0; count--) {
                classes.put(in.readUTF(), in.readNBytes(in.readInt()));
            }
            List<String> interpreted = readList(in);
            List<String> failed = readList(in);
            BitSet bodies = BitSet.valueOf(in.readNBytes(in.readInt()));
            List<String> large = readList(in);
            return Optional.of(new CompiledCode(
                    mainClass, classes, interpreted, failed, bodies, large, Reuse.valueOf(in.readUTF())));
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Its parent is the loader of this library, for the engine and the memory that compiled code works on. */
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
            // The JVM asks once and keeps its own copy.
            byte @Nullable [] bytes = classes.remove(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }
    }
}
