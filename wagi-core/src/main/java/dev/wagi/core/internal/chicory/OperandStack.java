// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.util.Arrays;

/**
 * Follows the height of the operand stack through the functions of a module, to know what the validator and the
 * compiler will keep of it: they copy the types of all operands at each block and each branch, and frames for the JVM's
 * verifier hold all local variables at each label. So 30 KB of code can take gigabytes. Nothing is validated here: a
 * stack never becomes lower than its block allows.
 *
 * @see <a href="https://webassembly.github.io/spec/core/appendix/algorithm.html">WebAssembly, validation algorithm</a>
 */
final class OperandStack {

    // What is kept, in bytes, roughly: for each operand at a block or branch, for each parameter and result of a call,
    // and for
    // each local variable and each open try_table at a label.
    private static final int OPERAND_BYTES = 32;
    private static final int VALUE_BYTES = 48;
    private static final int LOCAL_BYTES = 8;
    private static final int TRY_BYTES = 256;

    private static final int MAX_HEIGHT = 1 << 28;
    private static final double MOST = 1L << 50;

    private static final byte[] POPS = new byte[256];
    private static final byte[] PUSHES = new byte[256];
    private static final byte[] MISCELLANEOUS_POPS = {1, 1, 1, 1, 1, 1, 1, 1, 3, 0, 3, 3, 3, 0, 3, 2, 0, 3};
    private static final byte[] MISCELLANEOUS_PUSHES = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0};

    static {
        effect(0x1a, 0x1a, 1, 0); // drop
        effect(0x1b, 0x1c, 3, 1); // select
        effect(0x20, 0x20, 0, 1); // local.get
        effect(0x21, 0x21, 1, 0); // local.set
        effect(0x22, 0x22, 1, 1); // local.tee
        effect(0x23, 0x23, 0, 1); // global.get
        effect(0x24, 0x24, 1, 0); // global.set
        effect(0x25, 0x25, 1, 1); // table.get
        effect(0x26, 0x26, 2, 0); // table.set
        effect(0x28, 0x35, 1, 1); // loads
        effect(0x36, 0x3e, 2, 0); // stores
        effect(0x3f, 0x3f, 0, 1); // memory.size
        effect(0x40, 0x40, 1, 1); // memory.grow
        effect(0x41, 0x44, 0, 1); // constants
        effect(0x45, 0xc4, 2, 1); // operators on two numbers, but for those that follow
        effect(0x45, 0x45, 1, 1); // i32.eqz
        effect(0x50, 0x50, 1, 1); // i64.eqz
        effect(0x67, 0x69, 1, 1); // i32.clz, i32.ctz, i32.popcnt
        effect(0x79, 0x7b, 1, 1); // i64.clz, i64.ctz, i64.popcnt
        effect(0x8b, 0x91, 1, 1); // f32.abs to f32.sqrt
        effect(0x99, 0x9f, 1, 1); // f64.abs to f64.sqrt
        effect(0xa7, 0xc4, 1, 1); // conversions
        effect(0xd0, 0xd0, 0, 1); // ref.null
        effect(0xd1, 0xd1, 1, 1); // ref.is_null
        effect(0xd2, 0xd2, 0, 1); // ref.func
        effect(0xd4, 0xd4, 1, 1); // ref.as_non_null
    }

    private static void effect(int first, int last, int pops, int pushes) {
        Arrays.fill(POPS, first, last + 1, (byte) pops);
        Arrays.fill(PUSHES, first, last + 1, (byte) pushes);
    }

    private final FunctionTypes types;

    /**
     * What is noted of each block that is open: the height below its parameters, its parameters, its results, 1 for
     * try_table.
     */
    private static final int NOTED = 4;

    private int[] blocks = new int[NOTED * 64];

    private int open;
    private int height;
    private int tries;
    private int locals;
    private long bytes;

    // In a function with handlers of exceptions: the labels, the stores to local variables of the JVM, each of which is
    // like a label there, the operands below them, and those that are kept in local variables for handlers.
    private boolean handlers;
    private long labels;
    private long stores;
    private double storedOperands;
    private long saved;
    private int widest;

    OperandStack(FunctionTypes types) {
        this.types = types;
    }

    /** What all functions so far will take of the heap. */
    long bytes() {
        return bytes;
    }

    /**
     * A function begins.
     *
     * @param variables its parameters and local variables
     */
    void begin(int variables) {
        open = 0;
        height = 0;
        locals = variables;
        tries = 0;
        handlers = false;
        labels = 0;
        stores = 0;
        storedOperands = 0;
        saved = 0;
        widest = 0;
        enter(0, 0, 0);
    }

    /**
     * An instruction.
     *
     * @param opcode its first byte
     * @param number its first immediate operand, the second byte of its opcode, or how many labels it has
     */
    void next(int opcode, long number) {
        switch (opcode) {
            case 0x02, 0x03 -> block(number, 0);
            case 0x04 -> {
                pop(1);
                block(number, 0);
            }
            case 0x1f -> {
                handlers = true;
                store(height);
                block(number, 1);
                saved += top(0);
            }
            case 0x05 -> {
                label(1);
                if (open > 0) {
                    height = top(0) + top(1);
                }
            }
            case 0x0b -> end();
            case 0x00, 0x08, 0x0a, 0x0c, 0x0f -> {
                label(1);
                dead();
            }
            case 0x0e -> {
                label((int) Math.min(number, open));
                dead();
            }
            case 0x0d -> {
                pop(1);
                label(1);
            }
            case 0xd5 -> label(2);
            case 0xd6 -> {
                label(2);
                pop(1);
            }
            case 0x10 -> call(types.ofFunction(number));
            case 0x11, 0x14 -> {
                pop(1);
                call(types.ofType(number));
            }
            case 0xfc -> {
                pop(MISCELLANEOUS_POPS[(int) number]);
                push(MISCELLANEOUS_PUSHES[(int) number]);
            }
            case 0x21, 0x22 -> {
                store(1);
                pop(1);
                push(PUSHES[opcode]);
            }
            default -> {
                if (opcode == 0x1b || opcode == 0x1c) {
                    label(2);
                }
                pop(POPS[opcode]);
                push(PUSHES[opcode]);
            }
        }
    }

    private void block(long type, int isTry) {
        // What is no index of a type is nothing, or one result.
        int packed = type >= 0 ? types.ofType(type) : type == Instructions.NO_RESULT ? 0 : FunctionTypes.pack(0, 1);
        int parameters = FunctionTypes.parameters(packed);
        int results = FunctionTypes.results(packed);
        bytes += (long) VALUE_BYTES * (parameters + results);
        label(1);
        pop(parameters);
        enter(parameters, results, isTry);
        push(parameters);
    }

    private void call(int type) {
        int parameters = FunctionTypes.parameters(type);
        int results = FunctionTypes.results(type);
        bytes += (long) VALUE_BYTES * (parameters + results);
        store(parameters + results);
        pop(parameters);
        push(results);
    }

    private void enter(int parameters, int results, int isTry) {
        if (NOTED * open == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * blocks.length);
        }
        blocks[NOTED * open] = height;
        blocks[NOTED * open + 1] = parameters;
        blocks[NOTED * open + 2] = results;
        blocks[NOTED * open + 3] = isTry;
        tries += isTry;
        widest = Math.max(widest, Math.max(parameters, results));
        open++;
    }

    private void end() {
        label(1);
        if (open > 0) {
            height = top(0);
            push(top(2));
            tries -= top(3);
            open--;
            if (open == 0 && handlers) {
                double more = LOCAL_BYTES * ((double) stores * (locals + saved) + (double) labels * saved)
                        + OPERAND_BYTES * storedOperands;
                bytes += (long) Math.min(more, MOST);
            }
        }
    }

    /** What follows is not reached up to the end of the block. */
    private void dead() {
        height = open > 0 ? top(0) : 0;
    }

    private void pop(int values) {
        height = Math.max(height - values, open > 0 ? top(0) : 0);
    }

    /** A height that no heap has room for is as good as any above it. */
    private void push(int values) {
        height = Math.min(height + values, MAX_HEIGHT);
    }

    private void store(int values) {
        stores += values;
        storedOperands += (double) values * height;
    }

    private int top(int what) {
        return blocks[NOTED * (open - 1) + what];
    }

    /** All operands, local variables and handlers are kept so many times. */
    private void label(int times) {
        bytes += ((long) OPERAND_BYTES * height + (long) LOCAL_BYTES * locals + (long) TRY_BYTES * tries) * times;
        labels += times;
        store((int) Math.min((long) times * widest, MAX_HEIGHT));
    }
}
