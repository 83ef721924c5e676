// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.Set;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;

/**
 * Where a guest looks whether it was interrupted. The engine looks before every call and every jump backwards; here a
 * function looks once, when it starts, if it calls others, is long, or has instructions that work on many bytes or
 * entries; and a loop as before. So every loop and every recursion still looks, and a function that never does is done
 * soon.
 */
final class Interrupts {

    private static final Set<String> BULK = Set.of(
            "fill",
            "copy",
            "memoryCopy",
            "memoryFill",
            "memoryGrow",
            "memoryInit",
            "tableCopy",
            "tableFill",
            "tableGrow",
            "tableInit");

    /** Instructions after which a function is not short any more, even if it neither calls nor loops. */
    private static final int SHORT = 200;

    private Interrupts() {}

    static void apply(MethodNode method, Names names) {
        InsnList code = method.instructions;
        boolean takesLong = code.size() > SHORT;
        AbstractInsnNode next;
        for (AbstractInsnNode i = code.getFirst(); i != null; i = next) {
            next = i.getNext();
            if (i instanceof MethodInsnNode call && (names.function(call.owner, call.name) || isBulk(call))) {
                takesLong = true;
            } else if (isCheck(i, names) && !jumps(next)) {
                code.remove(i);
            }
        }
        if (takesLong) {
            code.insert(new MethodInsnNode(Opcodes.INVOKESTATIC, names.helpers, Names.CHECK, "()V", false));
        }
    }

    /**
     * Single instructions that work on as many bytes or entries as the guest likes; they look themselves now and then.
     */
    private static boolean isBulk(MethodInsnNode call) {
        return BULK.contains(call.name);
    }

    private static boolean isCheck(AbstractInsnNode instruction, Names names) {
        return Code.isCall(instruction, names.helpers, Names.CHECK);
    }

    private static boolean jumps(AbstractInsnNode instruction) {
        int opcode = instruction == null ? -1 : instruction.getOpcode();
        return opcode == Opcodes.GOTO || opcode == Opcodes.TABLESWITCH || opcode == Opcodes.LOOKUPSWITCH;
    }
}
