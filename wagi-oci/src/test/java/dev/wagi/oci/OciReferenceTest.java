// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OciReferenceTest {

    private static final String DIGEST = "sha256:" + "0123456789abcdef".repeat(4);

    /** A row: a reference as written, and its complete form. */
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
                // There is no slash and thus no registry; Docker parses it the same way.
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

    /** A row: spellings of one registry, and the key for policies, credentials, mirrors and the store. */
    record Spellings(String name, List<String> texts) {}

    static List<Spellings> spellings() {
        return List.of(
                new Spellings(
                        "h2.test",
                        List.of(
                                "h2.test",
                                "H2.Test",
                                "h2.test:443",
                                "h2.test:0443",
                                "h2.test:00443",
                                "h2.test.",
                                "H2.TEST.:443")),
                new Spellings("h2.test:80", List.of("h2.test:80", "h2.test:080", "h2.test.:00080")),
                new Spellings("h2.test:5000", List.of("H2.test:5000", "h2.test:05000", "h2.test.:5000")),
                new Spellings("h2.test:4430", List.of("h2.test:4430", "h2.test:04430")),
                // A single-label host: without the port it would be a repository of Docker Hub.
                new Spellings("h2:443", List.of("h2:443", "H2:0443", "h2.", "h2.:443")),
                new Spellings("h2:80", List.of("h2:80", "h2.:080")),
                new Spellings("localhost", List.of("localhost", "LOCALHOST", "LocalHost:443", "localhost.")),
                new Spellings(
                        "docker.io",
                        List.of(
                                "docker.io",
                                "Docker.IO",
                                "docker.io:443",
                                "docker.io.",
                                "index.docker.io",
                                "INDEX.docker.io:0443",
                                "registry-1.docker.io",
                                "registry-1.docker.io.:443",
                                "registry.hub.docker.com")),
                new Spellings("docker.io:5000", List.of("docker.io:5000")),
                new Spellings(
                        "127.0.0.1:5000",
                        List.of("127.0.0.1:5000", "[::ffff:127.0.0.1]:5000", "[::FFFF:7f00:1]:05000")),
                new Spellings(
                        "[::1]",
                        List.of(
                                "[::1]",
                                "[::1]:443",
                                "[0:0:0:0:0:0:0:1]",
                                "[0000:0000:0000:0000:0000:0000:0000:0001]:0443",
                                "[::0001]",
                                "[0::1]")),
                new Spellings("[2001:db8::1:0:0:1]", List.of("[2001:db8::1:0:0:1]", "[2001:DB8:0:0:1:0:0:1]")),
                new Spellings("[fe80::]:5000", List.of("[fe80::]:5000", "[FE80:0:0:0:0:0:0:0]:5000")),
                new Spellings("[1:0:2:0:3:0:4:0]", List.of("[1:0:2:0:3:0:4:0]", "[01:00:02:00:03:00:04:00]")));
    }

    @ParameterizedTest
    @MethodSource("spellings")
    void registry_allSpellings_areOneName(Spellings row) {
        for (String text : row.texts()) {
            assertThat(OciReference.registry(text)).as(text).isEqualTo(row.name());
            assertThat(OciReference.parse(text + "/team/app:v1"))
                    .as(text)
                    .isEqualTo(OciReference.parse(row.name() + "/team/app:v1"))
                    .hasToString(row.name() + "/team/app:v1");
        }
    }

    /** A row: a reference as written, and a part of the error message. */
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
                new Refused("a.b../a", "malformed registry"),
                new Refused("./a", "malformed registry"),
                new Refused("a.b:000443/a", "malformed registry"),
                new Refused("a.b:+443/a", "malformed registry"),
                new Refused("a.b:/a", "malformed registry"),
                new Refused("127.1:5000/a", "malformed registry"),
                new Refused("0177.0.0.1/a", "malformed registry"),
                new Refused("0x7f.0.0.1/a", "malformed registry"),
                new Refused("127.0x1/a", "malformed registry"),
                new Refused("2130706433:443/a", "malformed registry"),
                new Refused("127.0.0.256/a", "malformed registry"),
                new Refused("[::1/a", "malformed registry"),
                new Refused("[1.2.3.4]/a", "malformed registry"),
                new Refused("[::1%lo]:443/a", "malformed registry"),
                new Refused("[1:2]/a", "malformed registry"),
                new Refused("[::1]443/a", "malformed registry"),
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

    /** A row: a reference, and the policy if none is configured. */
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
        assertThat(OciReference.parse(row.text()).defaultPullPolicy()).isEqualTo(row.policy());
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
