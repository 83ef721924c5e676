// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.MethodNode;

/**
 * The pass over all classes of one compiled module. What they compute stays the same: results, traps, and when they can
 * be interrupted. A method that the pass cannot improve stays as it is, except for its memory access.
 */
public final class CodePass {

    /** Changes whenever the pass makes other code of the same classes. */
    public static final int VERSION = 11;

    /** Bytes of code beyond which HotSpot does not compile a method, unless an option says so. */
    public static final int COMPILED = 8000;

    /**
     * A method that HotSpot will only interpret.
     *
     * @param function the index in the module of the function that it is; or {@link #DISPATCH}
     * @param size the bytes of its largest method
     */
    public record LargeMethod(int function, int size) {

        /** Not a function, but the method that calls functions of one type by their indices. */
        public static final int DISPATCH = -1;
    }

    /**
     * @param classes by binary name
     * @param tooLarge what could not be made small enough
     */
    public record Result(Map<String, byte[]> classes, List<LargeMethod> tooLarge) {}

    private final Names names;
    private final int limit;
    private final Work work = new Work(Work.MOST);

    /** By the names of their methods: a class that became too large is written again. */
    private final Map<String, LargeMethod> tooLarge = new TreeMap<>();

    /** Functions that stayed as they were. */
    private final List<String> unimproved = Collections.synchronizedList(new ArrayList<>());

    /** Functions that must stay as they are. */
    private final BitSet left;

    /** The number of globals that are fields of the memory; see {@code FlatGlobal.fields}. */
    private final int fields;

    /**
     * @param limit the largest size of a method, {@link #COMPILED} but for tests
     * @param left functions that are not to be improved, by index
     */
    CodePass(Names names, int limit, BitSet left, int fields) {
        this.names = names;
        this.fields = fields;
        this.limit = limit;
        this.left = left;
    }

    /** @param classes all classes of one module, by binary or internal name; they are not changed */
    public static Result apply(Map<String, byte[]> classes) {
        return apply(classes, COMPILED);
    }

    /**
     * @param left functions that are not to be improved, by index
     * @param fields how many globals are fields of the memory; see {@code FlatGlobal.fields}
     */
    public static Result apply(Map<String, byte[]> classes, BitSet left, int fields) {
        return apply(classes, COMPILED, left, fields);
    }

    /** @param limit the largest size of a method; for tests, which split small methods */
    static Result apply(Map<String, byte[]> classes, int limit) {
        return apply(classes, limit, new BitSet(), 0);
    }

    static Result apply(Map<String, byte[]> classes, int limit, BitSet left, int fields) {
        CodePass pass = new CodePass(Names.of(classes.keySet()), limit, left, fields);
        Map<String, byte[]> written = new LinkedHashMap<>();
        classes.forEach((name, bytes) -> written.put(name.replace('/', '.'), pass.rewrite(bytes)));
        return new Result(Map.copyOf(written), pass.tooLarge());
    }

    /** For tests: the functions that the pass would leave as they are. */
    static List<String> unimproved(Map<String, byte[]> classes) {
        CodePass pass = new CodePass(Names.of(classes.keySet()), COMPILED, new BitSet(), 0);
        classes.values().forEach(pass::rewrite);
        return pass.unimproved;
    }

    List<LargeMethod> tooLarge() {
        return List.copyOf(tooLarge.values());
    }

    Names names() {
        return names;
    }

    /** A class that the engine has written, through the pass. */
    byte[] rewrite(byte[] bytes) {
        try {
            return rewrite(bytes, true);
        } catch (RuntimeException e) {
            // Something in the class became too large, so the whole class is kept as the engine wrote it.
            return rewrite(bytes, false);
        }
    }

    private byte[] rewrite(byte[] bytes, boolean improve) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new FrameWriter();
        reader.accept(new Methods(writer, improve), ClassReader.SKIP_FRAMES | ClassReader.SKIP_DEBUG);
        return writer.toByteArray();
    }

    /** Gives each method to the next visitor as the pass makes it. */
    class Methods extends ClassVisitor {

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
            MethodNode method = newMethod(access, name, names.flat(descriptor), signature, exceptions);
            return new Rebind(names, method);
        }

        /** Collects a method until its end. */
        MethodNode newMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            return new MethodNode(Opcodes.ASM9, access, name, descriptor, signature, exceptions) {
                @Override
                public void visitEnd() {
                    write(this, make(this));
                }
            };
        }

        @Override
        public void visitEnd() {
            if (className.equals(names.helpers)) {
                Helpers.addTo(cv);
            }
            super.visitEnd();
        }

        String className() {
            return className;
        }

        /** Returns what the pass makes of a method. Thread-safe. */
        List<MethodNode> make(MethodNode method) {
            if (isFunction(method)) {
                return improve && !left.get(function(method)) ? improve(method) : List.of(method);
            }
            // Not a function; those that call functions by their indices may be large.
            if (method.name.equals(Names.APPLY)) {
                Dispatch.correctSlots(method);
            }
            List<MethodNode> methods = improve && Code.size(method) > limit && Modifier.isStatic(method.access)
                    ? Dispatch.split(method, className, limit)
                    : null;
            return methods == null ? List.of(method) : methods;
        }

        void write(MethodNode method, List<MethodNode> made) {
            int size = 0;
            for (MethodNode each : made) {
                size = Math.max(size, Code.size(each));
                each.accept(cv);
            }
            String key = className + '.' + method.name;
            if (size > limit && (isFunction(method) || Dispatch.isOne(method))) {
                tooLarge.put(key, new LargeMethod(isFunction(method) ? function(method) : LargeMethod.DISPATCH, size));
            } else {
                tooLarge.remove(key);
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
                Peephole.apply(better, names, fields);
                Flow.removeUnreachable(better);
                DeadStores.apply(better, work);
                MethodNode whole = Code.cost(better) > limit ? copy(better) : better;
                Slots.apply(whole);
                List<MethodNode> parts = Code.cost(whole) > limit
                        ? Splitter.split(better, className, limit, !Code.fits(whole), work)
                        : null;
                return parts == null ? List.of(counted(whole)) : parts;
            } catch (RuntimeException e) {
                unimproved.add(method.name);
                return List.of(method);
            }
        }

        private MethodNode counted(MethodNode method) {
            MethodNode counted = copy(method);
            Countdown.apply(counted, names);
            return Code.size(counted) > limit ? method : counted;
        }

        private static MethodNode copy(MethodNode method) {
            MethodNode copy =
                    new MethodNode(Opcodes.ASM9, method.access, method.name, method.desc, method.signature, null);
            method.accept(copy);
            return copy;
        }
    }

    static boolean isFunction(MethodNode method) {
        return method.name.startsWith(Names.FUNCTION);
    }

    static int function(MethodNode method) {
        return Integer.parseInt(method.name.substring(Names.FUNCTION.length()));
    }
}
