// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;
import dev.wagi.core.api.ModuleLoadException;

/**
 * Looks at a module before the parser does, for what the parser and the engine leave open:
 *
 * <ul>
 *   <li>Lists that are announced longer than the bytes that follow. The parser makes room for as many entries as it is told
 *       before it reads the first one, so that a module of a few bytes could fill the heap.
 *   <li>Instructions, types and limits of {@linkplain Proposal proposals} that are not supported, by a list of what is:
 *       the engine knows many more than we can bound.
 * </ul>
 *
 * Everything else about a module is the parser's and the validator's to judge.
 *
 * @see <a href="https://webassembly.github.io/spec/core/binary/modules.html">WebAssembly, binary format, modules</a>
 */
final class ModuleCheck {

    private static final int HEADER = 8;

    private final ModuleReader in;
    private final Instructions instructions;
    private int memories;

    private ModuleCheck(byte[] module) {
        this.in = new ModuleReader(module, HEADER);
        this.instructions = new Instructions(in);
    }

    /**
     * Checks a module.
     *
     * @param name what messages call it
     * @param module begins with the header of a core module
     * @throws MalformedException if a list is longer than its section, or something is not known
     * @throws ModuleLoadException if it uses a proposal that is not supported
     */
    static void check(String name, byte[] module) {
        try {
            new ModuleCheck(module).sections();
        } catch (Instructions.Unsupported e) {
            throw new ModuleLoadException(
                    name + " uses " + e.proposal().title() + " (" + e.what() + "), which is not supported; "
                            + e.proposal().remedy(),
                    e);
        }
    }

    private void sections() {
        while (in.hasMore()) {
            int id = in.octet();
            int size = in.count();
            int next = in.at() + size;
            int end = in.end();
            in.confine(next);
            switch (id) {
                case 1 -> list(this::type);
                case 2 -> list(this::imported);
                case 4 -> list(this::table);
                case 5 -> list(this::memory);
                case 6 -> list(this::global);
                case 9 -> list(this::element);
                case 10 -> list(this::body);
                case 11 -> list(this::data);
                default -> {
                    // Lists of numbers and names, for which no room is made beforehand.
                }
            }
            in.confine(end);
            in.moveTo(next);
        }
    }

    private void list(Runnable entry) {
        for (int entries = in.count(); entries > 0; entries--) {
            entry.run();
        }
    }

    private void type() {
        int at = in.at();
        long form = in.number();
        if (form != 0x60) {
            throw new Instructions.Unsupported(
                    form == 0x5d ? Proposal.STACK_SWITCHING : form == 0x65 ? Proposal.THREADS : formOfGc(form),
                    "a type at byte " + at);
        }
        list(instructions::valueType);
        list(instructions::valueType);
    }

    private static Proposal formOfGc(long form) {
        if (form == 0x4e || form == 0x4f || form == 0x50 || form == 0x5e || form == 0x5f) {
            return Proposal.GC;
        }
        throw new MalformedException("unknown form of type " + form);
    }

    private void imported() {
        in.name();
        in.name();
        int kind = in.octet();
        switch (kind) {
            case 0 -> in.number();
            case 1 -> {
                instructions.valueType();
                limits();
            }
            case 2 -> memory();
            case 3 -> {
                instructions.valueType();
                in.octet(); // whether it can be changed
            }
            case 4 -> {
                in.octet();
                in.number();
            }
            default -> throw new MalformedException("unknown kind of import " + kind);
        }
    }

    private void table() {
        if (in.peek() == 0x40) {
            in.skip(2);
            instructions.valueType();
            limits();
            expression();
        } else {
            instructions.valueType();
            limits();
        }
    }

    private void memory() {
        int at = in.at();
        limits();
        if (++memories > 1) {
            throw new Instructions.Unsupported(Proposal.MULTI_MEMORY, "a second memory at byte " + at);
        }
    }

    private void limits() {
        int at = in.at();
        int flags = in.octet();
        if (flags > 0xf) {
            throw new MalformedException("unknown kind of limits " + flags + " at byte " + at);
        }
        if ((flags & 2) != 0) {
            throw new Instructions.Unsupported(Proposal.THREADS, "a shared memory at byte " + at);
        }
        if ((flags & 4) != 0) {
            throw new Instructions.Unsupported(Proposal.MEMORY64, "limits at byte " + at);
        }
        if ((flags & 8) != 0) {
            throw new Instructions.Unsupported(Proposal.PAGE_SIZES, "limits at byte " + at);
        }
        in.number();
        if ((flags & 1) != 0) {
            in.number();
        }
    }

    private void global() {
        instructions.valueType();
        in.octet(); // whether it can be changed
        expression();
    }

    private void element() {
        long flags = in.number();
        if (flags < 0 || flags > 7) {
            throw new MalformedException("unknown kind of element segment " + flags);
        }
        boolean active = (flags & 1) == 0;
        boolean expressions = (flags & 4) != 0;
        if (active && (flags & 2) != 0) {
            in.number();
        }
        if (active) {
            expression();
        }
        if ((flags & 3) != 0) {
            if (expressions) {
                instructions.valueType();
            } else {
                in.octet();
            }
        }
        list(expressions ? this::expression : in::number);
    }

    private void body() {
        int size = in.count();
        int next = in.at() + size;
        int end = in.end();
        in.confine(next);
        list(() -> {
            in.number();
            instructions.valueType();
        });
        while (in.hasMore()) {
            instructions.next();
        }
        in.confine(end);
    }

    private void data() {
        long flags = in.number();
        if (flags < 0 || flags > 2) {
            throw new MalformedException("unknown kind of data segment " + flags);
        }
        if (flags == 2) {
            int at = in.at();
            if (in.number() != 0) {
                throw new Instructions.Unsupported(Proposal.MULTI_MEMORY, "a data segment at byte " + at);
            }
        }
        if (flags != 1) {
            expression();
        }
        in.skip(in.count());
    }

    /** A constant expression up to its end. */
    private void expression() {
        while (true) {
            int at = in.at();
            int opcode = instructions.next();
            switch (opcode) {
                case Instructions.END -> {
                    return;
                }
                case 0x41, 0x42, 0x43, 0x44, 0x23, 0xd0, Instructions.REF_FUNC, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e -> {
                    // constants, immutable globals, references, extended constants
                }
                default ->
                    throw new MalformedException(
                            "instruction 0x" + Integer.toHexString(opcode) + " in a constant expression at byte " + at);
            }
        }
    }
}
