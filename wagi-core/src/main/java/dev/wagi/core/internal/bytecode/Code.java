// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LdcInsnNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/** Instructions: which constant one pushes, what one does to control flow, how long it is. */
final class Code {

    /** The JVM's limits for a method: bytes of code, and locals. */
    private static final int MAX_CODE = 0xffff;

    private static final int MAX_LOCALS = 0xffff;

    /** How many bytes a branch may exceed its shortest form by, and the offset from which it may have to. */
    private static final int LONGER_BRANCH = 5;

    private static final int SHORT_OFFSET = 0x7fff;

    /**
     * What an access to memory counts beyond its call where a method is to be small enough for C2: it inlines the
     * access only while there is room. Found by measurement.
     */
    private static final int ACCESS = 20;

    private Code() {}

    /** The constant that an instruction pushes, or null if it does something else. */
    static @Nullable Object constant(@Nullable AbstractInsnNode instruction) {
        if (instruction == null) {
            return null;
        }
        int opcode = instruction.getOpcode();
        if (opcode >= Opcodes.ICONST_M1 && opcode <= Opcodes.ICONST_5) {
            return opcode - Opcodes.ICONST_0;
        }
        if (opcode == Opcodes.LCONST_0 || opcode == Opcodes.LCONST_1) {
            return (long) (opcode - Opcodes.LCONST_0);
        }
        if (opcode >= Opcodes.FCONST_0 && opcode <= Opcodes.FCONST_2) {
            return (float) (opcode - Opcodes.FCONST_0);
        }
        if (opcode == Opcodes.DCONST_0 || opcode == Opcodes.DCONST_1) {
            return (double) (opcode - Opcodes.DCONST_0);
        }
        if (opcode == Opcodes.BIPUSH || opcode == Opcodes.SIPUSH) {
            return ((IntInsnNode) instruction).operand;
        }
        return opcode == Opcodes.LDC ? ((LdcInsnNode) instruction).cst : null;
    }

    static boolean isInt(@Nullable AbstractInsnNode instruction, int value) {
        return constant(instruction) instanceof Integer i && i == value;
    }

    /** The shortest instruction that pushes a constant. */
    static AbstractInsnNode push(Object constant) {
        if (constant instanceof Integer value) {
            if (value >= -1 && value <= 5) {
                return new InsnNode(Opcodes.ICONST_0 + value);
            }
            if (value == value.byteValue()) {
                return new IntInsnNode(Opcodes.BIPUSH, value);
            }
            if (value == value.shortValue()) {
                return new IntInsnNode(Opcodes.SIPUSH, value);
            }
        } else if (constant instanceof Long value) {
            if (value == 0 || value == 1) {
                return new InsnNode(Opcodes.LCONST_0 + value.intValue());
            }
        } else if (constant instanceof Float value) {
            // Compares bits, because of -0 and NaN.
            if (Float.floatToRawIntBits(value) == 0) {
                return new InsnNode(Opcodes.FCONST_0);
            }
            if (value == 1 || value == 2) {
                return new InsnNode(Opcodes.FCONST_0 + value.intValue());
            }
        } else if (constant instanceof Double value) {
            if (Double.doubleToRawLongBits(value) == 0) {
                return new InsnNode(Opcodes.DCONST_0);
            }
            if (value == 1) {
                return new InsnNode(Opcodes.DCONST_1);
            }
        }
        return new LdcInsnNode(constant);
    }

    static boolean isCall(@Nullable AbstractInsnNode instruction, String owner, String name) {
        return instruction instanceof MethodInsnNode call && call.owner.equals(owner) && call.name.equals(name);
    }

    static boolean isReturn(int opcode) {
        return opcode >= Opcodes.IRETURN && opcode <= Opcodes.RETURN;
    }

    /** Whether control never goes on to the next instruction. */
    static boolean ends(int opcode) {
        return isReturn(opcode)
                || opcode == Opcodes.GOTO
                || opcode == Opcodes.ATHROW
                || opcode == Opcodes.TABLESWITCH
                || opcode == Opcodes.LOOKUPSWITCH;
    }

    /** The slots that a load or store of a local takes, {@code wide} for long and double. */
    static boolean wide(int opcode) {
        return opcode == Opcodes.LLOAD
                || opcode == Opcodes.DLOAD
                || opcode == Opcodes.LSTORE
                || opcode == Opcodes.DSTORE;
    }

    static boolean isLoad(int opcode) {
        return opcode >= Opcodes.ILOAD && opcode <= Opcodes.ALOAD;
    }

    static boolean isStore(int opcode) {
        return opcode >= Opcodes.ISTORE && opcode <= Opcodes.ASTORE;
    }

    /** The bytes of a method's code; never fewer than there will be, as long as no jump is longer than 32 KiB. */
    static int size(MethodNode method) {
        int size = 0;
        for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
            size += size(i, size);
        }
        return size;
    }

    /** @param at the position of the instruction, on which the padding of a switch depends; -1 if it is not known */
    static int size(AbstractInsnNode instruction, int at) {
        int opcode = instruction.getOpcode();
        if (opcode < 0) {
            return 0;
        }
        int padding = at < 0 ? 3 : 3 - at % 4;
        if (instruction instanceof VarInsnNode local) {
            return local.var < 4 ? 1 : local.var < 256 ? 2 : 4;
        }
        if (instruction instanceof IincInsnNode increment) {
            return increment.var < 256 && increment.incr == (byte) increment.incr ? 3 : 6;
        }
        if (instruction instanceof TableSwitchInsnNode table) {
            return 1 + padding + 12 + 4 * table.labels.size();
        }
        if (instruction instanceof LookupSwitchInsnNode lookup) {
            return 1 + padding + 8 + 8 * lookup.labels.size();
        }
        if (instruction instanceof InsnNode) {
            return 1;
        }
        if (instruction instanceof IntInsnNode) {
            return opcode == Opcodes.SIPUSH ? 3 : 2;
        }
        // INVOKEINTERFACE and INVOKEDYNAMIC: 5; LDC is 2 or 3.
        return opcode == Opcodes.INVOKEINTERFACE || opcode == Opcodes.INVOKEDYNAMIC ? 5 : 3;
    }

    /** The bytes of a method's code, and what C2 has to inline into it. */
    static int cost(MethodNode method) {
        int cost = 0;
        for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
            cost += cost(i);
        }
        return cost;
    }

    /** Returns what an instruction adds to {@link #cost(MethodNode)}. */
    static int cost(AbstractInsnNode instruction) {
        boolean isAccess = instruction instanceof MethodInsnNode call
                && call.owner.equals(Names.FLAT)
                && (call.name.startsWith("load") || call.name.startsWith("store"));
        return size(instruction, -1) + (isAccess ? ACCESS : 0);
    }

    /** Returns whether a method is within the JVM's limits. */
    static boolean fits(MethodNode method) {
        long size = size(method);
        int branches = 0;
        for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
            if (i instanceof VarInsnNode local && local.var + (wide(i.getOpcode()) ? 2 : 1) > MAX_LOCALS) {
                return false;
            }
            branches += i instanceof JumpInsnNode ? 1 : 0;
        }
        return size + (size > SHORT_OFFSET ? (long) branches * LONGER_BRANCH : 0) <= MAX_CODE;
    }
}
