// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;
import org.slf4j.event.Level;

/**
 * An event as programs read it.
 *
 * <pre>
 * {"time":"2026-11-23T05:00:00.123Z","level":"WARN","logger":"dev.wagi.x","message":"…","module":"…","route":"…","request_id":"…"}
 * </pre>
 */
final class JsonLine {

    /** What a message is about, in SLF4J's MDC below this prefix; no other keys are shown. */
    private static final String CONTEXT = "wagi.";

    private static final List<String> ABOUT = List.of("module", "route", "request_id");

    private JsonLine() {}

    /** @param time null if it is not known */
    static String of(
            @Nullable OffsetDateTime time, Level level, String logger, String message, @Nullable Throwable failure) {
        StringBuilder line = new StringBuilder(message.length() + 160).append('{');
        if (time != null) {
            add(line, "time", TextLine.TIME.format(time));
        }
        add(line, "level", level.toString());
        add(line, "logger", logger);
        add(line, "message", message);
        for (String name : ABOUT) {
            String value = MDC.get(CONTEXT + name);
            if (value != null) {
                add(line, name, value);
            }
        }
        if (failure != null) {
            add(line, "exception", TextLine.stack(failure));
        }
        return line.append('}').toString();
    }

    private static void add(StringBuilder line, String name, String value) {
        line.append(line.length() > 1 ? ",\"" : "\"").append(name).append("\":\"");
        JsonStringEncoder.getInstance().quoteAsString(value, line);
        line.append('"');
    }
}
