// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses durations as users write them: {@code "500ms"}, {@code "30s"}, {@code "2m"}, {@code "1h"}. */
final class TimeSpan {

    private static final Pattern TEXT = Pattern.compile("([0-9]{1,9})\\s*(ms|s|m|h)");

    private static final Map<String, Duration> UNITS = Map.of(
            "ms",
            Duration.ofMillis(1),
            "s",
            Duration.ofSeconds(1),
            "m",
            Duration.ofMinutes(1),
            "h",
            Duration.ofHours(1));

    private TimeSpan() {}

    /**
     * Parses a duration.
     *
     * @throws IllegalArgumentException if the text is malformed; the message says what to write
     */
    static Duration parse(String text) {
        Matcher time = TEXT.matcher(text.strip());
        Duration unit = time.matches() ? UNITS.get(time.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("is not a time; write for instance \"30s\", \"500ms\" or \"2m\"");
        }
        return unit.multipliedBy(Long.parseLong(time.group(1)));
    }
}
