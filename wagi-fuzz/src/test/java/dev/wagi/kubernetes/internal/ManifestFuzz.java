// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.internal.config.Sources;
import dev.wagi.fuzz.Promise;
import dev.wagi.kubernetes.KubernetesManifests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Kubernetes manifests. */
public final class ManifestFuzz {

    private static final Path FILE = file();

    /** Is never asked for what it holds. */
    private static final Manifest.Directories NOWHERE = new Manifest.Directories() {
        @Override
        public Path directory(Map<String, byte[]> files) {
            return FILE;
        }

        @Override
        public Path emptyDirectory(String owner, String name) {
            return FILE;
        }
    };

    private ManifestFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() throws IOException {
        fuzzerTestOneInput("kind: Pod\napiVersion: v1".getBytes(StandardCharsets.US_ASCII));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Files.write(FILE, input);
        Problems problems = Problems.none();
        try {
            Manifest manifest = Manifest.read(List.of(FILE), NOWHERE, problems);
            for (String warning : manifest.warnings()) {
                Promise.that(!warning.isBlank(), "a warning says what it is about");
            }
            problems.throwIfAny();
            Sources.check(KubernetesManifests.of(FILE), problems);
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
