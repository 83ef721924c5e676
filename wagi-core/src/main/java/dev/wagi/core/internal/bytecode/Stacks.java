// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.VarInsnNode;
import org.objectweb.asm.tree.analysis.AnalyzerException;
import org.objectweb.asm.tree.analysis.BasicInterpreter;
import org.objectweb.asm.tree.analysis.BasicValue;
import org.objectweb.asm.tree.analysis.Frame;

/** What is on the operand stack where a basic block starts; one look at every instruction. */
final class Stacks {

    /** Not computed: the stack of a frame grows. */
    private static final int ANY_DEPTH = -1;

    private static final int FEW = 4;

    /** Values on all the stacks that are kept, beyond which a function is not looked at. */
    private static final int MAX_HELD = 1 << 20;

    /** A value whose type depends on the path that was taken; code can only drop it. */
    private static final BasicValue NARROW = new BasicValue(Type.INT_TYPE);

    private static final BasicValue WIDE = new BasicValue(Type.LONG_TYPE);

    /** Marks a stack that has references on it, or numbers whose type is not known. */
    static final int[] REFERENCES = {-1};

    private static final int[] EMPTY = {};

    private final Flow flow;
    private final int[] @Nullable [] atStart;

    /** Instructions before which the stack is empty. */
    final BitSet empty = new BitSet();

    /** Instructions before which there are only a few numbers on the stack. */
    final BitSet shallow = new BitSet();

    private Stacks(Flow flow) {
        this.flow = flow;
        this.atStart = new int[flow.blocks.size()][];
    }

    static Stacks of(Flow flow) {
        Stacks stacks = new Stacks(flow);
        try {
            stacks.find();
        } catch (AnalyzerException e) {
            throw new IllegalStateException(e);
        }
        return stacks;
    }

    /**
     * @return the values at the start of a block, bottom first, each as the opcode that loads such a value from a
     *     local; or {@link #REFERENCES}
     */
    int[] at(int block) {
        int[] values = atStart[block];
        return values == null ? EMPTY : values;
    }

    private void find() throws AnalyzerException {
        BasicInterpreter interpreter = new BasicInterpreter();
        List<@Nullable List<BasicValue>> starts = new ArrayList<>(Collections.nCopies(flow.blocks.size(), null));
        starts.set(0, List.of());
        long held = 0;
        ArrayDeque<Integer> work = new ArrayDeque<>(List.of(0));
        while (!work.isEmpty()) {
            Flow.Block block = flow.blocks.get(work.removeLast());
            Frame<BasicValue> frame = new Frame<>(0, ANY_DEPTH);
            List<BasicValue> before = Objects.requireNonNull(starts.get(block.index()));
            before.forEach(frame::push);
            atStart[block.index()] = loads(before);
            for (int i = block.start(); i < block.end(); i++) {
                if (frame.getStackSize() == 0) {
                    empty.set(i);
                } else if (frame.getStackSize() <= FEW && loads(values(frame)) != REFERENCES) {
                    shallow.set(i);
                }
                execute(frame, flow.instructions[i], interpreter);
            }
            List<BasicValue> after = null;
            for (int next : block.successors()) {
                List<BasicValue> known = starts.get(next);
                List<BasicValue> merged = known == null ? null : merge(known, frame);
                if (known != null && merged == known) {
                    continue;
                }
                if (merged != null || after == null) {
                    List<BasicValue> values = merged == null ? values(frame) : merged;
                    held += values.size();
                    if (held > MAX_HELD) {
                        throw new Flow.TooLarge();
                    }
                    after = merged == null ? values : after;
                    merged = values;
                }
                starts.set(next, merged == null ? after : merged);
                work.add(next);
            }
        }
    }

    /**
     * Merges what is known of a stack with what one more path leaves there; returns the same list if nothing changes.
     */
    private static List<BasicValue> merge(List<BasicValue> known, Frame<BasicValue> frame) {
        if (known.size() != frame.getStackSize()) {
            throw new Flow.TooLarge();
        }
        BasicValue[] merged = null;
        for (int i = 0; i < known.size(); i++) {
            BasicValue one = known.get(i);
            BasicValue other = frame.getStack(i);
            if (one != NARROW && one != WIDE && !one.equals(other)) {
                merged = merged == null ? known.toArray(BasicValue[]::new) : merged;
                merged[i] = one.getSize() == 2 ? WIDE : NARROW;
            } else if ((other == NARROW || other == WIDE) && one != other) {
                merged = merged == null ? known.toArray(BasicValue[]::new) : merged;
                merged[i] = other;
            }
        }
        return merged == null ? known : List.of(merged);
    }

    private static void execute(Frame<BasicValue> frame, AbstractInsnNode instruction, BasicInterpreter interpreter)
            throws AnalyzerException {
        if (instruction instanceof VarInsnNode local) {
            if (Code.isLoad(local.getOpcode())) {
                frame.push(value(local.getOpcode()));
            } else {
                frame.pop();
            }
        } else if (instruction.getOpcode() >= 0 && !(instruction instanceof IincInsnNode)) {
            // Returns are checked against a type that is not known here; they have no successors.
            if (!Code.isReturn(instruction.getOpcode())) {
                frame.execute(instruction, interpreter);
            }
        }
    }

    private static BasicValue value(int load) {
        return switch (load) {
            case Opcodes.ILOAD -> BasicValue.INT_VALUE;
            case Opcodes.LLOAD -> BasicValue.LONG_VALUE;
            case Opcodes.FLOAD -> BasicValue.FLOAT_VALUE;
            case Opcodes.DLOAD -> BasicValue.DOUBLE_VALUE;
            default -> BasicValue.REFERENCE_VALUE;
        };
    }

    private static List<BasicValue> values(Frame<BasicValue> frame) {
        BasicValue[] values = new BasicValue[frame.getStackSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = frame.getStack(i);
        }
        return List.of(values);
    }

    private static int[] loads(List<BasicValue> values) {
        int[] loads = new int[values.size()];
        for (int i = 0; i < loads.length; i++) {
            BasicValue value = values.get(i);
            Type type = value.getType();
            if (type == null || value.isReference() || value == NARROW || value == WIDE) {
                return REFERENCES;
            }
            loads[i] = type.getOpcode(Opcodes.ILOAD);
        }
        return loads;
    }
}
