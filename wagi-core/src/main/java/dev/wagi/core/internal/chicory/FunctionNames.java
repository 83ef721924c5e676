// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.wasm.MalformedException;
import dev.wagi.core.internal.sandbox.Escape;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The names that a module gives its functions, in the form of its name section: they are looked up only after a trap. A
 * section that is malformed, or takes more than {@value #MAX_BYTES} bytes, gives no names. Immutable.
 *
 * @see <a href="https://webassembly.github.io/spec/core/appendix/custom.html#name-section">Name section</a>
 */
final class FunctionNames {

    static final FunctionNames NONE = new FunctionNames(new byte[0]);

    /** What the names of one module may take of the heap. */
    private static final int MAX_BYTES = 512 << 10;

    /** The longest part of a name that is shown. */
    private static final int SHOWN = 120;

    private static final int HEADER = 8;
    private static final int CUSTOM = 0;
    private static final int OF_FUNCTIONS = 1;
    private static final byte[] NAME = {'n', 'a', 'm', 'e'};

    private final byte[] map;

    private FunctionNames(byte[] map) {
        this.map = map;
    }

    /**
     * The names in a module.
     *
     * @param binary a valid module; its custom sections may hold anything
     */
    static FunctionNames of(byte[] binary) {
        try {
            ModuleReader module = new ModuleReader(binary, HEADER);
            while (module.hasMore()) {
                int id = module.octet();
                ModuleReader section = module.part();
                if (id == CUSTOM && section.isName(NAME)) {
                    while (section.hasMore()) {
                        int kind = section.octet();
                        ModuleReader names = section.part();
                        if (kind == OF_FUNCTIONS && names.left() <= MAX_BYTES) {
                            return new FunctionNames(names.copy(MAX_BYTES));
                        }
                    }
                }
            }
        } catch (MalformedException e) {
            // The module has no names then.
        }
        return NONE;
    }

    /** {@return the names of those functions that have one, escaped and cut for a log} */
    Map<Integer, String> of(Set<Integer> functions) {
        Map<Integer, String> names = new HashMap<>();
        try {
            ModuleReader all = new ModuleReader(map, 0);
            long left = all.hasMore() ? all.number() : 0; // more than there are is no reason to lose those before
            for (long i = 0; i < left && names.size() < functions.size(); i++) {
                int function = (int) all.number();
                ModuleReader name = all.part();
                if (functions.contains(function)) {
                    names.put(function, shown(name));
                }
            }
        } catch (MalformedException e) {
            // The others have none.
        }
        return names;
    }

    private static String shown(ModuleReader name) {
        String text = Escape.text(new String(name.copy(SHOWN), StandardCharsets.UTF_8));
        return name.left() > SHOWN ? text + "..." : text;
    }
}
