// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static dev.wagi.core.internal.bytecode.WasmBinary.EMPTY;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;

import dev.wagi.core.internal.bytecode.WasmBinary;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;

/** Modules with a function that does not end, by one instruction, in code of one size, called from one place. */
final class EndlessGuest {

    /** What the function goes on with: a jump backwards, or a call of itself that is never deep. */
    enum Instruction {
        BR,
        BR_IF,
        BR_TABLE,
        BR_ON_NULL,
        BR_ON_NON_NULL,
        CATCH,
        CATCH_ALL,
        CATCH_REF,
        CATCH_ALL_REF,
        CALL,
        CALL_INDIRECT,
        CALL_REF,
        RETURN_CALL,
        RETURN_CALL_INDIRECT,
        RETURN_CALL_REF;

        boolean isTailCall() {
            return this == RETURN_CALL || this == RETURN_CALL_INDIRECT || this == RETURN_CALL_REF;
        }
    }

    /** How large the function is. */
    enum Size {
        SMALL(0, true),
        /** More than HotSpot compiles at once; the loop goes through all of it. */
        LARGE(800, true),
        /** More than a method of the JVM may have; most of it never runs. */
        TOO_LARGE(6000, false);

        private final int statements;
        private final boolean run;

        Size(int statements, boolean run) {
            this.statements = statements;
            this.run = run;
        }
    }

    /** Where it is called. */
    enum Place {
        START_FUNCTION,
        INITIALIZE,
        WIZER,
        /** {@code _start} and {@code _routes}. */
        REQUEST
    }

    private static final int NOT_NULL = 0x64;
    private static final int FUNC = 0x70;
    private static final int EXN = 0x69;

    /** A number of rounds that no test will see the end of, and a depth that any stack has room for. */
    private static final int DEPTH = 60;

    private final WasmBinary module = new WasmBinary();
    private final Instruction instruction;
    private final Size size;
    private final int nothing = module.type(new int[0]);
    private final int write = module.type(new int[] {I32, I32, I32, I32}, I32);
    private final int depth = module.type(new int[] {I32});
    private final int reference = module.rawType(new Bytes().put(0x60, 1, NOT_NULL, FUNC, 0));
    private final int exception = module.rawType(new Bytes().put(0x60, 1, EXN, 0));

    private EndlessGuest(Instruction instruction, Size size) {
        this.instruction = instruction;
        this.size = size;
    }

    /** Prints a byte first, if the place allows it, so that a test knows that it runs. */
    static byte[] module(Instruction instruction, Size size, Place place) {
        return new EndlessGuest(instruction, size).build(place);
    }

    private byte[] build(Place place) {
        int fdWrite = module.imported("wasi_snapshot_preview1", "fd_write", write);
        module.memory(1, 1);
        module.global(I32, 0);
        module.tag(nothing);
        int print = module.function(
                nothing,
                new int[0],
                new Bytes()
                        .constant(I32, 4)
                        .constant(I32, 1)
                        .put(0x36, 2, 0) // one byte
                        .constant(I32, 1)
                        .constant(I32, 0)
                        .constant(I32, 1)
                        .constant(I32, 8)
                        .put(0x10)
                        .unsigned(fdWrite)
                        .put(0x1a));
        int endless = print + 1;
        boolean recursive = instruction.compareTo(Instruction.CALL) >= 0;
        module.inTable(endless);
        module.declared(endless);
        module.function(recursive ? depth : nothing, new int[0], recursive ? recursion(endless) : loop(endless));
        Bytes body = new Bytes().put(0x10).unsigned(print);
        Bytes call = new Bytes();
        if (recursive) {
            call.constant(I32, instruction.isTailCall() ? Integer.MAX_VALUE : DEPTH);
        }
        call.put(0x10).unsigned(endless);
        switch (place) {
            case START_FUNCTION -> module.start(module.function(nothing, new int[0], call));
            case INITIALIZE -> module.exported("_initialize", nothing, new int[0], body.put(call));
            case WIZER -> module.exported("wizer.initialize", nothing, new int[0], body.put(call));
            case REQUEST -> {
                module.exported("_start", nothing, new int[0], body.put(call));
                module.exported("_routes", nothing, new int[0], body);
            }
        }
        module.exported("go", nothing, new int[0], new Bytes());
        return module.toByteArray();
    }

    private Bytes loop(int self) {
        Bytes code = new Bytes();
        Bytes filling = filling();
        switch (instruction) {
            case BR -> code.put(0x03, EMPTY).put(filling).put(0x0c, 0, 0x0b);
            case BR_IF -> code.put(0x03, EMPTY).put(filling).constant(I32, 1).put(0x0d, 0, 0x0b);
            case BR_TABLE -> code.put(0x03, EMPTY).put(filling).constant(I32, 7).put(0x0e, 2, 0, 1, 0, 0x0b);
            case BR_ON_NULL -> code.put(0x03, EMPTY).put(filling).put(0xd0, FUNC, 0xd5, 0, 0x1a, 0x0b);
            case BR_ON_NON_NULL -> {
                code.put(0xd2).unsigned(self).put(0x03).unsigned(reference);
                code.put(filling).put(0xd6, 0, 0x0b);
            }
            case CATCH -> code.put(0x03, EMPTY).put(filling).put(0x1f, EMPTY, 1, 0, 0, 0, 0x08, 0, 0x0b, 0x0b);
            case CATCH_ALL -> code.put(0x03, EMPTY).put(filling).put(0x1f, EMPTY, 1, 2, 0, 0x08, 0, 0x0b, 0x0b);
            case CATCH_REF -> thrown(code, filling, 1, 0, 0);
            case CATCH_ALL_REF -> thrown(code, filling, 3, 0);
            default -> throw new IllegalArgumentException(instruction.name());
        }
        return code;
    }

    /** A loop that is entered with an exception, and jumped to with the next one. */
    private void thrown(Bytes code, Bytes filling, int... clause) {
        code.put(0xd0, EXN).put(0x03).unsigned(exception).put(0x1a).put(filling);
        code.put(0x1f, EMPTY, 1).put(clause).put(0x08, 0, 0x0b, 0x0b);
    }

    /** {@code f(n)}: unless n is 0, f(n - 1) twice; as a tail call, once. */
    private Bytes recursion(int self) {
        Bytes argument = new Bytes().get(0).constant(I32, 1).put(0x6b);
        Bytes call = switch (instruction) {
            case CALL -> argument.put(0x10).unsigned(self);
            case CALL_INDIRECT ->
                argument.constant(I32, 0).put(0x11).unsigned(depth).put(0);
            case CALL_REF -> argument.put(0xd2).unsigned(self).put(0x14).unsigned(depth);
            case RETURN_CALL -> argument.put(0x12).unsigned(self);
            case RETURN_CALL_INDIRECT ->
                argument.constant(I32, 0).put(0x13).unsigned(depth).put(0);
            case RETURN_CALL_REF -> argument.put(0xd2).unsigned(self).put(0x15).unsigned(depth);
            default -> throw new IllegalArgumentException(instruction.name());
        };
        Bytes code = new Bytes().put(filling()).get(0).put(0x04, EMPTY).put(call);
        return (instruction.isTailCall() ? code : code.put(call)).put(0x0b);
    }

    /** Statements that make the function as large as it is to be. */
    private Bytes filling() {
        Bytes filling = new Bytes();
        for (int i = 0; i < size.statements; i++) {
            filling.put(0x23, 0, 0x24, 0); // global.set 0 (global.get 0)
        }
        // If they are not to run: behind an "if" by a global that is 0.
        return size.run
                ? filling
                : new Bytes().put(0x23, 0, 0x04, EMPTY).put(filling).put(0x0b);
    }
}
