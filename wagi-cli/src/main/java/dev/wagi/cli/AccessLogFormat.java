// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.wagi.cli.option.Constants;
import dev.wagi.core.api.WagiListener.RequestEnded;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * How a request is written in the access log: one line of printable ASCII, with a bound for each value, whatever the
 * client sent.
 *
 * @see <a href="https://httpd.apache.org/docs/2.4/logs.html#accesslog">Common and combined log format</a>
 */
enum AccessLogFormat {
    /** The common log format, and the request's id at the end. */
    COMMON {
        @Override
        String line(RequestEnded event, Instant now, ZoneId zone) {
            return common(event, now, zone)
                    .append(' ')
                    .append(event.requestId())
                    .toString();
        }
    },

    /** The combined log format, which has Referer and User-Agent, and the request's id at the end. */
    COMBINED {
        @Override
        String line(RequestEnded event, Instant now, ZoneId zone) {
            StringBuilder line = common(event, now, zone);
            line.append(" \"");
            escape(line, event.headers().first("Referer").orElse(NONE), MAX_FIELD);
            line.append("\" \"");
            escape(line, event.headers().first("User-Agent").orElse(NONE), MAX_FIELD);
            return line.append("\" ").append(event.requestId()).toString();
        }
    },

    /** A JSON object. */
    JSON {
        @Override
        String line(RequestEnded event, Instant now, ZoneId zone) {
            StringWriter text = new StringWriter(USUAL_LENGTH);
            try (JsonGenerator json = FACTORY.createGenerator(text)) {
                json.writeStartObject();
                json.writeStringField(
                        "time", INSTANT.format(now.minus(event.totalTime()).truncatedTo(ChronoUnit.MILLIS)));
                json.writeStringField("request_id", event.requestId());
                json.writeStringField("client", cut(event.remoteAddress(), MAX_FIELD));
                optional(json, "user", event.remoteUser());
                json.writeStringField("method", cut(event.method(), MAX_FIELD));
                json.writeStringField("target", cut(event.target(), MAX_TARGET));
                json.writeStringField("protocol", cut(event.protocol(), MAX_FIELD));
                json.writeStringField("scheme", cut(event.scheme(), MAX_FIELD));
                optional(json, "host", event.headers().first("Host"));
                optional(json, "referer", event.headers().first("Referer"));
                optional(json, "user_agent", event.headers().first("User-Agent"));
                if (event.status() > 0) {
                    json.writeNumberField("status", event.status());
                }
                json.writeStringField("outcome", event.outcome().name().toLowerCase(Locale.ROOT));
                json.writeBooleanField("broken_off", event.isBrokenOff());
                optional(json, "module", event.module());
                optional(json, "route", event.route());
                optional(json, "instance", event.reused().map(reused -> reused ? "reused" : "new"));
                json.writeNumberField("bytes_in", event.bytesIn());
                json.writeNumberField("bytes_out", event.bytesOut());
                json.writeNumberField("queue_ms", millis(event.queueTime()));
                json.writeNumberField("guest_ms", millis(event.guestTime()));
                json.writeNumberField("total_ms", millis(event.totalTime()));
                json.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException("a writer of strings does not fail", e);
            }
            return text.toString();
        }
    };

    /** What a value is cut to, in characters of the line; the server takes targets of up to 16 KiB. */
    static final int MAX_TARGET = 4096;

    /** What any other value that a client sends is cut to. */
    static final int MAX_FIELD = 1024;

    private static final String NONE = "-";
    private static final String CUT = "...";
    private static final int USUAL_LENGTH = 512;

    private static final DateTimeFormatter COMMON_TIME =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss xx", Locale.US);

    private static final DateTimeFormatter INSTANT = DateTimeFormatter.ISO_INSTANT;

    private static final JsonFactory FACTORY =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /**
     * Reads the value of an option.
     *
     * @throws IllegalArgumentException if there is no such format
     */
    static AccessLogFormat parse(String text) {
        return Constants.parse(AccessLogFormat.class, text, "is not a format; write common, combined or json");
    }

    /**
     * Returns the line of a request, without an end of line.
     *
     * @param now when the request ended; the line has the time of its arrival
     * @param zone of the time in the common and the combined format
     */
    abstract String line(RequestEnded event, Instant now, ZoneId zone);

    private static StringBuilder common(RequestEnded event, Instant now, ZoneId zone) {
        StringBuilder line = new StringBuilder(USUAL_LENGTH);
        escape(line, event.remoteAddress(), MAX_FIELD);
        line.append(" - ");
        escapeWord(line, event.remoteUser().filter(user -> !user.isEmpty()).orElse(NONE));
        line.append(" [");
        COMMON_TIME.formatTo(now.minus(event.totalTime()).atZone(zone), line);
        line.append("] \"");
        escape(line, event.method(), MAX_FIELD);
        line.append(' ');
        escape(line, event.target(), MAX_TARGET);
        line.append(' ');
        escape(line, event.protocol(), MAX_FIELD);
        line.append("\" ");
        number(line, event.status());
        line.append(' ');
        number(line, event.bytesOut());
        return line;
    }

    private static void number(StringBuilder line, long value) {
        if (value > 0) {
            line.append(value);
        } else {
            line.append(NONE);
        }
    }

    /** Appends a value that stands between spaces, not between quotation marks. */
    private static void escapeWord(StringBuilder line, String value) {
        escape(line, value.replace(' ', '\t'), MAX_FIELD);
    }

    /** Appends a value as Apache's httpd writes it, cut to a number of characters. */
    private static void escape(StringBuilder line, String value, int most) {
        int end = line.length() + most;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            int start = line.length();
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c >= ' ' && c <= '~') {
                line.append(c);
            } else if (c <= 0xff) {
                line.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            } else {
                line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
            if (line.length() > end) {
                line.setLength(start);
                line.append(CUT);
                return;
            }
        }
    }

    private static void optional(JsonGenerator json, String name, Optional<String> value) throws IOException {
        if (value.isPresent()) {
            json.writeStringField(name, cut(value.get(), MAX_FIELD));
        }
    }

    /** Cuts a value; DEL, which JSON allows and a terminal may act on, becomes a question mark. */
    private static String cut(String value, int most) {
        return (value.length() <= most ? value : value.substring(0, most) + CUT).replace('\u007f', '?');
    }

    private static double millis(Duration time) {
        return TimeUnit.NANOSECONDS.toMicros(time.toNanos()) / 1e3;
    }
}
