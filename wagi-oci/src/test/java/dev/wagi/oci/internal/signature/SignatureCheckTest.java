// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import static dev.wagi.oci.internal.signature.SignedRepository.IN_TOTO;
import static dev.wagi.oci.internal.signature.SignedRepository.SIGNED;
import static dev.wagi.oci.internal.signature.SignedRepository.base64;
import static dev.wagi.oci.internal.signature.SignedRepository.envelope;
import static dev.wagi.oci.internal.signature.SignedRepository.message;
import static dev.wagi.oci.internal.signature.SignedRepository.sign;
import static dev.wagi.oci.internal.signature.SignedRepository.simplePayload;
import static dev.wagi.oci.internal.signature.SignedRepository.statement;
import static dev.wagi.oci.internal.signature.SignedRepository.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.signature.SignedRepository.Simple;
import java.io.IOException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SignatureCheckTest {

    private static final String REPOSITORY = "registry.example/team/hello";
    private static final byte[] IMAGE = utf8("{\"schemaVersion\":2}");
    private static final Digest DIGEST = Digest.sha256(IMAGE);
    private static final Digest OTHER = Digest.sha256(utf8("other"));
    private static final KeyPair PAIR = SignedRepository.p256();
    private static final KeyPair STRANGER = SignedRepository.p256();
    private static final List<TrustedKey> KEYS = TrustedKey.parse("team.pub", SignedRepository.pem(PAIR));

    private static final byte[] PAYLOAD = simplePayload(REPOSITORY, DIGEST);
    private static final byte[] STATEMENT = statement(SIGNED, DIGEST);

    private static SignatureResult check(SignedRepository repository) throws IOException {
        return new SignatureCheck(REPOSITORY, DIGEST, KEYS, repository).check();
    }

    private static Simple simple(KeyPair pair, byte[] payload) {
        return new Simple(payload, base64(sign(pair, payload)));
    }

    private static byte[] dsse(KeyPair pair, String type, byte[] payload) {
        return envelope(type, payload, sign(pair, SignatureCheck.preAuthentication(type, payload)));
    }

    private static String replaced(byte[] bytes, String what, String by) {
        String text = new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
        assertThat(text).contains(what);
        return text.replace(what, by);
    }

    record Good(String name, Consumer<SignedRepository> signed, String form) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Good> good() {
        return List.of(
                new Good("simple signing", to -> to.simple(DIGEST, List.of(simple(PAIR, PAYLOAD))), "simple signing"),
                new Good(
                        "simple signing, name with a tag",
                        to -> to.simple(DIGEST, List.of(simple(PAIR, simplePayload(REPOSITORY + ":v1", DIGEST)))),
                        "simple signing"),
                new Good(
                        "simple signing, behind a stranger's",
                        to -> to.simple(DIGEST, List.of(simple(STRANGER, PAYLOAD), simple(PAIR, PAYLOAD))),
                        "simple signing"),
                new Good(
                        "envelope, found by the fallback tag",
                        to -> to.bundles(DIGEST, false, List.of(dsse(PAIR, IN_TOTO, STATEMENT))),
                        "bundle with an envelope"),
                new Good(
                        "envelope, found by the API",
                        to -> to.bundles(DIGEST, true, List.of(dsse(PAIR, IN_TOTO, STATEMENT))),
                        "bundle with an envelope"),
                new Good(
                        "envelope, beside an attestation",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(
                                        dsse(PAIR, IN_TOTO, statement("https://spdx.dev/Document", DIGEST)),
                                        dsse(PAIR, IN_TOTO, STATEMENT))),
                        "bundle with an envelope"),
                new Good(
                        "message",
                        to -> to.manifest(DIGEST.toString(), IMAGE)
                                .bundles(DIGEST, false, List.of(message(sign(PAIR, IMAGE)))),
                        "bundle with a message signature"),
                new Good(
                        "bad simple signing, good envelope",
                        to -> to.simple(DIGEST, List.of(simple(STRANGER, PAYLOAD)))
                                .bundles(DIGEST, true, List.of(dsse(PAIR, IN_TOTO, STATEMENT))),
                        "bundle with an envelope"));
    }

    @ParameterizedTest
    @MethodSource("good")
    void check_goodSignature_isVerified(Good good) throws IOException {
        SignedRepository repository = new SignedRepository();
        good.signed().accept(repository);

        assertThat(check(repository))
                .isEqualTo(new SignatureResult(true, "team.pub", "signed with key 'team.pub' (" + good.form() + ")"));
    }

    record Bad(String name, Consumer<SignedRepository> signed, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Bad> bad() {
        byte[] tampered = utf8(replaced(PAYLOAD, "null", "true"));
        byte[] garbage = envelope(IN_TOTO, STATEMENT, new byte[] {1});
        return List.of(
                new Bad("none", to -> {}, "is not signed: there is neither a tag sha256-" + DIGEST.hex() + ".sig nor"),
                new Bad(
                        "empty lists",
                        to -> to.simple(DIGEST, List.of()).bundles(DIGEST, true, List.of()),
                        "is not signed"),
                new Bad(
                        "simple, another key",
                        to -> to.simple(DIGEST, List.of(simple(STRANGER, PAYLOAD))),
                        "made with another key, or changed afterwards"),
                new Bad(
                        "simple, payload tampered with",
                        to -> to.simple(DIGEST, List.of(new Simple(tampered, base64(sign(PAIR, PAYLOAD))))),
                        "made with another key, or changed afterwards"),
                new Bad(
                        "simple, blob is not what the layer says",
                        to -> {
                            to.simple(DIGEST, List.of(simple(PAIR, PAYLOAD)));
                            to.poison(PAYLOAD, tampered);
                        },
                        "the content of a signature is missing or corrupt"),
                new Bad(
                        "simple, for another digest",
                        to -> to.simple(DIGEST, List.of(simple(PAIR, simplePayload(REPOSITORY, OTHER)))),
                        "made for another image, \"" + OTHER + "\""),
                new Bad(
                        "simple, for another repository",
                        to -> to.simple(
                                DIGEST, List.of(simple(PAIR, simplePayload("registry.example/team/bye", DIGEST)))),
                        "made for another repository, \"registry.example/team/bye\""),
                new Bad(
                        "simple, for another registry",
                        to -> to.simple(
                                DIGEST, List.of(simple(PAIR, simplePayload("other.example/team/hello", DIGEST)))),
                        "made for another repository"),
                new Bad(
                        "simple, for no repository",
                        to -> to.simple(DIGEST, List.of(simple(PAIR, simplePayload("", DIGEST)))),
                        "made for another repository, \"\""),
                new Bad(
                        "simple, of another type",
                        to -> to.simple(
                                DIGEST,
                                List.of(simple(
                                        PAIR,
                                        utf8(replaced(PAYLOAD, "cosign container image signature", "other\\n"))))),
                        "the signed payload is of type \"other?\""),
                new Bad(
                        "simple, keys twice",
                        to -> to.simple(
                                DIGEST, List.of(simple(PAIR, utf8(replaced(PAYLOAD, "\"optional\"", "\"critical\""))))),
                        "the signed payload is not JSON"),
                new Bad("simple, not JSON", to -> to.simple(DIGEST, List.of(simple(PAIR, utf8("x")))), "is not JSON"),
                new Bad(
                        "simple, garbage for Base64",
                        to -> to.simple(DIGEST, List.of(new Simple(PAYLOAD, "*!*"))),
                        "a signature is not Base64"),
                new Bad(
                        "simple, garbage for a signature",
                        to -> to.simple(DIGEST, List.of(new Simple(PAYLOAD, base64(new byte[70])))),
                        "made with another key"),
                new Bad(
                        "simple, the zero signature",
                        to -> to.simple(DIGEST, List.of(new Simple(PAYLOAD, base64(new byte[] {0x30, 6, 2, 1, 0, 2, 1, 0
                        })))),
                        "made with another key"),
                new Bad(
                        "simple, too large",
                        to -> to.simple(
                                DIGEST,
                                List.of(simple(
                                        PAIR, utf8(replaced(PAYLOAD, "null", "\"" + "x".repeat(70_000) + "\""))))),
                        "bytes is not a signature"),
                new Bad(
                        "simple, too many",
                        to -> {
                            List<Simple> many = new ArrayList<>(Collections.nCopies(64, simple(STRANGER, PAYLOAD)));
                            many.add(simple(PAIR, PAYLOAD));
                            to.simple(DIGEST, many);
                        },
                        "there are more than 64, the others were not checked"),
                new Bad(
                        "tag is not JSON",
                        to -> to.manifest("sha256-" + DIGEST.hex() + ".sig", utf8("<html>")),
                        ".sig is not JSON"),
                new Bad(
                        "envelope, another key",
                        to -> to.bundles(DIGEST, true, List.of(dsse(STRANGER, IN_TOTO, STATEMENT))),
                        "made with another key"),
                new Bad(
                        "envelope, payload tampered with",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(envelope(
                                        IN_TOTO,
                                        STATEMENT,
                                        sign(
                                                PAIR,
                                                SignatureCheck.preAuthentication(IN_TOTO, statement(SIGNED, OTHER)))))),
                        "made with another key"),
                new Bad(
                        "envelope, signature of the bare payload",
                        to -> to.bundles(DIGEST, true, List.of(envelope(IN_TOTO, STATEMENT, sign(PAIR, STATEMENT)))),
                        "made with another key"),
                new Bad(
                        "envelope, another payloadType",
                        to -> to.bundles(DIGEST, true, List.of(dsse(PAIR, "text/plain", STATEMENT))),
                        "an envelope contains \"text/plain\""),
                new Bad(
                        "envelope, payloadType exchanged",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(envelope(
                                        IN_TOTO,
                                        STATEMENT,
                                        sign(PAIR, SignatureCheck.preAuthentication("text/plain", STATEMENT))))),
                        "made with another key"),
                new Bad(
                        "envelope, for another image",
                        to -> to.bundles(DIGEST, true, List.of(dsse(PAIR, IN_TOTO, statement(SIGNED, OTHER)))),
                        "made for another image"),
                new Bad(
                        "envelope, an attestation only",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(dsse(PAIR, IN_TOTO, statement("https://cosign.sigstore.dev/vuln/v1", DIGEST)))),
                        "a statement of another type, \"https://cosign.sigstore.dev/vuln/v1\""),
                new Bad(
                        "envelope, not a statement",
                        to -> to.bundles(DIGEST, true, List.of(dsse(PAIR, IN_TOTO, utf8("{}")))),
                        "is not an in-toto statement"),
                new Bad("envelope, garbage", to -> to.bundles(DIGEST, true, List.of(garbage)), "made with another key"),
                new Bad(
                        "envelope, two signatures",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(utf8(replaced(garbage, "[{\"sig\"", "[{\"sig\":\"AA==\"},{\"sig\"")))),
                        "or does not have exactly one signature"),
                new Bad(
                        "keyless",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(utf8(replaced(
                                        dsse(STRANGER, IN_TOTO, STATEMENT),
                                        "\"publicKey\":{\"hint\":\"x\"}",
                                        "\"certificate\":{\"rawBytes\":\"AA==\"}")))),
                        "keyless"),
                new Bad(
                        "message, of another manifest",
                        to -> to.manifest(DIGEST.toString(), IMAGE)
                                .bundles(DIGEST, true, List.of(message(sign(PAIR, utf8("other"))))),
                        "made with another key"),
                new Bad(
                        "message, the registry sends another manifest",
                        to -> to.manifest(DIGEST.toString(), utf8("other"))
                                .bundles(DIGEST, true, List.of(message(sign(PAIR, utf8("other"))))),
                        "the manifest itself is missing or corrupt"),
                new Bad(
                        "bundle of another version",
                        to -> to.bundles(
                                DIGEST,
                                true,
                                List.of(utf8(replaced(dsse(PAIR, IN_TOTO, STATEMENT), "bundle.v0.3", "bundle.v9.9")))),
                        "a bundle is of type \"application/vnd.dev.sigstore.bundle.v9.9+json\""),
                new Bad(
                        "bundle is not JSON",
                        to -> to.bundles(DIGEST, true, List.of(utf8("}"))),
                        "a bundle is not JSON"),
                new Bad(
                        "bundle of nothing",
                        to -> to.bundles(
                                DIGEST, true, List.of(utf8("{\"mediaType\":\"" + SignedRepository.BUNDLE + "\"}"))),
                        "does not have exactly one of"),
                new Bad(
                        "bundles, too many",
                        to -> {
                            List<byte[]> many = new ArrayList<>();
                            for (int i = 0; i < 64; i++) {
                                many.add(utf8("{\"n\":" + i + "}"));
                            }
                            many.add(dsse(PAIR, IN_TOTO, STATEMENT));
                            to.bundles(DIGEST, true, many);
                        },
                        "there are more than 64"),
                new Bad(
                        "list is not JSON",
                        to -> to.manifest("sha256-" + DIGEST.hex(), utf8("[]")),
                        "the list of referrers is not JSON"),
                new Bad(
                        "list without digests",
                        to -> to.manifest("sha256-" + DIGEST.hex(), utf8("{\"manifests\":[{\"digest\":\"../x\"}]}")),
                        "an entry without a digest"),
                new Bad(
                        "manifest of a bundle is missing",
                        to -> to.manifest(
                                "sha256-" + DIGEST.hex(), utf8("{\"manifests\":[{\"digest\":\"" + OTHER + "\"}]}")),
                        "the manifest of a bundle is missing or corrupt"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void check_noGoodSignature_saysWhy(Bad bad) throws IOException {
        SignedRepository repository = new SignedRepository();
        bad.signed().accept(repository);

        SignatureResult result = check(repository);

        assertThat(result.isVerified()).isFalse();
        assertThat(result.key()).isNull();
        assertThat(result.text()).startsWith(REPOSITORY + "@" + DIGEST + " ").contains(bad.reason());
        assertThat(repository.fetches).isLessThan(200);
    }

    /** Replaces every value that the registry sends by values of other types. */
    @Test
    void check_jsonOfAnotherShape_isNotVerifiedAndNeverFailsOtherwise() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        byte[] bundle = dsse(PAIR, IN_TOTO, STATEMENT);
        List<String> values = List.of("null", "7", "\"x\"", "[]", "{}", "{\"a\":{}}", "[{}]", "[[1]]");
        int tried = 0;
        for (String place : List.of("payload", "simple", "bundle", "index", "manifest", "statement")) {
            byte[] original = originalOf(place, bundle);
            int count = leaves(mapper.readTree(original), null, new int[] {-1}).size();
            for (int leaf = 0; leaf < count; leaf++) {
                for (String value : values) {
                    JsonNode changed = mapper.readTree(original);
                    leaves(changed, mapper.readTree(value), new int[] {leaf});
                    SignedRepository repository = new SignedRepository();
                    plant(repository, place, mapper.writeValueAsBytes(changed));

                    assertThat(check(repository).text()).isNotEmpty();
                    tried++;
                }
            }
        }
        assertThat(tried).isGreaterThan(200);
    }

    private static byte[] originalOf(String place, byte[] bundle) {
        Digest other = Digest.sha256(bundle);
        return switch (place) {
            case "payload" -> PAYLOAD;
            case "statement" -> STATEMENT;
            case "bundle" -> bundle;
            case "index" -> utf8("{\"manifests\":[{\"digest\":\"" + other + "\"}]}");
            default ->
                utf8("{\"layers\":[{\"mediaType\":\""
                        + (place.equals("simple") ? SignedRepository.SIMPLE : SignedRepository.BUNDLE)
                        + "\",\"digest\":\"" + other
                        + "\",\"size\":3,\"annotations\":{\"dev.cosignproject.cosign/signature\":\"AA==\"}}]}");
        };
    }

    private static void plant(SignedRepository repository, String place, byte[] json) {
        switch (place) {
            case "payload" -> repository.simple(DIGEST, List.of(simple(PAIR, json)));
            case "statement" -> repository.bundles(DIGEST, true, List.of(dsse(PAIR, IN_TOTO, json)));
            case "bundle" -> repository.bundles(DIGEST, true, List.of(json));
            case "simple" -> repository.manifest("sha256-" + DIGEST.hex() + ".sig", json);
            case "index" -> repository.manifest("sha256-" + DIGEST.hex(), json);
            default ->
                repository
                        .manifest(Digest.sha256(json).toString(), json)
                        .manifest(
                                "sha256-" + DIGEST.hex(),
                                utf8("{\"manifests\":[{\"digest\":\"" + Digest.sha256(json) + "\"}]}"));
        }
    }

    /** Visits all values below a node; replaces the one whose number is counted down to 0. */
    private static List<JsonNode> leaves(JsonNode node, JsonNode by, int[] countdown) {
        List<JsonNode> all = new ArrayList<>();
        if (node instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : object.properties()) {
                all.add(field.getValue());
                if (countdown[0]-- == 0) {
                    field.setValue(by);
                    continue;
                }
                all.addAll(leaves(field.getValue(), by, countdown));
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                all.add(array.get(i));
                if (countdown[0]-- == 0) {
                    array.set(i, by);
                    continue;
                }
                all.addAll(leaves(array.get(i), by, countdown));
            }
        }
        return all;
    }

    @Test
    void check_manyThatReferToTheImageButDoNotSign_areNotAllFetched() throws IOException {
        SignedRepository repository = new SignedRepository();
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            byte[] sbom = utf8("{\"layers\":[],\"n\":" + i + "}");
            repository.manifest(Digest.sha256(sbom).toString(), sbom);
            entries.add("{\"digest\":\"" + Digest.sha256(sbom) + "\"}");
        }
        repository.manifest("sha256-" + DIGEST.hex(), utf8("{\"manifests\":[" + String.join(",", entries) + "]}"));

        assertThat(check(repository).text()).contains("there are more than 64");
        assertThat(repository.fetches).isLessThan(70);
    }

    @Test
    void check_nothingGood_tellsAllOfIt() throws IOException {
        SignedRepository repository =
                new SignedRepository().simple(DIGEST, List.of(simple(STRANGER, PAYLOAD), new Simple(PAYLOAD, "*")));

        assertThat(check(repository).text())
                .isEqualTo(
                        REPOSITORY + "@" + DIGEST + " has no valid signature; of 2 checked: made with another key, or"
                                + " changed afterwards; a signature is not Base64. Sign it with a trusted key"
                                + " (team.pub), or trust the key that signed it");
    }

    /** The example of the DSSE protocol. */
    @Test
    void preAuthentication_isThatOfTheSpecification() {
        assertThat(SignatureCheck.preAuthentication("http://example.com/HelloWorld", utf8("hello world")))
                .asString()
                .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }
}
