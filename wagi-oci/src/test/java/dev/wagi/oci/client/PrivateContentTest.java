// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static dev.wagi.oci.client.FakeRegistry.basic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.SignatureMode;
import dev.wagi.oci.client.FakeRegistry.Reply;
import dev.wagi.oci.internal.signature.SignedRepository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The invariant of the store: content is read from it only through a name of the same repository that is accessible to
 * these credentials, or after the registry that it came from has confirmed it. Alice has pulled private content; then
 * another user who knows its digest refers to it in an image of their own.
 */
class PrivateContentTest {

    private static final Credentials ALICE = Credentials.of("alice", "hunter-2-of-alice");
    private static final String SECRET = "team/secret";

    private static final byte[] PRIVATE_MODULE = Images.module(5_000);
    private static final byte[] PUBLIC_MODULE = Images.module(6_000);
    private static final byte[] CONFIG =
            "{\"os\":\"wasip1\",\"config\":{\"Entrypoint\":[\"app.wasm\"]}}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] ARCHIVE = Images.gzip(Images.tar(tar -> tar.file("app.wasm", PUBLIC_MODULE)));
    private static final KeyPair KEY = SignedRepository.p256();

    private static final String PRIVATE_LAYER = Images.wasmToOci(Digest.sha256(PRIVATE_MODULE), PRIVATE_MODULE.length);
    private static final String OPEN_LAYER = Images.wasmToOci(Digest.sha256(PUBLIC_MODULE), PUBLIC_MODULE.length);
    private static final String WITH_CONFIG = Images.manifestWithConfig(
            Images.descriptor("application/vnd.oci.image.config.v1+json", Digest.sha256(CONFIG), CONFIG.length),
            Images.descriptor("application/vnd.oci.image.layer.v1.tar+gzip", Digest.sha256(ARCHIVE), ARCHIVE.length));

    /** An image with a public layer. */
    private static final String PRIVATE_MANIFEST = OPEN_LAYER.replace("{\"schemaVersion\":2", "{ \"schemaVersion\":2");

    private static final String PRIVATE_INDEX = Images.index(entry(OPEN_LAYER));

    private static final byte[] BUNDLE = SignedRepository.bundle(KEY, digest(OPEN_LAYER));
    private static final String PRIVATE_SIGNATURE = Images.manifest(
            "application/vnd.oci.empty.v1+json",
            Images.descriptor("application/vnd.dev.sigstore.bundle.v0.3+json", Digest.sha256(BUNDLE), BUNDLE.length));
    private static final String SIGNATURE_TAG = "sha256-" + digest(OPEN_LAYER).hex();

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeRegistry hostile = new FakeRegistry();
    private final FakeTime time = new FakeTime();
    private final Set<Digest> absentFromBob = new HashSet<>();

    @TempDir
    Path directory;

    /** The private part. */
    enum Part {
        LAYER,
        CONFIG,
        MANIFEST,
        MANIFEST_OF_AN_INDEX,
        INDEX,
        SIGNATURE
    }

    /** The repository that is asked. */
    enum Place {
        SAME_REPOSITORY(SECRET),
        /** The registry confirms that the content is there too. */
        OTHER_REPOSITORY_THAT_HAS_IT("team/other"),
        /** Anonymous, and the registry denies that it is there. */
        OTHER_REPOSITORY("bob/x"),
        /** The registry confirms everything, but cannot send it. */
        OTHER_REGISTRY("bob/x");

        private final String repository;

        Place(String repository) {
            this.repository = repository;
        }
    }

    /** A row. */
    record Case(Part part, Place place, boolean credentials, boolean online) {
        boolean isAllowed() {
            return credentials
                    && (place == Place.SAME_REPOSITORY || place == Place.OTHER_REPOSITORY_THAT_HAS_IT && online);
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Part part : Part.values()) {
            for (Place place : Place.values()) {
                for (boolean credentials : new boolean[] {true, false}) {
                    for (boolean online : new boolean[] {true, false}) {
                        cases.add(new Case(part, place, credentials, online));
                    }
                }
            }
        }
        return cases;
    }

    @BeforeEach
    void fill() {
        for (FakeRegistry each : List.of(registry, hostile)) {
            each.addBlob(PUBLIC_MODULE);
            each.addBlob(ARCHIVE);
        }
        absentFromBob.add(registry.addBlob(PRIVATE_MODULE));
        absentFromBob.add(registry.addBlob(CONFIG));
        absentFromBob.add(registry.addBlob(BUNDLE));
        for (String repository : List.of(SECRET, "team/other", "bob/x")) {
            publish(registry, repository);
        }
        publish(hostile, "bob/x");
        for (String repository : List.of(SECRET, "team/other")) {
            add(registry, repository, "private-manifest", PRIVATE_MANIFEST);
            add(registry, repository, "private-index", PRIVATE_INDEX);
            add(registry, repository, "private-signature", PRIVATE_SIGNATURE);
        }
        String alice = basic(ALICE.user().orElseThrow(), ALICE.secret());
        registry.gate(request -> {
            if (request.path().startsWith("/v2/team/")
                    && !request.field("Authorization").equals(alice)) {
                return Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\"");
            }
            boolean isAbsent = request.path().startsWith("/v2/bob/")
                    && absentFromBob.stream().anyMatch(digest -> request.path().endsWith(digest.toString()));
            return isAbsent ? FakeRegistry.error(404, "BLOB_UNKNOWN") : null;
        });
        hostile.always(
                request -> request.method().equals("HEAD") && request.path().matches(".*sha256:[0-9a-f]{64}"),
                request -> Reply.of(200, "Docker-Content-Digest", request.path().replaceFirst(".*(?=sha256:)", "")));
        hostile.always(
                request -> request.method().equals("HEAD") && request.path().endsWith("/liar"),
                request -> Reply.of(
                        200, "Docker-Content-Digest", digest(PRIVATE_MANIFEST).toString()));
    }

    @AfterEach
    void close() {
        registry.close();
        hostile.close();
    }

    /** Images that belong to their owner except for one part each. */
    private static void publish(FakeRegistry to, String repository) {
        add(to, repository, "layer", PRIVATE_LAYER);
        add(to, repository, "config", WITH_CONFIG);
        add(to, repository, "open", OPEN_LAYER);
        add(to, repository, "child", Images.index(entry(PRIVATE_MANIFEST)));
        add(to, repository, "decoy", Images.index(entry(OPEN_LAYER), entry(PRIVATE_MANIFEST)));
        add(to, repository, SIGNATURE_TAG, Images.index(entry(PRIVATE_SIGNATURE)));
    }

    private static void add(FakeRegistry to, String repository, String tag, String json) {
        to.addManifest(repository, tag, json.contains("\"manifests\"") ? Images.OCI_INDEX : Images.OCI_MANIFEST, json);
    }

    private static String entry(String manifest) {
        return Images.entry(digest(manifest), manifest.length(), "wasip1", "wasm");
    }

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private OciClient.Builder builder(boolean isAlice) {
        return OciClient.builder()
                .addInsecureRegistry(registry.name())
                .addInsecureRegistry(hostile.name())
                .store(directory.resolve("store"))
                .addCredentials((host, repository) -> isAlice ? List.of(ALICE) : List.of())
                .timing(time.timing(), Duration.ofSeconds(10));
    }

    private OciReference reference(Place place, String rest) {
        return (place == Place.OTHER_REGISTRY ? hostile : registry).reference(place.repository + rest);
    }

    /** Returns the part if it can be read. */
    private OciReference probe(Part part, Place place) {
        return switch (part) {
            case LAYER -> reference(place, ":layer");
            case CONFIG -> reference(place, ":config");
            case MANIFEST -> reference(place, "@" + digest(PRIVATE_MANIFEST));
            case MANIFEST_OF_AN_INDEX -> reference(place, ":child");
            case INDEX -> reference(place, "@" + digest(PRIVATE_INDEX));
            case SIGNATURE -> reference(place, "@" + digest(OPEN_LAYER));
        };
    }

    private OciClient.Builder builder(Part part, boolean isAlice) throws IOException {
        return part == Part.SIGNATURE
                ? builder(isAlice).addSignatures("", SignatureMode.REQUIRE, List.of(publicKey()))
                : builder(isAlice);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void privateContent_comesOutOnlyThroughItsOwnRepository(Case row) throws Exception {
        builder(row.part(), true).build().pull(probe(row.part(), Place.SAME_REPOSITORY), PullPolicy.IF_NOT_PRESENT);
        if (row.place() != Place.SAME_REPOSITORY) {
            prepare(row);
        }
        OciClient client = builder(row.part(), row.credentials()).build();
        if (!row.online()) {
            registry.close();
            hostile.close();
        }

        for (PullPolicy policy : List.of(PullPolicy.NEVER, PullPolicy.IF_NOT_PRESENT)) {
            OciReference probe = probe(row.part(), row.place());
            if (row.isAllowed() && (policy == PullPolicy.IF_NOT_PRESENT || row.place() == Place.SAME_REPOSITORY)) {
                assertThat(client.pull(probe, policy).bytes())
                        .isEqualTo(row.part() == Part.LAYER ? PRIVATE_MODULE : PUBLIC_MODULE);
            } else {
                assertThatThrownBy(() -> client.pull(probe, policy)).isInstanceOf(OciException.class);
            }
        }
    }

    /**
     * Creates names that point to the digest, while there is a network; their author can offer a valid module as well.
     */
    private void prepare(Case row) {
        OciClient client = builder(row.credentials()).build();
        for (String rest : List.of(":decoy", ":open", "@" + digest(OPEN_LAYER), ":" + SIGNATURE_TAG)) {
            try {
                client.pull(reference(row.place(), rest), PullPolicy.IF_NOT_PRESENT);
            } catch (OciException e) {
                // Failures are expected.
            }
        }
    }

    @Test
    void layer_ofARepositoryThatHasItToo_isNotSentAgain() {
        builder(true).build().pull(reference(Place.SAME_REPOSITORY, ":layer"));

        int before = registry.requests().size();
        builder(true).build().pull(reference(Place.OTHER_REPOSITORY_THAT_HAS_IT, ":layer"), PullPolicy.IF_NOT_PRESENT);

        assertThat(registry.requestLines().subList(before, registry.requests().size()))
                .contains("HEAD /v2/team/other/blobs/" + Digest.sha256(PRIVATE_MODULE))
                .noneMatch(line -> line.startsWith("GET /v2/team/other/blobs/"));
    }

    @Test
    void layer_ofAnotherRegistryThatHasItToo_isSentAgain() {
        builder(true).build().pull(reference(Place.SAME_REPOSITORY, ":layer"));
        hostile.addBlob(PRIVATE_MODULE);

        assertThat(builder(false)
                        .build()
                        .pull(reference(Place.OTHER_REGISTRY, ":layer"), PullPolicy.IF_NOT_PRESENT)
                        .bytes())
                .isEqualTo(PRIVATE_MODULE);
        assertThat(hostile.requestLines()).contains("GET /v2/bob/x/blobs/" + Digest.sha256(PRIVATE_MODULE));
    }

    /** A registry that claims that its tag points to another user's manifest. */
    @ParameterizedTest
    @EnumSource(PullPolicy.class)
    void tag_thatIsSaidToMeanAPrivateManifest_doesNotOpenIt(PullPolicy policy) {
        builder(true).build().pull(probe(Part.MANIFEST, Place.SAME_REPOSITORY));

        assertThatThrownBy(() -> builder(false).build().pull(reference(Place.OTHER_REGISTRY, ":liar"), policy))
                .isInstanceOf(OciException.class);
    }

    /** The rest of an interrupted transfer is requested from the repository that the beginning came from. */
    @ParameterizedTest
    @CsvSource({"4999", "5000"})
    void beginningOfAPrivateLayer_isNotGoneOnWithFromElsewhere(int arrived) throws IOException {
        registry.always(
                FakeRegistry.blobGets(),
                request ->
                        registry.normal(request).cutAfter(request.field("Range").isEmpty() ? 4999 : 0));
        assertThatThrownBy(() -> builder(true).build().pull(reference(Place.SAME_REPOSITORY, ":layer")))
                .isInstanceOf(OciException.Unavailable.class);
        try (var partials = Files.list(directory.resolve("store/.wagi/partial"))) {
            Files.write(
                    partials.filter(file -> file.toString()
                                    .contains(Digest.sha256(PRIVATE_MODULE).hex()))
                            .findFirst()
                            .orElseThrow(),
                    java.util.Arrays.copyOf(PRIVATE_MODULE, arrived));
        }
        byte[] last = {PRIVATE_MODULE[4999]};
        hostile.always(
                FakeRegistry.blobGets(),
                request -> request.field("Range").isEmpty()
                        ? FakeRegistry.error(404, "BLOB_UNKNOWN")
                        : Reply.of(206, "Content-Range", "bytes 4999-4999/5000").with(last));

        assertThatThrownBy(() -> builder(false).build().pull(reference(Place.OTHER_REGISTRY, ":layer")))
                .isInstanceOf(OciException.class);
        assertThat(hostile.requests())
                .filteredOn(FakeRegistry.blobGets())
                .allMatch(request -> request.field("Range").isEmpty());
    }

    // Content that required several permissions

    @Test
    void manifestForOne_layerForAnother_isForNeitherAlone() {
        Credentials bob = Credentials.of("bob", "hunter-2-of-bob");
        String alice = basic("alice", ALICE.secret());
        registry.gate(request -> {
            String given = request.field("Authorization");
            if (given.isEmpty()) {
                return Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\"");
            }
            return given.equals(alice) == request.path().contains("/manifests/")
                    ? null
                    : Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\"");
        });
        OciReference image = reference(Place.SAME_REPOSITORY, ":layer");
        assertThat(with(ALICE, bob).pull(image, PullPolicy.IF_NOT_PRESENT).bytes())
                .isEqualTo(PRIVATE_MODULE);

        for (Credentials[] each : new Credentials[][] {{ALICE}, {bob}, {}}) {
            assertThatThrownBy(() -> with(each).pull(image, PullPolicy.NEVER)).isInstanceOf(OciException.class);
            assertThatThrownBy(() -> with(each).pull(image, PullPolicy.IF_NOT_PRESENT))
                    .isInstanceOf(OciException.Unauthorized.class);
        }
        assertThat(with(ALICE, bob).pull(image, PullPolicy.IF_NOT_PRESENT).bytes())
                .isEqualTo(PRIVATE_MODULE);
    }

    private OciClient with(Credentials... credentials) {
        return builder(false)
                .addCredentials((host, repository) -> List.of(credentials))
                .build();
    }

    // Signatures

    private Path publicKey() throws IOException {
        return Files.writeString(directory.resolve("cosign.pub"), SignedRepository.pem(KEY));
    }
}
