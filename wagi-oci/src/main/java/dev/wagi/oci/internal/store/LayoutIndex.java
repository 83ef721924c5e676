// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.wagi.oci.Digest;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The {@code index.json} of a layout. Data of other tools is preserved. An entry looks like this:
 *
 * <pre>
 * { "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": "sha256:...", "size": 501,
 *   "annotations": {
 *     "org.opencontainers.image.ref.name": "registry.example/hello:v1",
 *     "dev.wagi.fetched": "2026-01-02T03:04:05Z",   # absent: seeded
 *     "dev.wagi.kind": "wasm",                      # optional
 *     "dev.wagi.module": "sha256:...",              # optional
 *   "dev.wagi.credentials": "hash,hash",          # optional; "anonymous" for anonymous access
 *     "dev.wagi.content": "sha256:...,sha256:..." } } # optional; what may be read through the name
 * </pre>
 *
 * <p>For one thread.
 */
final class LayoutIndex {

    static final int MAX_BYTES = 16 << 20;
    static final ObjectMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final String NAME = "org.opencontainers.image.ref.name";
    private static final String FULL_NAME = "io.containerd.image.name";
    private static final String FETCHED = "dev.wagi.fetched";
    private static final String KIND = "dev.wagi.kind";
    private static final String MODULE = "dev.wagi.module";
    private static final String CREDENTIALS = "dev.wagi.credentials";
    private static final String CONTENT = "dev.wagi.content";

    private final ObjectNode json;
    private final ArrayNode manifests;

    private LayoutIndex(ObjectNode json, ArrayNode manifests) {
        this.json = json;
        this.manifests = manifests;
    }

    static LayoutIndex empty() {
        ObjectNode json = JSON.createObjectNode();
        json.put("schemaVersion", 2).put("mediaType", "application/vnd.oci.image.index.v1+json");
        return new LayoutIndex(json, json.putArray("manifests"));
    }

    /**
     * Parses an index.
     *
     * @param place the location of the index, for messages
     */
    static LayoutIndex parse(byte[] bytes, String place) throws StoreException {
        JsonNode json;
        try {
            json = JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw broken(place, "is not JSON (line " + e.getLocation().getLineNr() + ")");
        } catch (IOException e) {
            throw broken(place, "cannot be read");
        }
        if (json instanceof ObjectNode object && object.get("manifests") instanceof ArrayNode manifests) {
            return new LayoutIndex(object, manifests);
        }
        throw broken(place, "has no list 'manifests'");
    }

    private static StoreException broken(String place, String reason) {
        return new StoreException(place + " " + reason
                + ", so it is not the index of an OCI image layout; rename it and references will be fetched again,"
                + " or rewrite it with a tool for OCI layouts. Nothing was changed");
    }

    byte[] bytes() throws IOException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json);
    }

    /** An entry of the index, with its well-formed parts. */
    record Entry(Digest manifest, String mediaType, String name, Optional<StoredReference> reference) {}

    List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (JsonNode node : manifests) {
            entry(node).ifPresent(entries::add);
        }
        return entries;
    }

    private static Optional<Entry> entry(JsonNode node) {
        return digest(node.path("digest")).map(manifest -> {
            JsonNode annotations = node.path("annotations");
            String mediaType = node.path("mediaType").asText("");
            String name = annotations.path(NAME).asText("");
            return new Entry(
                    manifest,
                    mediaType,
                    annotations.path(FULL_NAME).asText(name),
                    StoredReference.isName(name)
                            ? Optional.of(reference(name, manifest, mediaType, annotations))
                            : Optional.empty());
        });
    }

    private static StoredReference reference(String name, Digest manifest, String mediaType, JsonNode annotations) {
        Set<String> credentials = new LinkedHashSet<>();
        for (String hash : annotations.path(CREDENTIALS).asText("").split(",", StoredReference.MAX_CREDENTIALS + 1)) {
            if (StoredReference.isWord(hash) && credentials.size() < StoredReference.MAX_CREDENTIALS) {
                credentials.add(hash);
            }
        }
        String kind = annotations.path(KIND).asText("");
        return new StoredReference(
                name,
                manifest,
                mediaType,
                instant(annotations.path(FETCHED).asText("")),
                StoredReference.isWord(kind) ? kind : null,
                digest(annotations.path(MODULE)).orElse(null),
                credentials,
                content(annotations.path(CONTENT).asText("")));
    }

    private static Set<Digest> content(String text) {
        Set<Digest> content = new LinkedHashSet<>();
        for (String digest : text.split(",", StoredReference.MAX_CONTENT + 1)) {
            if (content.size() < StoredReference.MAX_CONTENT) {
                parse(digest).ifPresent(content::add);
            }
        }
        return content;
    }

    static Optional<Digest> digest(JsonNode text) {
        return text.isTextual() ? parse(text.textValue()) : Optional.empty();
    }

    private static Optional<Digest> parse(String text) {
        try {
            return Optional.of(Digest.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Instant instant(String text) {
        try {
            return text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            return Instant.EPOCH; // fetched, long ago
        }
    }

    /** Returns the reference with a name; the last one if other tools wrote the name several times. */
    Optional<StoredReference> find(String name) {
        return entries().stream()
                .flatMap(entry -> entry.reference().stream())
                .filter(reference -> reference.reference().equals(name))
                .reduce((first, second) -> second);
    }

    /** Adds a reference, replacing those with the same name. */
    void put(StoredReference reference, long size) {
        remove(entry -> entry.reference()
                .filter(old -> old.reference().equals(reference.reference()))
                .isPresent());
        ObjectNode annotations =
                add(reference.manifest(), reference.mediaType(), size).putObject("annotations");
        annotations.put(NAME, reference.reference());
        Instant fetched = reference.fetched();
        if (fetched != null) {
            annotations.put(FETCHED, fetched.toString());
        }
        if (reference.kind() != null) {
            annotations.put(KIND, reference.kind());
        }
        Digest module = reference.module();
        if (module != null) {
            annotations.put(MODULE, module.toString());
        }
        if (!reference.credentials().isEmpty()) {
            annotations.put(CREDENTIALS, String.join(",", reference.credentials()));
        }
        if (!reference.content().isEmpty()) {
            annotations.put(
                    CONTENT, reference.content().stream().map(Digest::toString).collect(Collectors.joining(",")));
        }
    }

    /** Adds a manifest without a name, unless it is present. */
    void putUnnamed(Digest manifest, String mediaType, long size) {
        if (entries().stream().noneMatch(entry -> entry.manifest().equals(manifest))) {
            add(manifest, mediaType, size);
        }
    }

    private ObjectNode add(Digest manifest, String mediaType, long size) {
        return manifests
                .addObject()
                .put("mediaType", mediaType)
                .put("digest", manifest.toString())
                .put("size", size);
    }

    /** Removes the matching entries; malformed entries are kept. */
    void remove(Predicate<Entry> which) {
        for (int i = manifests.size() - 1; i >= 0; i--) {
            if (entry(manifests.get(i)).filter(which).isPresent()) {
                manifests.remove(i);
            }
        }
    }
}
