// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.wagi.core.config.Problems;
import dev.wagi.core.config.VolumeDraft;
import dev.wagi.core.volume.Volume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is behind the volumes of a Pod, and for how long. */
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
            List<VolumeDraft> volumes = manifest.modules().get(0).volumes;

            assertThat(volumes)
                    .extracting(VolumeDraft::guest)
                    .containsExactly("/files", "/keys", "/tmp", "/same", "/disk");
            assertThat(volumes).extracting(VolumeDraft::writable).containsExactly(false, false, true, false, true);
            assertThat(volumes.get(2).maxBytes()).isEqualTo(1 << 20);
            assertThat(volumes.get(3).host()).isEqualTo(volumes.get(2).host());
            assertThat(volumes.get(4))
                    .isEqualTo(new VolumeDraft("/disk", disk.toString(), true, Volume.UNLIMITED, Volume.UNLIMITED));
            assertThat(disk).isDirectory();
            assertThat(files(volumes.get(0))).containsExactly("deep/a.txt=hello");
            assertThat(files(volumes.get(1))).containsExactly("pin=1234");
            assertThat(files(volumes.get(2))).isEmpty();
            assertThat(manifest.warnings())
                    .singleElement()
                    .asString()
                    .endsWith(", Pod demo, volume nowhere: is mounted by no container, so it is passed over");
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
            List<VolumeDraft> before = read("old", directories).modules().get(0).volumes;
            Files.writeString(Path.of(before.get(2).host(), "note"), "mine");

            List<VolumeDraft> after = read("new", directories).modules().get(0).volumes;

            assertThat(files(before.get(0))).containsExactly("deep/a.txt=old");
            assertThat(files(after.get(0))).containsExactly("deep/a.txt=new");
            assertThat(after.get(1).host()).isEqualTo(before.get(1).host());
            assertThat(files(after.get(2))).containsExactly("note=mine");
        }
    }

    @Test
    void files_ofAllVolumes_areBounded() throws IOException {
        StringBuilder volumes = new StringBuilder("  volumes:\n");
        StringBuilder mounts = new StringBuilder("volumeMounts:\n");
        for (int i = 0; i < 40; i++) {
            volumes.append("    - {name: v%d, configMap: {name: settings, items: [{key: a.txt, path: f%d}]}}\n"
                    .formatted(i, i));
            mounts.append("        - {name: v%d, mountPath: /v%d}\n".formatted(i, i));
        }
        Problems problems = new Problems();
        try (PodDirectories directories = new PodDirectories()) {
            String text = MANIFEST.replace("  volumes:\n", volumes)
                    .replace("volumeMounts:\n", mounts)
                    .replace("TEXT", "x".repeat(2 << 20))
                    .replace("DISK", directory.toString());
            read(text, directories, problems);
        }

        assertThat(catchThrowable(problems::throwIfAny))
                .hasMessageContaining(": its directory cannot be made: the files of all volumes have more than 64 MiB");
    }

    private Manifest read(String text, PodDirectories directories) throws IOException {
        Problems problems = new Problems();
        String manifest = MANIFEST.replace("TEXT", text)
                .replace("DISK", directory.resolve("disk").toString());
        Manifest read = read(manifest, directories, problems);
        problems.throwIfAny();
        return read;
    }

    private Manifest read(String text, PodDirectories directories, Problems problems) throws IOException {
        Path file = Files.writeString(directory.resolve("pod.yaml"), text);
        return Manifest.read(List.of(file), directories, problems);
    }

    private static List<String> files(VolumeDraft volume) throws IOException {
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
