// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file (RFC 9110, section 14).
 *
 * @param first the position of its first byte
 * @param length its length in bytes, above 0; 0 if the file has no such part
 */
record ByteRange(long first, long length) {

    private static final String UNIT = "bytes=";

    /** More digits than a file has bytes. */
    private static final int MAX_DIGITS = 18;

    private static final ByteRange NONE = new ByteRange(0, 0);

    /**
     * Reads the values of Range. A request for several parts is answered with the whole file, which RFC 9110 allows:
     * their number, overlaps and order are the client's choice.
     *
     * @param values the values of all fields of this name
     * @param size the length of the file in bytes
     * @return null for the whole file: there is no such field, or it is malformed, of another unit, or for several
     *     parts
     */
    static @Nullable ByteRange parse(List<String> values, long size) {
        if (values.size() != 1) {
            return null;
        }
        String value = values.get(0).strip();
        if (!value.regionMatches(true, 0, UNIT, 0, UNIT.length()) || value.indexOf(',') >= 0) {
            return null;
        }
        String spec = value.substring(UNIT.length()).strip();
        int dash = spec.indexOf('-');
        if (dash < 0) {
            return null;
        }
        String from = spec.substring(0, dash);
        String to = spec.substring(dash + 1);
        if (!isNumber(from) || !isNumber(to) || from.isEmpty() && to.isEmpty()) {
            return null;
        }
        if (from.isEmpty()) {
            long last = Math.min(number(to), size);
            return last == 0 ? NONE : new ByteRange(size - last, last);
        }
        long first = number(from);
        long end = to.isEmpty() ? size - 1 : number(to);
        if (!to.isEmpty() && end < first) {
            return null;
        }
        return first >= size ? NONE : new ByteRange(first, Math.min(end, size - 1) - first + 1);
    }

    private static boolean isNumber(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static long number(String digits) {
        String significant = digits.replaceFirst("^0+(?=.)", "");
        return significant.length() > MAX_DIGITS ? Long.MAX_VALUE : Long.parseLong(significant);
    }

    /** Returns the value of Content-Range. */
    String of(long size) {
        return length == 0 ? "bytes */" + size : "bytes " + first + "-" + (first + length - 1) + "/" + size;
    }
}
