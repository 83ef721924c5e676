// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChallengeTest {

    /** A row: the fields of a response, and the challenges in them. */
    record Row(List<String> fields, List<Challenge> challenges) {}

    private static Challenge challenge(String scheme, String... parameters) {
        Map<String, String> map = new java.util.HashMap<>();
        for (int i = 0; i < parameters.length; i += 2) {
            map.put(parameters[i], parameters[i + 1]);
        }
        return new Challenge(scheme, map);
    }

    static List<Row> rows() {
        String realm = "https://auth.example.org/token";
        return List.of(
                new Row(List.of(), List.of()),
                new Row(List.of(""), List.of()),
                new Row(List.of("Basic realm=\"basic-realm\""), List.of(challenge("basic", "realm", "basic-realm"))),
                new Row(List.of("BASIC"), List.of(challenge("basic"))),
                new Row(
                        List.of("Bearer realm=\"" + realm
                                + "\",service=\"registry\",scope=\"repository:a/b:pull,push\""),
                        List.of(challenge(
                                "bearer", "realm", realm, "service", "registry", "scope", "repository:a/b:pull,push"))),
                new Row(
                        List.of("Bearer scope=\"x y\" , error=\"invalid_token\", Service=reg , realm=\"" + realm
                                + "\""),
                        List.of(challenge(
                                "bearer", "scope", "x y", "error", "invalid_token", "service", "reg", "realm", realm))),
                new Row(
                        List.of("Basic realm=\"a\", Bearer realm=\"b\""),
                        List.of(challenge("basic", "realm", "a"), challenge("bearer", "realm", "b"))),
                new Row(
                        List.of("Basic realm=\"a\"", "Bearer realm=\"b\""),
                        List.of(challenge("basic", "realm", "a"), challenge("bearer", "realm", "b"))),
                new Row(
                        List.of("Negotiate, NTLM, Basic realm=x"),
                        List.of(challenge("negotiate"), challenge("ntlm"), challenge("basic", "realm", "x"))),
                new Row(
                        List.of("Negotiate YII==, Basic realm=x"),
                        List.of(challenge("negotiate"), challenge("basic", "realm", "x"))),
                new Row(List.of(",, Basic  ,realm=x,,"), List.of(challenge("basic", "realm", "x"))),
                new Row(List.of("Basic realm = \"x\""), List.of(challenge("basic", "realm", "x"))),
                new Row(
                        List.of("Basic realm=\"a \\\"b\\\" \\\\c\""),
                        List.of(challenge("basic", "realm", "a \"b\" \\c"))),
                new Row(
                        List.of("Basic realm=\"a, Bearer realm=b\""),
                        List.of(challenge("basic", "realm", "a, Bearer realm=b"))),
                new Row(
                        List.of("Basic realm=\"first\", realm=\"second\""),
                        List.of(challenge("basic", "realm", "first"))),
                new Row(
                        List.of("Bearer realm=https://x/y,service=z"),
                        List.of(challenge("bearer", "realm", "https://x/y", "service", "z"))),
                // Malformed text ends the field.
                new Row(List.of("Basic realm=\"no end"), List.of(challenge("basic"))),
                new Row(List.of("Basic realm=\"no end\\"), List.of(challenge("basic"))),
                new Row(List.of("\"Basic\" realm=x"), List.of()),
                new Row(List.of("=x", "Basic"), List.of(challenge("basic"))),
                new Row(List.of("B".repeat(9000)), List.of()));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void parse_readsEveryForm(Row row) {
        assertThat(Challenge.parse(row.fields())).isEqualTo(row.challenges());
    }

    @Test
    void parse_manyChallenges_areCut() {
        assertThat(Challenge.parse(List.of("a, ".repeat(2000)))).hasSize(16);
    }
}
