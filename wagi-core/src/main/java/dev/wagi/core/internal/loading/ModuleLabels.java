// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.internal.sandbox.Escape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a module says about itself, for people: who made it, and what it imports. Anyone can write anything there, so it
 * is bounded and escaped, and nothing depends on it. What is malformed is left out.
 *
 * @param toolchain names with versions, from its section {@code producers}: languages first, then tools, then SDKs
 * @param imports {@code module.name}, each once, in the order of the file
 * @see <a href="https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md">Producers section</a>
 */
public record ModuleLabels(List<String> toolchain, List<String> imports) {

    private static final int MOST_TOOLS = 8;
    private static final int MOST_IMPORTS = 256;

    /** More bytes of a name are not read. */
    private static final int MOST_NAME = 200;

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int IMPORT = 2;

    private static final List<String> FIELDS = List.of("language", "processed-by", "sdk");

    /** Reads those of a module. */
    static ModuleLabels of(byte[] module) {
        Reader reader = new Reader();
        try {
            ByteBuffer in = ByteBuffer.wrap(module);
            in.position(HEADER);
            while (in.hasRemaining()) {
                int id = in.get();
                ByteBuffer section = part(in, number(in));
                reader.section(id, section);
            }
        } catch (RuntimeException e) {
            // The engine says what is wrong with it.
        }
        return new ModuleLabels(reader.tools(), List.copyOf(reader.imports));
    }

    private static final class Reader {
        private final Set<String> imports = new LinkedHashSet<>();
        private final List<Set<String>> tools =
                List.of(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>());

        void section(int id, ByteBuffer in) {
            try {
                if (id == IMPORT) {
                    imports(in);
                } else if (id == CUSTOM && name(in).equals("producers")) {
                    producers(in);
                }
            } catch (RuntimeException e) {
                // As far as it could be read.
            }
        }

        private void imports(ByteBuffer in) {
            for (int left = number(in); left > 0 && imports.size() < MOST_IMPORTS; left--) {
                imports.add(Escape.text(name(in) + "." + name(in)));
                switch (in.get()) {
                    case 0 -> number(in);
                    case 1 -> {
                        in.get();
                        limits(in);
                    }
                    case 2 -> limits(in);
                    default -> in.getShort();
                }
            }
        }

        private static void limits(ByteBuffer in) {
            boolean bounded = (in.get() & 1) != 0;
            number(in);
            if (bounded) {
                number(in);
            }
        }

        private void producers(ByteBuffer in) {
            for (int fields = number(in); fields > 0; fields--) {
                int field = FIELDS.indexOf(name(in));
                for (int values = number(in); values > 0; values--) {
                    String tool = (name(in) + " " + name(in)).strip();
                    if (field >= 0 && !tool.isEmpty() && tools.get(field).size() < MOST_TOOLS) {
                        tools.get(field).add(Escape.text(tool));
                    }
                }
            }
        }

        List<String> tools() {
            List<String> all = new ArrayList<>();
            tools.forEach(all::addAll);
            return all.stream().distinct().limit(MOST_TOOLS).toList();
        }
    }

    /** The beginning of a name; what is not UTF-8 is replaced. */
    private static String name(ByteBuffer in) {
        ByteBuffer whole = part(in, number(in));
        byte[] bytes = new byte[Math.min(MOST_NAME, whole.remaining())];
        whole.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static ByteBuffer part(ByteBuffer in, int length) {
        ByteBuffer part = in.slice(in.position(), length);
        in.position(in.position() + length);
        return part;
    }

    /** An unsigned number of up to 32 bits, LEB128; one that no length can be is malformed here. */
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
}
