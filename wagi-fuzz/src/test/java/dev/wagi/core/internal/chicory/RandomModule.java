// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;

/**
 * Creates a valid module from choices: functions of any type, blocks with parameters and several results, branches that
 * carry values out of them, unreachable code, all operators, memory, tables and segments of both kinds, and references.
 *
 * <p>Exceptions are left out. One module in eight contains code that the engine's compiler does not support, so that
 * functions are interpreted: blocks with parameters that are left by a branch, and branches to the end of a function
 * directly after that of a block.
 *
 * <p>Every module terminates: loops and functions decrement a global and trap when it reaches zero. The bits of a NaN,
 * which the specification leaves open, are canonicalized after each operator that may produce one.
 */
final class RandomModule {

    private static final int I32 = 0x7f;
    private static final int I64 = 0x7e;
    private static final int F32 = 0x7d;
    private static final int F64 = 0x7c;
    private static final int FUNC = 0x70;
    private static final int EXTERN = 0x6f;
    private static final int[] NUMBERS = {I32, I64, F32, F64};
    private static final int[] TYPES = {I32, I64, F32, F64, I32, I64, F32, F64, FUNC, EXTERN};

    private static final int FUEL = 0;
    private static final int TABLE_SIZE = 10;

    /** The names of the functions without parameters and results. */
    static final List<String> ENTRYPOINTS = List.of("a", "b");

    private record Type(int[] parameters, int[] results) {}

    /** A block under construction. */
    private record Frame(int[] label, int[] results, int height) {}

    private final IntUnaryOperator choose;

    /** Whether the module may contain code that the engine's compiler does not support. */
    private final boolean odd;

    private final List<Type> types = new ArrayList<>();
    private final List<Integer> functions = new ArrayList<>();
    private final List<Integer> globals = new ArrayList<>();
    private final List<Integer> tables = new ArrayList<>();
    private final List<Integer> elementTypes = new ArrayList<>();
    private int dataSegments;

    // The state of the function under construction.
    private Bytes code = new Bytes();
    private int[] locals = {};
    private final List<Integer> stack = new ArrayList<>();
    private final List<Frame> frames = new ArrayList<>();
    private int budget;

    private RandomModule(IntUnaryOperator choose) {
        this.choose = choose;
        this.odd = oneIn(8);
    }

    /** Returns the module for a seed. */
    static byte[] of(long seed) {
        Random random = new Random(seed);
        return new RandomModule(random::nextInt).make();
    }

    /**
     * Returns the module for an input: its bytes are the first choices, and the choices after them are derived from
     * them.
     */
    static byte[] of(byte[] input) {
        Random random = new Random(Arrays.hashCode(input));
        int[] at = {0};
        return new RandomModule(bound -> at[0] < input.length ? (input[at[0]++] & 0xff) % bound : random.nextInt(bound))
                .make();
    }

    private int choose(int bound) {
        return choose.applyAsInt(bound);
    }

    private boolean oneIn(int bound) {
        return choose(bound) == 0;
    }

    private long bits() {
        long bits = (long) choose(1 << 16) << 48 | (long) choose(1 << 16) << 32 | (long) choose(1 << 16) << 16;
        return bits | choose(1 << 16);
    }

    private byte[] make() {
        int count = 2 + choose(4);
        types.add(new Type(new int[0], new int[0]));
        for (int i = 0; i < 4; i++) {
            types.add(new Type(someTypes(4), someTypes(3)));
        }
        // The entrypoints come last.
        for (int i = 0; i < count; i++) {
            functions.add(choose(types.size()));
        }
        ENTRYPOINTS.forEach(name -> functions.add(0));
        globals.add(I32);
        for (int type : NUMBERS) {
            globals.add(type);
        }
        globals.add(FUNC);
        globals.add(EXTERN);
        tables.add(FUNC);
        tables.add(FUNC);
        tables.add(EXTERN);
        dataSegments = 2;

        Bytes module = new Bytes().put(0, 'a', 's', 'm', 1, 0, 0, 0);
        section(module, 1, types.stream().map(RandomModule::type).toList());
        section(
                module,
                3,
                functions.stream().map(type -> new Bytes().unsigned(type)).toList());
        section(module, 4, tables.stream().map(this::table).toList());
        section(module, 5, List.of(new Bytes().put(1, 1, 3)));
        section(module, 6, globals.stream().map(this::global).toList());
        section(module, 7, exports());
        section(module, 9, elements());
        module.put(12, 1, dataSegments);
        List<Bytes> bodies = new ArrayList<>();
        for (int i = 0; i < functions.size(); i++) {
            bodies.add(body(i));
        }
        section(module, 10, bodies);
        section(
                module,
                11,
                List.of(
                        new Bytes().put(1).text("passive segment"),
                        new Bytes()
                                .put(0)
                                .constant(I32, choose(65000))
                                .put(0x0b)
                                .text("active segment")));
        return module.toByteArray();
    }

    private int[] someTypes(int bound) {
        int[] some = new int[choose(bound)];
        for (int i = 0; i < some.length; i++) {
            some[i] = TYPES[choose(TYPES.length)];
        }
        return some;
    }

    private static Bytes type(Type type) {
        return new Bytes()
                .put(0x60)
                .unsigned(type.parameters.length)
                .put(type.parameters)
                .unsigned(type.results.length)
                .put(type.results);
    }

    private Bytes table(int type) {
        return new Bytes().put(type, 1, TABLE_SIZE, 2 * TABLE_SIZE);
    }

    private Bytes global(int type) {
        Bytes global = new Bytes().put(type, 1);
        switch (type) {
            case FUNC -> global.put(0xd2).unsigned(choose(functions.size()));
            case EXTERN -> global.put(0xd0, EXTERN);
            default -> global.constant(type, type == F32 || type == F64 ? 0 : 200);
        }
        return global.put(0x0b);
    }

    private List<Bytes> exports() {
        List<Bytes> exports = new ArrayList<>();
        exports.add(new Bytes().text("memory").put(2, 0));
        int first = functions.size() - ENTRYPOINTS.size();
        for (int i = 0; i < ENTRYPOINTS.size(); i++) {
            exports.add(new Bytes().text(ENTRYPOINTS.get(i)).put(0).unsigned(first + i));
        }
        // Referring to any function is allowed if something names it.
        for (int i = 0; i < first; i++) {
            exports.add(new Bytes().text("f" + i).put(0).unsigned(i));
        }
        return exports;
    }

    private List<Bytes> elements() {
        Bytes active = new Bytes()
                .put(0)
                .constant(I32, choose(TABLE_SIZE - 4))
                .put(0x0b)
                .unsigned(4);
        Bytes passive = new Bytes().put(1, 0).unsigned(5);
        Bytes expressions = new Bytes().put(5, FUNC).unsigned(3);
        for (int i = 0; i < 4; i++) {
            active.unsigned(choose(functions.size()));
        }
        for (int i = 0; i < 5; i++) {
            passive.unsigned(choose(functions.size()));
        }
        expressions
                .put(0xd0, FUNC, 0x0b, 0xd2)
                .unsigned(choose(functions.size()))
                .put(0x0b, 0xd0, FUNC, 0x0b);
        Bytes external = new Bytes().put(5, EXTERN).unsigned(1).put(0xd0, EXTERN, 0x0b);
        elementTypes.addAll(List.of(FUNC, FUNC, FUNC, EXTERN));
        return List.of(active, passive, expressions, external);
    }

    private Bytes body(int function) {
        Type type = types.get(functions.get(function));
        int own = choose(8);
        locals = new int[type.parameters.length + own + 2];
        System.arraycopy(type.parameters, 0, locals, 0, type.parameters.length);
        for (int i = 0; i < own; i++) {
            locals[type.parameters.length + i] = TYPES[choose(TYPES.length)];
        }
        // For making NaNs the same.
        locals[locals.length - 2] = F32;
        locals[locals.length - 1] = F64;
        code = new Bytes();
        stack.clear();
        frames.clear();
        frames.add(new Frame(type.results, type.results, 0));
        budget = 20 + choose(oneIn(20) ? 2000 : 150);
        burn();
        instructions(type.results);
        if (!odd) {
            code.put(0x01); // behind the end of a block the engine's compiler does not know the end of the function
        }
        Bytes body = new Bytes().unsigned(own + 2);
        for (int i = type.parameters.length; i < locals.length; i++) {
            body.put(1, locals[i]);
        }
        body.put(code).put(0x0b);
        return new Bytes().unsigned(body.size()).put(body);
    }

    /** Consumes one unit of fuel, and traps if there is none. */
    private void burn() {
        code.put(0x23, FUEL).constant(I32, 1).put(0x6b, 0x24, FUEL);
        code.put(0x23, FUEL).constant(I32, 0).put(0x48, 0x04, 0x40, 0x00, 0x0b);
    }

    // --- the operand stack ---

    private int height() {
        return stack.size() - frames.get(frames.size() - 1).height;
    }

    /** Returns the type of a value below the top; 0 if the block does not have that many. */
    private int top(int below) {
        return height() > below ? stack.get(stack.size() - 1 - below) : 0;
    }

    private void push(int... more) {
        for (int type : more) {
            stack.add(type);
        }
    }

    private void pop(int count) {
        for (int i = 0; i < count; i++) {
            stack.remove(stack.size() - 1);
        }
    }

    /** Pops values of these types from the stack, pushing them first if other types are there. */
    private void take(int... wanted) {
        boolean there = height() >= wanted.length;
        for (int i = 0; there && i < wanted.length; i++) {
            there = top(wanted.length - 1 - i) == wanted[i];
        }
        if (there) {
            pop(wanted.length);
        } else {
            for (int type : wanted) {
                simple(type);
            }
        }
    }

    /** Emits code for a value that is not recorded on the stack. */
    private void simple(int type) {
        int local = local(type);
        if (local >= 0 && oneIn(2)) {
            code.put(0x20).unsigned(local);
        } else if (oneIn(4)) {
            code.put(0x23).unsigned(global(type, 1));
        } else if (type == FUNC && oneIn(2)) {
            code.put(0xd2).unsigned(choose(functions.size()));
        } else if (type == FUNC || type == EXTERN) {
            code.put(0xd0, type);
        } else {
            code.constant(type, constant(type));
        }
    }

    /** Returns a global of a type, starting at an index. */
    private int global(int type, int from) {
        for (int i = from; ; i++) {
            if (globals.get(i) == type) {
                return i;
            }
        }
    }

    private int local(int type) {
        int count = locals.length - 2;
        int start = count == 0 ? 0 : choose(count);
        for (int i = 0; i < count; i++) {
            if (locals[(start + i) % count] == type) {
                return (start + i) % count;
            }
        }
        return -1;
    }

    private long constant(int type) {
        if (oneIn(3)) {
            return bits();
        }
        int edge = choose(8);
        return switch (type) {
            case I32 -> new long[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 31, 65536, 9}[edge];
            case I64 -> new long[] {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 63, 0x80000000L, 9}[edge];
            case F32 ->
                Float.floatToRawIntBits(
                        new float[] {0f, -0f, 1f, -1.5f, Float.NaN, 1f / 0, 2147483648f, 4290772992f}[edge]);
            default ->
                Double.doubleToRawLongBits(
                        new double[] {0, -0.0, 1, -1.5, Double.NaN, -1.0 / 0, 9223372036854775808.0, 1e300}[edge]);
        };
    }

    // --- instructions ---

    /** Emits the instructions of a block, up to its results. */
    private void instructions(int[] results) {
        Frame frame = frames.get(frames.size() - 1);
        boolean reached = true;
        for (int count = 1 + choose(frames.size() > 1 ? 12 : 60); reached && count > 0 && budget > 0; count--) {
            budget--;
            reached = instruction();
        }
        if (reached) {
            // Other values on the stack are dropped.
            boolean same = height() == results.length;
            for (int i = 0; same && i < results.length; i++) {
                same = top(results.length - 1 - i) == results[i];
            }
            if (!same) {
                for (int i = height(); i > 0; i--) {
                    code.put(0x1a);
                }
                for (int type : results) {
                    simple(type);
                }
            }
        } else if (oneIn(2)) {
            // The code is unreachable but still valid: some operands are present, others are not.
            code.put(0x1a);
            code.constant(I32, 1);
            code.put(0x0d).unsigned(0).put(0x00);
        }
        pop(stack.size() - frame.height);
    }

    /** Emits one instruction, or a few that belong together; returns false if the following code is unreachable. */
    private boolean instruction() {
        switch (choose(24)) {
            case 0, 1, 2 -> {
                int type = TYPES[choose(TYPES.length)];
                simple(type);
                push(type);
            }
            case 3, 4, 5, 6, 7 -> operator();
            case 8 -> load();
            case 9 -> store();
            case 10 -> set();
            case 11 -> select();
            case 12, 13 -> block(0x02);
            case 14 -> block(0x03);
            case 15 -> block(0x04);
            case 16, 17 -> conditional();
            case 18 -> {
                return !oneIn(3) || !leave();
            }
            case 19, 20 -> call();
            case 21 -> memory();
            case 22 -> table();
            default -> {
                if (height() > 0) {
                    if (top(0) == FUNC || top(0) == EXTERN) {
                        code.put(0xd1); // ref.is_null
                        pop(1);
                        push(I32);
                    } else {
                        code.put(0x1a);
                        pop(1);
                    }
                }
            }
        }
        return true;
    }

    /** Emits a numeric operator. */
    private void operator() {
        int opcode = oneIn(12) ? 0xfc : 0x45 + choose(0xc5 - 0x45);
        if (opcode == 0xfc) {
            int saturating = choose(8);
            take((saturating & 2) == 0 ? F32 : F64);
            code.put(0xfc, saturating);
            push(saturating < 4 ? I32 : I64);
            return;
        }
        int[] operands = operands(opcode);
        int result = result(opcode);
        take(operands);
        code.put(opcode);
        push(result);
        boolean onSign = opcode == 0x8b
                || opcode == 0x8c
                || opcode == 0x98
                || opcode == 0x99
                || opcode == 0x9a
                || opcode == 0xa6
                || opcode == 0xbe
                || opcode == 0xbf;
        if ((result == F32 || result == F64) && !onSign) {
            sameNan(result);
        }
    }

    private void sameNan(int type) {
        int scratch = type == F32 ? locals.length - 2 : locals.length - 1;
        code.put(0x22).unsigned(scratch);
        code.constant(type, type == F32 ? 0x7fc00000L : 0x7ff8000000000000L);
        code.put(0x20).unsigned(scratch).put(0x20).unsigned(scratch);
        code.put(type == F32 ? 0x5b : 0x61, 0x1b);
    }

    private static int[] operands(int opcode) {
        if (opcode == 0x45 || opcode >= 0x67 && opcode <= 0x69) {
            return new int[] {I32};
        }
        if (opcode <= 0x4f || opcode >= 0x6a && opcode <= 0x78) {
            return new int[] {I32, I32};
        }
        if (opcode == 0x50 || opcode >= 0x79 && opcode <= 0x7b) {
            return new int[] {I64};
        }
        if (opcode <= 0x5a || opcode >= 0x7c && opcode <= 0x8a) {
            return new int[] {I64, I64};
        }
        if (opcode <= 0x60 || opcode >= 0x92 && opcode <= 0x98) {
            return new int[] {F32, F32};
        }
        if (opcode <= 0x66 || opcode >= 0xa0 && opcode <= 0xa6) {
            return new int[] {F64, F64};
        }
        return new int[] {
            switch (opcode) {
                case 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0xa8, 0xa9, 0xae, 0xaf, 0xbb, 0xbc -> F32;
                case 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xaa, 0xab, 0xb0, 0xb1, 0xb6, 0xbd -> F64;
                case 0xa7, 0xb4, 0xb5, 0xb9, 0xba, 0xbf, 0xc2, 0xc3, 0xc4 -> I64;
                default -> I32;
            }
        };
    }

    private static int result(int opcode) {
        if (opcode <= 0x78) {
            return I32;
        }
        if (opcode <= 0x8a) {
            return I64;
        }
        if (opcode <= 0x98) {
            return F32;
        }
        if (opcode <= 0xa6) {
            return F64;
        }
        return switch (opcode) {
            case 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xbc, 0xc0, 0xc1 -> I32;
            case 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xbd, 0xc2, 0xc3, 0xc4 -> I64;
            case 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xbe -> F32;
            default -> F64;
        };
    }

    /** Emits an address that is usually within the memory. */
    private void address() {
        take(I32);
        if (!oneIn(40)) {
            code.constant(I32, 0xffff).put(0x71);
        }
    }

    private void load() {
        int opcode = 0x28 + choose(14);
        address();
        code.put(opcode, 0).unsigned(oneIn(2) ? 0 : choose(70000));
        push(
                opcode == 0x2a
                        ? F32
                        : opcode == 0x2b ? F64 : opcode == 0x28 || opcode >= 0x2c && opcode <= 0x2f ? I32 : I64);
    }

    private void store() {
        int opcode = 0x36 + choose(9);
        int type = opcode == 0x38
                ? F32
                : opcode == 0x39 ? F64 : opcode == 0x36 || opcode == 0x3a || opcode == 0x3b ? I32 : I64;
        address();
        simple(type);
        code.put(opcode, 0).unsigned(oneIn(2) ? 0 : choose(70000));
    }

    private void set() {
        int type = height() > 0 ? top(0) : TYPES[choose(TYPES.length)];
        int local = local(type);
        if (local >= 0 && oneIn(2)) {
            take(type);
            if (oneIn(2)) {
                code.put(0x21).unsigned(local);
            } else {
                code.put(0x22).unsigned(local);
                push(type);
            }
        } else {
            take(type);
            code.put(0x24).unsigned(global(type, 1));
        }
    }

    private void select() {
        int type = height() > 0 ? top(0) : I64;
        take(type);
        simple(type);
        simple(I32);
        if (type == FUNC || type == EXTERN || oneIn(3)) {
            code.put(0x1c, 1, type);
        } else {
            code.put(0x1b);
        }
        push(type);
    }

    /** Emits a block, a loop, or an if with or without else; values on the stack may be its parameters. */
    private void block(int opcode) {
        if (frames.size() > 6) {
            return;
        }
        if (opcode == 0x04) {
            take(I32);
        }
        int type = -1;
        if (oneIn(3)) {
            type = choose(types.size());
        }
        if (!odd && type >= 0 && opcode != 0x03 && types.get(type).parameters.length > 0) {
            type = -1; // the engine's compiler loses count of the stack when such a block is left by a branch
        }
        int[] parameters = type < 0 ? new int[0] : types.get(type).parameters;
        int[] results =
                type < 0 ? oneIn(2) ? new int[0] : new int[] {TYPES[choose(TYPES.length)]} : types.get(type).results;
        if (opcode == 0x04 && parameters.length > 0) {
            code.put(0x1a); // the condition is made again behind the parameters
        }
        take(parameters);
        if (opcode == 0x04 && parameters.length > 0) {
            simple(I32);
        }
        code.put(opcode);
        if (type >= 0) {
            code.unsigned(type);
        } else {
            code.put(results.length == 0 ? 0x40 : results[0]);
        }
        Frame frame = new Frame(opcode == 0x03 ? parameters : results, results, stack.size());
        frames.add(frame);
        push(parameters);
        if (opcode == 0x03) {
            burn();
        }
        instructions(results);
        boolean same = Arrays.equals(parameters, results);
        if (opcode == 0x04 && (!same || oneIn(2))) {
            code.put(0x05);
            push(parameters);
            instructions(results);
        }
        frames.remove(frames.size() - 1);
        code.put(0x0b);
        push(results);
    }

    private int[] label(int depth) {
        return frames.get(frames.size() - 1 - depth).label;
    }

    /** Emits a conditional branch with its values. */
    private void conditional() {
        int depth = choose(frames.size());
        int[] values = label(depth);
        take(values);
        simple(I32);
        code.put(0x0d).unsigned(depth);
        push(values);
    }

    /** Emits an unconditional branch: to one block, to one of several, or out of the function. */
    private boolean leave() {
        int depth = choose(frames.size());
        int[] values = label(depth);
        switch (choose(5)) {
            case 0 -> {
                take(frames.get(0).label);
                code.put(0x0f);
            }
            case 1, 2 -> {
                take(values);
                code.put(0x0c).unsigned(depth);
            }
            case 3 -> {
                List<Integer> alike = new ArrayList<>();
                for (int i = 0; i < frames.size(); i++) {
                    if (Arrays.equals(label(i), values)) {
                        alike.add(i);
                    }
                }
                take(values);
                simple(I32);
                if (oneIn(2)) {
                    code.constant(I32, 3).put(0x71);
                }
                int count = choose(5);
                code.put(0x0e).unsigned(count);
                for (int i = 0; i <= count; i++) {
                    code.unsigned(alike.get(choose(alike.size())));
                }
            }
            default -> {
                if (!oneIn(4)) {
                    return false;
                }
                code.put(0x00);
            }
        }
        return true;
    }

    private void call() {
        if (oneIn(3)) {
            int index = choose(types.size());
            Type type = types.get(index);
            take(type.parameters);
            code.constant(I32, choose(TABLE_SIZE + 1)).put(0x11).unsigned(index).unsigned(choose(2));
            push(type.results);
        } else {
            int function = choose(functions.size());
            Type type = types.get(functions.get(function));
            take(type.parameters);
            code.put(0x10).unsigned(function);
            push(type.results);
        }
    }

    private void length() {
        if (oneIn(10)) {
            simple(I32);
        } else {
            code.constant(I32, choose(4));
        }
    }

    private void memory() {
        switch (choose(6)) {
            case 0 -> {
                code.put(0x3f, 0);
                push(I32);
            }
            case 1 -> {
                length();
                code.put(0x40, 0);
                push(I32);
            }
            case 2 -> {
                address();
                simple(I32);
                length();
                code.put(0xfc, 11, 0);
            }
            case 3 -> {
                address();
                address();
                length();
                code.put(0xfc, 10, 0, 0);
            }
            case 4 -> {
                address();
                length();
                length();
                code.put(0xfc, 8).unsigned(choose(dataSegments)).put(0);
            }
            default -> code.put(0xfc, 9).unsigned(choose(dataSegments));
        }
    }

    private void table() {
        int table = choose(tables.size());
        int type = tables.get(table);
        switch (choose(8)) {
            case 0 -> {
                entry();
                code.put(0x25).unsigned(table);
                push(type);
            }
            case 1 -> {
                entry();
                simple(type);
                code.put(0x26).unsigned(table);
            }
            case 2 -> {
                code.put(0xfc, 16).unsigned(table);
                push(I32);
            }
            case 3 -> {
                simple(type);
                length();
                code.put(0xfc, 15).unsigned(table);
                push(I32);
            }
            case 4 -> {
                entry();
                simple(type);
                length();
                code.put(0xfc, 17).unsigned(table);
            }
            case 5 -> {
                int other = type == FUNC ? choose(2) : table;
                entry();
                entry();
                length();
                code.put(0xfc, 14).unsigned(table).unsigned(other);
            }
            case 6 -> {
                int segment = type == FUNC ? choose(3) : 3;
                entry();
                length();
                length();
                code.put(0xfc, 12).unsigned(segment).unsigned(table);
            }
            default -> code.put(0xfc, 13).unsigned(choose(elementTypes.size()));
        }
    }

    private void entry() {
        if (oneIn(15)) {
            simple(I32);
        } else {
            code.constant(I32, choose(TABLE_SIZE + 1));
        }
    }

    // --- the binary format ---

    private static void section(Bytes module, int id, List<Bytes> entries) {
        Bytes section = new Bytes().unsigned(entries.size());
        entries.forEach(section::put);
        module.put(id).unsigned(section.size()).put(section);
    }

    private static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Bytes put(int... octets) {
            for (int octet : octets) {
                out.write(octet);
            }
            return this;
        }

        Bytes put(Bytes more) {
            out.writeBytes(more.out.toByteArray());
            return this;
        }

        Bytes unsigned(int value) {
            int rest = value;
            while (rest >>> 7 != 0) {
                out.write(rest & 0x7f | 0x80);
                rest >>>= 7;
            }
            out.write(rest);
            return this;
        }

        private void signed(long value) {
            long rest = value;
            while (rest >> 6 != 0 && rest >> 6 != -1) {
                out.write((int) (rest & 0x7f | 0x80));
                rest >>= 7;
            }
            out.write((int) (rest & 0x7f));
        }

        /** Emits a constant instruction; floating-point numbers by their bits. */
        Bytes constant(int type, long bits) {
            switch (type) {
                case I32 -> put(0x41).signed((int) bits);
                case I64 -> put(0x42).signed(bits);
                default -> {
                    put(type == F32 ? 0x43 : 0x44);
                    for (int i = 0; i < (type == F32 ? 4 : 8); i++) {
                        out.write((int) (bits >>> 8 * i));
                    }
                }
            }
            return this;
        }

        Bytes text(String text) {
            unsigned(text.length());
            out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            return this;
        }

        int size() {
            return out.size();
        }

        byte[] toByteArray() {
            return out.toByteArray();
        }
    }
}
