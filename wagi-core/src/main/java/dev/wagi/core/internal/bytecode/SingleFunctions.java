// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Takes a class apart: a class of the same name for each function in it, so that each can be verified by itself. */
public final class SingleFunctions {

    private SingleFunctions() {}

    /**
     * One class for each function, with all methods that were made of it.
     *
     * @param bytes a class of a compiled module
     * @return by index of the function; empty if there is none
     */
    public static Map<Integer, byte[]> of(byte[] bytes) {
        Visitor visitor = new Visitor();
        new ClassReader(bytes).accept(visitor, ClassReader.EXPAND_FRAMES);
        Map<Integer, byte[]> single = new HashMap<>();
        visitor.writers.forEach((function, writer) -> single.put(function, writer.toByteArray()));
        return single;
    }

    private static final class Visitor extends ClassVisitor {
        private final Map<Integer, ClassWriter> writers = new HashMap<>();
        private int version;
        private int access;
        private String name = "";
        private String superName = "";

        Visitor() {
            super(Opcodes.ASM9);
        }

        @Override
        public void visit(int of, int flags, String type, String signature, String parent, String[] interfaces) {
            version = of;
            access = flags;
            name = type;
            superName = parent;
        }

        @Override
        public @Nullable MethodVisitor visitMethod(
                int flags, String method, String descriptor, String signature, String[] exceptions) {
            int function = FunctionMethods.function(method);
            return function == FunctionMethods.NONE
                    ? null
                    : writers.computeIfAbsent(function, f -> newWriter())
                            .visitMethod(flags, method, descriptor, signature, exceptions);
        }

        private ClassWriter newWriter() {
            ClassWriter writer = new ClassWriter(0);
            writer.visit(version, access, name, null, superName, null);
            return writer;
        }
    }
}
