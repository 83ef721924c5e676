// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/** An event as people read it. */
final class TextLine {

    /** ISO 8601 with milliseconds and the zone's offset, as RFC 3339 has it. */
    static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSXXX");

    private TextLine() {}

    static String of(OffsetDateTime time, Level level, String logger, String message, @Nullable Throwable failure) {
        String name = logger.substring(logger.lastIndexOf('.') + 1);
        String line = TIME.format(time) + " " + level + " " + name + " - " + message;
        return failure == null
                ? line
                : line + System.lineSeparator() + stack(failure).stripTrailing();
    }

    /** The stack trace with those of its causes, as Java prints it. */
    static String stack(Throwable failure) {
        StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
