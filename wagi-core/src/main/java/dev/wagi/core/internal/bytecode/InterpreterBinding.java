// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Makes a compiled module use our interpreter for the functions that are too large for the JVM. The engine's own one
 * can neither be interrupted everywhere nor is its heap counted.
 */
public final class InterpreterBinding {

    private static final String ENGINES = "com/dylibso/chicory/runtime/internal/CompilerInterpreterMachine";
    private static final String OURS = "dev/wagi/core/internal/chicory/InterpretedFunctions";

    private InterpreterBinding() {}

    /**
     * The class with every {@code new CompilerInterpreterMachine(...)} replaced by our subclass of it.
     *
     * @param main the class of a module that makes its interpreter
     * @throws IllegalStateException if it makes none: the engine was changed
     */
    public static byte[] apply(byte[] main) {
        ClassReader reader = new ClassReader(main);
        ClassWriter writer = new ClassWriter(reader, 0);
        Visitor visitor = new Visitor(writer);
        reader.accept(visitor, 0);
        if (visitor.replaced != 1) {
            throw new IllegalStateException(
                    "BUG: the compiled module makes " + visitor.replaced + " interpreters; please report this");
        }
        return writer.toByteArray();
    }

    private static final class Visitor extends ClassVisitor {
        private int replaced;

        Visitor(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
                @Override
                public void visitTypeInsn(int opcode, String type) {
                    super.visitTypeInsn(opcode, opcode == Opcodes.NEW && type.equals(ENGINES) ? OURS : type);
                }

                @Override
                public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean itf) {
                    boolean constructor = opcode == Opcodes.INVOKESPECIAL && owner.equals(ENGINES);
                    replaced += constructor ? 1 : 0;
                    super.visitMethodInsn(opcode, constructor ? OURS : owner, name, descriptor, itf);
                }
            };
        }
    }
}
