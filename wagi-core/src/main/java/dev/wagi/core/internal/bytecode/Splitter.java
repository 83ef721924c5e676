// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;
import org.objectweb.asm.tree.AbstractInsnNode;
import org.objectweb.asm.tree.IincInsnNode;
import org.objectweb.asm.tree.InsnList;
import org.objectweb.asm.tree.InsnNode;
import org.objectweb.asm.tree.IntInsnNode;
import org.objectweb.asm.tree.JumpInsnNode;
import org.objectweb.asm.tree.LabelNode;
import org.objectweb.asm.tree.MethodInsnNode;
import org.objectweb.asm.tree.MethodNode;
import org.objectweb.asm.tree.TableSwitchInsnNode;
import org.objectweb.asm.tree.VarInsnNode;

/**
 * Splits a method that is too large. The first piece stays in the method itself, the others become methods:
 *
 * <pre>
 * func_7(arguments, memory, instance)        first piece; when it is left:  label = rest_7(label, frame, memory, instance)
 * rest_7(label, frame, memory, instance)     calls the piece that the label belongs to, until that is the first one, or -1
 * part_7_k(label, frame, memory, instance)   piece k: jumps to the label, and returns the next label in another piece
 * </pre>
 *
 * A label is a number for a block that is entered from another piece; -1 is the function's end. The frame is made when
 * the first piece is left for the first time, and has the result at 0, followed by the values that pieces share:
 * locals, and values on the operand stack. When a piece is entered, it loads what it may need. When it is left, it
 * stores what it may have changed and others may need. In between, locals are the JVM's own.
 */
final class Splitter {

    /**
     * The limit on entries into pieces times the values that each needs. A function with more was written to make this
     * slow.
     */
    private static final int MAX_PAIRS = 1 << 18;

    /**
     * Values that a frame may have. A frame is in the heap, where nothing but the depth of the stack bounds how many
     * there are; large programs need some 60.
     */
    private static final int MAX_FRAME = 128;

    /** The part of the limit that code of the function itself may take at first, and how much less with each try. */
    private static final double FIRST_TRY = 0.85;

    private static final double NEXT_TRY = 0.8;
    private static final int TRIES = 5;

    private static final String FRAME = "[J";
    private static final String PART_DESCRIPTOR = "(I" + FRAME + "L" + Names.FLAT + ";L" + Names.INSTANCE + ";)I";

    /** Instructions between places where a long block may be cut. */
    private static final int STRIDE = 32;

    /** The same where something is on the operand stack. */
    private static final int LONG_STRIDE = 4 * STRIDE;

    // The locals of a part, and of the method that calls the parts.
    private static final int LABEL = 0;
    private static final int FRAME_SLOT = 1;
    private static final int MEMORY_SLOT = 2;
    private static final int INSTANCE_SLOT = 3;
    private static final int FIRST_FREE = 4;

    private static final int END = -1;

    private final MethodNode method;
    private final String owner;
    private final Work work;
    private final String number;
    private final Flow flow;
    private final Stacks stacks;

    /** Of each block; see {@link Code#cost}. */
    private final int[] sizes;

    private final Cuts cuts;

    /** The memory and the instance, which every piece gets as arguments. */
    private final Flow.Variable memory;

    private final Flow.Variable instance;

    private Splitter(MethodNode method, String owner, Work work) {
        this.method = method;
        this.owner = owner;
        this.work = work;
        this.number = method.name.substring(Names.FUNCTION.length());
        Type[] arguments = Type.getArgumentTypes(method.desc);
        int slots = (Type.getArgumentsAndReturnSizes(method.desc) >> 2) - 1;
        if (arguments.length < 2 || Type.getReturnType(method.desc).getSort() >= Type.ARRAY) {
            throw new Unsplittable();
        }
        this.memory = new Flow.Variable(slots - 2, Opcodes.ALOAD);
        this.instance = new Flow.Variable(slots - 1, Opcodes.ALOAD);

        Flow coarse = Flow.of(method, work);
        Stacks places = Stacks.of(coarse);
        BitSet leaders = new BitSet();
        for (Flow.Block block : coarse.blocks) {
            for (int i = block.start(), run = 0; i < block.end(); i++, run++) {
                if (run >= STRIDE && places.empty.get(i) || run >= LONG_STRIDE && places.shallow.get(i)) {
                    leaders.set(i);
                    run = 0;
                }
            }
        }
        this.flow = Flow.of(method, leaders, work);
        this.stacks = Stacks.of(flow);
        this.sizes = new int[flow.blocks.size()];
        for (Flow.Block block : flow.blocks) {
            for (int i = block.start(); i < block.end(); i++) {
                sizes[block.index()] += Code.cost(flow.instructions[i]);
            }
        }
        this.cuts = new Cuts(flow, this::canEnter);
    }

    /** A method that has no places to cut. */
    private static final class Unsplittable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unsplittable() {
            super(null, null, false, false);
        }
    }

    /**
     * Returns the method and its parts, or null if it cannot be done.
     *
     * @param method a function without exception handlers, its locals as the engine numbered them; not changed
     * @param owner the internal name of its class
     * @param limit the largest size of a part, in bytes; parts are planned by their cost ({@link Code#cost}), which is
     *     higher
     * @param isTooLarge whether the JVM cannot have the method as it is; then parts may be above the limit if they
     *     must, and as small as can be
     */
    static @Nullable List<MethodNode> split(MethodNode method, String owner, int limit, boolean isTooLarge, Work work) {
        List<MethodNode> best = null;
        int size = Integer.MAX_VALUE;
        try {
            Splitter splitter = new Splitter(method, owner, work);
            double most = limit * FIRST_TRY;
            // Smaller pieces do not help where a block is too large by itself, such as a jump table.
            int tries = Arrays.stream(splitter.sizes).anyMatch(cost -> cost > limit * FIRST_TRY) ? 1 : TRIES;
            for (int i = 0; i < tries && size > limit; i++, most *= NEXT_TRY) {
                List<MethodNode> methods = splitter.split((int) most, isTooLarge);
                int largest = methods == null ? Integer.MAX_VALUE : largest(methods);
                if (largest <= limit || isTooLarge && largest < size) {
                    best = methods;
                    size = largest;
                }
            }
        } catch (Unsplittable | Flow.TooLarge e) {
            // What an earlier try has found is good.
        }
        return best != null && best.stream().allMatch(Code::fits) ? best : null;
    }

    private static int largest(List<MethodNode> methods) {
        return methods.stream().mapToInt(Code::size).max().orElse(0);
    }

    /** Returns whether a frame can hold all that a block needs. */
    private boolean canEnter(int block) {
        if (stacks.at(block) == Stacks.REFERENCES) {
            return false;
        }
        BitSet live = flow.liveIn(block);
        for (int i = live.nextSetBit(0); i >= 0; i = live.nextSetBit(i + 1)) {
            Flow.Variable variable = flow.variables.get(i);
            if (variable.load() == Opcodes.ALOAD && !variable.equals(memory) && !variable.equals(instance)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable List<MethodNode> split(int most, boolean isTooLarge) {
        List<Integer> starts = cuts.find(sizes, most, isTooLarge);
        if (starts == null) {
            return null;
        }
        int[] pieceOf = new int[flow.blocks.size()];
        for (int i = 0, piece = 0; i < pieceOf.length; i++) {
            if (piece + 1 < starts.size() && starts.get(piece + 1) == i) {
                piece++;
            }
            pieceOf[i] = piece;
        }
        Layout layout = new Layout(pieceOf, starts.size());
        work.spend((long) layout.pieces * layout.labels.size());
        List<MethodNode> methods = new ArrayList<>();
        for (int piece = 0; piece < starts.size(); piece++) {
            int end = piece + 1 < starts.size() ? starts.get(piece + 1) : pieceOf.length;
            MethodNode part = new Piece(layout, piece, starts.get(piece), end).write();
            DeadStores.apply(part, work);
            Slots.apply(part);
            methods.add(part);
        }
        if (starts.size() > 2) {
            methods.add(rest(layout));
        }
        return methods;
    }

    private String restName() {
        return Names.REST + number;
    }

    private String partName(int piece) {
        return Names.PART + number + "_" + piece;
    }

    /** Returns the method that calls one part after the other. */
    private MethodNode rest(Layout layout) {
        MethodNode rest = newMethod(restName());
        InsnList code = rest.instructions;
        LabelNode again = new LabelNode();
        LabelNode[] targets = new LabelNode[layout.labels.size()];
        LabelNode out = new LabelNode();
        Arrays.fill(targets, out);
        LabelNode[] parts = new LabelNode[layout.pieces];
        for (int piece = 1; piece < parts.length; piece++) {
            parts[piece] = new LabelNode();
        }
        layout.labels.forEach((block, label) -> {
            if (layout.pieceOf[block] > 0) {
                targets[label] = parts[layout.pieceOf[block]];
            }
        });
        code.add(again);
        code.add(new VarInsnNode(Opcodes.ILOAD, LABEL));
        code.add(new TableSwitchInsnNode(0, targets.length - 1, out, targets));
        for (int piece = 1; piece < parts.length; piece++) {
            code.add(parts[piece]);
            code.add(new VarInsnNode(Opcodes.ILOAD, LABEL));
            code.add(new VarInsnNode(Opcodes.ALOAD, FRAME_SLOT));
            code.add(new VarInsnNode(Opcodes.ALOAD, MEMORY_SLOT));
            code.add(new VarInsnNode(Opcodes.ALOAD, INSTANCE_SLOT));
            code.add(new MethodInsnNode(Opcodes.INVOKESTATIC, owner, partName(piece), PART_DESCRIPTOR, false));
            code.add(new VarInsnNode(Opcodes.ISTORE, LABEL));
            code.add(new JumpInsnNode(Opcodes.GOTO, again));
        }
        code.add(out);
        code.add(new VarInsnNode(Opcodes.ILOAD, LABEL));
        code.add(new InsnNode(Opcodes.IRETURN));
        return rest;
    }

    private static MethodNode newMethod(String name) {
        return new MethodNode(Opcodes.ASM9, Opcodes.ACC_STATIC | Opcodes.ACC_FINAL, name, PART_DESCRIPTOR, null, null);
    }

    /** Which blocks have labels, and where in the frame everything is. */
    private final class Layout {
        final int[] pieceOf;
        final int pieces;

        /**
         * From blocks that are entered from other pieces to their labels: first those of the first piece, and so on.
         */
        final Map<Integer, Integer> labels = new TreeMap<>();

        /** Places in the frame. A value on the operand stack is a variable with a slot below zero. */
        final Map<Flow.Variable, Integer> places = new HashMap<>();

        Layout(int[] pieceOf, int pieces) {
            this.pieceOf = pieceOf;
            this.pieces = pieces;
            for (Flow.Block block : flow.blocks) {
                for (int next : block.successors()) {
                    if (pieceOf[next] != pieceOf[block.index()]) {
                        labels.put(next, 0);
                    }
                }
            }
            int label = 0;
            long pairs = 0;
            for (Map.Entry<Integer, Integer> entry : labels.entrySet()) {
                entry.setValue(label++);
                List<Flow.Variable> needs = needs(entry.getKey());
                pairs += needs.size();
                if (pairs > MAX_PAIRS) {
                    throw new Flow.TooLarge();
                }
                for (Flow.Variable variable : needs) {
                    // 0 is for the result.
                    places.computeIfAbsent(variable, v -> places.size() + 1);
                }
                if (places.size() > MAX_FRAME) {
                    throw new Flow.TooLarge();
                }
            }
        }

        int label(int block) {
            return Objects.requireNonNull(labels.get(block), "label of a block");
        }

        int place(Flow.Variable variable) {
            return Objects.requireNonNull(places.get(variable), "place of a variable");
        }

        /** What a block needs when it is entered from another piece. */
        List<Flow.Variable> needs(int block) {
            List<Flow.Variable> needs = new ArrayList<>();
            flow.liveIn(block).stream()
                    .mapToObj(flow.variables::get)
                    .filter(variable -> variable.load() != Opcodes.ALOAD)
                    .forEach(needs::add);
            needs.addAll(onStack(block));
            return needs;
        }

        List<Flow.Variable> onStack(int block) {
            List<Flow.Variable> values = new ArrayList<>();
            int[] loads = stacks.at(block);
            for (int i = 0; i < loads.length; i++) {
                values.add(new Flow.Variable(-1 - i, loads[i]));
            }
            return values;
        }
    }

    /** One piece as a method. */
    private final class Piece {
        private final Layout layout;
        private final boolean first;
        private final int start;
        private final int end;
        private final MethodNode part;
        private final InsnList code;

        private final Map<LabelNode, LabelNode> labels = new IdentityHashMap<>();
        private final Map<Integer, LabelNode> inside = new HashMap<>();
        private final Map<Integer, LabelNode> exits = new TreeMap<>();
        private final Map<Flow.Variable, Integer> slots = new HashMap<>();
        private int nextSlot;

        private final LabelNode leave = new LabelNode();
        private final int labelSlot;
        private final int frameSlot;

        Piece(Layout layout, int piece, int start, int end) {
            this.layout = layout;
            this.first = piece == 0;
            this.start = start;
            this.end = end;
            if (first) {
                part = new MethodNode(Opcodes.ASM9, method.access, method.name, method.desc, method.signature, null);
                nextSlot = flow.variables.stream()
                        .mapToInt(v -> v.slot() + 2)
                        .max()
                        .orElse(0);
                nextSlot = Math.max(nextSlot, instance.slot() + 1);
                for (Flow.Variable variable : flow.variables) {
                    slots.put(variable, variable.slot());
                }
                slots.put(memory, memory.slot());
                slots.put(instance, instance.slot());
                labelSlot = nextSlot++;
                frameSlot = nextSlot++;
            } else {
                part = newMethod(partName(piece));
                nextSlot = FIRST_FREE;
                slots.put(memory, MEMORY_SLOT);
                slots.put(instance, INSTANCE_SLOT);
                labelSlot = LABEL;
                frameSlot = FRAME_SLOT;
            }
            code = part.instructions;
        }

        MethodNode write() {
            List<Flow.Variable> loaded = loaded();
            List<Flow.Variable> stored = stored();
            if (first) {
                // Else the frame and what is stored would have no value to the verifier.
                code.add(new InsnNode(Opcodes.ACONST_NULL));
                code.add(new VarInsnNode(Opcodes.ASTORE, frameSlot));
                int arguments = instance.slot();
                zero(stored.stream()
                        .filter(v -> v.slot() < 0 || !isArgument(v, arguments))
                        .toList());
            } else {
                zero(stored.stream().filter(v -> !loaded.contains(v)).toList());
                enter(loaded);
            }
            for (int block = start; block < end; block++) {
                body(block);
            }
            exits.forEach(this::exit);
            if (!exits.isEmpty()) {
                leave(stored, loaded);
            }
            return part;
        }

        private boolean isArgument(Flow.Variable variable, int before) {
            int slot = 0;
            for (Type type : Type.getArgumentTypes(method.desc)) {
                if (slot == variable.slot()) {
                    return slot < before && type.getOpcode(Opcodes.ILOAD) == variable.load();
                }
                slot += type.getSize();
            }
            return false;
        }

        /** What any entry of this piece needs. */
        private List<Flow.Variable> loaded() {
            return layout.labels.keySet().stream()
                    .filter(this::isInside)
                    .flatMap(block -> layout.needs(block).stream())
                    .distinct()
                    .toList();
        }

        /**
         * What any block needs that this piece goes to, if this piece may have changed it, or has it as an argument.
         */
        private List<Flow.Variable> stored() {
            BitSet changed = new BitSet();
            BitSet targets = new BitSet();
            for (int block = start; block < end; block++) {
                Flow.Block from = flow.blocks.get(block);
                for (int i = from.start(); i < from.end(); i++) {
                    AbstractInsnNode instruction = flow.instructions[i];
                    if (Code.isStore(instruction.getOpcode()) || instruction instanceof IincInsnNode) {
                        changed.set(flow.number(instruction));
                    }
                }
                for (int next : from.successors()) {
                    if (!isInside(next)) {
                        targets.set(next);
                    }
                }
            }
            return targets.stream()
                    .mapToObj(layout::needs)
                    .flatMap(List::stream)
                    .filter(v -> v.slot() < 0 || changed.get(flow.number(v)) || first && isArgument(v, instance.slot()))
                    .distinct()
                    .toList();
        }

        private boolean isInside(int block) {
            return block >= start && block < end;
        }

        // --- the function's own code ---

        private void body(int block) {
            Flow.Block from = flow.blocks.get(block);
            code.add(label(block));
            for (int i = from.start(); i < from.end(); i++) {
                AbstractInsnNode instruction = flow.instructions[i];
                if (instruction instanceof LabelNode) {
                    continue;
                }
                for (LabelNode target : Flow.targets(instruction)) {
                    labels.put(target, label(flow.blockOf(target)));
                }
                if (!first && Code.isReturn(instruction.getOpcode())) {
                    finish(instruction.getOpcode());
                } else {
                    code.add(inSlots(instruction.clone(labels), instruction));
                }
            }
            AbstractInsnNode last = flow.instructions[from.end() - 1];
            if (!Code.ends(last.getOpcode()) && !isInside(block + 1)) {
                code.add(new JumpInsnNode(Opcodes.GOTO, label(block + 1)));
            }
        }

        /** The label in this method for a block: itself, or where this piece is left for it. */
        private LabelNode label(int block) {
            return (isInside(block) ? inside : exits).computeIfAbsent(block, b -> new LabelNode());
        }

        private AbstractInsnNode inSlots(AbstractInsnNode copy, AbstractInsnNode original) {
            int variable = flow.number(original);
            if (variable >= 0) {
                int slot = slot(flow.variables.get(variable));
                if (copy instanceof VarInsnNode local) {
                    local.var = slot;
                } else if (copy instanceof IincInsnNode increment) {
                    increment.var = slot;
                }
            }
            return copy;
        }

        private int slot(Flow.Variable variable) {
            Integer slot = slots.get(variable);
            if (slot == null) {
                slot = nextSlot;
                slots.put(variable, slot);
                nextSlot += variable.wide() ? 2 : 1;
            }
            return slot;
        }

        // --- between pieces ---

        private void load(Flow.Variable variable) {
            code.add(new VarInsnNode(variable.load(), slot(variable)));
        }

        private void store(Flow.Variable variable) {
            code.add(new VarInsnNode(variable.store(), slot(variable)));
        }

        private void zero(List<Flow.Variable> variables) {
            for (Flow.Variable variable : variables) {
                code.add(new InsnNode(
                        switch (variable.load()) {
                            case Opcodes.LLOAD -> Opcodes.LCONST_0;
                            case Opcodes.FLOAD -> Opcodes.FCONST_0;
                            case Opcodes.DLOAD -> Opcodes.DCONST_0;
                            default -> Opcodes.ICONST_0;
                        }));
                store(variable);
            }
        }

        private void toLong(int load) {
            if (load == Opcodes.ILOAD) {
                code.add(new InsnNode(Opcodes.I2L));
            } else if (load == Opcodes.FLOAD) {
                call("java/lang/Float", "floatToRawIntBits", "(F)I");
                code.add(new InsnNode(Opcodes.I2L));
            } else if (load == Opcodes.DLOAD) {
                call("java/lang/Double", "doubleToRawLongBits", "(D)J");
            }
        }

        private void fromLong(int load) {
            if (load == Opcodes.ILOAD) {
                code.add(new InsnNode(Opcodes.L2I));
            } else if (load == Opcodes.FLOAD) {
                code.add(new InsnNode(Opcodes.L2I));
                call("java/lang/Float", "intBitsToFloat", "(I)F");
            } else if (load == Opcodes.DLOAD) {
                call("java/lang/Double", "longBitsToDouble", "(J)D");
            }
        }

        private void call(String owner, String name, String descriptor) {
            code.add(new MethodInsnNode(Opcodes.INVOKESTATIC, owner, name, descriptor, false));
        }

        /** Loads what this piece needs, and goes to the label in {@link #labelSlot}. */
        private void enter(List<Flow.Variable> loaded) {
            for (Flow.Variable variable : loaded) {
                code.add(new VarInsnNode(Opcodes.ALOAD, frameSlot));
                code.add(Code.push(layout.place(variable)));
                code.add(new InsnNode(Opcodes.LALOAD));
                fromLong(variable.load());
                store(variable);
            }
            List<Integer> entries =
                    layout.labels.keySet().stream().filter(this::isInside).toList();
            LabelNode[] landings = new LabelNode[entries.size()];
            Arrays.setAll(landings, i -> new LabelNode());
            code.add(new VarInsnNode(Opcodes.ILOAD, labelSlot));
            int lowest = layout.label(entries.get(0));
            // Entries of a piece have consecutive labels, because its blocks are consecutive.
            code.add(new TableSwitchInsnNode(lowest, lowest + landings.length - 1, landings[0], landings));
            for (int i = 0; i < landings.length; i++) {
                code.add(landings[i]);
                layout.onStack(entries.get(i)).forEach(this::load);
                code.add(new JumpInsnNode(Opcodes.GOTO, label(entries.get(i))));
            }
        }

        /** On the way to a block of another piece. */
        private void exit(int block, LabelNode at) {
            code.add(at);
            List<Flow.Variable> stack = layout.onStack(block);
            for (int i = stack.size() - 1; i >= 0; i--) {
                store(stack.get(i));
            }
            code.add(Code.push(layout.label(block)));
            code.add(new JumpInsnNode(Opcodes.GOTO, leave));
        }

        /** Leaves this piece for the label on the stack; the first piece comes back here. */
        private void leave(List<Flow.Variable> stored, List<Flow.Variable> loaded) {
            code.add(leave);
            if (first) {
                code.add(new VarInsnNode(Opcodes.ISTORE, labelSlot));
                LabelNode made = new LabelNode();
                code.add(new VarInsnNode(Opcodes.ALOAD, frameSlot));
                code.add(new JumpInsnNode(Opcodes.IFNONNULL, made));
                code.add(Code.push(layout.places.size() + 1));
                code.add(new IntInsnNode(Opcodes.NEWARRAY, Opcodes.T_LONG));
                code.add(new VarInsnNode(Opcodes.ASTORE, frameSlot));
                code.add(made);
            }
            for (Flow.Variable variable : stored) {
                code.add(new VarInsnNode(Opcodes.ALOAD, frameSlot));
                code.add(Code.push(layout.place(variable)));
                load(variable);
                toLong(variable.load());
                code.add(new InsnNode(Opcodes.LASTORE));
            }
            if (!first) {
                code.add(new InsnNode(Opcodes.IRETURN));
                return;
            }
            code.add(new VarInsnNode(Opcodes.ILOAD, labelSlot));
            code.add(new VarInsnNode(Opcodes.ALOAD, frameSlot));
            code.add(new VarInsnNode(Opcodes.ALOAD, memory.slot()));
            code.add(new VarInsnNode(Opcodes.ALOAD, instance.slot()));
            call(owner, layout.pieces > 2 ? restName() : partName(1), PART_DESCRIPTOR);
            boolean comesBack = layout.labels.keySet().stream().anyMatch(this::isInside);
            if (comesBack) {
                LabelNode back = new LabelNode();
                code.add(new InsnNode(Opcodes.DUP));
                code.add(new VarInsnNode(Opcodes.ISTORE, labelSlot));
                code.add(new JumpInsnNode(Opcodes.IFGE, back));
                answer();
                code.add(back);
                enter(loaded);
            } else {
                code.add(new InsnNode(Opcodes.POP));
                answer();
            }
        }

        /** In a part: the function's result goes into the frame, and the label is the end. */
        private void finish(int returnOpcode) {
            if (returnOpcode != Opcodes.RETURN) {
                toLong(returnOpcode - Opcodes.IRETURN + Opcodes.ILOAD);
                int slot = slot(new Flow.Variable(Integer.MIN_VALUE, Opcodes.LLOAD));
                code.add(new VarInsnNode(Opcodes.LSTORE, slot));
                code.add(new VarInsnNode(Opcodes.ALOAD, frameSlot));
                code.add(new InsnNode(Opcodes.ICONST_0));
                code.add(new VarInsnNode(Opcodes.LLOAD, slot));
                code.add(new InsnNode(Opcodes.LASTORE));
            }
            code.add(Code.push(END));
            code.add(new InsnNode(Opcodes.IRETURN));
        }

        /** In the method itself: the result that a part left in the frame. */
        private void answer() {
            Type type = Type.getReturnType(method.desc);
            if (type.getSort() != Type.VOID) {
                code.add(new VarInsnNode(Opcodes.ALOAD, frameSlot));
                code.add(new InsnNode(Opcodes.ICONST_0));
                code.add(new InsnNode(Opcodes.LALOAD));
                fromLong(type.getOpcode(Opcodes.ILOAD));
            }
            code.add(new InsnNode(type.getOpcode(Opcodes.IRETURN)));
        }
    }
}
