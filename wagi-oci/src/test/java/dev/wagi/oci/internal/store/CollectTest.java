// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollectTest {

    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration MONTH = Duration.ofDays(30);

    @TempDir
    Path temporary;

    private Path directory;

    @BeforeEach
    void directory() {
        directory = temporary.resolve("store");
    }

    private ContentStore at(Duration later) throws IOException {
        return ContentStore.open(directory, Clock.fixed(START.plus(later), ZoneOffset.UTC), Duration.ofSeconds(10));
    }

    private boolean has(int seed, int size) throws IOException {
        return Files.exists(directory
                .resolve("blobs/sha256")
                .resolve(Digest.sha256(Layouts.random(seed, size)).hex()));
    }

    @Test
    void collect_keepsWhatIsNamedAndRemovesTheRest() throws IOException {
        Layouts.image(at(Duration.ZERO), "named", 1, 1000, START);
        Layouts.write(at(Duration.ZERO), Layouts.random(2, 500));

        Collected collected = at(Duration.ofDays(1)).collect(MONTH, Long.MAX_VALUE);

        assertThat(collected.references()).isEmpty();
        assertThat(collected.blobs()).isEqualTo(1);
        assertThat(collected.freedBytes()).isEqualTo(500);
        assertThat(collected.keptBytes()).isGreaterThan(1000);
        assertThat(has(1, 1000)).isTrue();
        assertThat(has(2, 500)).isFalse();
        assertThat(at(Duration.ofDays(1)).find("named")).isPresent();
    }

    @Test
    void collect_throughAnIndex_keepsItsPlatforms() throws IOException {
        ContentStore store = at(Duration.ZERO);
        byte[] module = Layouts.random(1, 1000);
        Layouts.write(store, module);
        byte[] manifest = Layouts.manifest(module, module);
        Layouts.write(store, manifest);
        Digest index = store.putManifest(Layouts.index("", manifest));
        store.tag(Layouts.reference("platforms", index, START));

        at(Duration.ofDays(1)).collect(MONTH, Long.MAX_VALUE);

        assertThat(has(1, 1000)).isTrue();
        assertThat(at(Duration.ofDays(1)).bytes(Digest.sha256(manifest), 10_000))
                .isPresent();
    }

    @Test
    void collect_withinTheGraceTime_keepsWhatHasNoNameYet() throws IOException {
        Layouts.write(at(Duration.ZERO), Layouts.random(2, 500));

        assertThat(at(Duration.ofMinutes(59)).collect(Duration.ZERO, 0).blobs()).isZero();
        assertThat(at(Duration.ofMinutes(61)).collect(Duration.ZERO, 0).blobs()).isEqualTo(1);
    }

    @Test
    void collect_whatAPullFoundPresent_isKeptUntilItCanBeNamed() throws IOException {
        Layouts.write(at(Duration.ZERO), Layouts.random(2, 500));
        Digest digest = Digest.sha256(Layouts.random(2, 500));

        assertThat(at(Duration.ofDays(3)).has(digest, 500)).isTrue();
        at(Duration.ofDays(3)).collect(Duration.ZERO, 0);
        assertThat(has(2, 500)).isTrue();

        try (BlobWriter writer = at(Duration.ofDays(6)).begin(digest, 500)) {
            assertThat(writer.isComplete()).isTrue();
        }
        at(Duration.ofDays(6)).collect(Duration.ZERO, 0);
        assertThat(has(2, 500)).isTrue();
    }

    @Test
    void collect_unusedName_goesAfterItsTime() throws IOException {
        Layouts.image(at(Duration.ZERO), "old", 1, 1000, START);
        Layouts.image(at(Duration.ZERO), "used", 2, 1000, START);
        assertThat(at(Duration.ofDays(20)).find("used")).isPresent();

        Collected collected = at(Duration.ofDays(40)).collect(MONTH, Long.MAX_VALUE);

        assertThat(collected.references()).containsExactly("old");
        assertThat(has(1, 1000)).isFalse();
        assertThat(has(2, 1000)).isTrue();
        assertThat(at(Duration.ofDays(40)).find("old")).isEmpty();
    }

    @Test
    void collect_tooLarge_dropsTheLongestUnusedFirst() throws IOException {
        for (int i = 1; i <= 4; i++) {
            Layouts.image(at(Duration.ofDays(i)), "n" + i, i, 10_000, START);
        }
        assertThat(at(Duration.ofDays(5)).find("n1")).isPresent();

        Collected collected = at(Duration.ofDays(6)).collect(MONTH, 25_000);

        assertThat(collected.references()).containsExactly("n2", "n3");
        assertThat(collected.keptBytes()).isBetween(20_000L, 25_000L);
        assertThat(has(1, 10_000)).isTrue();
        assertThat(has(4, 10_000)).isTrue();
    }

    @Test
    void collect_sharedContent_countsOnce() throws IOException {
        Digest manifest = Layouts.image(at(Duration.ZERO), "a", 1, 10_000, START);
        at(Duration.ZERO).tag(Layouts.reference("b", manifest, START));

        assertThat(at(Duration.ofDays(1)).collect(MONTH, 15_000).references()).isEmpty();
    }

    @Test
    void collect_seeded_staysWhateverItsAgeAndSize() throws IOException {
        Digest manifest = Layouts.image(at(Duration.ZERO), "pulled", 1, 10_000, START);
        at(Duration.ZERO)
                .tag(new StoredReference("seeded", manifest, Layouts.MANIFEST, null, null, null, Set.of(), Set.of()));

        Collected collected = at(Duration.ofDays(400)).collect(MONTH, 0);

        assertThat(collected.references()).containsExactly("pulled");
        assertThat(at(Duration.ofDays(400)).find("seeded")).isPresent();
        assertThat(has(1, 10_000)).isTrue();
    }

    @Test
    void collect_leftovers_goAfterADayIfNobodyWrites() throws IOException {
        byte[] blob = Layouts.random(3, 100);
        try (BlobWriter writer = at(Duration.ZERO).begin(Digest.sha256(blob), 100)) {
            writer.write(blob, 0, 50);
        }
        Path partial =
                directory.resolve(".wagi/partial/sha256-" + Digest.sha256(blob).hex());
        Path temporaryIndex = Files.writeString(directory.resolve(".wagi/index.json.1.tmp"), "{");
        Instant now = Files.getLastModifiedTime(partial).toInstant();
        ContentStore later = ContentStore.open(
                directory, Clock.fixed(now.plus(Duration.ofHours(25)), ZoneOffset.UTC), Duration.ofSeconds(10));

        try (BlobWriter writer = at(Duration.ZERO).begin(Digest.sha256(blob), 100)) {
            assertThat(writer.have()).isEqualTo(50);
            later.collect(MONTH, Long.MAX_VALUE);
            assertThat(partial).exists();
            assertThat(temporaryIndex).doesNotExist();
        }
        later.collect(MONTH, Long.MAX_VALUE);
        assertThat(partial).doesNotExist();
    }

    @Test
    void collect_otherFiles_areLeftAlone() throws IOException {
        at(Duration.ZERO);
        Path other = Files.writeString(directory.resolve("blobs/sha256/readme"), "x");

        at(Duration.ofDays(100_000)).collect(Duration.ZERO, 0);

        assertThat(other).exists();
    }
}
