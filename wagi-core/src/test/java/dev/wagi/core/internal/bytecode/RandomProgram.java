// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.EMPTY;
import static dev.wagi.core.internal.bytecode.WasmBinary.F32;
import static dev.wagi.core.internal.bytecode.WasmBinary.F64;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;

import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A module made of a seed: functions with locals of all types, nested blocks, loops and branches that carry values,
 * memory traffic, globals and calls. Each loop counts down a global and traps at its end, so every call comes back.
 * Bits of a NaN are not let out of an operator, since nobody says what they are.
 */
final class RandomProgram {

    static final int FUNCTIONS = 5;
    static final int GLOBALS = 5;
    private static final int FUEL = 0;
    private static final int[] TYPES = {I32, I64, F32, F64};

    private final Random random;
    private final WasmBinary module = new WasmBinary();
    private final List<int[]> signatures = new ArrayList<>();
    private final List<Integer> types = new ArrayList<>();

    // Of the function that is being made.
    private int[] locals = {};
    private int result;
    private final List<Integer> labels = new ArrayList<>();
    private int budget;

    private RandomProgram(long seed) {
        random = new Random(seed);
    }

    static byte[] of(long seed) {
        return new RandomProgram(seed).make();
    }

    /** Arguments for function {@code f<index>} of the module that has the same seed. */
    static long[] arguments(long seed, int call) {
        Random random = new Random(seed * 31 + call);
        return random.longs(4)
                .map(value -> random.nextInt(3) == 0 ? value % 100 : value)
                .toArray();
    }

    private byte[] make() {
        module.memory(1, 2);
        module.global(I32, 400);
        for (int type : TYPES) {
            module.global(type, 7);
        }
        for (int i = 0; i < FUNCTIONS; i++) {
            function(i);
        }
        return module.toByteArray();
    }

    private void function(int index) {
        int[] parameters = {I32, I64, I32, I64};
        int extra = 2 + random.nextInt(10);
        int[] more = new int[extra];
        for (int i = 0; i < extra; i++) {
            more[i] = TYPES[random.nextInt(4)];
        }
        result = TYPES[random.nextInt(4)];
        locals = new int[parameters.length + extra + 3];
        System.arraycopy(parameters, 0, locals, 0, parameters.length);
        System.arraycopy(more, 0, locals, parameters.length, extra);
        // Scratch, for NaNs and for loops.
        locals[locals.length - 3] = F32;
        locals[locals.length - 2] = F64;
        locals[locals.length - 1] = I32;
        labels.clear();
        labels.add(result);
        budget = 150 + random.nextInt(500);
        Bytes body = new Bytes();
        // Calls take fuel as well, but do not trap without it: they come to an end by themselves, if late.
        body.put(0x23).unsigned(FUEL).constant(I32, 1).put(0x6b, 0x24).unsigned(FUEL);
        body.put(0x23).unsigned(FUEL).constant(I32, 0).put(0x48, 0x04, EMPTY);
        body.constant(result, 0).put(0x0f, 0x0b);
        while (budget > 0) {
            statement(body, 0);
        }
        leak(body, result, 4);
        int[] own = new int[locals.length - parameters.length];
        System.arraycopy(locals, parameters.length, own, 0, own.length);
        int type = module.type(parameters, result);
        int function = module.exported("f" + index, type, own, body);
        module.inTable(function);
        types.add(type);
        signatures.add(new int[] {result});
    }

    // --- statements ---

    private void statement(Bytes out, int depth) {
        budget--;
        switch (random.nextInt(depth > 5 ? 6 : 14)) {
            case 0, 1, 2 -> {
                int local = local();
                expression(out, locals[local], 3);
                out.set(local);
            }
            case 3 -> store(out);
            case 4 -> {
                int global = 1 + random.nextInt(4);
                leak(out, TYPES[global - 1], 3);
                out.put(0x24).unsigned(global);
            }
            case 5 -> branch(out);
            case 6, 7 -> {
                expression(out, I32, 3);
                out.put(0x04, EMPTY);
                nested(out, EMPTY, depth);
                if (random.nextBoolean()) {
                    out.put(0x05);
                    nested(out, EMPTY, depth);
                }
                out.put(0x0b);
            }
            case 8, 9 -> {
                out.put(0x02, EMPTY);
                nested(out, EMPTY, depth);
                out.put(0x0b);
            }
            case 10, 11 -> loop(out, depth);
            case 12 -> {
                int type = TYPES[random.nextInt(4)];
                expression(out, type, 5);
                out.put(0x1a);
            }
            default -> bulk(out);
        }
    }

    private void nested(Bytes out, int type, int depth) {
        labels.add(type);
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            statement(out, depth + 1);
        }
        labels.remove(labels.size() - 1);
    }

    /** loop: fuel goes down, and the program traps when there is none; at the end perhaps again. */
    private void loop(Bytes out, int depth) {
        out.put(0x03, EMPTY);
        out.put(0x23).unsigned(FUEL).constant(I32, 1).put(0x6b, 0x24).unsigned(FUEL);
        out.put(0x23).unsigned(FUEL).constant(I32, 0).put(0x48, 0x04, EMPTY).put(0x00, 0x0b);
        nested(out, EMPTY, depth);
        labels.add(EMPTY);
        expression(out, I32, 3);
        labels.remove(labels.size() - 1);
        if (random.nextInt(3) == 0) {
            out.put(0x45);
        }
        out.constant(I32, 3).put(0x71).constant(I32, 2).put(0x4b);
        out.put(0x0d, 0, 0x0b);
    }

    /** A branch to a label without a value, or out of the function; sometimes a table. */
    private void branch(Bytes out) {
        List<Integer> without = new ArrayList<>();
        for (int i = 0; i < labels.size(); i++) {
            if (labels.get(labels.size() - 1 - i) == EMPTY) {
                without.add(i);
            }
        }
        if (without.isEmpty() || random.nextInt(8) == 0) {
            expression(out, I32, 2);
            out.put(0x04, EMPTY);
            labels.add(EMPTY);
            leak(out, result, 3);
            labels.remove(labels.size() - 1);
            out.put(0x0f, 0x0b);
        } else if (random.nextInt(3) == 0) {
            // block (br_table ...) end: what follows stays reachable for the other branches.
            expression(out, I32, 2);
            out.put(0x04, EMPTY);
            labels.add(EMPTY);
            expression(out, I32, 2);
            labels.remove(labels.size() - 1);
            out.constant(I32, 7).put(0x71, 0x0e);
            int count = random.nextInt(5);
            out.unsigned(count);
            for (int i = 0; i <= count; i++) {
                // One more, for the block around.
                out.unsigned(without.get(random.nextInt(without.size())) + 1);
            }
            out.put(0x0b);
        } else {
            expression(out, I32, 3);
            out.put(0x0d).unsigned(without.get(random.nextInt(without.size())));
        }
    }

    private void address(Bytes out) {
        expression(out, I32, 2);
        if (random.nextInt(50) != 0) {
            out.constant(I32, 0xfff).put(0x71);
        }
    }

    private void store(Bytes out) {
        int opcode = 0x36 + random.nextInt(9);
        int type = opcode == 0x38
                ? F32
                : opcode == 0x39 ? F64 : opcode == 0x36 || opcode == 0x3a || opcode == 0x3b ? I32 : I64;
        address(out);
        leak(out, type, 3);
        out.put(opcode, 0).unsigned(offset());
    }

    private long offset() {
        return random.nextInt(3) == 0 ? 0 : random.nextInt(300);
    }

    private void bulk(Bytes out) {
        address(out);
        address(out);
        expression(out, I32, 1);
        out.constant(I32, 0xff).put(0x71);
        if (random.nextBoolean()) {
            out.put(0xfc, 10, 0, 0);
        } else {
            out.put(0xfc, 11, 0);
        }
    }

    // --- expressions ---

    private int local() {
        // Not the scratch ones.
        return random.nextInt(locals.length - 3);
    }

    /** A value whose bits may be looked at: any NaN is the same one. */
    private void leak(Bytes out, int type, int depth) {
        expression(out, type, depth);
        if (type == F32 || type == F64) {
            int scratch = type == F32 ? locals.length - 3 : locals.length - 2;
            out.tee(scratch);
            out.constant(type, type == F32 ? 0x7fc00000L : 0x7ff8000000000000L);
            out.get(scratch).get(scratch).put(type == F32 ? 0x5b : 0x61, 0x1b);
        }
    }

    private void expression(Bytes out, int type, int depth) {
        budget--;
        if (depth <= 0 || budget < 0) {
            simple(out, type);
            return;
        }
        switch (random.nextInt(12)) {
            case 0, 1 -> simple(out, type);
            case 2, 3, 4, 5 -> operator(out, type, depth - 1);
            case 6 -> load(out, type);
            case 7 -> {
                expression(out, type, depth - 1);
                expression(out, type, depth - 1);
                expression(out, I32, depth - 1);
                out.put(0x1b);
            }
            case 8 -> {
                int local = local(type);
                expression(out, type, depth - 1);
                if (local >= 0) {
                    out.tee(local);
                }
            }
            case 9 -> {
                expression(out, I32, depth - 1);
                out.put(0x04, type);
                labels.add(type);
                if (random.nextInt(3) == 0) {
                    statement(out, 4);
                }
                expression(out, type, depth - 1);
                out.put(0x05);
                expression(out, type, depth - 1);
                labels.remove(labels.size() - 1);
                out.put(0x0b);
            }
            case 10 -> {
                // block (result) value (br_if 0 value condition) statements value end, with the first value dropped
                out.put(0x02, type);
                labels.add(type);
                expression(out, type, depth - 1);
                expression(out, I32, depth - 1);
                out.put(0x0d, 0, 0x1a);
                if (random.nextInt(3) == 0) {
                    statement(out, 4);
                }
                expression(out, type, depth - 1);
                labels.remove(labels.size() - 1);
                out.put(0x0b);
            }
            default -> call(out, type, depth - 1);
        }
    }

    private int local(int type) {
        int start = local();
        for (int i = 0; i < locals.length - 3; i++) {
            int local = (start + i) % (locals.length - 3);
            if (locals[local] == type) {
                return local;
            }
        }
        return -1;
    }

    private void simple(Bytes out, int type) {
        int local = local(type);
        switch (random.nextInt(4)) {
            case 0 -> out.constant(type, constant(type));
            case 1 -> out.put(0x23).unsigned(1 + List.of(I32, I64, F32, F64).indexOf(type));
            default -> {
                if (local >= 0) {
                    out.get(local);
                } else {
                    out.constant(type, constant(type));
                }
            }
        }
    }

    private long constant(int type) {
        return switch (type) {
            case F32 -> Float.floatToRawIntBits(random.nextInt(200) - 100 + random.nextFloat());
            case F64 -> Double.doubleToRawLongBits(random.nextInt(200) - 100 + random.nextDouble());
            default -> random.nextInt(3) == 0 ? random.nextLong() : random.nextInt(300) - 50;
        };
    }

    private void load(Bytes out, int type) {
        address(out);
        int[] opcodes = switch (type) {
            case I32 -> new int[] {0x28, 0x2c, 0x2d, 0x2e, 0x2f};
            case I64 -> new int[] {0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35};
            case F32 -> new int[] {0x2a};
            default -> new int[] {0x2b};
        };
        out.put(opcodes[random.nextInt(opcodes.length)], 0).unsigned(offset());
    }

    private void operator(Bytes out, int type, int depth) {
        int kind = random.nextInt(10);
        if (type == I32 && kind < 5) {
            // A comparison, of any type.
            int of = TYPES[random.nextInt(4)];
            expression(out, of, depth);
            if (random.nextInt(5) == 0 && (of == I32 || of == I64)) {
                out.put(of == I32 ? 0x45 : 0x50);
                return;
            }
            expression(out, of, depth);
            out.put(
                    switch (of) {
                        case I32 -> 0x46 + random.nextInt(10);
                        case I64 -> 0x51 + random.nextInt(10);
                        case F32 -> 0x5b + random.nextInt(6);
                        default -> 0x61 + random.nextInt(6);
                    });
            return;
        }
        if (kind < 7) {
            expression(out, type, depth);
            expression(out, type, depth);
            out.put(
                    switch (type) {
                        case I32 -> number(0x6a, new int[] {0, 1, 2, 7, 8, 9, 10, 11, 12, 13, 14, 3, 4, 5, 6});
                        case I64 -> number(0x7c, new int[] {0, 1, 2, 7, 8, 9, 10, 11, 12, 13, 14, 3, 4, 5, 6});
                        case F32 -> 0x92 + random.nextInt(6);
                        default -> 0xa0 + random.nextInt(6);
                    });
            return;
        }
        switch (type) {
            case I32 -> {
                switch (random.nextInt(4)) {
                    case 0 -> {
                        expression(out, I64, depth);
                        out.put(0xa7);
                    }
                    case 1 -> {
                        expression(out, F64, depth);
                        out.put(0xfc, 2 + random.nextInt(2));
                    }
                    case 2 -> {
                        expression(out, I32, depth);
                        out.put(0xc0 + random.nextInt(2));
                    }
                    default -> {
                        expression(out, I32, depth);
                        out.put(0x67 + random.nextInt(3));
                    }
                }
            }
            case I64 -> {
                switch (random.nextInt(3)) {
                    case 0 -> {
                        expression(out, I32, depth);
                        out.put(0xac + random.nextInt(2));
                    }
                    case 1 -> {
                        expression(out, I64, depth);
                        out.put(0xc2 + random.nextInt(3));
                    }
                    default -> {
                        leak(out, F64, depth);
                        out.put(0xbd);
                    }
                }
            }
            case F32 -> {
                expression(out, random.nextBoolean() ? I32 : I32, depth);
                out.put(0xb2 + random.nextInt(2));
            }
            default -> {
                expression(out, F32, depth);
                out.put(0xbb);
            }
        }
    }

    /** Mostly one of the first operators, seldom one of the last four, which may trap. */
    private int number(int first, int[] order) {
        int safe = order.length - 4;
        return first + order[random.nextInt(30) == 0 ? safe + random.nextInt(4) : random.nextInt(safe)];
    }

    /** A call of a function that came before this one, directly or by the table. */
    private void call(Bytes out, int type, int depth) {
        for (int i = signatures.size() - 1; i >= 0; i--) {
            if (signatures.get(i)[0] == type && random.nextBoolean()) {
                expression(out, I32, depth);
                expression(out, I64, depth);
                expression(out, I32, depth);
                expression(out, I64, depth);
                if (random.nextBoolean()) {
                    out.put(0x10).unsigned(i);
                } else {
                    out.constant(I32, random.nextInt(20) == 0 ? random.nextInt(9) : i);
                    out.put(0x11).unsigned(types.get(i)).put(0);
                }
                return;
            }
        }
        simple(out, type);
    }
}
