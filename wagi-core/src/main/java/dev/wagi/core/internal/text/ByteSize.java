// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.text;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses a number of bytes as users write it: {@code "65536"}, {@code "64KiB"} (1024), {@code "64kB"} (1000), up to GiB
 * and GB; the unit's case does not matter.
 */
public final class ByteSize {

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})\\s*([A-Za-z]{0,3})");

    private static final Map<String, Long> UNITS = Map.of(
            "",
            1L,
            "b",
            1L,
            "kb",
            1_000L,
            "mb",
            1_000_000L,
            "gb",
            1_000_000_000L,
            "kib",
            1L << 10,
            "mib",
            1L << 20,
            "gib",
            1L << 30);

    private ByteSize() {}

    /**
     * Parses a size.
     *
     * @param text the text as written
     * @return the number of bytes, not negative
     * @throws IllegalArgumentException if it is not a size; the message says what to write
     */
    public static long parse(String text) {
        Matcher size = TEXT.matcher(text.strip());
        Long unit = size.matches() ? UNITS.get(size.group(2).toLowerCase(Locale.ROOT)) : null;
        if (unit != null) {
            try {
                return Math.multiplyExact(Long.parseLong(size.group(1)), unit);
            } catch (ArithmeticException e) {
                // The number exceeds a long; it is reported below.
            }
        }
        throw new IllegalArgumentException("is not a size; write a number of bytes, or for instance \"64MiB\"");
    }
}
