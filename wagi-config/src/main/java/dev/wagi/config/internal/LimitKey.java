// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Limits;
import dev.wagi.core.internal.text.ByteSize;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** The keys of a module that limit what its guests may take, and how each is written. */
enum LimitKey {
    TIMEOUT(Kind.TIME, (limits, nanos) -> limits.withTimeout(Duration.ofNanos(nanos))),
    MAX_MEMORY(Kind.SIZE, Limits::withMaxMemoryBytes),
    MAX_TABLE_ENTRIES(Kind.COUNT, (limits, count) -> limits.withMaxTableEntries(toInt(count))),
    MAX_OPEN_FILES(Kind.COUNT, (limits, count) -> limits.withMaxOpenFiles(toInt(count))),
    MAX_REQUEST_BODY(Kind.SIZE, Limits::withMaxRequestBodyBytes),
    MAX_REQUEST_HEADERS(Kind.COUNT, (limits, count) -> limits.withMaxRequestHeaders(toInt(count))),
    MAX_RESPONSE_BODY(Kind.SIZE, Limits::withMaxResponseBodyBytes),
    MAX_HEADER_BYTES(Kind.SIZE, (limits, size) -> limits.withMaxHeaderBytes(toInt(size))),
    MAX_HEADERS(Kind.COUNT, (limits, count) -> limits.withMaxHeaders(toInt(count))),
    MAX_STDERR(Kind.SIZE, (limits, size) -> limits.withMaxStderrBytes(toInt(size))),
    MAX_CONCURRENCY(Kind.COUNT, (limits, count) -> limits.withMaxConcurrency(toInt(count))),
    MAX_QUEUE(Kind.COUNT, (limits, count) -> limits.withMaxQueue(toInt(count))),
    MIN_REQUEST_BODY_RATE(Kind.SIZE, (limits, size) -> limits.withMinRequestBodyRate(toInt(size))),
    HTTP_MAX_CONCURRENCY(Kind.COUNT, (limits, count) -> limits.withHttpMaxConcurrency(toInt(count))),
    HTTP_MAX_REQUESTS(Kind.COUNT, (limits, count) -> limits.withHttpMaxRequests(toInt(count))),
    HTTP_MAX_RESPONSE_BODY(Kind.SIZE, Limits::withHttpMaxResponseBodyBytes);

    /** How a value is written. */
    private enum Kind {
        /** {@code "30s"}, or a number of seconds; in nanoseconds. */
        TIME {
            @Override
            long read(JsonNode value) {
                Duration time = value.canConvertToLong() && value.isIntegralNumber()
                        ? Duration.ofSeconds(Math.min(Math.max(value.longValue(), 0), MANY_SECONDS))
                        : TimeSpan.parse(value.isTextual() ? value.textValue() : "");
                return (time.getSeconds() > MANY_SECONDS ? Duration.ofSeconds(MANY_SECONDS) : time).toNanos();
            }
        },
        /** {@code "64MiB"}, or a number of bytes. */
        SIZE {
            @Override
            long read(JsonNode value) {
                return ByteSize.parse(
                        value.isTextual() ? value.textValue() : value.isIntegralNumber() ? value.asText() : "");
            }
        },
        /** A number. */
        COUNT {
            @Override
            long read(JsonNode value) {
                if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                    throw new IllegalArgumentException("is not a whole number; write for instance 16");
                }
                return value.longValue();
            }
        };

        /** More than any limit may be, and its nanoseconds still fit. */
        private static final long MANY_SECONDS = Duration.ofDays(10_000).toSeconds();

        abstract long read(JsonNode value);
    }

    private final Kind kind;
    private final BiFunction<Limits, Long, Limits> change;

    LimitKey(Kind kind, BiFunction<Limits, Long, Limits> change) {
        this.kind = kind;
        this.change = change;
    }

    /** The key, for instance {@code max_memory}. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads a time that is not a limit.
     *
     * @throws IllegalArgumentException if it is not one; the text follows the value in a sentence
     */
    static Duration time(JsonNode value) {
        return Duration.ofNanos(Kind.TIME.read(value));
    }

    /** All keys. */
    static List<String> keys() {
        return Arrays.stream(values()).map(LimitKey::key).toList();
    }

    /**
     * Reads a value.
     *
     * @return what it does to the limits that hold without it
     * @throws IllegalArgumentException if it is malformed or outside of its range; the text follows the value in a sentence
     */
    UnaryOperator<Limits> read(JsonNode value) {
        long number = kind.read(value);
        UnaryOperator<Limits> changed = limits -> change.apply(limits, number);
        try {
            changed.apply(Limits.defaults());
        } catch (IllegalArgumentException e) {
            // Without the name that it has in Java.
            throw new IllegalArgumentException(String.valueOf(e.getMessage()).replaceFirst("^\\w+ ", ""), e);
        }
        return changed;
    }

    /** What does not fit is out of any range of counts. */
    private static int toInt(long count) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, count));
    }
}
