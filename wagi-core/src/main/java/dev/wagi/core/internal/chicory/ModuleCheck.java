// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;
import dev.wagi.core.api.ModuleLoadException;
import java.io.ByteArrayOutputStream;
import java.util.BitSet;

/**
 * Looks at a module before the parser does, for what the parser and the engine leave open:
 *
 * <ul>
 *   <li>Lists that are announced longer than the bytes that follow. The parser makes room for as many entries as it is
 *       told before it reads the first one, so that a module of a few bytes could fill the heap.
 *   <li>Instructions, types and limits of {@linkplain Proposal proposals} that are not supported, by a list of what is:
 *       the engine knows many more than we can bound.
 *   <li>What takes much more of the heap than bytes of the module: local variables, which the parser makes a list of,
 *       tags, because the engine keeps the last exception of each, operands that are copied at every branch
 *       ({@link OperandStack}), and types that many functions have.
 * </ul>
 *
 * And it puts right what the engine refuses although it is valid, see {@link #withDeclarations}. Everything else about
 * a module is the parser's and the validator's to judge.
 *
 * @see <a href="https://webassembly.github.io/spec/core/binary/modules.html">WebAssembly, binary format, modules</a>
 */
final class ModuleCheck {

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;

    /** The custom section of that name, which the parser reads. */
    private static final byte[] NAME = {'n', 'a', 'm', 'e'};

    /** The local variables of one function, its parameters and its results: what other engines allow as well. */
    private static final int MAX_LOCALS = 50_000;

    private static final int MAX_PARAMETERS = 1000;

    /** The local variables of all functions: so many, or one for each byte of code, of which each use takes two. */
    private static final int MAX_ALL_LOCALS = 1_000_000;

    /** The functions of a module, which is what other engines allow as well. */
    private static final int MAX_FUNCTIONS = 1_000_000;

    /** The tags of a module. Compilers need one or two. */
    private static final int MAX_TAGS = 256;

    // What the engine's objects take for each byte of a section, at most; measured.
    private static final int CODE_FACTOR = 60;
    private static final int ELEMENT_FACTOR = 105;
    private static final int DATA_FACTOR = 3;
    private static final int NAMES_FACTOR = 16;
    private static final int CUSTOM_FACTOR = 2;
    private static final int SEGMENT_BYTES = 40;
    private static final int OTHER_FACTOR = 60;
    private static final int LOCAL_BYTES = 8;
    private static final int BRANCH_BYTES = 200;

    /** The types and imports of a module times its functions: the compiler compares each with each. */
    private static final long MAX_PAIRS = 200_000_000;

    private final ModuleReader in;
    private final Instructions instructions;
    private final FunctionTypes types = new FunctionTypes();
    private final OperandStack stack = new OperandStack(types);
    private int memories;
    private long locals;
    private long bytes;

    /** Where the section of elements begins, or where one would have to. */
    private int elementsAt = -1;

    private boolean elements;
    private int importedFunctions;
    private int bodies;

    /** The functions that code may refer to: those that are named outside it. */
    private final BitSet declared = new BitSet();

    /**
     * Those of them that refer to themselves, which the engine allows only if a segment does nothing but declare them.
     */
    private final BitSet referToThemselves = new BitSet();

    private ModuleCheck(byte[] module) {
        this.in = new ModuleReader(module, HEADER);
        this.instructions = new Instructions(in);
    }

    /**
     * A module that was looked at.
     *
     * @param module what the engine must be given
     * @param bytes what it will take of the heap while it is loaded, roughly
     */
    record Checked(byte[] module, long bytes) {}

    /**
     * Checks a module.
     *
     * @param name what messages call it
     * @param module begins with the header of a core module
     * @return the module for the engine
     * @throws MalformedException if a list is longer than its section, something is not known, or there is too much of
     *     it
     * @throws ModuleLoadException if it uses a proposal that is not supported
     */
    static Checked check(String name, byte[] module) {
        ModuleCheck check = new ModuleCheck(module);
        try {
            check.sections();
            return new Checked(check.withDeclarations(module), check.estimate());
        } catch (Instructions.Unsupported e) {
            throw new ModuleLoadException(
                    name + " uses " + e.proposal().title() + " (" + e.what() + "), which is not supported; "
                            + e.proposal().remedy(),
                    e);
        }
    }

    private void sections() {
        while (in.hasMore()) {
            int start = in.at();
            int id = in.octet();
            int size = in.count();
            if (id == 9 || elementsAt < 0 && id >= 10 && id <= 12) {
                elementsAt = start;
                elements = id == 9;
            }
            int next = in.at() + size;
            int end = in.end();
            in.confine(next);
            bytes += (long) size * factor(id);
            switch (id) {
                case CUSTOM -> {
                    boolean names = in.isName(NAME);
                    bytes += (long) size * (names ? NAMES_FACTOR : CUSTOM_FACTOR);
                }
                case 1 -> list(this::type);
                case 2 -> list(this::imported);
                case 3 -> list(() -> types.addFunction(in.number()));
                case 4 -> list(this::table);
                case 5 -> list(this::memory);
                case 6 -> list(this::global);
                case 7 -> list(this::export);
                case 9 -> list(this::element);
                case 10 -> {
                    if (types.pairs() > MAX_PAIRS) {
                        throw new MalformedException(
                                "the number of its types and imports times that of its functions is " + types.pairs()
                                        + "; at most " + MAX_PAIRS + " are given");
                    }
                    list(this::body);
                    if (locals > Math.max(MAX_ALL_LOCALS, size)) {
                        throw new MalformedException(
                                "its functions have " + locals + " local variables together; at most "
                                        + Math.max(MAX_ALL_LOCALS, size) + " are given");
                    }
                }
                case 11 -> list(this::data);
                case 13 -> tags();
                default -> {
                    // Lists of numbers and names, for which no room is made beforehand.
                }
            }
            in.confine(end);
            in.moveTo(next);
        }
    }

    private long estimate() {
        return bytes + locals * LOCAL_BYTES + stack.bytes() + types.branches() * BRANCH_BYTES;
    }

    private static int factor(int section) {
        return switch (section) {
            case CUSTOM -> 0; // depends on which
            case 9 -> ELEMENT_FACTOR;
            case 10 -> CODE_FACTOR;
            case 11 -> DATA_FACTOR;
            default -> OTHER_FACTOR;
        };
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
        StringBuilder text = new StringBuilder();
        int parameters = parameters(text);
        types.add(parameters, parameters(text), text.toString());
    }

    private int parameters(StringBuilder text) {
        int at = in.at();
        int count = in.count();
        if (count > MAX_PARAMETERS) {
            throw new MalformedException("a function type at byte " + at + " has " + count
                    + " parameters or results; at most " + MAX_PARAMETERS + " are given");
        }
        for (int i = 0; i < count; i++) {
            // Without what a reference refers to: types may be the same although those have other indices.
            text.append((char) in.peek());
            instructions.valueType();
        }
        text.append(';');
        return count;
    }

    private void tags() {
        int count = in.count();
        if (count > MAX_TAGS) {
            throw new MalformedException("it has " + count + " tags; at most " + MAX_TAGS + " are given");
        }
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
            case 0 -> {
                types.addFunction(in.number());
                types.noteImport();
                importedFunctions++;
            }
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

    private void export() {
        in.name();
        int kind = in.octet();
        long index = in.number();
        if (kind == 0) {
            declare(index);
        }
    }

    private void declare(long function) {
        if (function >= 0 && function < 2L * MAX_FUNCTIONS) {
            declared.set((int) function);
        }
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
        list(expressions ? this::expression : () -> declare(in.number()));
    }

    private void body() {
        int size = in.count();
        int next = in.at() + size;
        int end = in.end();
        in.confine(next);
        int function = importedFunctions + bodies++;
        stack.begin(locals(in.at()) + FunctionTypes.parameters(types.ofFunction(function)));
        while (in.hasMore()) {
            int opcode = instructions.next();
            stack.next(opcode, instructions.number());
            if (opcode == Instructions.REF_FUNC) {
                if (instructions.function() < 0 || !declared.get(instructions.function())) {
                    throw new MalformedException(
                            "undeclared function reference to " + instructions.function() + " in function " + function);
                }
                if (instructions.function() == function) {
                    referToThemselves.set(function);
                }
            }
        }
        in.confine(end);
    }

    private int locals(int at) {
        long own = 0;
        for (int groups = in.count(); groups > 0; groups--) {
            long count = in.number();
            own += count;
            if (count < 0 || own > MAX_LOCALS) {
                throw new MalformedException(
                        "a function at byte " + at + " has more than " + MAX_LOCALS + " local variables");
            }
            instructions.valueType();
        }
        locals += own;
        return (int) own;
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
        bytes += SEGMENT_BYTES;
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
                case Instructions.REF_FUNC -> declare(instructions.function());
                case 0x41, 0x42, 0x43, 0x44, 0x23, 0xd0, 0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e -> {
                    // constants, immutable globals, references, extended constants
                }
                default ->
                    throw new MalformedException(
                            "instruction 0x" + Integer.toHexString(opcode) + " in a constant expression at byte " + at);
            }
        }
    }

    /**
     * The module with one more segment of elements, if functions refer to themselves. By the specification a function
     * may be referred to if anything outside code names it, an export for instance; the engine wants it in such a
     * segment.
     */
    private byte[] withDeclarations(byte[] module) {
        if (referToThemselves.isEmpty()) {
            return module;
        }
        ModuleReader old = new ModuleReader(module, elementsAt);
        int count = 0;
        int next = elementsAt;
        if (elements) {
            old.octet();
            int size = old.count();
            next = old.at() + size;
            count = old.count();
        }
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        ModuleReader.writeNumber(content, count + 1);
        if (elements) {
            content.write(module, old.at(), next - old.at());
        }
        content.write(3); // declares
        content.write(0); // functions
        ModuleReader.writeNumber(content, referToThemselves.cardinality());
        referToThemselves.stream().forEach(function -> ModuleReader.writeNumber(content, function));
        ByteArrayOutputStream changed = new ByteArrayOutputStream(module.length + content.size());
        changed.write(module, 0, elementsAt);
        changed.write(9);
        ModuleReader.writeNumber(changed, content.size());
        changed.writeBytes(content.toByteArray());
        changed.write(module, next, module.length - next);
        return changed.toByteArray();
    }
}
