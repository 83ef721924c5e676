// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The environment variables of a container. In values and arguments, {@code $(NAME)} is replaced by the value of a
 * variable that was set before, and {@code $$} by a dollar sign; unknown references are kept unchanged.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/">Kubernetes,
 *     dependent environment variables</a>
 */
final class Variables {

    /**
     * The maximum length of one value, and of all variables together, in characters: with references, each line could
     * double the length.
     */
    static final int MAX_VALUE = 128 << 10;

    static final int MAX_ALL = 1 << 20;

    private final Map<String, String> values = new LinkedHashMap<>();
    private int characters;

    /**
     * Sets a variable, replacing one of the same name.
     *
     * @throws IllegalArgumentException if the variables together become too long
     */
    void set(String name, String value) {
        characters += name.length() + value.length();
        if (characters > MAX_ALL) {
            throw new IllegalArgumentException("makes the variables longer than " + MAX_ALL + " characters in total");
        }
        values.put(name, value);
    }

    /** Returns all variables in the order in which they were first set. */
    Map<String, String> all() {
        return Collections.unmodifiableMap(values);
    }

    /**
     * Expands references to variables.
     *
     * @throws IllegalArgumentException if the result is too long
     */
    String expand(String text) {
        StringBuilder expanded = new StringBuilder(Math.min(text.length(), MAX_VALUE));
        int lastEnd = text.lastIndexOf(')');
        for (int i = 0; i < text.length(); i++) {
            char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
            int end = next == '(' && i < lastEnd ? text.indexOf(')', i) : -1;
            if (text.charAt(i) != '$' || next != '$' && end < 0) {
                expanded.append(text.charAt(i));
            } else if (next == '$') {
                expanded.append('$');
                i++;
            } else {
                String reference = text.substring(i, end + 1);
                expanded.append(values.getOrDefault(text.substring(i + 2, end), reference));
                i = end;
            }
            if (expanded.length() > MAX_VALUE) {
                throw new IllegalArgumentException("is longer than " + MAX_VALUE + " characters after expansion");
            }
        }
        return expanded.toString();
    }
}
