// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OciReferenceTest {

    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    /** A row: what is written, and its complete form. */
    record Row(String text, String complete) {}

    static List<Row> references() {
        return List.of(
                new Row("hello", "docker.io/library/hello:latest"),
                new Row("hello:v1", "docker.io/library/hello:v1"),
                new Row("someone/hello", "docker.io/someone/hello:latest"),
                new Row("docker.io/hello", "docker.io/library/hello:latest"),
                new Row("index.docker.io/a/b:v1", "docker.io/a/b:v1"),
                new Row("registry-1.docker.io/hello", "docker.io/library/hello:latest"),
                new Row("localhost/hello", "localhost/hello:latest"),
                new Row("localhost:5000/hello:v1", "localhost:5000/hello:v1"),
                // No slash, so no registry: Docker reads it so, too.
                new Row("localhost:5000", "docker.io/library/localhost:5000"),
                new Row("Example.ORG:443/A_is_not", ""),
                new Row("EXAMPLE.org/hello:V1", "example.org/hello:V1"),
                new Row("//example.azurecr.io/hello-wasm:v1", "example.azurecr.io/hello-wasm:v1"),
                new Row("//127.0.0.1:5000/a/b/c:v1", "127.0.0.1:5000/a/b/c:v1"),
                new Row("[::1]:5000/a:v1", "[::1]:5000/a:v1"),
                new Row("example.org/a@" + DIGEST, "example.org/a@" + DIGEST),
                new Row("example.org/a:v1@" + DIGEST, "example.org/a:v1@" + DIGEST),
                new Row("a@" + DIGEST, "docker.io/library/a@" + DIGEST),
                new Row("example.org/a.b_c__d-e---f:_.-", "example.org/a.b_c__d-e---f:_.-"),
                new Row("example.org/a:" + "t".repeat(128), "example.org/a:" + "t".repeat(128)),
                new Row("example.org/" + "a".repeat(243), "example.org/" + "a".repeat(243) + ":latest"));
    }

    @ParameterizedTest
    @MethodSource("references")
    void parse_isCompletedAndReadBack(Row row) {
        if (row.complete().isEmpty()) {
            assertThatThrownBy(() -> OciReference.parse(row.text())).isInstanceOf(IllegalArgumentException.class);
            return;
        }
        OciReference reference = OciReference.parse(row.text());

        assertThat(reference).hasToString(row.complete());
        assertThat(OciReference.parse(reference.toString()))
                .isEqualTo(reference)
                .hasSameHashCodeAs(reference);
    }

    /** A row: what is written, and a part of the answer. */
    record Refused(String text, String reason) {}

    static List<Refused> malformed() {
        return List.of(
                new Refused("", "malformed repository"),
                new Refused("/", "malformed repository"),
                new Refused("example.org/", "malformed repository"),
                new Refused("example.org//a", "malformed repository"),
                new Refused("example.org/A", "malformed repository"),
                new Refused("example.org/a..b", "malformed repository"),
                new Refused("example.org/a___b", "malformed repository"),
                new Refused("example.org/../../etc/passwd", "malformed repository"),
                new Refused("example.org/a%2fb", "malformed repository"),
                new Refused("example.org/a?x=y", "malformed repository"),
                new Refused("example.org/a#b", "malformed repository"),
                new Refused("example.org/a b", "malformed repository"),
                new Refused("example.org/a\r\nX: y", "malformed tag"),
                new Refused("example.org/a:", "malformed tag"),
                new Refused("example.org/a:.b", "malformed tag"),
                new Refused("example.org/a:b/c", "malformed tag"),
                new Refused("example.org/a:v1:v2", "malformed tag"),
                new Refused("example.org/a:" + "t".repeat(129), "malformed tag"),
                new Refused("user@example.org/a", "is not a digest"),
                new Refused("example.org/a@sha256:abc", "is not a digest"),
                new Refused("example.org/a@" + DIGEST + "@" + DIGEST, "is not a digest"),
                new Refused("example.org:0/a", "malformed registry"),
                new Refused("example.org:65536/a", "malformed registry"),
                new Refused("example.org:x/a", "malformed registry"),
                new Refused("-a.b/a", "malformed registry"),
                new Refused("a..b/a", "malformed registry"),
                new Refused("exämple.org/a", "malformed registry"),
                new Refused("http://example.org/a", "malformed registry"),
                new Refused("//hello:v1", "names no registry"),
                new Refused("//a/hello:v1", "names no registry"),
                new Refused("example.org/" + "a".repeat(244), "is too long"),
                new Refused("a".repeat(601), "more than 600 characters"));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void parse_malformed_isRefused(Refused row) {
        assertThatThrownBy(() -> OciReference.parse(row.text()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(row.reason());
    }

    @Test
    void target_isTheDigestIfThereIsOne() {
        assertThat(OciReference.parse("example.org/a:v1@" + DIGEST).target()).isEqualTo(DIGEST);
        assertThat(OciReference.parse("example.org/a:v1").target()).isEqualTo("v1");
    }

    /** A row: a reference, and the policy where none is written. */
    record Policy(String text, PullPolicy policy) {}

    static List<Policy> policies() {
        return List.of(
                new Policy("example.org/a", PullPolicy.ALWAYS),
                new Policy("example.org/a:latest", PullPolicy.ALWAYS),
                new Policy("example.org/a:v1", PullPolicy.IF_NOT_PRESENT),
                new Policy("example.org/a@" + DIGEST, PullPolicy.IF_NOT_PRESENT),
                new Policy("example.org/a:latest@" + DIGEST, PullPolicy.IF_NOT_PRESENT));
    }

    @ParameterizedTest
    @MethodSource("policies")
    void policy_isAsInKubernetes(Policy row) {
        assertThat(PullPolicy.defaultFor(OciReference.parse(row.text()))).isEqualTo(row.policy());
    }

    @Test
    void credentials_tellNoSecret() {
        assertThat(Credentials.of("me", "s3cret").toString()
                        + Credentials.identityToken("s3cret")
                        + Credentials.registryToken("s3cret"))
                .contains("me")
                .doesNotContain("s3cret");
    }
}
