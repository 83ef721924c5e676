// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.wagi.config.internal.VolumeEntry;
import dev.wagi.core.api.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The directories of the volumes of a Pod, and their lifetime. */
class PodVolumesTest {

    private static final String MANIFEST = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo
              annotations:
                alpha.wagi.krustlet.dev/modules: '{"one": {"route": "/..."}}'
            spec:
              containers:
                - name: one
                  image: example.org/one:v1
                  volumeMounts:
                    - {name: files, mountPath: /files}
                    - {name: keys, mountPath: /keys/}
                    - {name: scratch, mountPath: /tmp}
                    - {name: scratch, mountPath: /same, readOnly: true}
                    - {name: disk, mountPath: /disk}
              volumes:
                - {name: files, configMap: {name: settings, items: [{key: a.txt, path: deep/a.txt}]}}
                - {name: keys, secret: {secretName: keys}}
                - {name: scratch, emptyDir: {sizeLimit: 1Mi}}
                - {name: disk, hostPath: {path: DISK, type: DirectoryOrCreate}}
                - {name: nowhere, persistentVolumeClaim: {claimName: c}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {a.txt: TEXT, b.txt: other}}
            ---
            {apiVersion: v1, kind: Secret, metadata: {name: keys}, data: {pin: MTIzNA==}}
            """;

    @TempDir
    Path directory;

    @Test
    void volumes_areWhatTheManifestCarries() throws IOException {
        Path disk = directory.resolve("disk");
        try (PodDirectories directories = new PodDirectories()) {
            Manifest manifest = read("hello", directories);
            List<VolumeEntry> volumes = manifest.modules().get(0).volumes;

            assertThat(volumes)
                    .extracting(VolumeEntry::guest)
                    .containsExactly("/files", "/keys", "/tmp", "/same", "/disk");
            assertThat(volumes).extracting(VolumeEntry::writable).containsExactly(false, false, true, false, true);
            assertThat(volumes.get(2).maxBytes()).isEqualTo(1 << 20);
            assertThat(volumes.get(3).host()).isEqualTo(volumes.get(2).host());
            assertThat(volumes.get(4))
                    .isEqualTo(new VolumeEntry(
                            "/disk", disk.toString(), true, VolumeEntry.UNLIMITED, VolumeEntry.UNLIMITED));
            assertThat(disk).isDirectory();
            assertThat(files(volumes.get(0))).containsExactly("deep/a.txt=hello");
            assertThat(files(volumes.get(1))).containsExactly("pin=1234");
            assertThat(files(volumes.get(2))).isEmpty();
            assertThat(manifest.warnings())
                    .singleElement()
                    .asString()
                    .endsWith(", Pod demo, volume nowhere: is not mounted by any container, so it is ignored");
        }
    }

    @Test
    void directories_areNobodyElses_andGoInTheEnd() throws IOException {
        PodDirectories directories = new PodDirectories();
        String volume =
                read("hello", directories).modules().get(0).volumes.get(0).host();
        Path root = Path.of(volume).getParent();

        if (Files.getFileStore(root).supportsFileAttributeView("posix")) {
            assertThat(Files.getPosixFilePermissions(root)).hasSize(3);
        }
        directories.close();
        directories.close();

        assertThat(root).doesNotExist();
    }

    @Test
    void reading_again_keepsWhatWasWrittenAndWhatIsRead() throws IOException {
        try (PodDirectories directories = new PodDirectories()) {
            List<VolumeEntry> before = read("old", directories).modules().get(0).volumes;
            Files.writeString(Path.of(before.get(2).host(), "note"), "mine");

            List<VolumeEntry> after = read("new", directories).modules().get(0).volumes;

            assertThat(files(before.get(0))).containsExactly("deep/a.txt=old");
            assertThat(files(after.get(0))).containsExactly("deep/a.txt=new");
            assertThat(after.get(1).host()).isEqualTo(before.get(1).host());
            assertThat(files(after.get(2))).containsExactly("note=mine");
        }
    }

    /** Programs that clean up temporary directories remove files that are days old. */
    @Test
    void reading_again_makesWhatSomebodyHasRemoved() throws IOException {
        try (PodDirectories directories = new PodDirectories()) {
            Path volume = Path.of(
                    read("text", directories).modules().get(0).volumes.get(0).host());
            for (boolean all : new boolean[] {true, false}) {
                Path gone = all ? volume.getParent() : volume;
                Files.move(gone, directory.resolve("gone-" + gone.getFileName()));

                List<VolumeEntry> again = read("text", directories).modules().get(0).volumes;

                assertThat(files(again.get(0))).containsExactly("deep/a.txt=text");
                assertThat(files(again.get(2))).isEmpty();
                volume = Path.of(again.get(0).host());
            }
        }
    }

    @Test
    void files_ofAllVolumes_areBounded() throws IOException {
        Problems problems = Problems.none();
        try (PodDirectories directories = new PodDirectories()) {
            read(large(40, "x".repeat(2 << 20)), directories, problems);
        }

        assertThat(catchThrowable(problems::throwIfAny))
                .hasMessageContaining(
                        ": its directory cannot be created: the files of all volumes have more than 64 MiB");
    }

    /** Many volumes of the same large file. */
    private String large(int volumes, String text) {
        StringBuilder sources = new StringBuilder("  volumes:\n");
        StringBuilder mounts = new StringBuilder("volumeMounts:\n");
        for (int i = 0; i < volumes; i++) {
            sources.append("    - {name: v%d, configMap: {name: settings, items: [{key: a.txt, path: f%d}]}}\n"
                    .formatted(i, i));
            mounts.append("        - {name: v%d, mountPath: /v%d}\n".formatted(i, i));
        }
        return MANIFEST.replace("  volumes:\n", sources)
                .replace("volumeMounts:\n", mounts)
                .replace("TEXT", text)
                .replace("DISK", directory.toString());
    }

    private static final long LIMIT = 1 << 20;

    @Test
    void edits_ofAFile_countOnce() throws IOException {
        try (PodDirectories directories = new PodDirectories(LIMIT)) {
            Path root = null;
            for (int edit = 0; edit < 12; edit++) {
                Problems problems = Problems.none();
                Manifest manifest = read(large(15, edit + "x".repeat(60_000)), directories, problems);
                problems.throwIfAny();
                directories.keep();
                root = Path.of(manifest.modules().get(0).volumes.get(0).host()).getParent();
            }

            assertThat(size(root)).isLessThanOrEqualTo(4 * LIMIT);
        }
    }

    @Test
    void reading_thatIsRefused_countsForNothing() throws IOException {
        try (PodDirectories directories = new PodDirectories(LIMIT)) {
            List<VolumeEntry> before = read("good", directories).modules().get(0).volumes;
            for (int i = 0; i < 3; i++) {
                Problems problems = Problems.none();
                read(large(40, i + "x".repeat(60_000)), directories, problems);
                assertThat(catchThrowable(problems::throwIfAny)).hasMessageContaining("have more than 1 MiB");
            }

            assertThat(files(before.get(0))).containsExactly("deep/a.txt=good");
            List<VolumeEntry> after = read("better", directories).modules().get(0).volumes;
            assertThat(files(after.get(0))).containsExactly("deep/a.txt=better");
            assertThat(size(Path.of(after.get(0).host()).getParent())).isLessThan(10_000);
        }
    }

    @Test
    void volume_thatIsGone_isRemovedInTheEnd() throws IOException {
        try (PodDirectories directories = new PodDirectories()) {
            Path first = Path.of(
                    read("v0", directories).modules().get(0).volumes.get(0).host());
            Path second = Path.of(
                    read("v1", directories).modules().get(0).volumes.get(0).host());
            for (int i = 2; i < 65; i++) {
                read("v" + i, directories);
            }

            assertThat(first).doesNotExist();
            assertThat(second).exists();
        }
    }

    @Test
    void file_thatCannotBeWritten_leavesNothing() throws IOException {
        try (PodDirectories directories = new PodDirectories()) {
            // A file and a directory of one name.
            Path root = directories.directory(Map.of("a", new byte[1])).getParent();

            assertThat(catchThrowable(() -> directories.directory(Map.of("b", new byte[1], "b/c", new byte[1]))))
                    .isInstanceOf(IOException.class);

            try (var left = Files.list(root)) {
                assertThat(left).hasSize(1);
            }
        }
    }

    private static long size(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private Manifest read(String text, PodDirectories directories) throws IOException {
        Problems problems = Problems.none();
        String manifest = MANIFEST.replace("TEXT", text)
                .replace("DISK", directory.resolve("disk").toString());
        Manifest read = read(manifest, directories, problems);
        problems.throwIfAny();
        directories.keep();
        return read;
    }

    private Manifest read(String text, PodDirectories directories, Problems problems) throws IOException {
        Path file = Files.writeString(directory.resolve("pod.yaml"), text);
        return Manifest.read(List.of(file), directories.begin(), problems);
    }

    private static List<String> files(VolumeEntry volume) throws IOException {
        Path root = Path.of(volume.host());
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> root.relativize(file).toString().replace('\\', '/') + "=" + text(file))
                    .toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
