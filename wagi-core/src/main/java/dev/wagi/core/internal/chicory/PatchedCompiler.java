// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.compiler.internal.Compiler;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.bytecode.CompilerPatch;
import dev.wagi.core.internal.bytecode.Emission;
import java.io.IOException;
import java.io.InputStream;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's compiler with {@link CompilerPatch}: its package is loaded a second time, by a loader of its own, and
 * the one that programs use stays as it is. Not there if the engine is another one than we know, or its classes cannot
 * be read. Thread-safe.
 */
final class PatchedCompiler {

    private static final Logger LOG = LoggerFactory.getLogger(PatchedCompiler.class);

    /** Made on first use: a start with everything in the cache does not pay for it. */
    private static final class Holder {
        private static final @Nullable PatchedCompiler SHARED = create();
    }

    private final BiFunction<WasmModule, Consumer<Set<Integer>>, Map<String, byte[]>> call;

    private PatchedCompiler(BiFunction<WasmModule, Consumer<Set<Integer>>, Map<String, byte[]>> call) {
        this.call = call;
    }

    /** The one of this JVM; null if there is none. */
    static @Nullable PatchedCompiler shared() {
        return Holder.SHARED;
    }

    private static @Nullable PatchedCompiler create() {
        try {
            return new PatchedCompiler(load(Compiler.class, "Compiler"));
        } catch (ReflectiveOperationException | IOException | RuntimeException | LinkageError e) {
            LOG.warn(
                    "functions of modules that are too large for the JVM will be interpreted, which is slow: the"
                            + " compiler of Chicory cannot be extended here ({}); use the version of Chicory that this"
                            + " version of WAGI was made for, and do not rename its packages",
                    e.toString());
            return null;
        }
    }

    /**
     * The compiler, patched.
     *
     * @param anchor the class to patch, in its package
     * @param patched its simple name
     * @throws IllegalStateException if it is not the one that we know
     */
    @SuppressWarnings("unchecked")
    static BiFunction<WasmModule, Consumer<Set<Integer>>, Map<String, byte[]>> load(Class<?> anchor, String patched)
            throws ReflectiveOperationException, IOException {
        byte[] compiler = CompilerPatch.apply(read(anchor, patched));
        Loader loader = new Loader(anchor, anchor.getName(), compiler);
        return (BiFunction<WasmModule, Consumer<Set<Integer>>, Map<String, byte[]>>)
                loader.loadClass(CompilerCall.class.getName()).getConstructor().newInstance();
    }

    /**
     * What the compiler made.
     *
     * @param classes all classes by binary name, improved
     * @param interpreted functions that are interpreted
     * @param noticed what else there is to say
     */
    record Output(Map<String, byte[]> classes, Set<Integer> interpreted, Emission.Result noticed) {}

    /**
     * Compiles a module.
     *
     * @param left functions that are not to be improved
     * @param interpreted functions that are to be interpreted
     * @param limit the largest size of a method that is not split
     * @param progress is called after each function
     */
    Output compile(WasmModule module, BitSet left, BitSet interpreted, int limit, Runnable progress) {
        try {
            return compile(module, left, interpreted, limit, progress, false);
        } catch (CancellationException e) {
            throw e;
        } catch (RuntimeException | AssertionError e) {
            // Few modules have functions that fail only when their class is written, so few pay for looking at each.
            return compile(module, left, interpreted, limit, () -> {}, true);
        }
    }

    private Output compile(
            WasmModule module, BitSet left, BitSet interpreted, int limit, Runnable progress, boolean careful) {
        AtomicReference<Set<Integer>> all = new AtomicReference<>(Set.of());
        int count = module.codeSection().functionBodyCount();
        if (count >= Emission.MANY) {
            CompilerDirectives.ensure();
        }
        try (Emission emission =
                Emission.begin(Compiler.DEFAULT_CLASS_NAME, left, limit, FlatGlobal.fields(module), careful, count)) {
            emission.progress(progress);
            Map<String, byte[]> classes = call.apply(module, functions -> {
                interpreted.stream().forEach(functions::add);
                all.set(functions);
                emission.interpreted(functions);
            });
            return new Output(classes, new TreeSet<>(all.get()), emission.end(classes));
        }
    }

    private static byte[] read(Class<?> anchor, String name) throws IOException {
        try (InputStream in = anchor.getResourceAsStream(name + ".class")) {
            if (in == null) {
                throw new IOException("its class file " + name + " is not found");
            }
            return in.readAllBytes();
        }
    }

    /** Has the compiler's package and {@link CompilerCall} itself, everything else from where we have it. */
    private static final class Loader extends ClassLoader {
        private final Class<?> anchor;
        private final String patched;
        private final byte[] bytes;

        Loader(Class<?> anchor, String patched, byte[] bytes) {
            super("wagi-compiler", PatchedCompiler.class.getClassLoader());
            this.anchor = anchor;
            this.patched = patched;
            this.bytes = bytes;
            Module own = PatchedCompiler.class.getModule();
            if (own.isNamed()) {
                own.addExports(CodePass.class.getPackageName(), getUnnamedModule());
            }
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean own = name.equals(CompilerCall.class.getName())
                    || name.startsWith(anchor.getPackageName() + ".")
                            && name.indexOf('.', anchor.getPackageName().length() + 1) < 0;
            if (!own) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known == null ? define(name) : known;
            }
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            Class<?> neighbour = name.startsWith(anchor.getPackageName() + ".") ? anchor : PatchedCompiler.class;
            try {
                byte[] code = name.equals(patched) ? bytes : read(neighbour, name.substring(name.lastIndexOf('.') + 1));
                return defineClass(name, code, 0, code.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
