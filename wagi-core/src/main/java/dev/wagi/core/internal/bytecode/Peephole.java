// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.FieldInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Replaces short runs of instructions with shorter ones that do the same. One pass: every instruction is looked at
 * together with those before it, back to the last label at most.
 */
final class Peephole {

    /**
     * A comparison for which the engine calls a helper: the call that orders its operands, and the jump if it is true.
     */
    private record Comparison(int[] before, int jumpIfTrue, int jumpIfFalse) {}

    private static final Map<String, Comparison> COMPARISONS = new HashMap<>();

    /** Comparisons by a call that leaves the order of its operands, -1, 0 or 1. */
    private static final Map<String, Integer> UNSIGNED_LONG = Map.of(
            "I64_LT_U", Opcodes.IFLT, "I64_LE_U", Opcodes.IFLE, "I64_GT_U", Opcodes.IFGT, "I64_GE_U", Opcodes.IFGE);

    /** Operators that are one or more instructions without operands. */
    private static final Map<String, int[]> INSTRUCTIONS = Map.ofEntries(
            Map.entry("I32_EXTEND_8_S", new int[] {Opcodes.I2B}),
            Map.entry("I32_EXTEND_16_S", new int[] {Opcodes.I2S}),
            Map.entry("I64_EXTEND_8_S", new int[] {Opcodes.L2I, Opcodes.I2B, Opcodes.I2L}),
            Map.entry("I64_EXTEND_16_S", new int[] {Opcodes.L2I, Opcodes.I2S, Opcodes.I2L}),
            Map.entry("I64_EXTEND_32_S", new int[] {Opcodes.L2I, Opcodes.I2L}),
            Map.entry("F32_CONVERT_I32_S", new int[] {Opcodes.I2F}),
            Map.entry("F32_CONVERT_I64_S", new int[] {Opcodes.L2F}),
            Map.entry("F64_CONVERT_I32_S", new int[] {Opcodes.I2D}),
            Map.entry("F64_CONVERT_I64_S", new int[] {Opcodes.L2D}));

    private record Method(String owner, String name, String descriptor) {}

    /** Operators that the JDK implements, mostly as intrinsics. */
    private static final Map<String, Method> METHODS = Map.ofEntries(
            Map.entry("I32_CLZ", new Method("java/lang/Integer", "numberOfLeadingZeros", "(I)I")),
            Map.entry("I32_CTZ", new Method("java/lang/Integer", "numberOfTrailingZeros", "(I)I")),
            Map.entry("I32_POPCNT", new Method("java/lang/Integer", "bitCount", "(I)I")),
            Map.entry("I32_ROTL", new Method("java/lang/Integer", "rotateLeft", "(II)I")),
            Map.entry("I32_ROTR", new Method("java/lang/Integer", "rotateRight", "(II)I")),
            Map.entry("I32_REINTERPRET_F32", new Method("java/lang/Float", "floatToRawIntBits", "(F)I")),
            Map.entry("I64_REINTERPRET_F64", new Method("java/lang/Double", "doubleToRawLongBits", "(D)J")),
            Map.entry("F32_REINTERPRET_I32", new Method("java/lang/Float", "intBitsToFloat", "(I)F")),
            Map.entry("F64_REINTERPRET_I64", new Method("java/lang/Double", "longBitsToDouble", "(J)D")),
            Map.entry("I64_EXTEND_I32_U", new Method("java/lang/Integer", "toUnsignedLong", "(I)J")),
            Map.entry("F32_ABS", new Method("java/lang/Math", "abs", "(F)F")),
            Map.entry("F64_ABS", new Method("java/lang/Math", "abs", "(D)D")),
            Map.entry("F64_CEIL", new Method("java/lang/Math", "ceil", "(D)D")),
            Map.entry("F64_FLOOR", new Method("java/lang/Math", "floor", "(D)D")),
            Map.entry("F64_NEAREST", new Method("java/lang/Math", "rint", "(D)D")),
            Map.entry("F64_SQRT", new Method("java/lang/Math", "sqrt", "(D)D")),
            Map.entry("F32_MIN", new Method("java/lang/Math", "min", "(FF)F")),
            Map.entry("F32_MAX", new Method("java/lang/Math", "max", "(FF)F")),
            Map.entry("F64_MIN", new Method("java/lang/Math", "min", "(DD)D")),
            Map.entry("F64_MAX", new Method("java/lang/Math", "max", "(DD)D")));

    private static final Map<String, String> UNSIGNED_INT = Map.of(
            "I32_LT_U", Helpers.LESS,
            "I32_LE_U", Helpers.LESS_EQUAL,
            "I32_GT_U", Helpers.GREATER,
            "I32_GE_U", Helpers.GREATER_EQUAL);

    static {
        comparison("I32_EQ", Opcodes.IF_ICMPEQ, Opcodes.IF_ICMPNE);
        comparison("I32_NE", Opcodes.IF_ICMPNE, Opcodes.IF_ICMPEQ);
        comparison("I32_LT_S", Opcodes.IF_ICMPLT, Opcodes.IF_ICMPGE);
        comparison("I32_LE_S", Opcodes.IF_ICMPLE, Opcodes.IF_ICMPGT);
        comparison("I32_GT_S", Opcodes.IF_ICMPGT, Opcodes.IF_ICMPLE);
        comparison("I32_GE_S", Opcodes.IF_ICMPGE, Opcodes.IF_ICMPLT);
        comparison("I64_EQZ", Opcodes.IFEQ, Opcodes.IFNE, Opcodes.LCONST_0, Opcodes.LCMP);
        comparison("I64_EQ", Opcodes.IFEQ, Opcodes.IFNE, Opcodes.LCMP);
        comparison("I64_NE", Opcodes.IFNE, Opcodes.IFEQ, Opcodes.LCMP);
        comparison("I64_LT_S", Opcodes.IFLT, Opcodes.IFGE, Opcodes.LCMP);
        comparison("I64_LE_S", Opcodes.IFLE, Opcodes.IFGT, Opcodes.LCMP);
        comparison("I64_GT_S", Opcodes.IFGT, Opcodes.IFLE, Opcodes.LCMP);
        comparison("I64_GE_S", Opcodes.IFGE, Opcodes.IFLT, Opcodes.LCMP);
        // With NaN every comparison but "not equal" is false.
        for (String type : List.of("F32", "F64")) {
            int less = type.equals("F32") ? Opcodes.FCMPG : Opcodes.DCMPG;
            int greater = type.equals("F32") ? Opcodes.FCMPL : Opcodes.DCMPL;
            comparison(type + "_EQ", Opcodes.IFEQ, Opcodes.IFNE, greater);
            comparison(type + "_NE", Opcodes.IFNE, Opcodes.IFEQ, greater);
            comparison(type + "_LT", Opcodes.IFLT, Opcodes.IFGE, less);
            comparison(type + "_LE", Opcodes.IFLE, Opcodes.IFGT, less);
            comparison(type + "_GT", Opcodes.IFGT, Opcodes.IFLE, greater);
            comparison(type + "_GE", Opcodes.IFGE, Opcodes.IFLT, greater);
        }
    }

    private static void comparison(String operator, int jumpIfTrue, int jumpIfFalse, int... before) {
        COMPARISONS.put(operator, new Comparison(before, jumpIfTrue, jumpIfFalse));
    }

    private static final String READ_GLOBAL_INT = "readGlobalInt";
    private static final String WRITE_GLOBAL_INT = "writeGlobalInt";
    private static final String READ_GLOBAL = "(IL" + Names.FLAT + ";L" + Names.INSTANCE + ";)J";
    private static final String WRITTEN_GLOBAL = "IL" + Names.FLAT + ";L" + Names.INSTANCE + ";)V";

    private final Names names;
    private final int fields;
    private final List<AbstractInsnNode> out;

    /** The slot of the instance, which is the last argument; the one before is the memory. */
    private final int instance;

    /** Whether the next instruction can be reached; code up to the next label is left out if not. */
    private boolean reachable = true;

    private Peephole(MethodNode method, Names names, int fields) {
        this.names = names;
        this.fields = fields;
        this.out = new ArrayList<>(method.instructions.size());
        this.instance = (Type.getArgumentsAndReturnSizes(method.desc) >> 2) - 2;
    }

    /** @param fields how many globals are fields of the memory; see {@code FlatGlobal.fields} */
    static void apply(MethodNode method, Names names, int fields) {
        Peephole peephole = new Peephole(method, names, fields);
        AbstractInsnNode[] instructions = method.instructions.toArray();
        for (AbstractInsnNode instruction : instructions) {
            if (instruction instanceof LabelNode label) {
                peephole.label(label);
            } else if (peephole.reachable && instruction.getOpcode() >= 0) {
                peephole.add(instruction);
            }
        }
        for (AbstractInsnNode instruction : instructions) {
            // One by one, so that none keeps its neighbours.
            method.instructions.remove(instruction);
        }
        for (AbstractInsnNode instruction : peephole.out) {
            method.instructions.add(instruction);
        }
    }

    // --- the end of what was written ---

    private @Nullable AbstractInsnNode last(int back) {
        return out.size() > back ? out.get(out.size() - 1 - back) : null;
    }

    private void drop(int count) {
        out.subList(out.size() - count, out.size()).clear();
    }

    private void emit(AbstractInsnNode instruction) {
        out.add(instruction);
        if (Code.ends(instruction.getOpcode())) {
            reachable = false;
        }
    }

    private void emit(int opcode) {
        emit(new InsnNode(opcode));
    }

    private void call(String owner, String name, String descriptor) {
        emit(new MethodInsnNode(Opcodes.INVOKESTATIC, owner, name, descriptor, false));
    }

    // --- rules ---

    private void label(LabelNode label) {
        if (last(0) instanceof JumpInsnNode jump && jump.label == label && jump.getOpcode() == Opcodes.GOTO) {
            drop(1);
        }
        // ifeq label; goto other; label:   ->   ifne other; label:
        if (last(1) instanceof JumpInsnNode over
                && over.label == label
                && over.getOpcode() != Opcodes.GOTO
                && last(0) instanceof JumpInsnNode away
                && away.getOpcode() == Opcodes.GOTO) {
            drop(2);
            out.add(new JumpInsnNode(opposite(over.getOpcode()), away.label));
        }
        out.add(label);
        reachable = true;
    }

    private void add(AbstractInsnNode instruction) {
        int opcode = instruction.getOpcode();
        Object constant = Code.constant(instruction);
        if (constant != null) {
            emit(Code.push(constant));
        } else if (opcode == Opcodes.IFEQ || opcode == Opcodes.IFNE) {
            jump(opcode, ((JumpInsnNode) instruction).label);
        } else if (opcode == Opcodes.INVOKESTATIC) {
            invoke((MethodInsnNode) instruction);
        } else if (opcode == Opcodes.L2I) {
            narrow();
        } else if (opcode == Opcodes.IAND) {
            mask();
        } else if (opcode == Opcodes.LAND
                && Long.valueOf(0xffffffffL).equals(Code.constant(last(0)))
                && last(1) != null
                && last(1).getOpcode() == Opcodes.I2L) {
            drop(2);
            call("java/lang/Integer", "toUnsignedLong", "(I)J");
        } else if (opcode == Opcodes.ISTORE) {
            store((VarInsnNode) instruction);
        } else if (Code.isLoad(opcode)
                && last(0) instanceof VarInsnNode stored
                && stored.var == ((VarInsnNode) instruction).var
                && stored.getOpcode() == opcode - Opcodes.ILOAD + Opcodes.ISTORE) {
            // xstore n; xload n   ->   dup; xstore n
            drop(1);
            emit(Code.wide(opcode) ? Opcodes.DUP2 : Opcodes.DUP);
            emit(stored);
        } else {
            emit(instruction);
        }
    }

    /** A jump if an int is zero, or is not: the comparison that made the int may jump itself. */
    private void jump(int opcode, LabelNode target) {
        while (last(0) instanceof MethodInsnNode call && call.owner.equals(Names.OPERATORS)) {
            boolean ifTrue = opcode == Opcodes.IFNE;
            if (call.name.equals("I32_EQZ")) {
                drop(1);
                opcode = opposite(opcode);
                continue;
            }
            Integer unsigned = UNSIGNED_LONG.get(call.name);
            if (unsigned != null) {
                drop(1);
                call("java/lang/Long", "compareUnsigned", "(JJ)I");
                emit(new JumpInsnNode(ifTrue ? unsigned : opposite(unsigned), target));
                return;
            }
            Comparison comparison = COMPARISONS.get(call.name);
            if (comparison == null) {
                break;
            }
            drop(1);
            for (int before : comparison.before) {
                emit(before);
            }
            opcode = ifTrue ? comparison.jumpIfTrue : comparison.jumpIfFalse;
            if (opcode < Opcodes.IF_ICMPEQ || opcode > Opcodes.IF_ICMPLE) {
                emit(new JumpInsnNode(opcode, target));
                return;
            }
            if (!Code.isInt(last(0), 0)) {
                emit(new JumpInsnNode(opcode, target));
                return;
            }
            // if_icmpeq with zero   ->   ifeq
            drop(1);
            opcode = opcode - Opcodes.IF_ICMPEQ + Opcodes.IFEQ;
            if (opcode != Opcodes.IFEQ && opcode != Opcodes.IFNE) {
                emit(new JumpInsnNode(opcode, target));
                return;
            }
        }
        emit(new JumpInsnNode(opcode, target));
    }

    private static int opposite(int jump) {
        // IFEQ..IF_ACMPNE are pairs that start at an odd opcode, IFNULL and IFNONNULL are a pair that starts at an even
        // one.
        return jump >= Opcodes.IFNULL ? jump ^ 1 : (jump - Opcodes.IFEQ ^ 1) + Opcodes.IFEQ;
    }

    private void invoke(MethodInsnNode call) {
        if (call.owner.equals(Names.OPERATORS)) {
            operator(call);
        } else if (call.owner.equals(Names.FLAT) && call.name.equals("store8")) {
            narrowStore(call, Opcodes.I2B, 0xff);
        } else if (call.owner.equals(Names.FLAT) && call.name.equals("store16")) {
            narrowStore(call, Opcodes.I2S, 0xffff);
        } else if (call.owner.equals(names.helpers) && call.name.equals("i32_ge_u")) {
            call(names.helpers, Helpers.GREATER_EQUAL, Helpers.COMPARE);
        } else if (call.owner.equals(names.helpers) && call.name.equals(Names.WRITE_GLOBAL)) {
            writeGlobal(call);
        } else if (call.owner.equals(names.helpers) && call.name.equals(Names.READ_GLOBAL)) {
            readGlobal(call);
        } else {
            emit(call);
        }
    }

    private void operator(MethodInsnNode call) {
        int[] instructions = INSTRUCTIONS.get(call.name);
        Method method = METHODS.get(call.name);
        String unsigned = UNSIGNED_INT.get(call.name);
        if (instructions != null) {
            for (int opcode : instructions) {
                emit(opcode);
            }
        } else if (method != null) {
            call(method.owner, method.name, method.descriptor);
        } else if (unsigned != null) {
            call(names.helpers, unsigned, Helpers.COMPARE);
        } else {
            emit(call);
        }
    }

    /** A narrow store takes the low bits itself: value; i2b; offset; memory; store8. */
    private void narrowStore(MethodInsnNode call, int narrow, int mask) {
        AbstractInsnNode memory = last(0);
        AbstractInsnNode offset = last(1);
        if (memory != null && memory.getOpcode() == Opcodes.ALOAD && offset != null && Code.constant(offset) != null) {
            drop(2);
            if (last(0) != null && last(0).getOpcode() == narrow) {
                drop(1);
            }
            while (last(0) != null && last(0).getOpcode() == Opcodes.IAND && Code.isInt(last(1), mask)) {
                drop(2);
            }
            emit(offset);
            emit(memory);
        }
        emit(call);
    }

    /** index; instance; readGlobal -> memory; its field, or index; memory; instance; readGlobal of the memory */
    private void readGlobal(MethodInsnNode call) {
        if (takesField()) {
            String field = takeField();
            emit(new VarInsnNode(Opcodes.ALOAD, instance - 1));
            emit(new FieldInsnNode(Opcodes.GETFIELD, Names.FLAT, field, "J"));
        } else if (takesGlobal()) {
            passMemory();
            call(Names.FLAT, Names.READ_GLOBAL, READ_GLOBAL);
        } else {
            emit(call);
        }
    }

    /** The same for writeGlobal; and no long is made of an i32 that does not go into a field. */
    private void writeGlobal(MethodInsnNode call) {
        if (takesField()) {
            String field = takeField();
            emit(new VarInsnNode(Opcodes.ALOAD, instance - 1));
            emit(Opcodes.DUP_X2);
            emit(Opcodes.POP);
            emit(new FieldInsnNode(Opcodes.PUTFIELD, Names.FLAT, field, "J"));
        } else if (!takesGlobal()) {
            emit(call);
        } else if (last(2) != null && last(2).getOpcode() == Opcodes.I2L) {
            out.remove(out.size() - 3);
            passMemory();
            call(Names.FLAT, WRITE_GLOBAL_INT, "(I" + WRITTEN_GLOBAL);
        } else {
            passMemory();
            call(Names.FLAT, Names.WRITE_GLOBAL, "(J" + WRITTEN_GLOBAL);
        }
    }

    /** Whether the index of a global and the instance were written last. */
    private boolean takesGlobal() {
        return last(0) instanceof VarInsnNode load
                && load.getOpcode() == Opcodes.ALOAD
                && load.var == instance
                && Code.constant(last(1)) instanceof Integer;
    }

    private boolean takesField() {
        return takesGlobal() && Code.constant(last(1)) instanceof Integer index && index < fields;
    }

    private String takeField() {
        String field = Names.GLOBAL + Code.constant(last(1));
        drop(2);
        return field;
    }

    private void passMemory() {
        out.add(out.size() - 1, new VarInsnNode(Opcodes.ALOAD, instance - 1));
    }

    private void narrow() {
        AbstractInsnNode last = last(0);
        if (Code.constant(last) instanceof Long value) {
            drop(1);
            emit(Code.push((int) (long) value));
        } else if (last != null && last.getOpcode() == Opcodes.I2L
                || Code.isCall(last, "java/lang/Integer", "toUnsignedLong")) {
            drop(1);
        } else if (Code.isCall(last, Names.FLAT, Names.READ_GLOBAL)) {
            drop(1);
            call(Names.FLAT, READ_GLOBAL_INT, READ_GLOBAL.replace(")J", ")I"));
        } else {
            emit(Opcodes.L2I);
        }
    }

    /** load8s; 255; iand -> load8u. */
    private void mask() {
        if (last(1) instanceof MethodInsnNode load && load.owner.equals(Names.FLAT)) {
            boolean bytes = load.name.equals("load8s") && Code.isInt(last(0), 0xff);
            if (bytes || load.name.equals("load16s") && Code.isInt(last(0), 0xffff)) {
                drop(2);
                call(Names.FLAT, bytes ? "load8u" : "load16u", load.desc);
                return;
            }
        }
        emit(Opcodes.IAND);
    }

    /** iload n; constant; iadd; istore n -> iinc n; with a dup before the store, an iload after. */
    private void store(VarInsnNode store) {
        boolean kept = last(0) != null && last(0).getOpcode() == Opcodes.DUP;
        int at = kept ? 1 : 0;
        AbstractInsnNode sum = last(at);
        if (sum != null
                && sum.getOpcode() == Opcodes.IADD
                && Code.constant(last(at + 1)) instanceof Integer by
                && by == by.shortValue()
                && last(at + 2) instanceof VarInsnNode load
                && load.getOpcode() == Opcodes.ILOAD
                && load.var == store.var) {
            drop(at + 3);
            emit(new IincInsnNode(store.var, by));
            if (kept) {
                emit(new VarInsnNode(Opcodes.ILOAD, store.var));
            }
        } else {
            emit(store);
        }
    }
}
