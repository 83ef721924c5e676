// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The variables of a container. In values and arguments {@code $(NAME)} stands for a variable that was set before, {@code $$}
 * for a dollar sign; what is unknown stays as it is.
 *
 * @see <a href="https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/">Kubernetes,
 *     dependent environment variables</a>
 */
final class Variables {

    /** Of one value, and of all together, in characters: references could double them with each line. */
    static final int MAX_VALUE = 128 << 10;

    static final int MAX_ALL = 1 << 20;

    private final Map<String, String> values = new LinkedHashMap<>();
    private int characters;

    /**
     * Sets a variable, and replaces one of that name.
     *
     * @throws IllegalArgumentException if they are too long by now
     */
    void set(String name, String value) {
        characters += name.length() + value.length();
        if (characters > MAX_ALL) {
            throw new IllegalArgumentException("makes the variables longer than " + MAX_ALL + " characters together");
        }
        values.put(name, value);
    }

    /** All of them, in the order in which they were set first. */
    Map<String, String> all() {
        return Collections.unmodifiableMap(values);
    }

    /**
     * Fills in variables.
     *
     * @throws IllegalArgumentException if it becomes too long
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
                throw new IllegalArgumentException(
                        "is longer than " + MAX_VALUE + " characters with what it refers to");
            }
        }
        return expanded.toString();
    }
}
