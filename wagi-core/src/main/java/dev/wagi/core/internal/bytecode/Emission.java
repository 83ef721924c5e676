// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;
import org.objectweb.asm.tree.MethodNode;

/**
 * The pass while the engine compiles one module: each function comes here as soon as the engine has emitted its code,
 * and before it is written, so a function may be larger than the JVM allows as long as it can be split. One that cannot
 * be, and one that the engine's compiler fails on, is emitted once more as a call of the interpreter; all others are
 * compiled.
 *
 * <p>The engine's compiler calls the static methods, see {@link CompilerPatch}. For one thread; if the module is large,
 * others do what the pass does, while the engine emits the next functions. The classes are the same either way, unless
 * the module uses up what there is of {@link Work}.
 */
public final class Emission implements AutoCloseable {

    /** Instructions of one function, of which we have a tree; GCC's cc1 has functions of 266 000. */
    private static final int MAX_INSTRUCTIONS = 1 << 20;

    /** Instructions of which there may be trees that others work on, besides that of one function. */
    private static final int MAX_AHEAD = 1 << 17;

    /** From how many functions on a module is compiled by several threads. */
    public static final int MANY = 500;

    private static final int THREADS = 4;

    private static final ThreadLocal<Emission> CURRENT = new ThreadLocal<>();

    private final CodePass pass;
    private final boolean careful;
    private final Map<Integer, String> failures = new TreeMap<>();
    private Set<Integer> interpreted = new HashSet<>();
    private Runnable listener = () -> {};

    private final CompileThreads threads;

    /** The most that {@link #ahead} may be. */
    private final int most;

    /** The method that the engine has begun and not emitted yet. */
    private @Nullable Emitted begun;

    /** Instructions of methods that are emitted and not written. */
    private int ahead;

    private Emission(String machine, BitSet left, int limit, int fields, boolean careful, int threads) {
        this.pass = new CodePass(Names.startingWith(machine), limit, left, fields);
        this.careful = careful;
        this.threads = new CompileThreads(threads);
        this.most = this.threads.any() ? MAX_AHEAD : -1;
    }

    /**
     * What was noticed.
     *
     * @param tooLarge what could not be made small enough for HotSpot
     * @param failures functions that the engine's compiler failed on, and how; those that are too large are not
     *     included
     */
    public record Result(List<CodePass.LargeMethod> tooLarge, Map<Integer, String> failures) {}

    /**
     * Begins, on this thread.
     *
     * @param machine the binary name of the class that will be the module's machine
     * @param left functions that are not to be improved, by index
     * @param limit the largest size of a method that is not split
     * @param fields how many globals are fields of the memory; see {@code FlatGlobal.fields}
     * @param careful whether to write each function to a class of its own first, to see whether that works: it does not
     *     if the engine loses count of the operand stack, and then its class cannot be written either
     * @param functions how many the module has
     */
    public static Emission begin(String machine, BitSet left, int limit, int fields, boolean careful, int functions) {
        Emission emission = new Emission(machine, left, limit, fields, careful, functions < MANY ? 0 : THREADS);
        CURRENT.set(emission);
        return emission;
    }

    /** @param functions those that the engine's compiler leaves to the interpreter; it looks there before each one */
    public void interpreted(Set<Integer> functions) {
        interpreted = functions;
    }

    /** @param function is called after each function */
    public void progress(Runnable function) {
        listener = function;
    }

    /**
     * @param classes all classes that the engine wrote, by binary name; the one with its helper methods is changed here
     */
    public Result end(Map<String, byte[]> classes) {
        String helpers = pass.names().helpers.replace('/', '.');
        classes.computeIfPresent(helpers, (name, bytes) -> pass.rewrite(bytes));
        return new Result(pass.tooLarge(), Map.copyOf(failures));
    }

    @Override
    public void close() {
        CURRENT.remove();
        threads.close();
    }

    /**
     * Called by the engine's compiler instead of {@code Shader.shadedClassRemapper(writer, machine)}; returns the
     * visitor that it is to pass methods to.
     *
     * @param writer of a class
     * @param machine the name of the class that will be the module's machine
     */
    public static ClassRemapper remapper(ClassVisitor writer, String machine) {
        Emission emission = CURRENT.get();
        return new ClassRemapper(
                emission == null ? writer : emission.new Functions((FrameWriter) writer), new ShadedNames(machine));
    }

    /**
     * Names the module's own helper class where the engine's is named, as the engine's does. Most names are frequent.
     */
    private static final class ShadedNames extends Remapper {

        private static final String ENGINES = "com/dylibso/chicory/compiler/internal/Shaded";

        private final String own;
        private final Map<String, String> descriptors = new HashMap<>();

        ShadedNames(String machine) {
            super(Opcodes.ASM9);
            own = Names.helpers(machine);
        }

        @Override
        public String map(String name) {
            return name.equals(ENGINES) ? own : name;
        }

        @Override
        public String mapType(String name) {
            return name == null || name.startsWith("[") ? super.mapType(name) : map(name);
        }

        @Override
        public String mapMethodDesc(String descriptor) {
            return descriptors.computeIfAbsent(descriptor, super::mapMethodDesc);
        }
    }

    /**
     * Called by the engine's compiler instead of {@code emitter.accept(method)}.
     *
     * @param emitter emits the code of a method
     * @param method the visitor that it goes to
     * @throws CancellationException if the thread is interrupted
     */
    public static void emit(Consumer<Object> emitter, Object method) {
        Emission emission = CURRENT.get();
        Emitted begun = emission == null ? null : emission.takeBegun();
        if (emission == null || begun == null || !CodePass.isFunction(begun)) {
            emitter.accept(method);
        } else {
            emission.emit(begun, () -> emitter.accept(method));
            emission.listener.run();
        }
    }

    /** The methods of other classes are emitted while one of the machine's is, so it is taken at once. */
    private @Nullable Emitted takeBegun() {
        Emitted method = begun;
        begun = null;
        return method;
    }

    private void emit(Emitted method, Runnable emitter) {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException();
        }
        method.emitter = emitter;
        try {
            emitter.run();
            return;
        } catch (Flow.TooLarge e) {
            // It is too long for a tree.
        } catch (RuntimeException | AssertionError e) {
            failures.put(CodePass.function(method), e.toString());
        }
        // The engine lists interpreted functions as they come, so those before it are first.
        method.owner.writeAll();
        interpret(method);
    }

    /** Emits a function again, as a call of the interpreter. */
    private void interpret(Emitted method) {
        int function = CodePass.function(method);
        Runnable emitter = method.emitter;
        if (!interpreted.add(function) || emitter == null) {
            throw new IllegalStateException("BUG: function " + function + " cannot even be interpreted: "
                    + failures.get(function) + "; please report this");
        }
        method.clear();
        method.emitter = null;
        emitter.run();
    }

    private final class Functions extends CodePass.Methods {

        /** Emitted and not written, in the order of the class. */
        private final ArrayDeque<Emitted> waiting = new ArrayDeque<>();

        Functions(FrameWriter next) {
            pass.super(next, true);
            next.beforeWriting(this::writeAll);
        }

        @Override
        MethodNode newMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            begun = new Emitted(this, access, name, descriptor, signature, exceptions);
            return begun;
        }

        /** The engine continues with the next method, and may keep the visitor of this one. */
        void ended(Emitted method) {
            FutureTask<List<MethodNode>> task = new FutureTask<>(() -> made(method));
            method.task = task;
            method.size = method.instructions.size();
            ahead += method.size;
            waiting.add(method);
            threads.add(task);
            while (!waiting.isEmpty() && (ahead > most || waiting.element().isMade())) {
                writeNext();
            }
        }

        private void writeAll() {
            while (!waiting.isEmpty()) {
                writeNext();
            }
        }

        private void writeNext() {
            Emitted method = waiting.remove();
            write(method, result(method));
            method.clear();
            method.emitter = null;
            ahead -= method.size;
        }

        private List<MethodNode> result(Emitted method) {
            FutureTask<List<MethodNode>> task = Objects.requireNonNull(method.task);
            if (method.emitter == null) {
                return threads.finish(task);
            }
            try {
                List<MethodNode> made = threads.finish(task);
                if (made.stream().allMatch(Code::fits)) {
                    return made;
                }
            } catch (CancellationException e) {
                throw e;
            } catch (Flow.TooLarge e) {
                // As one that does not fit.
            } catch (RuntimeException | AssertionError e) {
                failures.put(CodePass.function(method), e.toString());
            }
            interpret(method);
            return make(method);
        }

        /** What the pass makes of a method; fails as its class would when it is written, if it must not fail then. */
        private List<MethodNode> made(Emitted method) {
            List<MethodNode> made = make(method);
            if (careful && method.emitter != null && made.stream().allMatch(Code::fits)) {
                FrameWriter scratch = new FrameWriter();
                scratch.visit(Opcodes.V11, Opcodes.ACC_FINAL, className(), null, "java/lang/Object", null);
                made.forEach(each -> each.accept(scratch));
                scratch.toByteArray();
            }
            return made;
        }
    }

    /** A method that the engine emits. */
    private static final class Emitted extends MethodNode {

        private final Functions owner;

        /** Emits the function, if it may be interpreted instead. */
        private @Nullable Runnable emitter;

        private @Nullable FutureTask<List<MethodNode>> task;
        private int size;

        Emitted(Functions owner, int access, String name, String descriptor, String signature, String[] exceptions) {
            super(Opcodes.ASM9, access, name, descriptor, signature, exceptions);
            this.owner = owner;
        }

        boolean isMade() {
            return task != null && task.isDone();
        }

        /** Forgets what was emitted. */
        void clear() {
            instructions.clear();
            tryCatchBlocks.clear();
            task = null;
        }

        @Override
        public void visitEnd() {
            owner.ended(this);
        }

        @Override
        public void visitInsn(int opcode) {
            count();
            super.visitInsn(opcode);
        }

        @Override
        public void visitVarInsn(int opcode, int variable) {
            count();
            super.visitVarInsn(opcode, variable);
        }

        @Override
        public void visitMethodInsn(int opcode, String type, String name, String descriptor, boolean isInterface) {
            count();
            super.visitMethodInsn(opcode, type, name, descriptor, isInterface);
        }

        /** A function that is longer has one of these three kinds of instructions among any few. */
        private void count() {
            if (instructions.size() > MAX_INSTRUCTIONS) {
                throw new Flow.TooLarge();
            }
        }
    }
}
