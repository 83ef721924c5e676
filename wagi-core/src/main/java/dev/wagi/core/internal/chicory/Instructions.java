// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads instructions and types, and knows which of them are supported: all that is not in these lists is refused,
 * whatever the engine would make of it. Supported are WebAssembly 2.0 without SIMD, extended constants, typed function
 * references and exceptions in their final form.
 *
 * @see <a href="https://webassembly.github.io/spec/core/binary/instructions.html">WebAssembly, binary format,
 *     instructions</a>
 */
final class Instructions {

    /** A proposal that is not supported was found; {@link ModuleCheck} makes a message of it. */
    static final class Unsupported extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final Proposal proposal;
        private final String what;

        Unsupported(Proposal proposal, String what) {
            super(what, null, false, false);
            this.proposal = proposal;
            this.what = what;
        }

        Proposal proposal() {
            return proposal;
        }

        /** What shows it, and where. */
        String what() {
            return what;
        }
    }

    /** What follows an opcode. */
    private enum Form {
        UNKNOWN,
        NOTHING,
        NUMBER,
        TWO_NUMBERS,
        BLOCK_TYPE,
        LABELS,
        TYPES,
        TRY_TABLE,
        ACCESS,
        MEMORY,
        TWO_MEMORIES,
        NUMBER_AND_MEMORY,
        F32,
        F64,
        HEAP_TYPE,
        FUNCTION
    }

    static final int END = 0x0b;
    static final int REF_FUNC = 0xd2;

    // Encodings of a block's type that are not an index.
    static final int NO_RESULT = -1;
    static final int ONE_RESULT = -2;

    private static final int REF_NULL = 0xd0;
    private static final int MISCELLANEOUS = 0xfc;
    private static final int FIRST_STRING = 0x80;
    private static final int FIRST_RELAXED_SIMD = 0x100;

    private static final Form[] FORMS = new Form[256];
    private static final Form[] MISCELLANEOUS_FORMS = new Form[18];

    static {
        Arrays.fill(FORMS, Form.UNKNOWN);
        set(0x00, 0x01, Form.NOTHING); // unreachable, nop
        set(0x02, 0x04, Form.BLOCK_TYPE); // block, loop, if
        set(0x05, 0x05, Form.NOTHING); // else
        set(0x08, 0x08, Form.NUMBER); // throw
        set(0x0a, 0x0b, Form.NOTHING); // throw_ref, end
        set(0x0c, 0x0d, Form.NUMBER); // br, br_if
        set(0x0e, 0x0e, Form.LABELS); // br_table
        set(0x0f, 0x0f, Form.NOTHING); // return
        set(0x10, 0x10, Form.NUMBER); // call
        set(0x11, 0x11, Form.TWO_NUMBERS); // call_indirect
        set(0x14, 0x14, Form.NUMBER); // call_ref
        set(0x1a, 0x1b, Form.NOTHING); // drop, select
        set(0x1c, 0x1c, Form.TYPES); // select with a type
        set(0x1f, 0x1f, Form.TRY_TABLE);
        set(0x20, 0x26, Form.NUMBER); // local, global and table, get and set
        set(0x28, 0x3e, Form.ACCESS); // loads and stores
        set(0x3f, 0x40, Form.MEMORY); // memory.size, memory.grow
        set(0x41, 0x42, Form.NUMBER); // i32.const, i64.const
        set(0x43, 0x43, Form.F32);
        set(0x44, 0x44, Form.F64);
        set(0x45, 0xc4, Form.NOTHING); // operators on numbers
        set(REF_NULL, REF_NULL, Form.HEAP_TYPE);
        set(0xd1, 0xd1, Form.NOTHING); // ref.is_null
        set(REF_FUNC, REF_FUNC, Form.FUNCTION);
        set(0xd4, 0xd4, Form.NOTHING); // ref.as_non_null
        set(0xd5, 0xd6, Form.NUMBER); // br_on_null, br_on_non_null

        Arrays.fill(MISCELLANEOUS_FORMS, 0, 8, Form.NOTHING); // trunc_sat
        MISCELLANEOUS_FORMS[8] = Form.NUMBER_AND_MEMORY; // memory.init
        MISCELLANEOUS_FORMS[9] = Form.NUMBER; // data.drop
        MISCELLANEOUS_FORMS[10] = Form.TWO_MEMORIES; // memory.copy
        MISCELLANEOUS_FORMS[11] = Form.MEMORY; // memory.fill
        MISCELLANEOUS_FORMS[12] = Form.TWO_NUMBERS; // table.init
        MISCELLANEOUS_FORMS[13] = Form.NUMBER; // elem.drop
        MISCELLANEOUS_FORMS[14] = Form.TWO_NUMBERS; // table.copy
        Arrays.fill(MISCELLANEOUS_FORMS, 15, 18, Form.NUMBER); // table.grow, table.size, table.fill
    }

    private static void set(int first, int last, Form form) {
        Arrays.fill(FORMS, first, last + 1, form);
    }

    private final ModuleReader in;

    /** The function that the last {@link #REF_FUNC} named. */
    private int function;

    /** See {@link #number}. */
    private long number;

    Instructions(ModuleReader in) {
        this.in = in;
    }

    int function() {
        return function;
    }

    /**
     * Of the last instruction, as far as it has one: its first immediate operand, the second part of its opcode, the
     * number of labels besides the default one; of a block the index of its type, {@link #NO_RESULT} or
     * {@link #ONE_RESULT}.
     */
    long number() {
        return number;
    }

    /**
     * Reads one instruction.
     *
     * @return its first byte
     * @throws Unsupported if it belongs to a proposal that is not supported
     * @throws MalformedException if there is no such instruction
     */
    int next() {
        int at = in.at();
        int opcode = in.octet();
        switch (FORMS[opcode]) {
            case NOTHING -> {
                // No immediate operands.
            }
            case NUMBER -> number = in.number();
            case TWO_NUMBERS -> {
                number = in.number();
                in.number();
            }
            case BLOCK_TYPE -> blockType();
            case LABELS -> {
                int labels = in.count();
                number = labels;
                for (; labels >= 0; labels--) {
                    in.number();
                }
            }
            case TYPES -> {
                for (int types = in.count(); types > 0; types--) {
                    valueType();
                }
            }
            case TRY_TABLE -> tryTable();
            case ACCESS -> access();
            case MEMORY -> memory();
            case F32 -> in.skip(4);
            case F64 -> in.skip(8);
            case HEAP_TYPE -> heapType();
            case FUNCTION -> function = (int) in.number();
            default -> prefixed(opcode, at);
        }
        return opcode;
    }

    private void prefixed(int opcode, int at) {
        if (opcode < 0xfb || opcode > 0xfe) {
            refuse(proposal(opcode), Integer.toHexString(opcode), at);
        }
        long second = in.number();
        Form form = opcode == MISCELLANEOUS && second >= 0 && second < MISCELLANEOUS_FORMS.length
                ? MISCELLANEOUS_FORMS[(int) second]
                : Form.UNKNOWN;
        switch (form) {
            case NOTHING -> {
                // No immediate operands.
            }
            case NUMBER -> in.number();
            case TWO_NUMBERS -> {
                in.number();
                in.number();
            }
            case MEMORY -> memory();
            case TWO_MEMORIES -> {
                memory();
                memory();
            }
            case NUMBER_AND_MEMORY -> {
                in.number();
                memory();
            }
            default ->
                refuse(proposal(opcode, second), Integer.toHexString(opcode) + " 0x" + Long.toHexString(second), at);
        }
        number = second;
    }

    private static void refuse(@Nullable Proposal proposal, String opcode, int at) {
        if (proposal == null) {
            throw new MalformedException("unknown instruction 0x" + opcode + " at byte " + at);
        }
        throw new Unsupported(proposal, "instruction 0x" + opcode + " at byte " + at);
    }

    private static @Nullable Proposal proposal(int opcode) {
        return switch (opcode) {
            case 0x06, 0x07, 0x09, 0x18, 0x19 -> Proposal.LEGACY_EXCEPTIONS;
            case 0x12, 0x13, 0x15 -> Proposal.TAIL_CALLS;
            case 0xd3 -> Proposal.GC;
            case 0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6 -> Proposal.STACK_SWITCHING;
            default -> null;
        };
    }

    private static @Nullable Proposal proposal(int prefix, long opcode) {
        return switch (prefix) {
            case 0xfb -> opcode < FIRST_STRING ? Proposal.GC : Proposal.STRINGS;
            case 0xfd -> opcode < FIRST_RELAXED_SIMD ? Proposal.SIMD : Proposal.RELAXED_SIMD;
            case 0xfe -> Proposal.THREADS;
            default ->
                opcode == 18 ? Proposal.MEMORY_CONTROL : opcode >= 19 && opcode <= 22 ? Proposal.WIDE_ARITHMETIC : null;
        };
    }

    private void blockType() {
        int first = in.peek();
        if (first == 0x40) {
            in.octet();
            number = NO_RESULT;
        } else if (first > 0x40 && first < 0x80) {
            valueType();
            number = ONE_RESULT;
        } else {
            number = in.number();
        }
    }

    private void tryTable() {
        blockType();
        for (int clauses = in.count(); clauses > 0; clauses--) {
            int kind = in.octet();
            if (kind > 3) {
                throw new MalformedException("unknown kind of catch clause " + kind);
            }
            if (kind < 2) {
                in.number(); // the tag
            }
            in.number();
        }
    }

    private void access() {
        int at = in.at();
        long alignment = in.number();
        if ((alignment & 0x40) != 0) {
            throw new Unsupported(Proposal.MULTI_MEMORY, "a memory access at byte " + at);
        }
        long offset = in.number();
        if (offset < 0 || offset >> 32 != 0) {
            throw new Unsupported(Proposal.MEMORY64, "an offset at byte " + at);
        }
    }

    private void memory() {
        int at = in.at();
        if (in.number() != 0) {
            throw new Unsupported(Proposal.MULTI_MEMORY, "a memory instruction at byte " + at);
        }
    }

    // --- types ---

    /** Reads a value type that is supported. */
    void valueType() {
        int at = in.at();
        int type = in.octet();
        switch (type) {
            case 0x7f, 0x7e, 0x7d, 0x7c, 0x70, 0x6f, 0x69 -> {
                // numbers, funcref, externref, exnref
            }
            case 0x63, 0x64 -> heapType();
            default -> refuseType(type, at);
        }
    }

    /** What a reference refers to: functions of a type or of any, the host's values, exceptions. */
    private void heapType() {
        int at = in.at();
        int type = in.peek();
        if (type >= 0x40 && type < 0x80) {
            in.octet();
            if (type != 0x70 && type != 0x6f && type != 0x69) {
                refuseType(type, at);
            }
        } else {
            in.number();
        }
    }

    private static void refuseType(int type, int at) {
        Proposal proposal = switch (type) {
            case 0x7b -> Proposal.SIMD;
            case 0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x71, 0x72, 0x73, 0x74, 0x62 -> Proposal.GC;
            case 0x68, 0x75 -> Proposal.STACK_SWITCHING;
            case 0x67, 0x66, 0x61, 0x60 -> Proposal.STRINGS;
            case 0x65 -> Proposal.THREADS;
            default -> null;
        };
        if (proposal == null) {
            throw new MalformedException("unknown type 0x" + Integer.toHexString(type) + " at byte " + at);
        }
        throw new Unsupported(proposal, "type 0x" + Integer.toHexString(type) + " at byte " + at);
    }
}
