// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.text.Json;
import java.util.Optional;

/** The configuration of an ordinary image, which names its program. */
public final class ImageConfig {

    private ImageConfig() {}

    /**
     * Returns the path of the module that the image starts: the first word of Entrypoint, otherwise of Cmd, if it ends
     * in {@code .wasm}. The path is relative to the image's root, without a leading slash; empty if the image names no
     * module.
     *
     * @throws OciException.Unsupported if the configuration is not JSON
     */
    public static Optional<String> module(byte[] config) {
        JsonNode root;
        try {
            root = Json.read(config);
        } catch (JsonProcessingException e) {
            throw new OciException.Unsupported("the image's configuration is not JSON; push the image again");
        }
        JsonNode settings = root.path("config");
        String directory = settings.path("WorkingDir").asText("");
        for (String name : new String[] {"Entrypoint", "Cmd"}) {
            String word = settings.path(name).path(0).asText("");
            if (word.endsWith(".wasm")) {
                return Optional.of(normal(word.startsWith("/") ? word : directory + "/" + word));
            }
        }
        return Optional.empty();
    }

    /** Removes empty and dot segments. A path with {@code ..} matches no file of an archive. */
    public static String normal(String path) {
        StringBuilder normal = new StringBuilder();
        for (String part : path.split("/")) {
            if (!part.isEmpty() && !part.equals(".")) {
                normal.append(normal.length() == 0 ? "" : "/").append(part);
            }
        }
        return normal.toString();
    }
}
