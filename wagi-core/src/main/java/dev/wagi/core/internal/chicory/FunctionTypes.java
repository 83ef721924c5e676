// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The function types of a module that is being read, and which function has which. */
final class FunctionTypes {

    private static final int SHIFT = 16;
    private static final int MASK = 0xffff;

    private int[] types = new int[64];
    private int[] classes = new int[64];
    private int count;

    private int[] functions = new int[64];
    private int functionCount;
    private int imports;

    /** Types that may be the same, by what they are made of, with a number for each. */
    private final Map<String, Integer> same = new HashMap<>();

    static int pack(int parameters, int results) {
        return parameters << SHIFT | results;
    }

    static int parameters(int packed) {
        return packed >>> SHIFT;
    }

    static int results(int packed) {
        return packed & MASK;
    }

    /**
     * Adds a type.
     *
     * @param text equal for types that are the same
     */
    void add(int parameters, int results, String text) {
        if (count == types.length) {
            types = Arrays.copyOf(types, 2 * count);
            classes = Arrays.copyOf(classes, 2 * count);
        }
        types[count] = pack(parameters, results);
        Integer known = same.putIfAbsent(text, same.size());
        classes[count] = known == null ? same.size() - 1 : known;
        count++;
    }

    /** Adds a function; imported ones come first. */
    void addFunction(long type) {
        if (functionCount == functions.length) {
            functions = Arrays.copyOf(functions, 2 * functionCount);
        }
        functions[functionCount++] = (int) Math.min(type, Integer.MAX_VALUE);
    }

    /** The last function that was added is an imported one. */
    void noteImport() {
        imports++;
    }

    /** The parameters and results of a type, {@linkplain #pack packed}; none if there is no such type. */
    int ofType(long type) {
        return type >= 0 && type < count ? types[(int) type] : 0;
    }

    /** The parameters and results of a function's type. */
    int ofFunction(long function) {
        return function >= 0 && function < functionCount ? ofType(functions[(int) function]) : 0;
    }

    /** How many pairs of a type or import and a function there are: the compiler looks at each. */
    long pairs() {
        return ((long) count + imports) * functionCount;
    }

    /** How many pairs of a type and a function that has it there are: the compiler makes a branch for each. */
    long branches() {
        long[] typesOf = new long[same.size()];
        for (int i = 0; i < count; i++) {
            typesOf[classes[i]]++;
        }
        long branches = 0;
        for (int i = 0; i < functionCount; i++) {
            int type = functions[i];
            branches += type < count ? typesOf[classes[type]] : 0;
        }
        return branches;
    }
}
