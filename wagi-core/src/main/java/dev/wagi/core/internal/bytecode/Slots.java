// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Gives the locals of a static method new slots: those that are used most get the four slots that instructions of one
 * byte can name, and the others follow without gaps. An argument keeps the slot it came in, or is copied out of it when
 * the method starts.
 */
final class Slots {

    /** Slots that loads and stores of one byte can name. */
    private static final int SHORT = 4;

    /** What copying an argument costs, in bytes, with something for the argument's own instructions becoming longer. */
    private static final int COPY = 4;

    private final MethodNode method;
    private final Flow flow;
    private final int[] uses;
    private final int[] slots;
    private final BitSet taken = new BitSet();

    private Slots(MethodNode method) {
        this.method = method;
        this.flow = Flow.ofVariables(method);
        this.uses = new int[flow.variables.size() + Type.getArgumentTypes(method.desc).length];
        this.slots = new int[uses.length];
        Arrays.fill(slots, -1);
    }

    static void apply(MethodNode method) {
        new Slots(method).assign();
    }

    private void assign() {
        List<Integer> arguments = arguments();
        for (AbstractInsnNode instruction : flow.instructions) {
            int variable = flow.number(instruction);
            if (variable >= 0) {
                uses[variable]++;
            }
        }
        int count = flow.variables.size();
        List<Integer> byUse = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byUse.add(i);
        }
        byUse.sort(Comparator.comparingInt((Integer v) -> -uses[v]).thenComparing(Comparator.naturalOrder()));

        BitSet incoming = new BitSet();
        int high = 0;
        for (int argument : arguments) {
            Flow.Variable variable = flow.variables.get(argument);
            int end = variable.slot() + (variable.wide() ? 2 : 1);
            incoming.set(variable.slot(), end);
            high = Math.max(high, end);
        }
        // Which variables get a short slot. An argument that is there already stays unless another variable needs it
        // much more.
        BitSet shortTaken = new BitSet();
        List<Integer> evicted = new ArrayList<>();
        List<Integer> copied = new ArrayList<>();
        for (int variable : byUse) {
            int width = width(variable);
            boolean argument = arguments.contains(variable);
            if (argument && flow.variables.get(variable).slot() < SHORT) {
                if (!evicted.contains(variable)) {
                    place(variable, flow.variables.get(variable).slot(), shortTaken);
                }
                continue;
            }
            int at = shortSlot(variable, width, shortTaken, arguments, evicted, argument);
            if (at >= 0) {
                place(variable, at, shortTaken);
                if (argument) {
                    copied.add(variable);
                }
            }
        }
        taken.or(shortTaken);
        for (int argument : arguments) {
            if (slots[argument] < 0 && !evicted.contains(argument)) {
                place(argument, flow.variables.get(argument).slot(), taken);
            }
        }
        // Arguments that were moved leave their slots to others, but not before they are copied.
        for (int argument : evicted) {
            if (uses[argument] > 0) {
                place(argument, free(width(argument), incoming), taken);
                incoming.set(slots[argument], slots[argument] + width(argument));
            }
        }
        for (int variable : byUse) {
            if (slots[variable] < 0 && uses[variable] > 0) {
                place(variable, free(width(variable), new BitSet()), taken);
            }
        }
        rewrite(evicted, copied);
    }

    /** Every argument as a variable, even if it is never used. */
    private List<Integer> arguments() {
        List<Integer> arguments = new ArrayList<>();
        int slot = 0;
        for (Type type : Type.getArgumentTypes(method.desc)) {
            arguments.add(flow.number(new Flow.Variable(slot, type.getOpcode(Opcodes.ILOAD))));
            slot += type.getSize();
        }
        return arguments;
    }

    private int width(int variable) {
        return flow.variables.get(variable).wide() ? 2 : 1;
    }

    private void place(int variable, int slot, BitSet where) {
        slots[variable] = slot;
        where.set(slot, slot + width(variable));
    }

    /** A short slot for a variable: a free one, or one whose argument is worth less there; -1 if there is none. */
    private int shortSlot(
            int variable, int width, BitSet taken, List<Integer> arguments, List<Integer> evicted, boolean copy) {
        for (int at = 0; at + width <= SHORT; at++) {
            int next = taken.nextSetBit(at);
            if (next >= 0 && next < at + width) {
                continue;
            }
            int cost = copy ? COPY : 0;
            List<Integer> victims = new ArrayList<>();
            boolean fits = true;
            for (int argument : arguments) {
                int from = flow.variables.get(argument).slot();
                int to = from + width(argument);
                if (from < at + width && at < to && !evicted.contains(argument)) {
                    victims.add(argument);
                    cost += uses[argument] == 0 ? 0 : uses[argument] + COPY;
                    fits &= to <= SHORT;
                }
            }
            if (fits && cost < uses[variable]) {
                evicted.addAll(victims);
                return at;
            }
        }
        return -1;
    }

    private int free(int width, BitSet alsoTaken) {
        for (int at = taken.nextClearBit(0); ; at = taken.nextClearBit(at + 1)) {
            boolean free = true;
            for (int i = at; i < at + width; i++) {
                free &= !taken.get(i) && !alsoTaken.get(i);
            }
            if (free) {
                return at;
            }
        }
    }

    private void rewrite(List<Integer> evicted, List<Integer> copied) {
        int locals = Type.getArgumentsAndReturnSizes(method.desc) >> 2;
        for (AbstractInsnNode instruction : flow.instructions) {
            int variable = flow.number(instruction);
            if (variable >= 0) {
                locals = Math.max(locals, slots[variable] + width(variable));
                if (instruction instanceof VarInsnNode local) {
                    local.var = slots[variable];
                } else if (instruction instanceof IincInsnNode increment) {
                    increment.var = slots[variable];
                }
            }
        }
        InsnList copies = new InsnList();
        for (int argument : evicted) {
            copy(argument, copies);
        }
        for (int argument : copied) {
            copy(argument, copies);
        }
        method.instructions.insert(copies);
        method.maxLocals = locals;
    }

    private void copy(int argument, InsnList copies) {
        if (uses[argument] > 0) {
            Flow.Variable variable = flow.variables.get(argument);
            copies.add(new VarInsnNode(variable.load(), variable.slot()));
            copies.add(new VarInsnNode(variable.store(), slots[argument]));
        }
    }
}
