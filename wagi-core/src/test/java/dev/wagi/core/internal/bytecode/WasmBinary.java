// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/** Writes a WebAssembly module in the binary format, as far as our tests need it: one memory, one table, one tag. */
public final class WasmBinary {

    public static final int I32 = 0x7f;
    public static final int I64 = 0x7e;
    public static final int F32 = 0x7d;
    public static final int F64 = 0x7c;
    public static final int EMPTY = 0x40;

    /** Bytes, and the two number formats of the binary format. */
    public static final class Bytes {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        public Bytes put(int... bytes) {
            for (int b : bytes) {
                out.write(b);
            }
            return this;
        }

        public Bytes put(Bytes more) {
            out.writeBytes(more.toByteArray());
            return this;
        }

        public Bytes unsigned(long value) {
            while (value >>> 7 != 0) {
                out.write((int) (value & 0x7f | 0x80));
                value >>>= 7;
            }
            out.write((int) value);
            return this;
        }

        public Bytes signed(long value) {
            while (value >> 6 != 0 && value >> 6 != -1) {
                out.write((int) (value & 0x7f | 0x80));
                value >>= 7;
            }
            out.write((int) (value & 0x7f));
            return this;
        }

        /** A constant instruction; floating-point values by their bits. */
        public Bytes constant(int type, long bits) {
            switch (type) {
                case I32 -> put(0x41).signed((int) bits);
                case I64 -> put(0x42).signed(bits);
                case F32 -> put(0x43).little(bits, 4);
                default -> put(0x44).little(bits, 8);
            }
            return this;
        }

        public Bytes get(int local) {
            return put(0x20).unsigned(local);
        }

        public Bytes set(int local) {
            return put(0x21).unsigned(local);
        }

        public Bytes tee(int local) {
            return put(0x22).unsigned(local);
        }

        private Bytes little(long bits, int count) {
            for (int i = 0; i < count; i++) {
                out.write((int) (bits >>> 8 * i));
            }
            return this;
        }

        public Bytes text(String text) {
            unsigned(text.length());
            out.writeBytes(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            return this;
        }

        public int size() {
            return out.size();
        }

        public byte[] toByteArray() {
            return out.toByteArray();
        }
    }

    private final List<Bytes> types = new ArrayList<>();
    private final List<Integer> functions = new ArrayList<>();
    private final List<Bytes> code = new ArrayList<>();
    private final List<Bytes> globals = new ArrayList<>();
    private final List<Bytes> exports = new ArrayList<>();
    private final List<Integer> table = new ArrayList<>();
    private final List<Integer> declared = new ArrayList<>();
    private final List<Bytes> imports = new ArrayList<>();
    private int pages = -1;
    private int start = -1;
    private int tag = -1;
    private int maximum;

    public int type(int[] parameters, int... results) {
        Bytes type = new Bytes().put(0x60).unsigned(parameters.length).put(parameters);
        type.unsigned(results.length).put(results);
        types.add(type);
        return types.size() - 1;
    }

    /** A type of any form. */
    public int rawType(Bytes type) {
        types.add(type);
        return types.size() - 1;
    }

    /** A function of the host; before all others. */
    public int imported(String module, String name, int type) {
        imports.add(new Bytes().text(module).text(name).put(0).unsigned(type));
        return imports.size() - 1;
    }

    /** The function that runs when the module is instantiated. */
    public void start(int function) {
        start = function;
    }

    /** An exception's tag, number 0. */
    public void tag(int type) {
        tag = type;
    }

    /** @param body without the final {@code end} */
    public int function(int type, int[] locals, Bytes body) {
        functions.add(type);
        Bytes function = new Bytes().unsigned(locals.length);
        for (int local : locals) {
            function.put(1, local);
        }
        function.put(body).put(0x0b);
        code.add(new Bytes().unsigned(function.size()).put(function));
        return imports.size() + functions.size() - 1;
    }

    public int exported(String name, int type, int[] locals, Bytes body) {
        int function = function(type, locals, body);
        exports.add(new Bytes().text(name).put(0).unsigned(function));
        return function;
    }

    public int global(int type, long bits) {
        globals.add(new Bytes().put(type, 1).constant(type, bits).put(0x0b));
        exports.add(new Bytes().text("global" + (globals.size() - 1)).put(3).unsigned(globals.size() - 1));
        return globals.size() - 1;
    }

    public void memory(int pages, int maximum) {
        this.pages = pages;
        this.maximum = maximum;
    }

    public void inTable(int function) {
        table.add(function);
    }

    /** A function that code has references to. */
    public void declared(int function) {
        declared.add(function);
    }

    public byte[] toByteArray() {
        Bytes module = new Bytes().put(0, 'a', 's', 'm', 1, 0, 0, 0);
        section(module, 1, types);
        section(module, 2, imports);
        section(module, 3, functions.stream().map(f -> new Bytes().unsigned(f)).toList());
        if (!table.isEmpty()) {
            section(module, 4, List.of(new Bytes().put(0x70, 0).unsigned(table.size())));
        }
        if (pages >= 0) {
            section(module, 5, List.of(new Bytes().put(1).unsigned(pages).unsigned(maximum)));
        }
        if (tag >= 0) {
            section(module, 13, List.of(new Bytes().put(0).unsigned(tag)));
        }
        section(module, 6, globals);
        section(module, 7, exports);
        if (start >= 0) {
            Bytes section = new Bytes().unsigned(start);
            module.put(8).unsigned(section.size()).put(section);
        }
        List<Bytes> segments = new ArrayList<>();
        if (!table.isEmpty()) {
            Bytes segment = new Bytes().put(0).constant(I32, 0).put(0x0b).unsigned(table.size());
            table.forEach(segment::unsigned);
            segments.add(segment);
        }
        if (!declared.isEmpty()) {
            Bytes segment = new Bytes().put(3, 0).unsigned(declared.size());
            declared.forEach(segment::unsigned);
            segments.add(segment);
        }
        section(module, 9, segments);
        section(module, 10, code);
        return module.toByteArray();
    }

    private static void section(Bytes module, int id, List<Bytes> entries) {
        if (!entries.isEmpty()) {
            Bytes section = new Bytes().unsigned(entries.size());
            entries.forEach(section::put);
            module.put(id).unsigned(section.size()).put(section);
        }
    }
}
