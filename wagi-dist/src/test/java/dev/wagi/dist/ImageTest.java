// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program that wagi-dist/image writes OCI image layouts with; .ci/image runs what it makes. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "images are made on Linux")
class ImageTest {

    @TempDir
    private Path directory;

    private Path layer;

    @BeforeEach
    void files() throws IOException {
        layer = Files.writeString(directory.resolve("layer.tar"), "as good as a tar");
        Files.writeString(directory.resolve("sbom.json"), "{\"bomFormat\":\"CycloneDX\"}");
        Files.writeString(
                directory.resolve("config.json"),
                "{\"User\":\"1:1\",\"Env\":[\"A=ours\"],\"Labels\":{\"org.opencontainers.image.title\":\"x\"}}");
    }

    @Test
    void image_blobsAreNamedByTheirDigests_andTheSameFilesMakeTheSameBytes() throws Exception {
        String one = image("one", "sbom=" + directory.resolve("sbom.json"));
        String other = image("other", "sbom=" + directory.resolve("sbom.json"));

        assertThat(one).isEqualTo(other).startsWith("sha256:");
        assertThat(blobs("one")).hasSize(6).isEqualTo(blobs("other"));
        for (String blob : blobs("one")) {
            assertThat(sha256(Files.readAllBytes(directory.resolve("one/blobs/sha256/" + blob))))
                    .isEqualTo(blob);
        }
        assertThat(index("one"))
                .isEqualTo(index("other"))
                .contains("\"artifactType\":\"application/vnd.cyclonedx+json\"");
        assertThat(all("one"))
                .contains(
                        "\"subject\":{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" + one)
                .contains("\"diff_ids\":[\"sha256:" + sha256(Files.readAllBytes(layer)) + "\"]")
                .contains("\"annotations\":{\"org.opencontainers.image.title\":\"x\",");
    }

    @Test
    void base_isBuiltUpon_andOursWins() throws Exception {
        Files.writeString(directory.resolve("base.json"), "{\"User\":\"root\",\"Env\":[\"A=theirs\",\"B=theirs\"]}");
        assertThat(run("base", "base.json").code()).isZero();

        String digest = image("on-base", "base=" + directory.resolve("base") + ":v1");

        assertThat(blobs("on-base")).containsAll(List.of(layerOf("base")));
        String sum = sha256(Files.readAllBytes(layer));
        assertThat(all("on-base"))
                .contains("\"diff_ids\":[\"sha256:" + sum + "\",\"sha256:" + sum + "\"]")
                .contains("\"Env\":[\"B=theirs\",\"A=ours\"]")
                .contains("\"User\":\"1:1\"")
                .doesNotContain("A=theirs", "root\"")
                .contains("org.opencontainers.image.base.digest");
        assertThat(index("on-base")).contains(digest);
    }

    @Test
    void base_wrong_isRefusedWithARemedy() throws Exception {
        assertThat(run("base", "config.json").code()).isZero();
        String base = directory.resolve("base").toString();

        assertThat(run("a", "config.json", "base=" + directory.resolve("none")).output())
                .contains("image: " + directory.resolve("none") + " is not an OCI image layout, there is no index.json;"
                        + " make one with skopeo copy");
        assertThat(run("b", "config.json", "base=" + base + ":v2").output())
                .contains("image: " + base + ":v2 has 0 images of that name; write DIR:NAME");
        for (String blob : blobs("base")) {
            Files.writeString(directory.resolve("base/blobs/sha256/" + blob), "x");
        }
        assertThat(run("c", "config.json", "base=" + base + ":v1").output())
                .contains("image: " + base + " is damaged: ", "; copy it again");
    }

    /** What a run left. */
    private record Result(int code, String output) {}

    private String image(String output, String... options) throws Exception {
        Result result = run(output, "config.json", options);
        assertThat(result.code()).as(result.output()).isZero();
        return result.output().lines().reduce((first, last) -> last).orElseThrow();
    }

    private Result run(String output, String config, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of("../wagi-cli/target/wagi.jar").toString(),
                Path.of("src/image/Image.java").toString(),
                directory.resolve(output).toString(),
                "config=" + directory.resolve(config),
                "layer=" + layer + "=a layer",
                "name=v1",
                "arch=amd64",
                "created=2026-01-01T00:00:00Z"));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), text);
    }

    private List<String> blobs(String output) throws IOException {
        try (Stream<Path> blobs = Files.list(directory.resolve(output).resolve("blobs/sha256"))) {
            return blobs.map(blob -> blob.getFileName().toString()).sorted().toList();
        }
    }

    /** The name of the one blob that is compressed. */
    private String layerOf(String output) throws IOException {
        for (String blob : blobs(output)) {
            byte[] bytes = Files.readAllBytes(
                    directory.resolve(output).resolve("blobs/sha256").resolve(blob));
            if (bytes[0] == 0x1f) {
                return blob;
            }
        }
        throw new AssertionError("no layer in " + output);
    }

    private String index(String output) throws IOException {
        return Files.readString(directory.resolve(output).resolve("index.json"));
    }

    private String all(String output) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String blob : blobs(output)) {
            Path file = directory.resolve(output).resolve("blobs/sha256").resolve(blob);
            all.append(Files.readString(file, StandardCharsets.ISO_8859_1)).append('\n');
        }
        return all.toString();
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
