// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Where a guest looks whether it was interrupted. The engine looks before every call and every jump backwards; here a
 * function that calls others looks once, when it starts, and a loop as before. So every loop and every recursion still
 * looks, and a function that does neither is done soon.
 */
final class Interrupts {

    private Interrupts() {}

    static void apply(MethodNode method, Names names) {
        InsnList code = method.instructions;
        boolean calls = false;
        AbstractInsnNode next;
        for (AbstractInsnNode i = code.getFirst(); i != null; i = next) {
            next = i.getNext();
            if (i instanceof MethodInsnNode call && names.function(call.owner, call.name)) {
                calls = true;
            } else if (isCheck(i, names) && !jumps(next)) {
                code.remove(i);
            }
        }
        if (calls) {
            code.insert(new MethodInsnNode(Opcodes.INVOKESTATIC, names.helpers, Names.CHECK, "()V", false));
        }
    }

    private static boolean isCheck(AbstractInsnNode instruction, Names names) {
        return Code.isCall(instruction, names.helpers, Names.CHECK);
    }

    private static boolean jumps(AbstractInsnNode instruction) {
        int opcode = instruction == null ? -1 : instruction.getOpcode();
        return opcode == Opcodes.GOTO || opcode == Opcodes.TABLESWITCH || opcode == Opcodes.LOOKUPSWITCH;
    }
}
