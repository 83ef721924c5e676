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
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** The keys that limit the resources of a module's guests, and the format of their values. */
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

    /** The format of a value. */
    private enum Kind {
        /** {@code "30s"}, or a number of seconds; read as nanoseconds. */
        TIME {
            @Override
            long read(JsonNode value) {
                Duration time = value.canConvertToLong() && value.isIntegralNumber()
                        ? Duration.ofSeconds(Math.min(Math.max(value.longValue(), 0), MANY_SECONDS))
                        : TimeSpan.parse(value.isTextual() ? value.textValue() : "");
                return (time.toSeconds() > MANY_SECONDS ? Duration.ofSeconds(MANY_SECONDS) : time).toNanos();
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

        /** A number of seconds larger than any limit, whose nanoseconds still fit a {@code long}. */
        private static final long MANY_SECONDS = Duration.ofDays(10_000).toSeconds();

        abstract long read(JsonNode value);
    }

    private final Kind kind;
    private final BiFunction<Limits, Long, Limits> change;

    LimitKey(Kind kind, BiFunction<Limits, Long, Limits> change) {
        this.kind = kind;
        this.change = change;
    }

    /** Returns the key, for instance {@code max_memory}. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Parses a duration that is not a limit.
     *
     * @throws IllegalArgumentException if it is malformed; the message is written to follow the value
     */
    static Duration time(JsonNode value) {
        return Duration.ofNanos(Kind.TIME.read(value));
    }

    /** Returns all keys. */
    static List<String> keys() {
        return Arrays.stream(values()).map(LimitKey::key).toList();
    }

    /**
     * Parses a value.
     *
     * @return a function that applies the value to limits
     * @throws IllegalArgumentException if it is malformed or out of range; the message is written to follow the value
     */
    UnaryOperator<Limits> read(JsonNode value) {
        long number = kind.read(value);
        UnaryOperator<Limits> changed = limits -> change.apply(limits, number);
        try {
            Objects.requireNonNull(changed.apply(Limits.defaults()));
        } catch (IllegalArgumentException e) {
            // The Java name is removed from the message.
            throw new IllegalArgumentException(String.valueOf(e.getMessage()).replaceFirst("^\\w+ ", ""), e);
        }
        return changed;
    }

    /** Clamps a count to the range of {@code int}; the result is then out of the limit's range. */
    private static int toInt(long count) {
        return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, count));
    }
}
