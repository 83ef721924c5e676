// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static dev.wagi.oci.client.FakeRegistry.blobGets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.SignatureMode;
import dev.wagi.oci.internal.signature.SignedRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pull policies, and what is stored and verified between pulls. */
class OciClientStoreTest {

    private static final byte[] MODULE = Images.module(200_000);

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeTime time = new FakeTime();

    @TempDir
    Path directory;

    private Digest manifest;

    @BeforeEach
    void seed() {
        manifest = registry.addModule("team/hello", "v1", MODULE);
    }

    @AfterEach
    void close() {
        registry.close();
    }

    private OciClient.Builder builder() {
        return OciClient.builder()
                .addInsecureRegistry(registry.name())
                .store(directory.resolve("store"))
                .timing(time.timing(), Duration.ofSeconds(10));
    }

    private OciModule pull(PullPolicy policy) {
        // A new client each time, like another process.
        return builder().build().pull(reference(), policy);
    }

    private OciReference reference() {
        return registry.reference("team/hello:v1");
    }

    private List<String> requestsOf(Runnable work) {
        int before = registry.requests().size();
        work.run();
        return registry.requestLines().subList(before, registry.requests().size());
    }

    @Test
    void ifNotPresent_isAskedOnce() {
        assertThat(pull(PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE);

        assertThat(requestsOf(() -> assertThat(pull(PullPolicy.IF_NOT_PRESENT)).satisfies(module -> {
                    assertThat(module.bytes()).isEqualTo(MODULE);
                    assertThat(module.manifest()).isEqualTo(manifest);
                })))
                .isEmpty();
    }

    @Test
    void ifNotPresent_keepsWhatTheTagMeant() {
        pull(PullPolicy.IF_NOT_PRESENT);
        registry.addModule("team/hello", "v1", Images.MODULE);

        assertThat(pull(PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE);
        assertThat(pull(PullPolicy.ALWAYS).bytes()).isEqualTo(Images.MODULE);
        assertThat(pull(PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(Images.MODULE);
    }

    @Test
    void always_sameTag_costsOneHead() {
        pull(PullPolicy.ALWAYS);

        assertThat(requestsOf(() -> pull(PullPolicy.ALWAYS))).containsExactly("HEAD /v2/team/hello/manifests/v1");
    }

    @Test
    void always_registryGone_doesNotUseWhatIsKept() {
        pull(PullPolicy.ALWAYS);
        registry.close();

        assertThatThrownBy(() -> pull(PullPolicy.ALWAYS)).isInstanceOf(OciException.Unavailable.class);
        assertThat(pull(PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE);
    }

    @Test
    void never_afterAPull_needsNoRegistry() {
        assertThatThrownBy(() -> pull(PullPolicy.NEVER)).isInstanceOf(OciException.NeverPulled.class);
        pull(PullPolicy.ALWAYS);

        assertThat(requestsOf(() -> assertThat(pull(PullPolicy.NEVER).bytes()).isEqualTo(MODULE)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PullPolicy.class)
    void digest_onceHere_needsNoRegistry(PullPolicy policy) {
        OciReference digest = reference().withDigest(manifest);
        builder().build().pull(digest);

        assertThat(requestsOf(
                        () -> assertThat(builder().build().pull(digest, policy).bytes())
                                .isEqualTo(MODULE)))
                .isEmpty();
    }

    @Test
    void poisonedBlob_isFetchedAgain() throws IOException {
        pull(PullPolicy.IF_NOT_PRESENT);
        Path blob = directory
                .resolve("store/blobs/sha256")
                .resolve(Digest.sha256(MODULE).hex());
        Files.write(blob, Images.changed(MODULE));

        assertThatThrownBy(() -> pull(PullPolicy.NEVER)).isInstanceOf(OciException.NeverPulled.class);
        assertThat(pull(PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE);
        assertThat(blob).hasBinaryContent(MODULE);
    }

    @Test
    void poisonedManifest_isFetchedAgain() throws IOException {
        pull(PullPolicy.IF_NOT_PRESENT);
        Path blob = directory.resolve("store/blobs/sha256").resolve(manifest.hex());
        Files.writeString(blob, Files.readString(blob).replace("vnd.wasm", "vnd.evil"));

        assertThat(requestsOf(() ->
                        assertThat(pull(PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE)))
                .containsExactly("GET /v2/team/hello/manifests/" + manifest);
    }

    @Test
    void brokenPull_isGoneOnWithByTheNextProcess() {
        registry.reply(
                5,
                blobGets(),
                request ->
                        registry.normal(request).cutAfter(request.field("Range").isEmpty() ? 120_000 : 0));
        assertThatThrownBy(() -> pull(PullPolicy.ALWAYS)).isInstanceOf(OciException.Unavailable.class);
        int before = registry.requests().size();

        assertThat(pull(PullPolicy.ALWAYS).bytes()).isEqualTo(MODULE);

        assertThat(registry.requests().subList(before, registry.requests().size()))
                .filteredOn(blobGets())
                .singleElement()
                .satisfies(request -> assertThat(request.field("Range")).isEqualTo("bytes=120000-"));
    }

    @Test
    void wrongBytes_leaveNothingBehind() {
        registry.reply(1, blobGets(), request -> FakeRegistry.Reply.of(200).with(Images.changed(MODULE)));
        assertThatThrownBy(() -> pull(PullPolicy.ALWAYS)).isInstanceOf(OciException.DigestMismatch.class);

        assertThat(pull(PullPolicy.ALWAYS).bytes()).isEqualTo(MODULE);
    }

    @Test
    void resumedWithWrongBytes_isFetchedAnew() {
        registry.reply(1, blobGets(), request -> registry.normal(request).cutAfter(150_000));
        registry.reply(1, blobGets(), request -> {
            FakeRegistry.Reply rest = registry.normal(request);
            return rest.with(Images.changed(rest.body()));
        });

        assertThat(pull(PullPolicy.ALWAYS).bytes()).isEqualTo(MODULE);
    }

    @Test
    void layout_isReadByOthersAndSeedsAStore() {
        pull(PullPolicy.ALWAYS);
        OciClient other = OciClient.builder().store(directory.resolve("other")).build();

        List<OciReference> seeded = other.seed(directory.resolve("store"), OciReference.parse("example.org/unused"));

        assertThat(seeded).containsExactly(reference());
        assertThat(requestsOf(() -> assertThat(
                                other.pull(reference(), PullPolicy.NEVER).bytes())
                        .isEqualTo(MODULE)))
                .isEmpty();
    }

    @Test
    void store_thatIsNone_isToldWhenTheClientIsBuilt() throws IOException {
        Path file = Files.writeString(directory.resolve("store"), "a file");

        assertThatThrownBy(() -> OciClient.builder().store(file).build()).isInstanceOf(OciException.StoreFailed.class);
        assertThat(OciModuleResolver.standard(java.util.Map.of("XDG_CACHE_HOME", file.toString()), directory))
                .isNotNull();
    }

    @Test
    void standard_keepsInTheUsersCache() {
        OciModuleResolver.standard(java.util.Map.of(), directory);

        assertThat(directory.resolve(".cache/wagi/oci/oci-layout")).exists();
    }

    // Signatures

    private final KeyPair key = SignedRepository.p256();

    private Path publicKey() throws IOException {
        return Files.writeString(directory.resolve("cosign.pub"), SignedRepository.pem(key));
    }

    /** The format of older versions of cosign: a tag derived from the digest. */
    private void sign() {
        byte[] payload = SignedRepository.simplePayload(registry.name() + "/team/hello", manifest);
        Digest layer = registry.addBlob(payload);
        registry.addManifest(
                "team/hello",
                "sha256-" + manifest.hex() + ".sig",
                Images.OCI_MANIFEST,
                Images.manifest(
                        "application/vnd.oci.image.config.v1+json",
                        "{\"mediaType\":\"" + SignedRepository.SIMPLE + "\",\"digest\":\"" + layer
                                + "\",\"size\":" + payload.length
                                + ",\"annotations\":{\"dev.cosignproject.cosign/signature\":\""
                                + SignedRepository.base64(SignedRepository.sign(key, payload)) + "\"}}"));
    }

    @Test
    void signature_required_andThere_letsPass() throws Exception {
        sign();

        assertThat(builder()
                        .addSignatures(registry.name() + "/team", SignatureMode.REQUIRE, List.of(publicKey()))
                        .build()
                        .pull(reference())
                        .bytes())
                .isEqualTo(MODULE);
    }

    @Test
    void signature_required_andMissing_isRefusedBeforeTheModuleIsFetched() throws Exception {
        OciClient client = builder()
                .addSignatures("", SignatureMode.OFF, List.of())
                .addSignatures(registry.name(), SignatureMode.REQUIRE, List.of(publicKey()))
                .build();

        assertThatThrownBy(() -> client.pull(reference()))
                .isInstanceOf(OciException.Unsigned.class)
                .hasMessageContaining("a signature is required");
        assertThat(registry.requests()).noneMatch(blobGets());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::ffff:127.0.0.1]", "[::FFFF:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]"})
    void signature_required_andTheRegistryInAnotherSpelling_isRefused(String host) throws Exception {
        String name = registry.name().replaceFirst(".*(?=:)", host);
        for (String[] each : new String[][] {{registry.name(), name}, {name, registry.name()}}) {
            OciClient client = builder()
                    .addSignatures(each[0], SignatureMode.REQUIRE, List.of(publicKey()))
                    .build();

            assertThatThrownBy(() -> client.pull(OciReference.parse(each[1] + "/team/hello:v1")))
                    .isInstanceOf(OciException.Unsigned.class);
        }
    }

    @Test
    void signature_ofAnotherKey_isWarnedAboutOnly() throws Exception {
        sign();
        Path other = Files.writeString(directory.resolve("other.pub"), Files.readString(publicKey()));
        KeyPair stranger = SignedRepository.p256();
        Files.writeString(
                other,
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getEncoder()
                                .encodeToString(stranger.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");

        assertThat(builder()
                        .addSignatures("", SignatureMode.WARN, List.of(other))
                        .build()
                        .pull(reference())
                        .bytes())
                .isEqualTo(MODULE);
        assertThatThrownBy(() -> builder()
                        .addSignatures("", SignatureMode.REQUIRE, List.of(other))
                        .build()
                        .pull(reference()))
                .isInstanceOf(OciException.Unsigned.class);
    }

    /** The format of newer versions of cosign for registries without the referrers API: an index under a tag. */
    private void signWithBundle() {
        byte[] bundle = SignedRepository.bundle(key, manifest);
        String json = Images.manifest(
                "application/vnd.oci.empty.v1+json",
                Images.descriptor(SignedRepository.BUNDLE, registry.addBlob(bundle), bundle.length));
        Digest bundleManifest = registry.addManifest("team/hello", "bundle", Images.OCI_MANIFEST, json);
        Digest unsigned = registry.addModule("team/hello", "other", Images.MODULE);
        registry.addManifest(
                "team/hello",
                "sha256-" + manifest.hex(),
                Images.OCI_INDEX,
                Images.index(Images.entry(unsigned, 1, "", ""), Images.entry(bundleManifest, json.length(), "", "")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void signature_onceGood_isKeptWithTheImage_andNeedsNoRegistry(boolean simple) throws Exception {
        if (simple) {
            sign();
        } else {
            signWithBundle();
        }
        OciClient.Builder strict = builder().addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()));
        strict.build().pull(reference());
        registry.close();

        assertThat(strict.build().pull(reference(), PullPolicy.NEVER).bytes()).isEqualTo(MODULE);
        assertThat(strict.build().pull(reference(), PullPolicy.IF_NOT_PRESENT).bytes())
                .isEqualTo(MODULE);
        assertThat(strict.build()
                        .pull(reference().withDigest(manifest), PullPolicy.ALWAYS)
                        .bytes())
                .isEqualTo(MODULE);
    }

    @Test
    void signature_kept_isCheckedWithTheKeysOfToday() throws Exception {
        sign();
        builder()
                .addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()))
                .build()
                .pull(reference());
        Path stranger = Files.writeString(
                directory.resolve("stranger.pub"),
                "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getEncoder()
                                .encodeToString(
                                        SignedRepository.p256().getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");

        assertThatThrownBy(() -> builder()
                        .addSignatures("", SignatureMode.REQUIRE, List.of(stranger))
                        .build()
                        .pull(reference(), PullPolicy.NEVER))
                .isInstanceOf(OciException.Unsigned.class)
                .hasMessageContaining("made with another key");
    }

    @Test
    void signature_kept_thatWasPoisoned_isLookedForAgain() throws Exception {
        sign();
        OciClient client = builder()
                .addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()))
                .build();
        client.pull(reference());
        String tag = registry.manifest("team/hello", "sha256-" + manifest.hex() + ".sig");
        Path kept = directory
                .resolve("store/blobs/sha256")
                .resolve(Digest.sha256(tag.getBytes(StandardCharsets.UTF_8)).hex());
        Files.writeString(kept, tag + " ");

        assertThatThrownBy(() -> client.pull(reference(), PullPolicy.NEVER)).isInstanceOf(OciException.Unsigned.class);
        assertThat(client.pull(reference(), PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE);
        assertThat(client.pull(reference(), PullPolicy.NEVER).bytes()).isEqualTo(MODULE);
    }

    @Test
    void signature_never_asksNoRegistry() throws Exception {
        pull(PullPolicy.ALWAYS);
        sign();
        OciClient client = builder()
                .addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()))
                .build();

        assertThat(requestsOf(() -> assertThatThrownBy(() -> client.pull(reference(), PullPolicy.NEVER))
                        .isInstanceOf(OciException.Unsigned.class)
                        .hasMessageContaining("only stored signatures were checked")))
                .isEmpty();
        assertThat(client.pull(reference(), PullPolicy.IF_NOT_PRESENT).bytes()).isEqualTo(MODULE);
        assertThat(client.pull(reference(), PullPolicy.NEVER).bytes()).isEqualTo(MODULE);
    }

    @Test
    void signature_staysAsLongAsItsImage_andGoesWithIt() throws Exception {
        sign();
        OciClient.Builder strict = builder().addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()));
        strict.build().pull(reference());
        String index = Files.readString(directory.resolve("store/index.json"));
        assertThat(index).contains("sha256-" + manifest.hex() + ".sig");
        // Used, but by a client that does not check signatures.
        time.later(Duration.ofDays(29));
        pull(PullPolicy.NEVER);
        time.later(Duration.ofDays(29));
        registry.addModule("team/hello", "v2", Images.module(100));
        builder().build().pull(registry.reference("team/hello:v2"));

        assertThat(strict.build().pull(reference(), PullPolicy.NEVER).bytes()).isEqualTo(MODULE);

        time.later(Duration.ofDays(31));
        registry.addModule("team/hello", "v3", Images.module(200));
        builder().build().pull(registry.reference("team/hello:v3"));
        assertThat(Files.readString(directory.resolve("store/index.json"))).doesNotContain(manifest.hex());
    }

    @ParameterizedTest
    @ValueSource(strings = {".sig", ""})
    void signature_ofDeepJson_isNone(String suffix) throws Exception {
        registry.addManifest(
                "team/hello",
                "sha256-" + manifest.hex() + suffix,
                Images.OCI_MANIFEST,
                "{\"layers\":" + "[".repeat(500_000) + "]".repeat(500_000) + "}");

        assertThatThrownBy(() -> builder()
                        .addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()))
                        .build()
                        .pull(reference()))
                .isInstanceOf(OciException.Unsigned.class)
                .hasMessageContaining("is not JSON");
    }

    @Test
    void signature_required_alsoOfWhatIsKept() throws Exception {
        pull(PullPolicy.ALWAYS);
        OciClient client = builder()
                .addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()))
                .build();

        assertThatThrownBy(() -> client.pull(reference(), PullPolicy.IF_NOT_PRESENT))
                .isInstanceOf(OciException.Unsigned.class);
    }
}
