// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Parses quantities in the format of Kubernetes.
 *
 * <pre>
 * 1048576   1024Ki   1Mi   1048.576k   1.048576e6      the same number of bytes
 * 128m                                                 thousandths: less than one byte
 * </pre>
 *
 * @see <a href="https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/">Kubernetes API,
 *     Quantity</a>
 */
final class Quantity {

    private static final Pattern TEXT = Pattern.compile(
            "\\+?([0-9]{1,18}(?:\\.[0-9]{0,18})?|\\.[0-9]{1,18})(?:([eE][+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)");

    private static final Map<String, BigDecimal> UNITS = Map.ofEntries(
            Map.entry("n", BigDecimal.valueOf(1, 9)),
            Map.entry("u", BigDecimal.valueOf(1, 6)),
            Map.entry("m", BigDecimal.valueOf(1, 3)),
            Map.entry("k", BigDecimal.TEN.pow(3)),
            Map.entry("M", BigDecimal.TEN.pow(6)),
            Map.entry("G", BigDecimal.TEN.pow(9)),
            Map.entry("T", BigDecimal.TEN.pow(12)),
            Map.entry("P", BigDecimal.TEN.pow(15)),
            Map.entry("E", BigDecimal.TEN.pow(18)),
            Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
            Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
            Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
            Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
            Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
            Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

    private Quantity() {}

    /**
     * Parses a number of bytes, rounded up as in Kubernetes.
     *
     * @return the number; {@link Long#MAX_VALUE} if it is larger
     * @throws IllegalArgumentException if it is malformed or negative; the message is written to follow the value
     */
    static long bytes(String text) {
        BigDecimal bytes;
        try {
            bytes = exactly(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("is not a quantity of bytes; write for instance \"128Mi\"", e);
        }
        return bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0
                ? Long.MAX_VALUE
                : bytes.setScale(0, RoundingMode.CEILING).longValueExact();
    }

    /**
     * Parses a quantity of any unit.
     *
     * @throws IllegalArgumentException if it is malformed or negative; the message is written to follow the value
     */
    static BigDecimal exactly(String text) {
        Matcher quantity = TEXT.matcher(text);
        if (!quantity.matches()) {
            throw new IllegalArgumentException("is not a quantity; write for instance \"500m\" or \"128Mi\"");
        }
        String exponent = quantity.group(2);
        String unit = quantity.group(3);
        BigDecimal number =
                new BigDecimal(quantity.group(1).replaceFirst("\\.$", "") + (exponent == null ? "" : exponent));
        return unit == null ? number : number.multiply(UNITS.get(unit));
    }
}
