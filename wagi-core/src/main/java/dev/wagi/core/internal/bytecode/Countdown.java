// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Lets a short loop without calls look for interrupts once in some rounds instead of in each. A look reads a volatile
 * field, after which HotSpot takes nothing for granted that it knows about the memory. The jump back
 *
 * <pre>
 * checkInterruption(); goto loop
 * </pre>
 *
 * becomes two jumps, of which HotSpot makes two loops, and the inner one has no look:
 *
 * <pre>
 * if (--rounds > 0) goto loop; checkInterruption(); rounds = most; goto loop
 * </pre>
 *
 * All loops of a method have one counter, and the method looks when it starts, because its callers may have no look
 * between two calls. So between two looks there are at most {@value #MOST_BYTES} bytes of code, which take less than a
 * millisecond even where HotSpot interprets them.
 */
final class Countdown {

    /** The bytes of code that may be executed between two looks, as if each round were one of the longest loop. */
    private static final int MOST_BYTES = 1 << 14;

    /** Bytes of code beyond which a loop looks in each round. */
    private static final int LONG_LOOP = 1 << 10;

    private static final int MOST_ROUNDS = 1 << 10;

    /** Classes whose methods take a short time. */
    private static final Set<String> SHORT = Set.of(
            Names.FLOATS,
            "java/lang/Integer",
            "java/lang/Long",
            "java/lang/Float",
            "java/lang/Double",
            "java/lang/Math");

    /** The engine's operators on numbers, by the beginnings of their names. */
    private static final Pattern NUMERIC = Pattern.compile("[IF](32|64)_.*");

    private Countdown() {}

    /** @param method a function, which is not split */
    static void apply(MethodNode method, Names names) {
        InsnList code = method.instructions;
        AbstractInsnNode[] instructions = code.toArray();
        // Before each instruction: how many bytes there are, and how many calls that may take long.
        int[] bytes = new int[instructions.length + 1];
        int[] calls = new int[instructions.length + 1];
        Map<AbstractInsnNode, Integer> labels = new HashMap<>();
        for (int i = 0; i < instructions.length; i++) {
            bytes[i + 1] = bytes[i] + Code.size(instructions[i], -1);
            calls[i + 1] = calls[i] + (isLong(instructions[i], names) ? 1 : 0);
            if (instructions[i] instanceof LabelNode) {
                labels.put(instructions[i], i);
            }
        }
        Set<JumpInsnNode> jumps = new HashSet<>();
        int longest = 1;
        for (int i = 1; i < instructions.length; i++) {
            if (instructions[i] instanceof JumpInsnNode jump
                    && jump.getOpcode() == Opcodes.GOTO
                    && Code.isCall(instructions[i - 1], names.helpers, Names.CHECK)) {
                int start = labels.getOrDefault(jump.label, i);
                int length = bytes[i] - bytes[Math.min(start, i)];
                if (start < i && calls[start] == calls[i] && length <= LONG_LOOP) {
                    jumps.add(jump);
                    longest = Math.max(longest, length);
                }
            }
        }
        if (!jumps.isEmpty()) {
            int rounds = Math.min(MOST_ROUNDS, MOST_BYTES / longest);
            int counter = newLocals(method);
            for (JumpInsnNode jump : jumps) {
                InsnList count = new InsnList();
                count.add(new VarInsnNode(Opcodes.ILOAD, counter));
                count.add(new VarInsnNode(Opcodes.ILOAD, counter + 1));
                count.add(new InsnNode(Opcodes.ISUB));
                count.add(new InsnNode(Opcodes.DUP));
                count.add(new VarInsnNode(Opcodes.ISTORE, counter));
                count.add(new JumpInsnNode(Opcodes.IFGT, jump.label));
                code.insertBefore(jump.getPrevious(), count);
                code.insertBefore(jump, Code.push(rounds));
                code.insertBefore(jump, new VarInsnNode(Opcodes.ISTORE, counter));
            }
            InsnList start = new InsnList();
            if (!Code.isCall(first(instructions), names.helpers, Names.CHECK)) {
                start.add(new MethodInsnNode(Opcodes.INVOKESTATIC, names.helpers, Names.CHECK, "()V", false));
            }
            start.add(Code.push(rounds));
            start.add(new VarInsnNode(Opcodes.ISTORE, counter));
            start.add(new MethodInsnNode(Opcodes.INVOKESTATIC, Names.FLAT, "one", "()I", false));
            start.add(new VarInsnNode(Opcodes.ISTORE, counter + 1));
            code.insert(start);
        }
    }

    private static @Nullable AbstractInsnNode first(AbstractInsnNode[] instructions) {
        for (AbstractInsnNode instruction : instructions) {
            if (instruction.getOpcode() >= 0) {
                return instruction;
            }
        }
        return null;
    }

    private static int newLocals(MethodNode method) {
        int locals = (Type.getArgumentsAndReturnSizes(method.desc) >> 2) - 1;
        for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
            if (i instanceof VarInsnNode local) {
                locals = Math.max(locals, local.var + (Code.wide(local.getOpcode()) ? 2 : 1));
            } else if (i instanceof IincInsnNode increment) {
                locals = Math.max(locals, increment.var + 1);
            }
        }
        method.maxLocals = Math.max(method.maxLocals, locals + 2);
        return locals;
    }

    /** Whether an instruction may take long, or calls something that is not known. */
    private static boolean isLong(AbstractInsnNode instruction, Names names) {
        int opcode = instruction.getOpcode();
        if (opcode == Opcodes.INVOKEDYNAMIC || opcode == Opcodes.NEWARRAY || opcode == Opcodes.ANEWARRAY) {
            return true;
        }
        if (!(instruction instanceof MethodInsnNode call)) {
            return false;
        }
        if (call.getOpcode() != Opcodes.INVOKESTATIC) {
            return true;
        }
        if (call.owner.equals(Names.FLAT)) {
            return !(call.name.startsWith("load")
                    || call.name.startsWith("store")
                    || call.name.startsWith(Names.READ_GLOBAL)
                    || call.name.startsWith(Names.WRITE_GLOBAL));
        }
        if (call.owner.equals(names.helpers)) {
            return !(call.name.equals(Names.CHECK) || call.desc.equals(Helpers.COMPARE));
        }
        return !(SHORT.contains(call.owner)
                || call.owner.equals(Names.OPERATORS)
                        && NUMERIC.matcher(call.name).matches());
    }
}
