// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.BitSet;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.MethodNode;

/** Takes away stores to locals that nobody reads afterwards, such as most of the zeros that a function starts with. */
final class DeadStores {

    private DeadStores() {}

    static void apply(MethodNode method, Work work) {
        Flow flow = Flow.of(method, work);
        for (Flow.Block block : flow.blocks) {
            BitSet live = new BitSet();
            for (int next : block.successors()) {
                live.or(flow.liveIn(next));
            }
            for (int i = block.end() - 1; i >= block.start(); i--) {
                AbstractInsnNode instruction = flow.instructions[i];
                int variable = flow.number(instruction);
                if (variable < 0) {
                    continue;
                }
                if (!Code.isStore(instruction.getOpcode())) {
                    if (instruction instanceof IincInsnNode && !live.get(variable)) {
                        method.instructions.remove(instruction);
                    } else {
                        live.set(variable);
                    }
                } else if (live.get(variable)) {
                    live.clear(variable);
                } else {
                    remove(method.instructions, instruction);
                }
            }
        }
    }

    private static void remove(InsnList code, AbstractInsnNode store) {
        AbstractInsnNode value = store.getPrevious();
        int opcode = value == null ? -1 : value.getOpcode();
        // A load before it stays counted as a read; the next look at the method would find that it is none.
        if (opcode == Opcodes.DUP || opcode == Opcodes.DUP2 || Code.constant(value) != null) {
            code.remove(value);
            code.remove(store);
        } else {
            code.set(store, new InsnNode(Code.wide(store.getOpcode()) ? Opcodes.POP2 : Opcodes.POP));
        }
    }
}
