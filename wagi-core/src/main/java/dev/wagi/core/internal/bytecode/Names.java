// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.objectweb.asm.Type;

/** The names, in classes of one compiled module, by which the pass knows them. */
final class Names {

    static final String MEMORY = "com/dylibso/chicory/runtime/Memory";
    static final String INSTANCE = "com/dylibso/chicory/runtime/Instance";
    static final String OPERATORS = "com/dylibso/chicory/runtime/OpcodeImpl";
    static final String FLAT = "dev/wagi/core/internal/chicory/FlatMemory";

    static final String FLOATS = "dev/wagi/core/internal/chicory/FloatOperators";
    static final String TABLES = "dev/wagi/core/internal/chicory/TableOperators";

    static final String FUNCTION = "func_";

    /** Methods that a function was split into. */
    static final String REST = "rest_";

    static final String PART = "part_";

    /** What the names of all methods of functions begin with; the index of the function follows. */
    static final List<String> OF_FUNCTIONS = List.of(FUNCTION, REST, PART);

    static final String INDIRECT = "call_indirect_";
    static final String APPLY = "apply";

    static final String CHECK = "checkInterruption";
    static final String READ_GLOBAL = "readGlobal";
    static final String WRITE_GLOBAL = "writeGlobal";

    /** What the fields of the memory are called that are the first globals of a module, each with its index. */
    static final String GLOBAL = "global";

    private static final String SHADED = "Shaded";

    private final Predicate<String> generated;
    private final Map<String, String> descriptors = new HashMap<>();

    /** The internal name of the class that has the engine's helper methods, and ours. */
    final String helpers;

    private Names(Predicate<String> generated, String helpers) {
        this.generated = generated;
        this.helpers = helpers;
    }

    /** @param classes names of all classes of the module, binary or internal */
    static Names of(Iterable<String> classes) {
        Set<String> all = new HashSet<>();
        classes.forEach(name -> all.add(name.replace('.', '/')));
        String helpers = all.stream()
                .filter(name ->
                        name.endsWith(SHADED) && all.contains(name.substring(0, name.length() - SHADED.length())))
                .findFirst()
                .orElse("");
        return new Names(all::contains, helpers);
    }

    /**
     * Of a module whose classes are being written: the names of all of them begin with that of the machine.
     *
     * @param machine the class that is the module's machine, binary or internal
     */
    static Names startingWith(String machine) {
        String internal = machine.replace('.', '/');
        return new Names(name -> name.startsWith(internal), helpers(machine));
    }

    /** The internal name of the class that has the engine's helper methods, by that of the machine. */
    static String helpers(String machine) {
        return machine.replace('.', '/') + SHADED;
    }

    /** Whether a class is one of the module's. */
    boolean generated(String internalName) {
        return generated.test(internalName);
    }

    /** Whether a method call goes to a function of the guest, or of the host by way of one. */
    boolean function(String owner, String name) {
        return generated(owner) && (name.startsWith(FUNCTION) || name.startsWith(INDIRECT));
    }

    /** A descriptor with our memory instead of the engine's. */
    String flat(String descriptor) {
        return descriptors.computeIfAbsent(descriptor, d -> d.replace("L" + MEMORY + ";", "L" + FLAT + ";"));
    }

    static Type flatType() {
        return Type.getObjectType(FLAT);
    }
}
