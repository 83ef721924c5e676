// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

/** Which function of a module a method of its compiled code belongs to. */
public final class FunctionMethods {

    /** None of the module's. */
    public static final int NONE = -1;

    private static final int MAX_DIGITS = 9;

    private FunctionMethods() {}

    /**
     * {@return the index of the function that a method, or a piece of it, was made from; else {@link #NONE}}
     *
     * @param method the method's name
     */
    public static int function(String method) {
        for (String prefix : Names.OF_FUNCTIONS) {
            if (method.startsWith(prefix)) {
                return index(method, prefix.length());
            }
        }
        return NONE;
    }

    /**
     * {@return whether a method is one of those that a function was split into and that the function, or another of
     * them, calls}
     *
     * @param method the method's name
     */
    public static boolean isPiece(String method) {
        return method.startsWith(Names.REST) || method.startsWith(Names.PART);
    }

    private static int index(String method, int from) {
        int end = from;
        while (end < method.length() && Character.isDigit(method.charAt(end))) {
            end++;
        }
        boolean isNumber = end > from && end - from <= MAX_DIGITS;
        return isNumber && (end == method.length() || method.charAt(end) == '_')
                ? Integer.parseInt(method, from, end, 10)
                : NONE;
    }
}
