// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Splits a method that calls functions by their indices and is too large for HotSpot to compile: a module with more
 * than some 600 functions of a type has one for that type. The engine writes:
 *
 * <pre>
 * arguments, memory, instance, index
 * lookupswitch  7: func_7(...); return    9: func_9(...); return    ...    default: throw a type mismatch
 * </pre>
 *
 * and this makes of it, with a range of indices for each new method, whose switch is of the same form:
 *
 * <pre>
 * arguments, memory, instance
 * tableswitch index >>> shift    0: name_0(..., index); return    1: name_1(..., index); return    ...    default: as above
 * </pre>
 */
final class Dispatch {

    /** The bytes of one case: an entry of the switch, a call, a return. */
    private static final int CASE = 8 + 3 + 1;

    /** The bytes of everything else in a new method but for its arguments, and of one of those. */
    private static final int FRAME = 32;

    private static final int ARGUMENT = 4;

    private static final int MAX_SLOTS = 255;

    private final MethodNode method;
    private final String owner;
    private final LookupSwitchInsnNode lookup;

    /** The functions by their indices, and how they are all called. */
    private final Map<Integer, MethodInsnNode> calls = new TreeMap<>();

    private final String descriptor;
    private final InsnNode returning;
    private final MethodInsnNode mismatch;

    /** Whether what makes the exception is given the index. */
    private final boolean mismatchTakesIndex;

    private Dispatch(MethodNode method, String owner, LookupSwitchInsnNode lookup) {
        this.method = method;
        this.owner = owner;
        this.lookup = lookup;
        for (int i = 0; i < lookup.keys.size(); i++) {
            calls.put(lookup.keys.get(i), expectCall(behind(lookup.labels.get(i))));
        }
        MethodInsnNode any = calls.values().iterator().next();
        this.descriptor = any.desc;
        this.returning = (InsnNode) any.getNext();
        AbstractInsnNode none = Objects.requireNonNull(behind(lookup.dflt), "code behind the default label");
        this.mismatchTakesIndex = none instanceof VarInsnNode load
                && lookup.getPrevious() instanceof VarInsnNode index
                && load.getOpcode() == Opcodes.ILOAD
                && load.var == index.var;
        this.mismatch = expectCall(mismatchTakesIndex ? none.getNext() : none);
        int slots = (Type.getArgumentsAndReturnSizes(descriptor) >> 2) - 1;
        boolean alike = calls.values().stream().allMatch(call -> call.desc.equals(descriptor));
        boolean known = mismatch.desc.startsWith(mismatchTakesIndex ? "(I)" : "()");
        if (!alike || !known || slots >= MAX_SLOTS || mismatch.getNext().getOpcode() != Opcodes.ATHROW) {
            throw new Unknown();
        }
    }

    /** The method is not of the form that the engine is known to write. */
    private static final class Unknown extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unknown() {
            super(null, null, false, false);
        }
    }

    /**
     * Splits a method.
     *
     * @param method not a function; changed only if it can be split
     * @param owner the internal name of its class
     * @return the method and those that it calls now, each within the limit; null if it is not such a method
     */
    static @Nullable List<MethodNode> split(MethodNode method, String owner, int limit) {
        LookupSwitchInsnNode lookup = null;
        for (AbstractInsnNode i = method.instructions.getFirst(); i != null; i = i.getNext()) {
            if (i instanceof LookupSwitchInsnNode found) {
                if (lookup != null) {
                    return null;
                }
                lookup = found;
            }
        }
        if (lookup == null || lookup.keys.isEmpty()) {
            return null;
        }
        try {
            Dispatch dispatch = new Dispatch(method, owner, lookup);
            int arguments = Type.getArgumentTypes(dispatch.descriptor).length + 1;
            int cases = (limit - FRAME - ARGUMENT * arguments) / CASE;
            return cases < 1 ? null : dispatch.split(31 - Integer.numberOfLeadingZeros(cases));
        } catch (Unknown e) {
            return null;
        }
    }

    /** Whether a method calls functions by their indices. */
    static boolean isOne(MethodNode method) {
        return method.name.startsWith(Names.INDIRECT) || method.name.equals(Names.APPLY);
    }

    private static @Nullable AbstractInsnNode behind(LabelNode label) {
        AbstractInsnNode next = label.getNext();
        while (next != null && next.getOpcode() < 0) {
            next = next.getNext();
        }
        return next;
    }

    /**
     * Corrects what the engine writes for a type with more than 1024 functions: it takes the arguments from slots 0, 1,
     * 2 and so on, as if none were of 64 bits, and the JVM refuses the class.
     *
     * @param method {@code apply(arguments, memory, instance, index)}, which begins with loading all of them
     */
    static void correctSlots(MethodNode method) {
        Type[] arguments = Type.getArgumentTypes(method.desc);
        AbstractInsnNode next = method.instructions.getFirst();
        int slot = 0;
        for (Type argument : arguments) {
            while (next != null && next.getOpcode() < 0) {
                next = next.getNext();
            }
            if (!(next instanceof VarInsnNode load) || load.getOpcode() != argument.getOpcode(Opcodes.ILOAD)) {
                return;
            }
            load.var = slot;
            slot += argument.getSize();
            next = next.getNext();
        }
    }

    /** A call that a return or a throw follows. */
    private static MethodInsnNode expectCall(@Nullable AbstractInsnNode next) {
        if (next instanceof MethodInsnNode call
                && call.getOpcode() == Opcodes.INVOKESTATIC
                && call.getNext() instanceof InsnNode end
                && (Code.isReturn(end.getOpcode()) || end.getOpcode() == Opcodes.ATHROW)) {
            return call;
        }
        throw new Unknown();
    }

    private List<MethodNode> split(int shift) {
        Map<Integer, Map<Integer, MethodInsnNode>> ranges = new TreeMap<>();
        calls.forEach((index, call) -> ranges.computeIfAbsent(index >>> shift, range -> new TreeMap<>())
                .put(index, call));
        List<MethodNode> methods = new ArrayList<>();
        methods.add(method);
        Map<Integer, LabelNode> labels = new HashMap<>();
        InsnList branches = new InsnList();
        int key = method.maxLocals;
        String rangeDescriptor = descriptor.replace(")", "I)");
        ranges.forEach((range, functions) -> {
            String name = method.name + "_range_" + range;
            methods.add(range(name, rangeDescriptor, functions));
            LabelNode label = new LabelNode();
            labels.put(range, label);
            branches.add(label);
            branches.add(new VarInsnNode(Opcodes.ILOAD, key));
            branches.add(new MethodInsnNode(Opcodes.INVOKESTATIC, owner, name, rangeDescriptor, false));
            branches.add(new InsnNode(returning.getOpcode()));
        });
        int first = ((TreeMap<Integer, ?>) ranges).firstKey();
        int last = ((TreeMap<Integer, ?>) ranges).lastKey();
        LabelNode[] targets = new LabelNode[last - first + 1];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = labels.getOrDefault(first + i, lookup.dflt);
        }
        InsnList code = new InsnList();
        code.add(new VarInsnNode(Opcodes.ISTORE, key));
        code.add(new VarInsnNode(Opcodes.ILOAD, key));
        code.add(Code.push(shift));
        code.add(new InsnNode(Opcodes.IUSHR));
        code.add(new TableSwitchInsnNode(first, last, lookup.dflt, targets));
        code.add(branches);
        method.instructions.insert(lookup, code);
        method.instructions.remove(lookup);
        Flow.removeUnreachable(method);
        return methods;
    }

    private MethodNode range(String name, String rangeDescriptor, Map<Integer, MethodInsnNode> functions) {
        MethodNode range =
                new MethodNode(Opcodes.ASM9, Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, name, rangeDescriptor, null, null);
        InsnList code = range.instructions;
        int slot = 0;
        for (Type type : Type.getArgumentTypes(rangeDescriptor)) {
            code.add(new VarInsnNode(type.getOpcode(Opcodes.ILOAD), slot));
            slot += type.getSize();
        }
        LabelNode none = new LabelNode();
        int[] keys = functions.keySet().stream().mapToInt(Integer::intValue).toArray();
        LabelNode[] labels = new LabelNode[keys.length];
        InsnList cases = new InsnList();
        int i = 0;
        for (MethodInsnNode function : functions.values()) {
            labels[i] = new LabelNode();
            cases.add(labels[i++]);
            cases.add(function.clone(Map.of()));
            cases.add(new InsnNode(returning.getOpcode()));
        }
        code.add(new LookupSwitchInsnNode(none, keys, labels));
        code.add(cases);
        code.add(none);
        if (mismatchTakesIndex) {
            code.add(new VarInsnNode(Opcodes.ILOAD, slot - 1));
        }
        code.add(mismatch.clone(Map.of()));
        code.add(new InsnNode(Opcodes.ATHROW));
        return range;
    }
}
