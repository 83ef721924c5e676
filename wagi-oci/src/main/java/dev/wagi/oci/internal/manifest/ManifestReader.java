// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.text.Foreign;
import dev.wagi.oci.internal.text.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses manifests and indexes. Unknown properties are ignored, as the specification demands; ambiguous content is
 * refused.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/manifest.md">OCI image spec, manifest</a>
 */
public final class ManifestReader {

    private static final int MAX_ENTRIES = 1000;

    /** Content types of servers that do not know the media type; the body decides instead. */
    private static final Set<String> VAGUE =
            Set.of("", "application/json", "application/octet-stream", "text/plain", "binary/octet-stream");

    private ManifestReader() {}

    /**
     * Parses a manifest or an index.
     *
     * @param contentType the Content-Type of the response; empty if there was none
     * @throws OciException.Unsupported if the content is malformed or of an unknown kind
     */
    public static Manifest read(byte[] bytes, String contentType) {
        JsonNode root;
        try {
            root = Json.read(bytes);
        } catch (JsonProcessingException e) {
            throw malformed("it is not JSON"
                    + (e.getLocation() == null
                            ? ""
                            : " (line " + e.getLocation().getLineNr() + ")"));
        }
        String said = type(contentType);
        String written = type(text(root, "mediaType"));
        if (!written.isEmpty() && !VAGUE.contains(said) && !written.equals(said)) {
            throw malformed("its Content-Type is " + Foreign.quoted(said) + ", but its mediaType is "
                    + Foreign.quoted(written));
        }
        String type = written.isEmpty() ? said : written;
        if (MediaTypes.SCHEMA_1.contains(type) || root.path("schemaVersion").asInt(2) == 1) {
            throw new OciException.Unsupported(
                    "it is an image of Docker's schema 1, which is obsolete; push it again with a newer tool");
        }
        if (root.has("manifests") && (root.has("layers") || root.has("config") || root.has("blobs"))) {
            throw malformed("it is both an index and an image");
        }
        if (VAGUE.contains(type)) {
            type = root.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
        }
        if (MediaTypes.INDEXES.contains(type)) {
            return new Manifest.Index(type, descriptors(root, "manifests"), annotations(root.path("annotations")));
        }
        if (!MediaTypes.MANIFESTS.contains(type)) {
            throw new OciException.Unsupported("its media type is " + Foreign.quoted(type)
                    + ", which is neither an image nor an index; name an image");
        }
        boolean artifact = MediaTypes.ARTIFACTS.contains(type);
        return new Manifest.Image(
                type,
                text(root, "artifactType"),
                artifact ? null : descriptor(root.path("config"), "config"),
                descriptors(root, artifact ? "blobs" : "layers"),
                annotations(root.path("annotations")));
    }

    /** Removes the parameters of a media type. */
    private static String type(String field) {
        int semicolon = field.indexOf(';');
        return (semicolon < 0 ? field : field.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }

    private static List<Descriptor> descriptors(JsonNode root, String name) {
        JsonNode list = root.path(name);
        if (!list.isArray() || list.size() > MAX_ENTRIES) {
            throw malformed("'" + name + "' is not a list with at most " + MAX_ENTRIES + " entries");
        }
        List<Descriptor> descriptors = new ArrayList<>();
        for (JsonNode node : list) {
            descriptors.add(descriptor(node, name));
        }
        return descriptors;
    }

    private static Descriptor descriptor(JsonNode node, String place) {
        Digest digest;
        try {
            digest = Digest.parse(text(node, "digest"));
        } catch (IllegalArgumentException e) {
            throw malformed("'" + place + "' has the digest " + Foreign.quoted(text(node, "digest"))
                    + ", which is not a SHA-256 or SHA-512 digest");
        }
        JsonNode size = node.path("size");
        if (!size.isIntegralNumber() || !size.canConvertToLong() || size.asLong() < 0) {
            throw malformed("'" + place + "' has no valid size");
        }
        return new Descriptor(
                type(text(node, "mediaType")),
                digest,
                size.asLong(),
                platform(node.path("platform")),
                text(node, "artifactType"),
                annotations(node.path("annotations")));
    }

    private static @Nullable Platform platform(JsonNode node) {
        return node.isObject() ? new Platform(text(node, "os"), text(node, "architecture")) : null;
    }

    private static Map<String, String> annotations(JsonNode node) {
        Map<String, String> annotations = new LinkedHashMap<>();
        if (node.isObject()) {
            node.properties().forEach(entry -> {
                if (entry.getValue().isTextual()) {
                    annotations.put(entry.getKey(), entry.getValue().textValue());
                }
            });
        }
        return annotations;
    }

    private static String text(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isTextual() ? value.textValue() : "";
    }

    private static OciException malformed(String reason) {
        return new OciException.Unsupported("the manifest is malformed: " + reason + "; push the image again");
    }
}
