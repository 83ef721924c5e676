// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.ModuleLabels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads the labels of a module; what is malformed is left out.
 *
 * @see <a href="https://github.com/WebAssembly/tool-conventions/blob/main/ProducersSection.md">Producers section</a>
 */
final class LabelReader {

    private static final int MOST_TOOLS = 8;
    private static final int MOST_IMPORTS = 256;

    /** More bytes of a name are not read. */
    private static final int MOST_NAME = 200;

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int IMPORT = 2;

    private static final List<String> FIELDS = List.of("language", "processed-by", "sdk");

    private final Set<String> imports = new LinkedHashSet<>();
    private final List<Set<String>> tools =
            List.of(new LinkedHashSet<>(), new LinkedHashSet<>(), new LinkedHashSet<>());

    private LabelReader() {}

    /** Reads those of a module in the binary form. */
    static ModuleLabels read(byte[] module) {
        LabelReader reader = new LabelReader();
        try {
            ModuleReader in = new ModuleReader(module, HEADER);
            while (in.hasMore()) {
                int id = in.octet();
                reader.section(id, in.part());
            }
        } catch (MalformedException e) {
            // The engine says what is wrong with it.
        }
        return new ModuleLabels(reader.tools(), List.copyOf(reader.imports));
    }

    private void section(int id, ModuleReader in) {
        try {
            if (id == IMPORT) {
                imports(in);
            } else if (id == CUSTOM && name(in).equals("producers")) {
                producers(in);
            }
        } catch (MalformedException e) {
            // As far as it could be read.
        }
    }

    private void imports(ModuleReader in) {
        for (int left = entries(in); left > 0 && imports.size() < MOST_IMPORTS; left--) {
            imports.add(Escape.text(name(in) + "." + name(in)));
            switch (in.octet()) {
                case 0 -> in.number();
                case 1 -> {
                    in.octet();
                    limits(in);
                }
                case 2 -> limits(in);
                default -> in.skip(2);
            }
        }
    }

    private static void limits(ModuleReader in) {
        boolean bounded = (in.octet() & 1) != 0;
        in.number();
        if (bounded) {
            in.number();
        }
    }

    private void producers(ModuleReader in) {
        for (int fields = entries(in); fields > 0; fields--) {
            int field = FIELDS.indexOf(name(in));
            for (int values = entries(in); values > 0; values--) {
                String tool = (name(in) + " " + name(in)).strip();
                if (field >= 0 && !tool.isEmpty() && tools.get(field).size() < MOST_TOOLS) {
                    tools.get(field).add(Escape.text(tool));
                }
            }
        }
    }

    private List<String> tools() {
        List<String> all = new ArrayList<>();
        tools.forEach(all::addAll);
        return all.stream().distinct().limit(MOST_TOOLS).toList();
    }

    /** How many entries are announced, of which as many are read as there are. */
    private static int entries(ModuleReader in) {
        long entries = in.number();
        if (entries < 0 || entries > Integer.MAX_VALUE) {
            throw new MalformedException("too many entries");
        }
        return (int) entries;
    }

    /** The beginning of a name; what is not UTF-8 is replaced. */
    private static String name(ModuleReader in) {
        return new String(in.part().copy(MOST_NAME), StandardCharsets.UTF_8);
    }
}
