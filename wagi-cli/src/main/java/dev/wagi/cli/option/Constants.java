// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.option;

import java.util.Locale;

/** Constants of enums as they are typed: {@code IF_NOT_PRESENT} is {@code if-not-present}. */
public final class Constants {

    private Constants() {}

    /** Returns the word for a constant. */
    public static String typed(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Reads the value of an option.
     *
     * @param otherwise what is wrong with a text that is no constant, and what to write; it goes on from the text
     * @throws IllegalArgumentException if it is none
     */
    public static <E extends Enum<E>> E parse(Class<E> type, String text, String otherwise) {
        for (E constant : type.getEnumConstants()) {
            if (typed(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(otherwise);
    }
}
