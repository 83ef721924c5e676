// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static dev.wagi.oci.client.FakeRegistry.basic;
import static dev.wagi.oci.client.FakeRegistry.blobGets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.client.FakeRegistry.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A store of several users: who has access to what, and what is removed. */
class OciClientSharedStoreTest {

    private static final byte[] MODULE = Images.module(50_000);
    private static final Credentials ALICE = Credentials.of("alice", "hunter-2-of-alice");
    private static final Credentials BOB = Credentials.of("bob", "hunter-2-of-bob");

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeTime time = new FakeTime();

    @TempDir
    Path directory;

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

    private OciClient client(Credentials... credentials) {
        return builder()
                .addCredentials((host, repository) -> List.of(credentials))
                .build();
    }

    private OciReference reference(String rest) {
        return registry.reference(rest);
    }

    /** Serves only these users. */
    private void admit(Credentials... users) {
        Set<String> allowed = Set.copyOf(Stream.of(users)
                .map(user -> basic(user.user().orElseThrow(), user.secret()))
                .toList());
        registry.gate(request -> allowed.contains(request.field("Authorization"))
                ? null
                : Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\""));
    }

    private List<String> requestsOf(Runnable work) {
        int before = registry.requests().size();
        work.run();
        return registry.requestLines().subList(before, registry.requests().size());
    }

    private Digest privateImage() {
        Digest manifest = registry.addModule("team/secret", "v1", MODULE);
        admit(ALICE);
        assertThat(client(ALICE).pull(reference("team/secret:v1")).bytes()).isEqualTo(MODULE);
        return manifest;
    }

    // Access

    @Test
    void privateImage_sameUser_needsNoRegistry() {
        privateImage();

        assertThat(requestsOf(() -> client(BOB, ALICE).pull(reference("team/secret:v1"))))
                .isEmpty();
        assertThat(requestsOf(() -> client(ALICE).pull(reference("team/secret:v1"), PullPolicy.NEVER)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PullPolicy.class)
    void privateImage_userWhoIsRefused_doesNotGetItFromTheStore(PullPolicy policy) {
        Digest manifest = privateImage();

        for (OciReference each : List.of(
                reference("team/secret:v1"),
                reference("team/secret@" + manifest),
                reference("other/name@" + manifest))) {
            for (Credentials[] credentials : new Credentials[][] {{}, {BOB}, {Credentials.of("alice", "wrong")}}) {
                assertThatThrownBy(() -> client(credentials).pull(each, policy))
                        .isInstanceOfAny(OciException.Unauthorized.class, OciException.NeverPulled.class);
            }
        }
    }

    @Test
    void privateImage_never_otherUser_isRefusedWithoutARequest() {
        privateImage();

        assertThat(requestsOf(() -> assertThatThrownBy(
                                () -> client(BOB).pull(reference("team/secret:v1"), PullPolicy.NEVER))
                        .isInstanceOf(OciException.Unauthorized.class)
                        .hasMessageContaining("was fetched with credentials other")))
                .isEmpty();
    }

    @Test
    void privateImage_registryGone_otherUser_isRefused() {
        privateImage();
        registry.close();

        assertThatThrownBy(() -> client(BOB).pull(reference("team/secret:v1")))
                .isInstanceOf(OciException.Unavailable.class);
        assertThat(client(ALICE).pull(reference("team/secret:v1")).bytes()).isEqualTo(MODULE);
    }

    @Test
    void privateImage_otherUserWhomTheRegistryLetsIn_isAskedForOnce() {
        Digest manifest = privateImage();
        admit(ALICE, BOB);

        assertThat(requestsOf(() -> client(BOB).pull(reference("team/secret:v1"))))
                .allMatch(line -> line.equals("HEAD /v2/team/secret/manifests/" + manifest))
                .hasSize(2); // as nobody, then as Bob
        assertThat(requestsOf(() -> client(BOB).pull(reference("team/secret:v1"))))
                .isEmpty();
        assertThat(requestsOf(() -> client(ALICE).pull(reference("team/secret:v1"))))
                .isEmpty();
    }

    @Test
    void privateImage_registryWithoutHead_isAskedForTheManifest() {
        privateImage();
        registry.always(request -> request.method().equals("HEAD"), request -> Reply.of(405));

        assertThatThrownBy(() -> client(BOB).pull(reference("team/secret:v1")))
                .isInstanceOf(OciException.Unauthorized.class);
    }

    @Test
    void privateImage_becomesPublic_isForAllAfterOneRequest() {
        privateImage();
        registry.gate(request -> null);

        assertThat(requestsOf(() -> client().pull(reference("team/secret:v1")))).hasSize(1);
        assertThat(requestsOf(() -> client().pull(reference("team/secret:v1")))).isEmpty();
    }

    @Test
    void publicImage_isForAll() {
        registry.addModule("team/open", "v1", MODULE);
        client(ALICE).pull(reference("team/open:v1"));

        assertThat(requestsOf(() -> client().pull(reference("team/open:v1"), PullPolicy.NEVER)))
                .isEmpty();
    }

    @Test
    void formerImageOfATag_byDigest_isAskedFor() {
        Digest former = privateImage();
        registry.addModule("team/secret", "v1", Images.module(10));
        client(ALICE).pull(reference("team/secret:v1"), PullPolicy.ALWAYS);

        assertThatThrownBy(() -> client().pull(reference("team/secret@" + former)))
                .isInstanceOf(OciException.Unauthorized.class);
        assertThatThrownBy(() -> client().pull(reference("team/secret@" + former), PullPolicy.NEVER))
                .isInstanceOf(OciException.NeverPulled.class);
        // No name records that it came from there, so the confirmation of the registry is not enough.
        assertThat(requestsOf(() -> client(ALICE).pull(reference("team/secret@" + former))))
                .anyMatch(line -> line.startsWith("GET /v2/team/secret/blobs/"));
        assertThat(requestsOf(() -> client(ALICE).pull(reference("team/secret@" + former), PullPolicy.NEVER)))
                .isEmpty();
    }

    @Test
    void imageOfAPrivateIndex_byItsOwnDigest_isPrivateToo() {
        Digest image = registry.addModule("team/multi", "only", MODULE);
        registry.addManifest(
                "team/multi",
                "v1",
                Images.OCI_INDEX,
                Images.index(Images.entry(
                        image, registry.manifest("team/multi", "only").length(), "wasip1", "wasm")));
        admit(ALICE);
        client(ALICE).pull(reference("team/multi:v1"));

        assertThatThrownBy(() -> client(BOB).pull(reference("team/multi@" + image), PullPolicy.NEVER))
                .isInstanceOf(OciException.Unauthorized.class);
        assertThat(requestsOf(() -> client(ALICE).pull(reference("team/multi@" + image), PullPolicy.NEVER)))
                .isEmpty();
    }

    @Test
    void seededImage_isForAll() {
        privateImage();
        Path layout = directory.resolve("store");
        OciClient other = OciClient.builder()
                .store(directory.resolve("other"))
                .timing(time.timing(), Duration.ofSeconds(10))
                .build();
        other.seed(layout, OciReference.parse("example.org/unused"));

        assertThat(other.pull(reference("team/secret:v1"), PullPolicy.NEVER).bytes())
                .isEqualTo(MODULE);
    }

    @Test
    void store_holdsNoSecretAndNoUser() throws IOException {
        privateImage();

        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("alice", ALICE.secret());
            }
        }
        assertThat(directory.resolve("store/index.json"))
                .content()
                .containsPattern("\"dev.wagi.credentials\" : \"[0-9a-f]{64}\"");
    }

    @Test
    void hash_isOfThisStoreAlone() throws IOException {
        privateImage();
        Path other = directory.resolve("other");
        builder()
                .store(other)
                .addCredentials((host, repository) -> List.of(ALICE))
                .build()
                .pull(reference("team/secret:v1"));

        assertThat(hashLine(other)).isNotEqualTo(hashLine(directory.resolve("store")));
    }

    private static String hashLine(Path store) throws IOException {
        return Files.readAllLines(store.resolve("index.json")).stream()
                .filter(line -> line.contains("dev.wagi.credentials"))
                .findFirst()
                .orElseThrow();
    }

    // Removal

    private Path blob(byte[] module) {
        return directory
                .resolve("store/blobs/sha256")
                .resolve(Digest.sha256(module).hex());
    }

    private void pull(OciClient client, String name, int size) {
        registry.addModule("team/" + name, "v1", Images.module(size));
        client.pull(reference("team/" + name + ":v1"));
    }

    @Test
    void unused_goesWithThePullAfterItsTime() {
        pull(client(), "old", 1000);
        time.later(Duration.ofDays(20));
        pull(client(), "used", 2000);
        time.later(Duration.ofDays(10));
        assertThat(blob(Images.module(1000))).exists();

        time.later(Duration.ofMinutes(1));
        pull(client(), "new", 3000);

        assertThat(blob(Images.module(1000))).doesNotExist();
        assertThat(blob(Images.module(2000))).exists();
        assertThat(blob(Images.module(3000))).exists();
    }

    @Test
    void unused_timeOfTheBuilder_counts() {
        OciClient client = builder().keepUnused(Duration.ofDays(2)).build();
        pull(client, "old", 1000);
        time.later(Duration.ofDays(3));
        pull(client, "new", 3000);

        assertThat(blob(Images.module(1000))).doesNotExist();
        assertThatThrownBy(() -> builder().keepUnused(Duration.ofMinutes(59)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void tooMuch_theLongestUnusedGoes() {
        OciClient client = builder().maxStoreBytes(50_000).build();
        pull(client, "a", 20_000);
        time.later(Duration.ofDays(1));
        pull(client, "b", 20_001);
        time.later(Duration.ofDays(1));
        pull(client, "c", 20_002);

        assertThat(blob(Images.module(20_000))).doesNotExist();
        assertThat(blob(Images.module(20_001))).exists();
        assertThat(blob(Images.module(20_002))).exists();
    }

    @Test
    void collection_isOnceADayForAllProcesses_andNobodyWaitsForIt() {
        List<Runnable> waiting = new ArrayList<>();
        Executor executor = waiting::add;
        pull(builder().background(executor).build(), "a", 1000);
        pull(builder().background(executor).build(), "b", 2000);
        assertThat(waiting).hasSize(1);

        time.later(Duration.ofHours(23));
        pull(builder().background(executor).build(), "c", 3000);
        assertThat(waiting).hasSize(1);

        time.later(Duration.ofDays(31));
        pull(builder().background(executor).build(), "d", 4000);
        assertThat(waiting).hasSize(2);
        assertThat(blob(Images.module(1000))).exists();
        waiting.get(1).run();
        assertThat(blob(Images.module(1000))).doesNotExist();
    }

    @Test
    void collection_isNotTriedByWhatTheStoreServes() {
        List<Runnable> waiting = new ArrayList<>();
        OciClient client = builder().background(waiting::add).build();
        pull(client, "a", 1000);
        time.later(Duration.ofDays(2));

        client.pull(reference("team/a:v1"));

        assertThat(waiting).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void collection_thatFails_isNoFailureOfThePull(boolean refusedByTheExecutor) throws IOException {
        OciClient client = builder()
                .background(work -> {
                    if (refusedByTheExecutor) {
                        throw new java.util.concurrent.RejectedExecutionException("closed");
                    }
                    try {
                        Files.writeString(directory.resolve("store/index.json"), "broken");
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                    work.run();
                })
                .build();
        registry.addModule("team/a", "v1", MODULE);

        assertThat(client.pull(reference("team/a:v1")).bytes()).isEqualTo(MODULE);
        assertThat(registry.requests()).anyMatch(blobGets());
    }
}
