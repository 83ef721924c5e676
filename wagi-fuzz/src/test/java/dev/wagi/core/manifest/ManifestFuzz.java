// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.manifest;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.config.ConfigurationDraft;
import dev.wagi.core.config.Problems;
import dev.wagi.fuzz.Promise;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Kubernetes manifests. */
public final class ManifestFuzz {

    private static final Path FILE = file();

    private ManifestFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() throws IOException {
        fuzzerTestOneInput("kind: Pod\napiVersion: v1".getBytes(StandardCharsets.US_ASCII));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Files.write(FILE, input);
        Problems problems = new Problems();
        try (PodDirectories directories = new PodDirectories()) {
            Manifest manifest = Manifest.read(List.of(FILE), directories, problems);
            for (String warning : manifest.warnings()) {
                Promise.that(!warning.isBlank(), "a warning says what it is about");
            }
            new ConfigurationDraft().check(manifest.modules(), null, problems);
            problems.throwIfAny();
        } catch (WagiConfigException e) {
            Promise.that(!e.problems().isEmpty(), "a refusal says why");
        }
    }

    private static Path file() {
        try {
            Path file = Files.createTempFile("wagi-fuzz", ".yaml");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
