// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.MethodNode;

/**
 * The pass over all classes of one compiled module. What they compute stays the same: results, traps, and when they can be
 * interrupted. A method that the pass cannot improve stays as it is, but for its memory.
 */
public final class CodePass {

    /** Changes whenever the pass makes other code of the same classes. */
    public static final int VERSION = 6;

    /** Bytes of code beyond which HotSpot does not compile a method, unless it is told to. */
    private static final int COMPILED = 8000;

    /**
     * A method that HotSpot will only interpret.
     *
     * @param function the index in the module of the function that it is; or {@link #DISPATCH}
     * @param size the bytes of its largest method
     */
    public record LargeMethod(int function, int size) {

        /** For no function, but what calls those of a type by their indices. */
        public static final int DISPATCH = -1;
    }

    /**
     * @param classes by binary name
     * @param tooLarge what could not be made small enough
     */
    public record Result(Map<String, byte[]> classes, List<LargeMethod> tooLarge) {}

    private final Names names;
    private final int limit;
    private final List<LargeMethod> tooLarge = new ArrayList<>();

    /** Functions that stayed as they were. */
    private final List<String> unimproved = new ArrayList<>();

    /** Functions that must stay as they are. */
    private final BitSet left;

    private CodePass(Names names, int limit, BitSet left) {
        this.names = names;
        this.limit = limit;
        this.left = left;
    }

    /** @param classes all classes of one module, by binary or internal name; they are not changed */
    public static Result apply(Map<String, byte[]> classes) {
        return apply(classes, COMPILED);
    }

    /** @param left functions that are not to be improved, by index */
    public static Result apply(Map<String, byte[]> classes, BitSet left) {
        return apply(classes, COMPILED, left);
    }

    /** @param limit the largest size of a method; for tests, which split small methods */
    static Result apply(Map<String, byte[]> classes, int limit) {
        return apply(classes, limit, new BitSet());
    }

    private static Result apply(Map<String, byte[]> classes, int limit, BitSet left) {
        CodePass pass = new CodePass(new Names(classes.keySet()), limit, left);
        Map<String, byte[]> written = new LinkedHashMap<>();
        classes.forEach((name, bytes) -> written.put(name.replace('/', '.'), pass.rewrite(bytes)));
        return new Result(Map.copyOf(written), List.copyOf(pass.tooLarge));
    }

    /** For tests: the functions that the pass would leave as they are. */
    static List<String> unimproved(Map<String, byte[]> classes) {
        CodePass pass = new CodePass(new Names(classes.keySet()), COMPILED, new BitSet());
        classes.values().forEach(pass::rewrite);
        return pass.unimproved;
    }

    private byte[] rewrite(byte[] bytes) {
        int reported = tooLarge.size();
        try {
            return rewrite(bytes, true);
        } catch (RuntimeException e) {
            // Something in the class became too large: all of it as the engine made it, then.
            tooLarge.subList(reported, tooLarge.size()).clear();
            return rewrite(bytes, false);
        }
    }

    private byte[] rewrite(byte[] bytes, boolean improve) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new Writer();
        reader.accept(new Methods(writer, improve), ClassReader.SKIP_FRAMES | ClassReader.SKIP_DEBUG);
        return writer.toByteArray();
    }

    /** Computes frames without loading a class: what two types have in common is only ever used as an object. */
    private static final class Writer extends ClassWriter {
        Writer() {
            super(COMPUTE_FRAMES);
        }

        @Override
        protected String getCommonSuperClass(String one, String other) {
            return "java/lang/Object";
        }
    }

    private final class Methods extends ClassVisitor {

        private final boolean improve;
        private String className = "";

        Methods(ClassVisitor next, boolean improve) {
            super(Opcodes.ASM9, next);
            this.improve = improve;
        }

        @Override
        public void visit(
                int version, int access, String name, String signature, String superName, String[] interfaces) {
            className = name;
            super.visit(version, access, name, signature, superName, interfaces);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            String flat = names.flat(descriptor);
            if (!name.startsWith(Names.FUNCTION)) {
                return new Rebind(names, new MethodNode(Opcodes.ASM9, access, name, flat, signature, exceptions) {
                    @Override
                    public void visitEnd() {
                        other(this);
                    }
                });
            }
            return new Rebind(names, new MethodNode(Opcodes.ASM9, access, name, flat, signature, exceptions) {
                @Override
                public void visitEnd() {
                    function(this);
                }
            });
        }

        @Override
        public void visitEnd() {
            if (className.equals(names.helpers)) {
                Helpers.addTo(cv);
            }
            super.visitEnd();
        }

        /** Not a function; those that call functions by their indices may be large. */
        private void other(MethodNode method) {
            if (method.name.equals(Names.APPLY)) {
                Dispatch.correctSlots(method);
            }
            List<MethodNode> methods = improve && Code.size(method) > limit && Modifier.isStatic(method.access)
                    ? Dispatch.split(method, className, limit)
                    : null;
            (methods == null ? List.of(method) : methods).forEach(each -> each.accept(cv));
            if (methods == null && Dispatch.isOne(method) && Code.size(method) > limit) {
                tooLarge.add(new LargeMethod(LargeMethod.DISPATCH, Code.size(method)));
            }
        }

        private void function(MethodNode method) {
            int function = Integer.parseInt(method.name.substring(Names.FUNCTION.length()));
            List<MethodNode> methods = improve && !left.get(function) ? improve(method) : List.of(method);
            int size = 0;
            for (MethodNode each : methods) {
                size = Math.max(size, Code.size(each));
                each.accept(cv);
            }
            if (size > limit) {
                tooLarge.add(new LargeMethod(function, size));
            }
        }

        private List<MethodNode> improve(MethodNode method) {
            if (!method.tryCatchBlocks.isEmpty()) {
                // Shorter code could leave a range empty that a handler is for, which the JVM does not allow.
                return List.of(method);
            }
            MethodNode better = copy(method);
            try {
                Interrupts.apply(better, names);
                Peephole.apply(better, names);
                Flow.removeUnreachable(better);
                DeadStores.apply(better);
                MethodNode whole = Code.size(better) > limit ? copy(better) : better;
                Slots.apply(whole);
                List<MethodNode> parts = Code.size(whole) > limit ? Splitter.split(better, className, limit) : null;
                return parts == null ? List.of(whole) : parts;
            } catch (RuntimeException e) {
                unimproved.add(method.name);
                return List.of(method);
            }
        }

        private static MethodNode copy(MethodNode method) {
            MethodNode copy =
                    new MethodNode(Opcodes.ASM9, method.access, method.name, method.desc, method.signature, null);
            method.accept(copy);
            return copy;
        }
    }
}
