// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Makes a copy of the engine's compiler that passes each function to {@link Emission} before it is written, because the
 * compiler has no hook for that. It changes three calls, after checking that each occurs as often as in the version
 * that this was written for:
 *
 * <pre>
 * new ClassWriter(flags)                     becomes   new {@link FrameWriter}(flags)
 * Shader.shadedClassRemapper(writer, name)             {@link Emission#remapper}(writer, name)
 * consumer.accept(method)   in emitFunction            {@link Emission#emit}(consumer, method)
 * </pre>
 */
public final class CompilerPatch {

    private static final int WRITERS = 3;

    private static final String WRITER = "org/objectweb/asm/ClassWriter";
    private static final String OUR_WRITER = Type.getInternalName(FrameWriter.class);
    private static final String EMISSION = Type.getInternalName(Emission.class);

    private CompilerPatch() {}

    /**
     * Returns the class with the hooks.
     *
     * @param compiler the class {@code com.dylibso.chicory.compiler.internal.Compiler}
     * @throws IllegalStateException if it is not the known version of that class
     */
    public static byte[] apply(byte[] compiler) {
        ClassReader reader = new ClassReader(compiler);
        ClassWriter writer = new ClassWriter(reader, 0);
        Visitor visitor = new Visitor(writer);
        reader.accept(visitor, 0);
        if (visitor.writers != WRITERS || visitor.wrapped != WRITERS || visitor.emitters != 1) {
            throw new IllegalStateException("the engine's compiler writes " + visitor.writers + " classes, names "
                    + visitor.wrapped + " and emits methods in " + visitor.emitters + " places; " + WRITERS + ", "
                    + WRITERS + " and 1 were expected");
        }
        return writer.toByteArray();
    }

    private static final class Visitor extends ClassVisitor {
        private int writers;
        private int wrapped;
        private int emitters;

        Visitor(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String method, String methodDescriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, method, methodDescriptor, signature, exceptions);
            return new MethodVisitor(Opcodes.ASM9, next) {
                @Override
                public void visitTypeInsn(int opcode, String type) {
                    super.visitTypeInsn(opcode, opcode == Opcodes.NEW && type.equals(WRITER) ? OUR_WRITER : type);
                }

                @Override
                public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean itf) {
                    if (opcode == Opcodes.INVOKESPECIAL && owner.equals(WRITER) && descriptor.equals("(I)V")) {
                        writers++;
                        super.visitMethodInsn(opcode, OUR_WRITER, name, descriptor, false);
                    } else if (name.equals("shadedClassRemapper")
                            && descriptor.startsWith("(Lorg/objectweb/asm/ClassVisitor;Ljava/lang/String;)")) {
                        wrapped++;
                        super.visitMethodInsn(opcode, EMISSION, "remapper", descriptor, false);
                    } else if (method.equals("emitFunction")
                            && owner.equals("java/util/function/Consumer")
                            && name.equals("accept")) {
                        emitters++;
                        super.visitMethodInsn(
                                Opcodes.INVOKESTATIC,
                                EMISSION,
                                "emit",
                                "(Ljava/util/function/Consumer;Ljava/lang/Object;)V",
                                false);
                    } else {
                        super.visitMethodInsn(opcode, owner, name, descriptor, itf);
                    }
                }
            };
        }
    }
}
