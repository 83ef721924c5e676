// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.LookupSwitchInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * The basic blocks of a method without exception handlers, how control flows between them, and which variables are live
 * where. A variable is a local of one kind: the engine uses a few slots for values of several kinds in turn, and a
 * value never changes its kind.
 */
final class Flow {

    /**
     * The limit on blocks times variables, and on visits per block, so that a hostile method costs no more than others.
     */
    private static final long MAX_BITS = 1L << 28;

    private static final int MAX_VISITS = 64;

    /** How many steps are spent at once: several threads spend from the same. */
    private static final int STEPS = 1 << 12;

    private static final int[] NONE = {};

    /** From {@code ILOAD} to {@code ALOAD}. */
    private static final int KINDS = 5;

    /** Instructions from {@code start} up to {@code end}, labels included; only the last one jumps. */
    record Block(int index, int start, int end, int[] successors) {}

    /** A local of one kind. */
    record Variable(int slot, int load) {
        boolean wide() {
            return Code.wide(load);
        }

        int store() {
            return load - Opcodes.ILOAD + Opcodes.ISTORE;
        }
    }

    final AbstractInsnNode[] instructions;
    final List<Block> blocks = new ArrayList<>();
    final List<Variable> variables = new ArrayList<>();

    /** One more than the number of each variable, by slot and kind; 0 for none. Every instruction looks here. */
    private int[] numbers = {};

    private final Map<LabelNode, Integer> blockOfLabel = new IdentityHashMap<>();
    private BitSet[] liveIn = {};

    private final Work work;

    private Flow(MethodNode method, Work work) {
        this.work = work;
        instructions = method.instructions.toArray();
    }

    /** @throws TooLarge if the method has more blocks and variables than the limit */
    static Flow of(MethodNode method, BitSet leaders, Work work) {
        Flow flow = new Flow(method, work);
        flow.findBlocks(leaders);
        flow.findVariables();
        return flow;
    }

    /** Only the variables, without blocks. */
    static Flow ofVariables(MethodNode method) {
        Flow flow = new Flow(method, new Work(0));
        flow.findVariables();
        return flow;
    }

    static Flow of(MethodNode method, Work work) {
        return of(method, new BitSet(), work);
    }

    /** A method that the pass leaves as it is, because looking at it would take too long. */
    static final class TooLarge extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooLarge() {
            super(null, null, false, false);
        }
    }

    // --- blocks ---

    private void findBlocks(BitSet leaders) {
        BitSet starts = (BitSet) leaders.clone();
        starts.set(0);
        for (int i = 0; i < instructions.length; i++) {
            // Labels are kept for jumps only.
            if (instructions[i] instanceof LabelNode) {
                starts.set(i);
            } else if (instructions[i] instanceof JumpInsnNode || Code.ends(instructions[i].getOpcode())) {
                starts.set(i + 1);
            }
        }
        List<int[]> ranges = new ArrayList<>();
        for (int start = starts.nextSetBit(0); start >= 0 && start < instructions.length; ) {
            int end = starts.nextSetBit(start + 1);
            end = end < 0 || end > instructions.length ? instructions.length : end;
            ranges.add(new int[] {start, end});
            if (instructions[start] instanceof LabelNode label) {
                blockOfLabel.put(label, ranges.size() - 1);
            }
            start = end;
        }
        // Of each block, the last one before which it was found to come, so that none is counted twice.
        int[] found = new int[ranges.size() + 1];
        Arrays.fill(found, -1);
        for (int i = 0; i < ranges.size(); i++) {
            int[] range = ranges.get(i);
            blocks.add(new Block(i, range[0], range[1], successors(i, range, found)));
        }
    }

    private int[] successors(int block, int[] range, int[] found) {
        AbstractInsnNode last = instructions[range[1] - 1];
        List<LabelNode> targets = targets(last);
        boolean falls = !Code.ends(last.getOpcode());
        if (targets.isEmpty()) {
            return falls ? new int[] {block + 1} : NONE;
        }
        int[] successors = new int[targets.size() + (falls ? 1 : 0)];
        int count = 0;
        if (falls) {
            found[block + 1] = block;
            successors[count++] = block + 1;
        }
        for (LabelNode target : targets) {
            int next = blockOf(target);
            if (found[next] != block) {
                found[next] = block;
                successors[count++] = next;
            }
        }
        return count == successors.length ? successors : Arrays.copyOf(successors, count);
    }

    int blockOf(LabelNode label) {
        Integer block = blockOfLabel.get(label);
        if (block == null) {
            throw new IllegalStateException("a jump to a label that is not there");
        }
        return block;
    }

    /** The labels that an instruction may jump to. */
    static List<LabelNode> targets(AbstractInsnNode instruction) {
        if (instruction instanceof JumpInsnNode jump) {
            return List.of(jump.label);
        }
        List<LabelNode> targets = List.of();
        if (instruction instanceof TableSwitchInsnNode table) {
            targets = new ArrayList<>(table.labels);
            targets.add(table.dflt);
        } else if (instruction instanceof LookupSwitchInsnNode lookup) {
            targets = new ArrayList<>(lookup.labels);
            targets.add(lookup.dflt);
        }
        return targets;
    }

    /** Which blocks can be reached. */
    BitSet reachable() {
        BitSet reached = new BitSet();
        ArrayDeque<Integer> work = new ArrayDeque<>(List.of(0));
        reached.set(0);
        while (!work.isEmpty()) {
            for (int next : blocks.get(work.removeLast()).successors) {
                if (!reached.get(next)) {
                    reached.set(next);
                    work.add(next);
                }
            }
        }
        return reached;
    }

    /** Removes code that cannot be reached, and labels that are not the target of a jump. */
    static void removeUnreachable(MethodNode method) {
        Flow flow = new Flow(method, new Work(0));
        flow.findBlocks(new BitSet());
        BitSet reached = flow.reachable();
        InsnList code = method.instructions;
        java.util.Set<LabelNode> used = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        for (Block block : flow.blocks) {
            if (!reached.get(block.index)) {
                for (int i = block.start; i < block.end; i++) {
                    code.remove(flow.instructions[i]);
                }
            } else {
                used.addAll(targets(flow.instructions[block.end - 1]));
            }
        }
        for (AbstractInsnNode instruction : code.toArray()) {
            if (instruction instanceof LabelNode && !used.contains(instruction)) {
                code.remove(instruction);
            }
        }
    }

    // --- variables ---

    private void findVariables() {
        for (AbstractInsnNode instruction : instructions) {
            number(instruction);
        }
    }

    /** The variable that an instruction reads or writes, or -1. */
    int number(AbstractInsnNode instruction) {
        if (instruction instanceof VarInsnNode local) {
            int opcode = local.getOpcode();
            return number(local.var, Code.isLoad(opcode) ? opcode : opcode - Opcodes.ISTORE + Opcodes.ILOAD);
        }
        return instruction instanceof IincInsnNode increment ? number(increment.var, Opcodes.ILOAD) : -1;
    }

    int number(Variable variable) {
        return number(variable.slot, variable.load);
    }

    private int number(int slot, int load) {
        int at = slot * KINDS + load - Opcodes.ILOAD;
        if (at >= numbers.length) {
            numbers = Arrays.copyOf(numbers, Math.max(2 * numbers.length, at + KINDS));
        }
        if (numbers[at] == 0) {
            variables.add(new Variable(slot, load));
            numbers[at] = variables.size();
        }
        return numbers[at] - 1;
    }

    // --- liveness ---

    /** The variables that are read after the start of a block before they are written. */
    BitSet liveIn(int block) {
        if (liveIn.length == 0) {
            findLive();
        }
        return liveIn[block];
    }

    private void findLive() {
        if ((long) blocks.size() * variables.size() > MAX_BITS) {
            throw new TooLarge();
        }
        BitSet[] reads = new BitSet[blocks.size()];
        BitSet[] writes = new BitSet[blocks.size()];
        List<List<Integer>> predecessors = new ArrayList<>();
        for (Block block : blocks) {
            reads[block.index] = new BitSet();
            writes[block.index] = new BitSet();
            predecessors.add(new ArrayList<>());
            for (int i = block.start; i < block.end; i++) {
                int variable = number(instructions[i]);
                if (variable >= 0) {
                    boolean read = !Code.isStore(instructions[i].getOpcode());
                    if (read && !writes[block.index].get(variable)) {
                        reads[block.index].set(variable);
                    }
                    if (!read || instructions[i] instanceof IincInsnNode) {
                        writes[block.index].set(variable);
                    }
                }
            }
        }
        for (Block block : blocks) {
            for (int next : block.successors) {
                predecessors.get(next).add(block.index);
            }
        }
        // Reads become what is live at the start.
        int words = (variables.size() >> 6) + 1;
        int[] visits = new int[blocks.size()];
        BitSet waiting = new BitSet();
        waiting.set(0, blocks.size());
        long steps = 0;
        for (int at = waiting.previousSetBit(blocks.size()); at >= 0; at = next(waiting, at)) {
            waiting.clear(at);
            if (++visits[at] > MAX_VISITS) {
                throw new TooLarge();
            }
            steps += (long) words * (blocks.get(at).successors.length + 1);
            if (steps > STEPS) {
                work.spend(steps);
                steps = 0;
            }
            BitSet live = new BitSet();
            for (int next : blocks.get(at).successors) {
                live.or(reads[next]);
            }
            live.andNot(writes[at]);
            live.or(reads[at]);
            if (!live.equals(reads[at])) {
                reads[at] = live;
                for (int previous : predecessors.get(at)) {
                    waiting.set(previous);
                }
            }
        }
        work.spend(steps);
        liveIn = reads;
    }

    /** Backwards through the method, then again from its end. */
    private int next(BitSet waiting, int at) {
        int before = waiting.previousSetBit(at);
        return before >= 0 ? before : waiting.previousSetBit(blocks.size());
    }
}
