// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a module wants and offers, read from its sections; its code is not looked at.
 *
 * <pre>
 * 00 61 73 6d  01 00 00 00                      magic, version
 * id (1)  size (LEB128)  size bytes             a section, as often as there is one
 * </pre>
 *
 * @param imports {@code module.name}, in the order of the file
 * @param exports {@code name (kind)}, in the order of the file
 * @param entrypoints exported functions without parameters and results
 * @param minPages the memory that it begins with, in pages of 64 KiB; -1 if it has none of its own
 * @param maxPages the memory that it wants at most; -1 if it does not say
 * @see <a href="https://webassembly.github.io/spec/core/binary/modules.html">WebAssembly, binary format of modules</a>
 */
record WasmSummary(List<String> imports, List<String> exports, List<String> entrypoints, long minPages, long maxPages) {

    private static final String[] KINDS = {"function", "table", "memory", "global", "tag"};

    /** Far above any real module. */
    private static final int MAX_ITEMS = 1_000_000;

    /**
     * Reads a module.
     *
     * @throws IOException if it is none, or malformed as far as it is looked at
     */
    static WasmSummary of(String name, byte[] module) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(module);
        if (module.length < 8 || in.getInt() != 0x0061736d) {
            throw new IOException(name + " is not a WebAssembly module; name a .wasm or .wat file, or an image");
        }
        if (in.getInt() != 0x01000000) {
            throw new IOException(name + " is a component or of an unknown version; core modules of version 1 are run");
        }
        try {
            Reader reader = new Reader();
            while (in.hasRemaining()) {
                int id = in.get() & 0xff;
                int size = number(in);
                ByteBuffer section = in.slice(in.position(), size);
                in.position(in.position() + size);
                reader.section(id, section);
            }
            return reader.summary();
        } catch (RuntimeException e) {
            throw new IOException(name + " is a malformed module", e);
        }
    }

    /** An unsigned number of up to 32 bits, LEB128; more than fits an int is malformed here. */
    private static int number(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int octet = in.get();
            value |= (long) (octet & 0x7f) << shift;
            if (octet >= 0) {
                return Math.toIntExact(value);
            }
        }
        throw new IllegalArgumentException("a number is too long");
    }

    private static String name(ByteBuffer in) {
        byte[] bytes = new byte[Math.min(number(in), in.remaining() + 1)];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static final class Reader {
        private final List<Boolean> plainTypes = new ArrayList<>();
        private final List<Integer> functions = new ArrayList<>();
        private final List<String> imports = new ArrayList<>();
        private final List<String> exports = new ArrayList<>();
        private final List<String> entrypoints = new ArrayList<>();
        private long minPages = -1;
        private long maxPages = -1;

        void section(int id, ByteBuffer in) {
            switch (id) {
                case 1 -> repeat(in, () -> type(in));
                case 2 -> repeat(in, () -> imported(in));
                case 3 -> repeat(in, () -> functions.add(number(in)));
                case 5 -> repeat(in, () -> memory(in));
                case 7 -> repeat(in, () -> exported(in));
                default -> {
                    // What it does, not what it wants.
                }
            }
        }

        private static void repeat(ByteBuffer in, Runnable item) {
            int count = number(in);
            if (count > MAX_ITEMS) {
                throw new IllegalArgumentException("too many items");
            }
            for (int i = 0; i < count; i++) {
                item.run();
            }
        }

        private void type(ByteBuffer in) {
            if (in.get() != 0x60) {
                throw new IllegalArgumentException("not a function type");
            }
            int parameters = number(in);
            in.position(in.position() + parameters);
            int results = number(in);
            in.position(in.position() + results);
            plainTypes.add(parameters == 0 && results == 0);
        }

        private void imported(ByteBuffer in) {
            String full = name(in) + "." + name(in);
            imports.add(full);
            switch (in.get()) {
                case 0 -> functions.add(number(in));
                case 1 -> {
                    in.get();
                    limits(in);
                }
                case 2 -> limits(in);
                case 3 -> in.getShort();
                default -> throw new IllegalArgumentException("an import of an unknown kind");
            }
        }

        private void memory(ByteBuffer in) {
            long[] limits = limits(in);
            minPages = limits[0];
            maxPages = limits[1];
        }

        private static long[] limits(ByteBuffer in) {
            int flags = in.get();
            long min = number(in);
            return new long[] {min, (flags & 1) == 0 ? -1 : number(in)};
        }

        private void exported(ByteBuffer in) {
            String name = name(in);
            int kind = in.get();
            int index = number(in);
            exports.add(name + " (" + KINDS[kind] + ")");
            if (kind == 0 && plainTypes.get(functions.get(index))) {
                entrypoints.add(name);
            }
        }

        WasmSummary summary() {
            return new WasmSummary(
                    List.copyOf(imports), List.copyOf(exports), List.copyOf(entrypoints), minPages, maxPages);
        }
    }
}
