// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Locale;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LimitsTest {

    /** One limit: how it is changed and read, and the smallest and largest value. */
    private record Row(String name, Change change, ToLongFunction<Limits> value, long least, long most) {
        private interface Change {
            Limits apply(Limits limits, long value);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                new Row(
                        "timeout",
                        (l, v) -> l.withTimeout(Duration.ofMillis(v)),
                        l -> l.timeout().toMillis(),
                        1,
                        Duration.ofDays(365).toMillis()),
                new Row("maxMemoryBytes", Limits::withMaxMemoryBytes, Limits::maxMemoryBytes, 65536, 2147418112L),
                new Row(
                        "maxTableEntries",
                        (l, v) -> l.withMaxTableEntries((int) v),
                        Limits::maxTableEntries,
                        0,
                        1048576),
                new Row("maxOpenFiles", (l, v) -> l.withMaxOpenFiles((int) v), Limits::maxOpenFiles, 3, 1024),
                new Row(
                        "maxRequestBodyBytes",
                        Limits::withMaxRequestBodyBytes,
                        Limits::maxRequestBodyBytes,
                        0,
                        Long.MAX_VALUE),
                new Row(
                        "maxRequestHeaders",
                        (l, v) -> l.withMaxRequestHeaders((int) v),
                        Limits::maxRequestHeaders,
                        1,
                        1024),
                new Row(
                        "maxResponseBodyBytes",
                        Limits::withMaxResponseBodyBytes,
                        Limits::maxResponseBodyBytes,
                        0,
                        Long.MAX_VALUE),
                new Row("maxHeaderBytes", (l, v) -> l.withMaxHeaderBytes((int) v), Limits::maxHeaderBytes, 64, 65536),
                new Row("maxHeaders", (l, v) -> l.withMaxHeaders((int) v), Limits::maxHeaders, 1, 1024),
                new Row("maxStderrBytes", (l, v) -> l.withMaxStderrBytes((int) v), Limits::maxStderrBytes, 0, 1 << 30),
                new Row("maxConcurrency", (l, v) -> l.withMaxConcurrency((int) v), Limits::maxConcurrency, 1, 65536),
                new Row("maxQueue", (l, v) -> l.withMaxQueue((int) v), Limits::maxQueue, 0, 65536),
                new Row(
                        "minRequestBodyRate",
                        (l, v) -> l.withMinRequestBodyRate((int) v),
                        Limits::minRequestBodyRate,
                        0,
                        1 << 30),
                new Row(
                        "httpMaxConcurrency",
                        (l, v) -> l.withHttpMaxConcurrency((int) v),
                        Limits::httpMaxConcurrency,
                        1,
                        256),
                new Row(
                        "httpMaxRequests",
                        (l, v) -> l.withHttpMaxRequests((int) v),
                        Limits::httpMaxRequests,
                        0,
                        10_000),
                new Row(
                        "httpMaxResponseBodyBytes",
                        Limits::withHttpMaxResponseBodyBytes,
                        Limits::httpMaxResponseBodyBytes,
                        0,
                        Long.MAX_VALUE));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void with_changesOneLimitAndCopies(Row row) {
        Limits least = row.change.apply(Limits.defaults(), row.least);

        assertThat(row.value.applyAsLong(least)).isEqualTo(row.least);
        assertThat(least).isNotEqualTo(Limits.defaults()).doesNotHaveToString(String.valueOf(Limits.defaults()));
        assertThat(row.change.apply(least, row.value.applyAsLong(Limits.defaults())))
                .isEqualTo(Limits.defaults());
        assertThat(row.value.applyAsLong(row.change.apply(Limits.defaults(), row.most)))
                .isEqualTo(row.most);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void with_outOfRange_namesTheLimit(Row row) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> row.change.apply(Limits.defaults(), row.least - 1))
                .withMessageStartingWith(row.name + " must ");
        if (row.most < Long.MAX_VALUE) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> row.change.apply(Limits.defaults(), row.most + 1))
                    .withMessageStartingWith(row.name + " must ");
        }
    }

    @Test
    void rows_areAllLimits() {
        assertThat(rows().map(Row::name))
                .containsExactlyInAnyOrder(Stream.of(Limits.class.getMethods())
                        .filter(method -> method.getReturnType() == Limits.class)
                        .map(Method::getName)
                        .filter(name -> name.startsWith("with"))
                        .map(name -> name.substring(4, 5).toLowerCase(Locale.ROOT) + name.substring(5))
                        .toArray(String[]::new));
    }
}
