// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.signature.SignaturePolicy.Mode;
import dev.wagi.oci.internal.signature.SignaturePolicy.Rule;
import java.io.IOException;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignaturePolicyTest {

    private static final KeyPair PAIR = SignedRepository.p256();
    private static final List<TrustedKey> KEYS = TrustedKey.parse("k", SignedRepository.pem(PAIR));
    private static final Digest DIGEST = Digest.sha256(new byte[0]);

    private static final SignaturePolicy POLICY = new SignaturePolicy(List.of(
            new Rule("", Mode.WARN, KEYS),
            new Rule("Registry.Example", Mode.REQUIRE, KEYS),
            new Rule("registry.example/team/", Mode.OFF, List.of()),
            new Rule("registry.example/team/hello", Mode.REQUIRE, KEYS),
            new Rule("hub:443", Mode.REQUIRE, KEYS),
            new Rule("docker.io/library", Mode.OFF, List.of())));

    @ParameterizedTest
    @CsvSource({
        "other.example/x, WARN",
        "registry.example, REQUIRE",
        "registry.example/x, REQUIRE",
        "REGISTRY.example/x, REQUIRE",
        "registry.example:443/x, REQUIRE",
        "registry.example:0443/x, REQUIRE",
        "registry.example./x, REQUIRE",
        "registry.example.:443/team/hello/deep, REQUIRE",
        "registry.example:5000/x, WARN",
        "registry.example.evil/x, WARN",
        "registry.example/teamwork, REQUIRE",
        "registry.example/team, OFF",
        "registry.example/team/bye, OFF",
        "registry.example/team/hello, REQUIRE",
        "registry.example/team/hello/deep, REQUIRE",
        "registry.example/team/hello2, OFF",
        "index.docker.io/library/x, OFF",
        "registry-1.docker.io:443/library/x, OFF",
        "docker.io/x, OFF",
        "hub:443/x, REQUIRE",
        "hub:0443/x, REQUIRE",
        "hub./x, REQUIRE",
        "hub/x, WARN",
        "docker.io/other/x, WARN",
    })
    void rule_longestPrefix_counts(String repository, Mode mode) {
        assertThat(POLICY.rule(repository).map(Rule::mode)).hasValue(mode);
        if (repository.indexOf('/') >= 0) {
            OciReference reference = OciReference.parse(repository);
            assertThat(POLICY.rule(reference.registry() + "/" + reference.repository())
                            .map(Rule::mode))
                    .as("as a reference names it")
                    .hasValue(mode);
        }
    }

    @Test
    void rule_noneFits_isOff() {
        SignedRepository repository = new SignedRepository();

        SignatureDecision decision = SignaturePolicy.none().decide("registry.example/x", DIGEST, repository);

        assertThat(decision.mode()).isEqualTo(Mode.OFF);
        assertThat(decision.isAllowed()).isTrue();
        assertThat(decision.isWarning()).isFalse();
        assertThat(repository.fetches).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "x.example/a, false, true, true",
        "x.example/a, true, true, false",
        "registry.example/a, false, false, false",
        "registry.example/a, true, true, false",
        "registry.example/team/a, false, true, false",
    })
    void decide_byModeAndSignature(String name, boolean signed, boolean allowed, boolean warning) {
        SignedRepository repository = new SignedRepository();
        byte[] payload = SignedRepository.simplePayload(name, DIGEST);
        if (signed) {
            repository.simple(
                    DIGEST,
                    List.of(new SignedRepository.Simple(
                            payload, SignedRepository.base64(SignedRepository.sign(PAIR, payload)))));
        }

        SignatureDecision decision = POLICY.decide(name, DIGEST, repository);

        assertThat(decision.isAllowed()).isEqualTo(allowed);
        assertThat(decision.isWarning()).isEqualTo(warning);
    }

    @Test
    void decide_registryFails_isNotVerifiedButNotAnException() {
        SignatureSource broken = new SignatureSource() {
            @Override
            public Optional<byte[]> manifest(String tagOrDigest, int maxBytes) throws IOException {
                throw new IOException("503");
            }

            @Override
            public Optional<byte[]> blob(Digest digest, int maxBytes) throws IOException {
                throw new IOException("503");
            }

            @Override
            public Optional<byte[]> referrers(Digest digest, int maxBytes) throws IOException {
                throw new IOException("503");
            }
        };

        assertThat(POLICY.decide("x.example/a", DIGEST, broken).isWarning()).isTrue();
        SignatureDecision required = POLICY.decide("registry.example/a", DIGEST, broken);
        assertThat(required.isAllowed()).isFalse();
        assertThat(required.result().text())
                .isEqualTo("the signatures of registry.example/a@" + DIGEST
                        + " cannot be fetched: 503; it is unknown whether there is a valid one");
    }

    @Test
    void policy_contradictory_isRefused() {
        assertThatThrownBy(() -> new Rule("x.example", Mode.WARN, List.of()))
                .hasMessage("a signature policy of 'warn' needs a public key to check with; name one, or write 'off'");
        assertThatThrownBy(() -> new SignaturePolicy(
                        List.of(new Rule("x.example/", Mode.OFF, List.of()), new Rule("X.Example", Mode.WARN, KEYS))))
                .hasMessage("there are two signature policies for 'x.example'; remove one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://registry.example",
                "registry.example/*",
                "*.example",
                "registry.example/team:v1",
                "registry.example/team@sha256:0",
                "registry.example//team",
                "registry.example/Team",
                "registry.example:port",
                "registry.example:0",
                "127.1",
                "library",
                "library/hello",
                "/",
                " registry.example",
            })
    void rule_thatWouldFitNothing_isRefused(String prefix) {
        assertThatThrownBy(() -> new Rule(prefix, Mode.REQUIRE, KEYS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write it like 'registry.example/team'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:5000/a",
                "registry:5000",
                "127.0.0.1:5000/a/b",
                "[::1]:5000",
                "r.example/a__b-c.d/",
                "R.example.:0443/a",
                "[0:0:0:0:0:0:0:1]:443/a"
            })
    void rule_ofAnyRegistry_fits(String prefix) {
        SignaturePolicy policy = new SignaturePolicy(List.of(new Rule(prefix, Mode.REQUIRE, KEYS)));

        assertThat(policy.rule((prefix + "/x").replace("//", "/"))).isPresent();
    }

    record Kind(String name, KeyPair pair) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Kind> kinds() {
        return List.of(
                new Kind("P-256", SignedRepository.p256()),
                new Kind("RSA", SignedRepository.pair("RSA", "", 2048)),
                new Kind("Ed25519", SignedRepository.pair("Ed25519", "", 0)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void key_ofEachKind_verifies(Kind kind) {
        TrustedKey key =
                TrustedKey.parse("k", SignedRepository.pem(kind.pair())).get(0);
        byte[] message = SignedRepository.utf8("message");
        byte[] signature = SignedRepository.sign(kind.pair(), message);

        assertThat(key.verifies(message, signature)).isTrue();
        assertThat(key.verifies(SignedRepository.utf8("messagf"), signature)).isFalse();
        assertThat(key.verifies(message, new byte[0])).isFalse();
        assertThat(KEYS.get(0).verifies(message, signature)).isFalse();
    }

    @Test
    void keys_several_areNumbered() {
        String two = "# ours\n" + SignedRepository.pem(PAIR) + SignedRepository.pem(SignedRepository.p256());

        assertThat(TrustedKey.parse("keys.pem", two))
                .extracting(TrustedKey::name)
                .containsExactly("keys.pem (1)", "keys.pem (2)");
    }

    record NoKey(String pem, String message) {}

    static List<NoKey> noKeys() {
        String good = SignedRepository.pem(PAIR);
        return List.of(
                new NoKey("", "contains no public key"),
                new NoKey("x".repeat(70_000), "is larger than 64 KiB"),
                new NoKey(good.repeat(17), "contains more than 16 keys"),
                new NoKey(good.replace("PUBLIC KEY", "ENCRYPTED SIGSTORE PRIVATE KEY"), "keep it secret"),
                new NoKey(good.replace("PUBLIC KEY", "CERTIFICATE"), "contains a CERTIFICATE instead of a PUBLIC KEY"),
                new NoKey(good.replace("MFkw", "M*kw"), "is not a key in Base64"),
                new NoKey(good.replace("MFkw", "AAAA"), "contains a key of an unsupported type"),
                new NoKey(SignedRepository.pem(SignedRepository.pair("EC", "secp384r1", 0)), "not on P-256"),
                new NoKey(SignedRepository.pem(SignedRepository.pair("RSA", "", 1024)), "an RSA key of 1024 bits"),
                new NoKey(
                        SignedRepository.pem(SignedRepository.pair("DSA", "", 1024)), "a key of an unsupported type"));
    }

    @ParameterizedTest
    @MethodSource("noKeys")
    void key_thatIsNone_isRefused(NoKey none) {
        assertThatThrownBy(() -> TrustedKey.parse("k", none.pem()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(none.message());
    }
}
