// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import dev.wagi.fuzz.Promise;
import dev.wagi.oci.internal.manifest.Descriptor;
import dev.wagi.oci.internal.manifest.ImageConfig;
import dev.wagi.oci.internal.manifest.Manifest;
import dev.wagi.oci.internal.manifest.ManifestReader;
import dev.wagi.oci.internal.manifest.ModuleChoice;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Manifests, indexes and image configurations: the first line is the Content-Type of the response, the rest is the
 * JSON.
 */
public final class OciManifestFuzz {

    private OciManifestFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() {
        fuzzerTestOneInput("\n{}".getBytes(StandardCharsets.US_ASCII));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) {
        int end = 0;
        while (end < input.length && input[end] != '\n') {
            end++;
        }
        byte[] json = Arrays.copyOfRange(input, Math.min(end + 1, input.length), input.length);
        try {
            Manifest manifest = ManifestReader.read(json, new String(input, 0, end, StandardCharsets.ISO_8859_1));
            if (manifest instanceof Manifest.Image image) {
                for (Descriptor layer : ModuleChoice.of(image).layers()) {
                    Promise.that(layer.size() >= 0, "a size is one");
                }
            }
        } catch (OciException.Unsupported e) {
            Promise.that(e.getMessage().chars().allMatch(c -> c >= ' ' && c != 0x7f), "a refusal can be logged");
            Promise.that(e.getMessage().length() < 2000, "a refusal is short");
        }
        try {
            // The path is only compared with names in an archive, so one with {@code ..} matches nothing.
            ImageConfig.module(json)
                    .ifPresent(path -> Promise.that(
                            !path.startsWith("/") && !path.contains("//"), "a module's path is a plain one: " + path));
        } catch (OciException.Unsupported e) {
            Promise.that(e.getMessage().length() < 2000, "a refusal is short");
        }
    }
}
