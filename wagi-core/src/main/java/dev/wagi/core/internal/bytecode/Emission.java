// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.MethodNode;

/**
 * The pass while the engine compiles one module: each function comes here as soon as the engine has emitted its code,
 * and before it is written, so a function may be larger than the JVM allows as long as it can be split. One that cannot
 * be, and one that the engine's compiler fails on, is emitted once more as a call of the interpreter; all others are
 * compiled.
 *
 * <p>The engine's compiler calls the static methods, see {@link CompilerPatch}. For one thread.
 */
public final class Emission implements AutoCloseable {

    /** Instructions of one function, of which we have a tree; GCC's cc1 has functions of 266 000. */
    private static final int MAX_INSTRUCTIONS = 1 << 20;

    private static final ThreadLocal<Emission> CURRENT = new ThreadLocal<>();

    private final CodePass pass;
    private final boolean careful;
    private final Map<Integer, String> failures = new TreeMap<>();
    private Set<Integer> interpreted = new HashSet<>();
    private Runnable listener = () -> {};

    /** The method that the engine has begun and not emitted yet. */
    private @Nullable Emitted begun;

    private Emission(String machine, BitSet left, int limit, int fields, boolean careful) {
        this.pass = new CodePass(Names.startingWith(machine), limit, left, fields);
        this.careful = careful;
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
     */
    public static Emission begin(String machine, BitSet left, int limit, int fields, boolean careful) {
        Emission emission = new Emission(machine, left, limit, fields, careful);
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
    }

    /**
     * Called by the engine's compiler with the writer of a class; returns the visitor that it is to pass methods to
     * instead.
     */
    public static ClassVisitor wrap(ClassVisitor writer) {
        Emission emission = CURRENT.get();
        return emission == null ? writer : emission.new Functions(writer);
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
        int function = CodePass.function(method);
        try {
            emitter.run();
            if (method.fits()) {
                if (careful) {
                    method.tryToWrite();
                }
                return;
            }
        } catch (Flow.TooLarge e) {
            // It is too long for a tree.
        } catch (RuntimeException | AssertionError e) {
            failures.put(function, e.toString());
        }
        if (!interpreted.add(function)) {
            throw new IllegalStateException("BUG: function " + function + " cannot even be interpreted: "
                    + failures.get(function) + "; please report this");
        }
        method.clear();
        emitter.run();
    }

    private final class Functions extends CodePass.Methods {

        Functions(ClassVisitor next) {
            pass.super(next, true);
        }

        @Override
        MethodNode newMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            begun = new Emitted(this, access, name, descriptor, signature, exceptions);
            return begun;
        }
    }

    /** A method that the engine emits. */
    private static final class Emitted extends MethodNode {

        private final Functions owner;
        private @Nullable List<MethodNode> made;

        Emitted(Functions owner, int access, String name, String descriptor, String signature, String[] exceptions) {
            super(Opcodes.ASM9, access, name, descriptor, signature, exceptions);
            this.owner = owner;
        }

        /** Returns whether what the pass makes of it is within the JVM's limits. */
        boolean fits() {
            return made().stream().allMatch(Code::fits);
        }

        /** Fails as the class of the function would. */
        void tryToWrite() {
            FrameWriter scratch = new FrameWriter();
            scratch.visit(Opcodes.V11, Opcodes.ACC_FINAL, owner.className(), null, "java/lang/Object", null);
            made().forEach(each -> each.accept(scratch));
            scratch.toByteArray();
        }

        private List<MethodNode> made() {
            if (made == null) {
                made = owner.make(this);
            }
            return made;
        }

        /** Forgets what was emitted. */
        void clear() {
            instructions.clear();
            tryCatchBlocks.clear();
            made = null;
        }

        @Override
        public void visitEnd() {
            owner.write(this, made());
            // The engine continues with the next one, and may keep the visitor of this one.
            clear();
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
