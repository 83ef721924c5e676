// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.Year;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Dates in HTTP fields (RFC 9110, section 5.6.7), in seconds since 1970. */
final class HttpDate {

    private static final DateTimeFormatter IMF =
            DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US);

    private static final int HALF_CENTURY = 50;

    private HttpDate() {}

    /** Returns a date as it is sent. */
    static String format(long seconds) {
        return IMF.format(LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC));
    }

    /** Reads a date in one of the three formats that there are; empty if it is none. */
    static OptionalLong parse(String text) {
        if (text.length() > 40) {
            return OptionalLong.empty();
        }
        for (DateTimeFormatter format : List.of(IMF, rfc850(), asctime())) {
            try {
                return OptionalLong.of(LocalDateTime.parse(text.strip(), format).toEpochSecond(ZoneOffset.UTC));
            } catch (DateTimeException e) {
                // The next one.
            }
        }
        return OptionalLong.empty();
    }

    /** Two digits of a year mean the one that is at most 50 years ahead. */
    private static DateTimeFormatter rfc850() {
        int first = Year.from(Instant.now().atZone(ZoneOffset.UTC)).getValue() - HALF_CENTURY + 1;
        return new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, first)
                .appendPattern(" HH:mm:ss 'GMT'")
                .toFormatter(Locale.US);
    }

    private static DateTimeFormatter asctime() {
        return DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss uuuu", Locale.US);
    }
}
