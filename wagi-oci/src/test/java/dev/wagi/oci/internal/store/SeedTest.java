// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Digest;
import dev.wagi.oci.internal.tar.Tar;
import dev.wagi.oci.internal.tar.TarReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SeedTest {

    private static final long MAX = 10 << 20;
    private static final BiFunction<String, Digest, Optional<String>> NAMING =
            (tag, manifest) -> tag.isEmpty() ? Optional.empty() : Optional.of("registry.example/hello:" + tag);

    @TempDir
    Path temporary;

    private ContentStore open() throws IOException {
        return ContentStore.open(temporary.resolve("store"));
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private Path source(String form, Map<String, byte[]> files) throws IOException {
        return switch (form) {
            case "tar" -> Files.write(temporary.resolve("layout.tar"), Tar.of(files));
            case "tar.gz" -> Files.write(temporary.resolve("layout.tar.gz"), gzip(Tar.of(files)));
            default -> Layouts.directory(temporary.resolve("layout"), files);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"directory", "tar", "tar.gz"})
    void seed_takesOverNamesAndContent(String form) throws IOException {
        Path source = source(form, Layouts.files());

        Seeded seeded = open().seed(source, NAMING, MAX);

        assertThat(seeded.references()).containsExactly("registry.example/hello:v1");
        assertThat(seeded.blobs()).isEqualTo(6);
        StoredReference found = open().find("registry.example/hello:v1").orElseThrow();
        assertThat(found.isSeeded()).isTrue();
        assertThat(found.mediaType()).isEqualTo(Layouts.INDEX);
        assertThat(found.credentials()).isEmpty();
        assertThat(open().bytes(Digest.sha256(Layouts.random(1, 3000)), 3000)).isPresent();
        assertThat(open().seed(source, NAMING, MAX).blobs()).isZero();

        Clock later = Clock.fixed(Instant.now().plus(Duration.ofDays(1000)), ZoneOffset.UTC);
        ContentStore.open(temporary.resolve("store"), later, Duration.ZERO).collect(Duration.ZERO, 0);
        assertThat(open().bytes(Digest.sha256(Layouts.random(1, 3000)), 3000)).isPresent();
        assertThat(open().bytes(Digest.sha256(Layouts.random(2, 100)), 100))
                .as("of the manifest without a name")
                .isPresent();
    }

    @Test
    void store_filledInPlaceByAnotherTool_isUsed() throws IOException {
        Path directory = Layouts.directory(temporary.resolve("store"), Layouts.files());
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                Files.setPosixFilePermissions(
                        file,
                        java.nio.file.attribute.PosixFilePermissions.fromString(
                                Files.isDirectory(file) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }

        assertThat(open().find("v1")).isPresent();
        assertThat(open().bytes(Digest.sha256(Layouts.random(1, 3000)), 3000)).isPresent();
        Layouts.image(open(), "ours", 5, 10, Instant.now());
        assertThat(open().find("v1")).isPresent();
    }

    @Test
    void tar_withLongNames_isRead() throws IOException {
        byte[] content = Layouts.utf8("content");
        String name = "blobs/sha512/" + "a".repeat(128);
        byte[] pax = Layouts.utf8("151 path=" + name + "\n");
        assertThat(pax).hasSize(151);
        Tar tar = new Tar()
                .add('x', "pax", pax)
                .header('0', "short", content.length, "")
                .content(content)
                .add('L', "././@LongLink", Layouts.utf8(name + "\0"))
                .header('0', "short", content.length, "")
                .content(content)
                .add('g', "global", Layouts.utf8("12 a=bcdefg\n"))
                .header('0', "plain", content.length, "")
                .content(content);
        TarReader reader = new TarReader(
                new java.io.ByteArrayInputStream(tar.end()),
                TarReader.Others.REFUSED,
                new TarReader.Limits(3, 7, 10_000));

        assertThat(reader.next()).hasValue(new TarReader.Entry(name, 7, true));
        assertThat(reader.next()).hasValue(new TarReader.Entry(name, 7, true));
        assertThat(reader.next()).hasValue(new TarReader.Entry("plain", 7, true));
        byte[] buffer = new byte[100];
        assertThat(reader.read(buffer)).isEqualTo(7);
        assertThat(reader.read(buffer)).isEqualTo(-1);
        assertThat(reader.next()).isEmpty();
    }

    record Hostile(String name, byte[] tar, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Hostile> hostile() throws IOException {
        byte[] none = new byte[0];
        Map<String, byte[]> files = Layouts.files();
        byte[] good = Tar.of(files);
        byte[] checksum = good.clone();
        checksum[0] ^= 1;
        String blob = files.keySet().stream()
                .filter(name -> name.startsWith("blobs/"))
                .skip(1)
                .findFirst()
                .orElseThrow();
        Map<String, byte[]> poisoned = new java.util.LinkedHashMap<>(files);
        poisoned.put(blob, Layouts.random(9, 3000));
        Map<String, byte[]> withoutBlob = new java.util.LinkedHashMap<>(files);
        withoutBlob.remove("blobs/sha256/"
                + Digest.sha256(Layouts.manifest(Layouts.utf8("{}"), Layouts.random(2, 100)))
                        .hex());
        Map<String, byte[]> withoutIndex = new java.util.LinkedHashMap<>(files);
        withoutIndex.remove("index.json");
        Map<String, byte[]> otherVersion = new java.util.LinkedHashMap<>(files);
        otherVersion.put("oci-layout", Layouts.utf8("{}"));
        Tar many = new Tar();
        for (int i = 0; i < 20_001; i++) {
            many.add('0', "f" + i, none);
        }
        return List.of(
                new Hostile("dots", new Tar().add('0', "../evil", none).end(), "which points outside the archive"),
                new Hostile(
                        "dots within",
                        new Tar().add('0', "blobs/../../evil", none).end(),
                        "which points outside the archive"),
                new Hostile("absolute", new Tar().add('0', "/evil", none).end(), "which points outside the archive"),
                new Hostile(
                        "backslash", new Tar().add('0', "..\\evil", none).end(), "which points outside the archive"),
                new Hostile(
                        "long name outside",
                        new Tar()
                                .add('L', "l", Layouts.utf8("../evil\0"))
                                .add('0', "x", none)
                                .end(),
                        "which points outside the archive"),
                new Hostile(
                        "symbolic link",
                        new Tar().header('2', "blobs", 0, "/etc").end(),
                        "contains the link \"blobs\""),
                new Hostile(
                        "hard link",
                        new Tar().header('1', "b", 0, "/etc/passwd").end(),
                        "contains the link"),
                new Hostile(
                        "control characters",
                        new Tar().header('2', "a\u001b[2J\nb", 0, "").end(),
                        "\"a?[2J?b\""),
                new Hostile("device", new Tar().header('3', "d", 0, "").end(), "contains an entry of type '3'"),
                new Hostile("sparse", new Tar().header('S', "s", 0, "").end(), "contains an entry of type 'S'"),
                new Hostile(
                        "huge file",
                        new Tar().header('0', "f", 077777777777L, "").end(),
                        "more than the"),
                new Hostile(
                        "huge extension",
                        new Tar().header('x', "p", 100_000, "").end(),
                        "an extended header of 100000 bytes"),
                new Hostile(
                        "huge number in an extension",
                        new Tar()
                                .add('x', "p", Layouts.utf8("29 size=99999999999999999999\n"))
                                .end(),
                        "malformed extended header"),
                new Hostile(
                        "broken extension",
                        new Tar().add('x', "p", Layouts.utf8("999 path=a\n")).end(),
                        "malformed extended header"),
                new Hostile("many files", many.end(), "more than 20000 files"),
                new Hostile("cut off", java.util.Arrays.copyOf(good, 4000), "ends in the middle"),
                new Hostile("checksum", checksum, "wrong checksum"),
                new Hostile("not a tar", Layouts.random(3, 5000), "the archive "),
                new Hostile("empty", none, "has no 'oci-layout'"),
                new Hostile(
                        "bomb",
                        gzip(new Tar().add('0', "f", new byte[9 << 20]).end()),
                        "unpacks to more than 200 times its size"),
                new Hostile(
                        "more than is allowed",
                        new Tar().add('0', "f", new byte[11 << 20]).end(),
                        "more than the"),
                new Hostile(
                        "gzip cut off",
                        java.util.Arrays.copyOf(gzip(good), 1000),
                        "not a complete compressed tar archive"),
                new Hostile("poisoned blob", Tar.of(poisoned), "does not match the digest"),
                new Hostile("blob missing", Tar.of(withoutBlob), "is missing"),
                new Hostile("no index", Tar.of(withoutIndex), "has no 'index.json'"),
                new Hostile("other version", Tar.of(otherVersion), "imageLayoutVersion"));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void seed_hostileArchive_isRefusedAndNamesNothing(Hostile hostile) throws IOException {
        ContentStore store = open();
        Path tar = Files.write(temporary.resolve("layout.tar"), hostile.tar());

        assertThatThrownBy(() -> store.seed(tar, NAMING, MAX))
                .isInstanceOfAny(StoreException.class, ContentMismatchException.class)
                .hasMessageContaining(hostile.message());

        assertThat(store.references()).isEmpty();
        assertThat(temporary.resolve("evil")).doesNotExist();
        assertThat(temporary.resolve("store/evil")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"oci-layout", "index.json", "blob", "blobs", "blobs/sha256"})
    @DisabledOnOs(OS.WINDOWS)
    void seed_directoryWithLinks_isRefused(String what) throws IOException {
        Path layout = source("directory", Layouts.files());
        Path file = layout.resolve(what);
        if (what.equals("blob")) {
            try (Stream<Path> blobs = Files.list(layout.resolve("blobs/sha256"))) {
                file = blobs.findFirst().orElseThrow();
            }
        }
        Files.createSymbolicLink(file, Files.move(file, temporary.resolve("moved")));

        assertThatThrownBy(() -> open().seed(layout, NAMING, MAX))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("is a link, or not a regular file");
        assertThat(open().references()).isEmpty();
    }

    @Test
    void seed_nothingThere_saysSo() {
        assertThatThrownBy(() -> open().seed(temporary.resolve("none"), NAMING, MAX))
                .hasMessageContaining("there is no OCI image layout at ");
    }

    @Test
    void seed_ownAnnotationsOfAForeignIndex_areNotBelieved() throws IOException {
        Map<String, byte[]> files = Layouts.files();
        String index = new String(files.get("index.json"), java.nio.charset.StandardCharsets.UTF_8);
        files.put(
                "index.json",
                Layouts.utf8(index.replace(
                        "\"annotations\":{",
                        "\"annotations\":{\"dev.wagi.credentials\":\"stolen\",\"dev.wagi.kind\":\"x\",")));

        open().seed(source("tar", files), NAMING, MAX);

        StoredReference found = open().find("registry.example/hello:v1").orElseThrow();
        assertThat(found.credentials()).isEmpty();
        assertThat(found.kind()).isNull();
    }
}
