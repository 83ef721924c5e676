// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciReference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The part of the contract for registries that other clients can use as well. */
abstract class RealRegistryContract extends RegistryContract {

    @TempDir
    Path directory;

    /** Returns the credentials for skopeo; {@code side} is src or dest. */
    abstract List<String> skopeo(String side) throws Exception;

    @Test
    void pushedByUs_isReadBySkopeo() throws Exception {
        OciReference reference = reference("contract/ours:v1");
        client().build().push(MODULE, reference, ModuleLayout.WASM_TO_OCI);

        run("copy", skopeo("src"), "docker://" + reference, "dir:" + directory.resolve("copy"));

        assertThat(directory.resolve("copy").resolve(Digest.sha256(MODULE).hex()))
                .hasBinaryContent(MODULE);
    }

    @Test
    void pushedBySkopeo_isPulledByUs() throws Exception {
        byte[] config = "{}".getBytes(StandardCharsets.US_ASCII);
        Path image = Files.createDirectory(directory.resolve("image"));
        Files.writeString(image.resolve("version"), "Directory Transport Version: 1.1\n");
        Files.write(image.resolve(Digest.sha256(MODULE).hex()), MODULE);
        Files.write(image.resolve(Digest.sha256(config).hex()), config);
        String manifest = Images.wasmToOci(Digest.sha256(MODULE), MODULE.length);
        Files.writeString(
                image.resolve("manifest.json"),
                manifest.replace(
                        "{\"schemaVersion\":2,",
                        "{\"schemaVersion\":2,\"mediaType\":\"" + Images.OCI_MANIFEST + "\","));

        run("copy", skopeo("dest"), "dir:" + image, "docker://" + reference("contract/theirs:v1"));

        assertThat(client().build().pull(reference("contract/theirs:v1")).bytes())
                .isEqualTo(MODULE);
    }

    private void run(String verb, List<String> options, String... rest) throws IOException, InterruptedException {
        Optional<Path> skopeo = DockerRegistry.program("skopeo");
        assumeTrue(
                skopeo.isPresent(),
                "skopeo is not installed, so nothing is exchanged with another client; apt-get install skopeo");
        List<String> command = new ArrayList<>(
                List.of(skopeo.get().toString(), "--insecure-policy", "--registries.d", directory.toString(), verb));
        command.addAll(options);
        command.addAll(List.of(rest));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
