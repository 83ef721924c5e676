// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Methods that the pass adds to the engine's own helpers, so that they are loaded, cached and accessible with the
 * module.
 *
 * <p>The unsigned comparisons of 32 bits are made in 64 on purpose: C2 of JDK 17 gets {@code Integer.compareUnsigned}
 * wrong in places, which is why the engine makes {@code i32.ge_u} a megamorphic call there.
 *
 * @see <a href="https://github.com/dylibso/chicory/issues/843">the engine's issue</a>
 */
final class Helpers {

    static final String LESS = "lessUnsigned";
    static final String LESS_EQUAL = "lessOrEqualUnsigned";
    static final String GREATER = "greaterUnsigned";
    static final String GREATER_EQUAL = "greaterOrEqualUnsigned";
    static final String COMPARE = "(II)I";

    private Helpers() {}

    static void addTo(ClassVisitor helpers) {
        addComparison(helpers, LESS, Opcodes.IFGE);
        addComparison(helpers, LESS_EQUAL, Opcodes.IFGT);
        addComparison(helpers, GREATER, Opcodes.IFLE);
        addComparison(helpers, GREATER_EQUAL, Opcodes.IFLT);
    }

    /**
     * {@code static int name(int a, int b)}: both widened without sign, 0 if the jump on their comparison is taken,
     * else 1.
     */
    private static void addComparison(ClassVisitor helpers, String name, int jumpIfNot) {
        MethodVisitor method = begin(helpers, name, COMPARE);
        for (int argument = 0; argument < 2; argument++) {
            method.visitVarInsn(Opcodes.ILOAD, argument);
            method.visitInsn(Opcodes.I2L);
            method.visitLdcInsn(0xffffffffL);
            method.visitInsn(Opcodes.LAND);
        }
        Label not = new Label();
        method.visitInsn(Opcodes.LCMP);
        method.visitJumpInsn(jumpIfNot, not);
        method.visitInsn(Opcodes.ICONST_1);
        method.visitInsn(Opcodes.IRETURN);
        method.visitLabel(not);
        method.visitInsn(Opcodes.ICONST_0);
        end(method, Opcodes.IRETURN);
    }

    private static MethodVisitor begin(ClassVisitor helpers, String name, String descriptor) {
        MethodVisitor method = helpers.visitMethod(Opcodes.ACC_STATIC, name, descriptor, null, null);
        method.visitCode();
        return method;
    }

    private static void end(MethodVisitor method, int returnOpcode) {
        method.visitInsn(returnOpcode);
        method.visitMaxs(0, 0);
        method.visitEnd();
    }
}
