// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.wagi.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentStoreTest {

    private static final Instant FETCHED = Instant.parse("2026-01-02T03:04:05Z");
    private static final byte[] BLOB = Layouts.random(7, 200_000);
    private static final Digest DIGEST = Digest.sha256(BLOB);

    @TempDir
    Path temporary;

    private Path directory() {
        return temporary.resolve("store");
    }

    private Path file(Digest digest) {
        return directory().resolve("blobs").resolve(digest.algorithm()).resolve(digest.hex());
    }

    private ContentStore open() throws IOException {
        return ContentStore.open(directory());
    }

    @Test
    void store_isAnImageLayout() throws IOException {
        Digest manifest = Layouts.image(open(), "registry.example/hello:v1", 1, 100, FETCHED);

        assertThat(directory().resolve("oci-layout")).hasContent("{\"imageLayoutVersion\":\"1.0.0\"}");
        JsonNode index =
                new ObjectMapper().readTree(directory().resolve("index.json").toFile());
        assertThat(index.path("schemaVersion").asInt()).isEqualTo(2);
        JsonNode entry = index.path("manifests").path(0);
        assertThat(entry.path("mediaType").asText()).isEqualTo(Layouts.MANIFEST);
        assertThat(entry.path("digest").asText()).isEqualTo(manifest.toString());
        assertThat(entry.path("size").asLong()).isEqualTo(Files.size(file(manifest)));
        assertThat(entry.path("annotations")
                        .path("org.opencontainers.image.ref.name")
                        .asText())
                .isEqualTo("registry.example/hello:v1");
    }

    /** With the paths of Windows, whose files have no modes, on any system. */
    @Test
    void store_onWindows_isReadAgain() throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path store = windows.getPath("C:\\Users\\me\\oci");
            Digest manifest = Layouts.image(ContentStore.open(store), "registry.example/hello:v1", 1, 100, FETCHED);

            assertThat(ContentStore.open(store).references())
                    .singleElement()
                    .satisfies(reference -> assertThat(reference.toString()).contains(manifest.toString()));
            Path file = Files.writeString(windows.getPath("C:\\file"), "");
            assertThatThrownBy(() -> ContentStore.open(file)).hasMessageContaining("C:\\file is not a directory");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void everything_isForItsOwnerOnly() throws IOException {
        Layouts.image(open(), "a:b", 1, 100, FETCHED);
        open().begin(DIGEST, BLOB.length).close();

        try (Stream<Path> files = Files.walk(directory())) {
            for (Path file : files.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(file.toString())
                        .isEqualTo(Files.isDirectory(file) ? "rwx------" : "rw-------");
            }
        }
    }

    @Test
    void find_afterTag_knowsAllOfIt() throws IOException {
        Layouts.write(open(), BLOB);
        Digest manifest = open().putManifest(Layouts.manifest(BLOB, BLOB));
        StoredReference reference = new StoredReference(
                "registry.example:5000/a/b@" + DIGEST,
                manifest,
                Layouts.MANIFEST,
                FETCHED,
                "cncf",
                DIGEST,
                Set.of("c1"),
                Set.of(DIGEST));

        open().tag(reference);

        assertThat(open().find(reference.reference())).hasValue(reference);
        assertThat(open().references()).containsExactly(reference);
        assertThat(open().find("registry.example:5000/a/b")).isEmpty();
    }

    @Test
    void tag_again_keepsCredentialsOfTheSameManifestOnly() throws IOException {
        Digest first = Layouts.image(open(), "x", 1, 10, FETCHED);
        Digest second = Layouts.image(open(), "y", 2, 10, FETCHED);
        ContentStore store = open();
        for (String credential : List.of("c1", "c2")) {
            store.tag(new StoredReference(
                    "n", first, Layouts.MANIFEST, FETCHED, null, null, Set.of(credential), Set.of()));
        }
        assertThat(store.find("n").orElseThrow().credentials()).containsExactly("c1", "c2");

        store.tag(new StoredReference("n", second, Layouts.MANIFEST, FETCHED, null, null, Set.of("c3"), Set.of()));

        assertThat(store.find("n").orElseThrow().credentials()).containsExactly("c3");
        assertThat(store.untag("n")).isTrue();
        assertThat(store.untag("n")).isFalse();
        assertThat(store.find("n")).isEmpty();
    }

    @Test
    void tag_contentMissing_isRefused() throws IOException {
        Digest manifest = open().putManifest(Layouts.manifest(BLOB, BLOB));

        assertThatThrownBy(() -> open().tag(Layouts.reference("n", manifest, FETCHED, DIGEST)))
                .isInstanceOf(StoreException.class)
                .hasMessage("'n' cannot be stored in the module store " + directory() + ": blob " + DIGEST
                        + " is missing; pull it again");
        assertThat(open().find("n")).isEmpty();
    }

    @Test
    void blob_isReadAsItWasWritten() throws IOException {
        Layouts.write(open(), BLOB);

        assertThat(open().bytes(DIGEST, BLOB.length)).hasValue(BLOB);
        assertThat(open().has(DIGEST, BLOB.length)).isTrue();
        assertThat(open().has(DIGEST, BLOB.length - 1)).isFalse();
        try (InputStream in = Channels.newInputStream(open().read(DIGEST).orElseThrow())) {
            assertThat(in.readAllBytes()).isEqualTo(BLOB);
        }
        assertThatThrownBy(() -> open().bytes(DIGEST, 100)).isInstanceOf(StoreException.class);
    }

    @Test
    void blob_ofSha512_isKeptToo() throws Exception {
        Digest digest = Digest.ofHash(
                "sha512", java.security.MessageDigest.getInstance("SHA-512").digest(BLOB));

        open().put(digest, BLOB);

        assertThat(open().bytes(digest, BLOB.length)).hasValue(BLOB);
    }

    record Poison(String name, Change change) {
        @FunctionalInterface
        interface Change {
            void to(Path blob) throws IOException;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Poison> poisons() {
        return List.of(
                new Poison("other bytes", blob -> {
                    byte[] bytes = BLOB.clone();
                    bytes[BLOB.length - 1] ^= 1;
                    Files.write(blob, bytes);
                }),
                new Poison("truncated", blob -> Files.write(blob, java.util.Arrays.copyOf(BLOB, 1000))),
                new Poison("empty", blob -> Files.write(blob, new byte[0])),
                new Poison("a link to good bytes", blob -> {
                    Path other = blob.resolveSibling("other");
                    Files.move(blob, other, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
                    Files.createSymbolicLink(blob, other);
                }),
                new Poison("a link to nowhere", blob -> {
                    Files.delete(blob);
                    Files.createSymbolicLink(blob, blob.resolveSibling("nowhere"));
                }));
    }

    @ParameterizedTest
    @MethodSource("poisons")
    void blob_poisoned_isAbsentAndCanBeFetchedAgain(Poison poison) throws IOException {
        ContentStore store = open();
        for (boolean inMemory : List.of(true, false)) {
            Layouts.write(store, BLOB);
            poison.change().to(file(DIGEST));

            if (inMemory) {
                assertThat(store.bytes(DIGEST, BLOB.length)).isEmpty();
            } else {
                assertThat(store.read(DIGEST)).isEmpty();
            }
            assertThat(Files.exists(file(DIGEST), java.nio.file.LinkOption.NOFOLLOW_LINKS))
                    .isFalse();
        }
        Layouts.write(store, BLOB);
        poison.change().to(file(DIGEST));
        Layouts.write(store, BLOB); // a writer looks for itself
        assertThat(store.bytes(DIGEST, BLOB.length)).hasValue(BLOB);
        assertThat(Files.exists(file(DIGEST).resolveSibling("nowhere"))).isFalse();
    }

    @Test
    void writer_resumes() throws IOException {
        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            writer.write(BLOB, 0, 70_000);
        }
        assertThat(open().has(DIGEST, BLOB.length)).isFalse();

        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            assertThat(writer.have()).isEqualTo(70_000);
            writer.write(BLOB, 70_000, BLOB.length - 70_000);
            writer.commit();
            assertThat(writer.isComplete()).isTrue();
        }
        assertThat(open().bytes(DIGEST, BLOB.length)).hasValue(BLOB);
    }

    @Test
    void writer_interrupted_canGoOn() throws IOException {
        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            writer.write(BLOB, 0, 70_000);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> writer.write(BLOB, 70_000, 1000))
                    .isInstanceOf(StoreException.class)
                    .hasMessageStartingWith("interrupted: cannot write a blob");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            assertThat(writer.have()).isBetween(70_000L, 71_000L);
            writer.write(BLOB, (int) writer.have(), BLOB.length - (int) writer.have());
            writer.commit();
        }
    }

    @Test
    void writer_restarts() throws IOException {
        open().begin(DIGEST, BLOB.length).close();
        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            writer.write(new byte[100_000], 0, 100_000);
        }

        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            writer.restart();
            assertThat(writer.have()).isZero();
            writer.write(BLOB, 0, BLOB.length);
            writer.commit();
        }
        assertThat(open().bytes(DIGEST, BLOB.length)).hasValue(BLOB);
    }

    @Test
    void writer_partialLongerThanTheBlob_beginsAnew() throws IOException {
        open();
        Files.write(directory().resolve(".wagi/partial/sha256-" + DIGEST.hex()), new byte[BLOB.length + 1]);

        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            assertThat(writer.have()).isZero();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void writer_linkInThePlaceOfThePartial_isReplaced() throws IOException {
        open();
        Path outside = Files.writeString(temporary.resolve("outside"), "mine");
        Files.createSymbolicLink(directory().resolve(".wagi/partial/sha256-" + DIGEST.hex()), outside);

        Layouts.write(open(), BLOB);

        assertThat(outside).hasContent("mine");
        assertThat(open().bytes(DIGEST, BLOB.length)).hasValue(BLOB);
    }

    record Wrong(String name, long size, int written, int flipped, boolean resumed, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Wrong> wrongs() {
        return List.of(
                new Wrong("too short", BLOB.length, 1000, -1, false, "1000 bytes instead of 200000"),
                new Wrong("too long", 1000, 1001, -1, false, "more than the 1000 bytes in the manifest"),
                new Wrong("other bytes", BLOB.length, BLOB.length, 5, false, "the bytes hash to sha256:"),
                new Wrong("other bytes, resumed", BLOB.length, BLOB.length, 5, true, "the bytes hash to sha256:"),
                new Wrong("size of the manifest is wrong", 1000, 1000, -1, false, "the bytes hash to sha256:"));
    }

    @ParameterizedTest
    @MethodSource("wrongs")
    void writer_wrongContent_isThrownAway(Wrong wrong) throws IOException {
        byte[] bytes = BLOB.clone();
        if (wrong.flipped() >= 0) {
            bytes[wrong.flipped()] ^= 1;
        }
        int begun = wrong.resumed() ? 50_000 : 0;
        try (BlobWriter writer = open().begin(DIGEST, wrong.size())) {
            writer.write(bytes, 0, begun);
        }

        try (BlobWriter writer = open().begin(DIGEST, wrong.size())) {
            assertThatThrownBy(() -> {
                        writer.write(bytes, begun, wrong.written() - begun);
                        writer.commit();
                    })
                    .isInstanceOfSatisfying(ContentMismatchException.class, mismatch -> {
                        assertThat(mismatch.expected()).isEqualTo(DIGEST);
                        assertThat(mismatch.isResumed()).isEqualTo(wrong.resumed());
                    })
                    .hasMessageContaining(wrong.message());
            assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class);
        }
        assertThat(open().bytes(DIGEST, BLOB.length)).isEmpty();
        try (BlobWriter writer = open().begin(DIGEST, BLOB.length)) {
            assertThat(writer.have()).isZero();
        }
    }

    @Test
    void hammer_threadsBeginTheSameStore() throws Exception {
        int threads = 4;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 10; round++) {
                Path store = temporary.resolve("new" + round);
                CountDownLatch start = new CountDownLatch(1);
                List<Future<ContentStore>> opened = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    boolean late = i > 0; // when the first one is in the middle of it
                    opened.add(executor.submit(() -> {
                        start.await();
                        while (late && !Files.exists(store.resolve("index.json"))) {
                            Thread.onSpinWait();
                        }
                        return ContentStore.open(store);
                    }));
                }
                start.countDown();
                for (Future<ContentStore> one : opened) {
                    assertThat(one.get().references()).isEmpty();
                }
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void hammer_threadsWriteAndReadTheSameBlobs() throws Exception {
        int threads = 4;
        int rounds = 12;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Integer>> results = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                int number = i;
                results.add(executor.submit(() -> {
                    ContentStore store = open();
                    start.await();
                    int written = 0;
                    for (int round = 0; round < rounds; round++) {
                        byte[] bytes = Layouts.random(round, 5000);
                        Digest digest = Digest.sha256(bytes);
                        try (BlobWriter writer = store.begin(digest, bytes.length)) {
                            if (!writer.isComplete()) {
                                writer.write(bytes, 0, bytes.length);
                                writer.commit();
                                written++;
                            }
                        }
                        assertThat(store.bytes(digest, bytes.length)).hasValue(bytes);
                        Digest manifest = store.putManifest(Layouts.manifest(bytes, bytes));
                        store.tag(Layouts.reference(number + ":" + round % 5, manifest, FETCHED, digest));
                        if (round % 4 == 0) {
                            store.collect(Duration.ofDays(365_000), Long.MAX_VALUE);
                        }
                    }
                    return written;
                }));
            }
            start.countDown();
            int written = 0;
            for (Future<Integer> result : results) {
                written += result.get();
            }
            assertThat(written).isEqualTo(rounds);
            assertThat(open().references()).hasSize(threads * 5);
        } finally {
            executor.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "{\"manifests\": 1}", "", "{\"manifests\": [], \"manifests\": []}"})
    void index_broken_isToldAndNothingIsLost(String json) throws IOException {
        Layouts.image(open(), "n", 1, 100, FETCHED);
        Files.writeString(directory().resolve("index.json"), json);
        ContentStore store = ContentStore.open(
                directory(),
                Clock.fixed(FETCHED.plus(Duration.ofDays(10_000)), java.time.ZoneOffset.UTC),
                Duration.ZERO);

        for (org.assertj.core.api.ThrowableAssert.ThrowingCallable use :
                List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                        () -> store.find("n"), () -> store.untag("n"), () -> store.collect(Duration.ZERO, 0))) {
            assertThatThrownBy(use)
                    .isInstanceOf(StoreException.class)
                    .hasMessageStartingWith(directory().resolve("index.json") + " ")
                    .hasMessageContaining("rename it and references will be fetched again");
        }
        assertThat(directory().resolve("index.json")).hasContent(json);

        Files.delete(directory().resolve("index.json"));
        assertThat(store.find("n")).isEmpty();
        assertThat(store.bytes(Digest.sha256(Layouts.random(1, 100)), 100)).isPresent();
    }

    @Test
    void index_ofOtherTools_isKeptAsItIs() throws IOException {
        Digest manifest = Layouts.image(open(), "n", 1, 100, FETCHED);
        Files.writeString(directory().resolve("index.json"), """
                {"schemaVersion": 2, "annotations": {"x": "y"}, "manifests": [
                  {"mediaType": "m", "digest": "%s", "size": 3, "platform": {"os": "wasi", "architecture": "wasm"},
                   "annotations": {"org.opencontainers.image.ref.name": "theirs", "z": "1", "dev.wagi.kind": "no word"}},
                  {"digest": "md5:1"}, 7]}
                """.formatted(manifest));

        open().tag(Layouts.reference("ours", manifest, FETCHED));

        StoredReference theirs = open().find("theirs").orElseThrow();
        assertThat(theirs.isSeeded()).isTrue();
        assertThat(theirs.kind()).isNull();
        JsonNode index =
                new ObjectMapper().readTree(directory().resolve("index.json").toFile());
        assertThat(index.path("annotations").path("x").asText()).isEqualTo("y");
        assertThat(index.path("manifests")).hasSize(4);
        assertThat(index.path("manifests").path(0).path("platform").path("os").asText())
                .isEqualTo("wasi");
    }

    @Test
    void find_manifestGone_isEmpty() throws IOException {
        Digest manifest = Layouts.image(open(), "n", 1, 100, FETCHED);
        Files.delete(file(manifest));

        assertThat(open().find("n")).isEmpty();
    }

    record Refused(String name, Poison.Change change, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Refused> refused() {
        return List.of(
                new Refused(
                        "writable by users other",
                        store -> allow(store, PosixFilePermission.OTHERS_WRITE),
                        "is writable by users other than its owner"),
                new Refused(
                        "blobs writable by the group",
                        store -> allow(store.resolve("blobs/sha256"), PosixFilePermission.GROUP_WRITE),
                        "is writable by users other than its owner"),
                new Refused("blobs is a link", store -> link(store.resolve("blobs")), "is a symbolic link"),
                new Refused("algorithm is a link", store -> link(store.resolve("blobs/sha256")), "is a symbolic link"),
                new Refused("own directory is a link", store -> link(store.resolve(".wagi")), "is a symbolic link"),
                new Refused("partials are a link", store -> link(store.resolve(".wagi/partial")), "is a symbolic link"),
                new Refused("the store is a link", ContentStoreTest::link, "is a symbolic link"),
                new Refused("index is a link", store -> link(store.resolve("index.json")), "is a symbolic link"),
                new Refused(
                        "index is a directory", store -> directory(store.resolve("index.json")), "is not a regular"),
                new Refused("blobs is a file", store -> file(store.resolve("blobs"), ""), "is not a directory"),
                new Refused(
                        "another version",
                        store -> file(store.resolve("oci-layout"), "{\"imageLayoutVersion\":\"2.0.0\"}"),
                        "does not contain \"imageLayoutVersion\": \"1.0.0\""),
                new Refused("no version", store -> file(store.resolve("oci-layout"), "1.0.0"), "does not contain"),
                new Refused(
                        "no layout",
                        store -> {
                            Files.delete(store.resolve("oci-layout"));
                            Files.writeString(store.resolve("pom.xml"), "");
                        },
                        "contains files, but no 'oci-layout'"));
    }

    private static void allow(Path file, PosixFilePermission permission) throws IOException {
        Set<PosixFilePermission> permissions = new java.util.HashSet<>(Files.getPosixFilePermissions(file));
        permissions.add(permission);
        Files.setPosixFilePermissions(file, permissions);
    }

    private static void link(Path file) throws IOException {
        Path other = Files.createTempDirectory(temporaryOf(file), "elsewhere").resolve("moved");
        Files.move(file, other);
        Files.createSymbolicLink(file, other);
    }

    /** Returns the parent of the store. */
    private static Path temporaryOf(Path file) {
        Path above = file;
        while (!above.getFileName().toString().equals("store")) {
            above = above.getParent();
        }
        return above.getParent();
    }

    private static void directory(Path file) throws IOException {
        Files.delete(file);
        Files.createDirectory(file);
    }

    private static void file(Path file, String content) throws IOException {
        if (Files.isDirectory(file)) {
            Files.move(file, file.resolveSibling(".wagi-moved"));
        }
        Files.writeString(file, content);
    }

    @ParameterizedTest
    @MethodSource("refused")
    @DisabledOnOs(OS.WINDOWS)
    void store_notPrivateOrNotALayout_isRefused(Refused refused) throws IOException {
        Layouts.image(open(), "n", 1, 100, FETCHED);
        refused.change().to(directory());

        assertThatThrownBy(() -> open().find("n"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(refused.message())
                .hasMessageContaining(directory().toString());
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void blob_writableByOthers_isRefused() throws IOException {
        Layouts.write(open(), BLOB);
        allow(file(DIGEST), PosixFilePermission.OTHERS_WRITE);

        assertThatThrownBy(() -> open().bytes(DIGEST, BLOB.length)).hasMessageContaining("chmod -R go-w");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void store_ofAnother_isRefused() throws IOException {
        open();
        org.junit.jupiter.api.Assumptions.assumeTrue(
                Files.getAttribute(directory(), "unix:uid").equals(0), "only root can give a directory away");
        Files.setAttribute(directory(), "unix:uid", 4321);

        assertThatThrownBy(this::open)
                .hasMessageContaining("belongs to ")
                .hasMessageContaining("name a directory of your");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void store_readOnly_canBeReadAndSaysSoWhenWritten() throws IOException {
        Digest manifest = Layouts.image(open(), "n", 1, 100, FETCHED);
        org.junit.jupiter.api.Assumptions.assumeFalse(
                Files.getAttribute(directory(), "unix:uid").equals(0), "root may write anywhere");
        try (Stream<Path> files = Files.walk(directory())) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(
                        file, PosixFilePermissions.fromString(Files.isDirectory(file) ? "r-x------" : "r--------"));
            }
        }

        assertThat(open().find("n")).isPresent();
        assertThat(open().bytes(manifest, 10_000)).isPresent();
        assertThatThrownBy(() -> Layouts.write(open(), BLOB))
                .hasMessageContaining("permission denied; give the user of this process write permission");
    }

    @Test
    void store_whereNoneCanBe_saysSo() throws IOException {
        Path file = Files.writeString(temporary.resolve("file"), "");

        assertThatThrownBy(() -> ContentStore.open(file.resolve("store")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
        assertThatThrownBy(() -> ContentStore.open(file)).hasMessageContaining("is not a directory");
    }

    @Test
    void reference_malformed_isRefused() {
        assertThatThrownBy(() -> Layouts.reference("a b", DIGEST, FETCHED))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Layouts.reference("", DIGEST, FETCHED)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new StoredReference(
                        "a", DIGEST, Layouts.MANIFEST, FETCHED, null, null, Set.of("a,b"), Set.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
