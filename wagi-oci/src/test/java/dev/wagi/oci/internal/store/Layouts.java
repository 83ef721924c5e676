// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Images, layouts and archives for tests. */
final class Layouts {

    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String INDEX = "application/vnd.oci.image.index.v1+json";

    private Layouts() {}

    static byte[] random(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Returns a manifest with one layer. */
    static byte[] manifest(byte[] config, byte[] module) {
        return utf8(("{\"schemaVersion\":2,\"config\":{\"digest\":\"%s\",\"size\":%d},"
                        + "\"layers\":[{\"mediaType\":\"application/wasm\",\"digest\":\"%s\",\"size\":%d}]}")
                .formatted(Digest.sha256(config), config.length, Digest.sha256(module), module.length));
    }

    static byte[] index(String name, byte[]... manifests) {
        StringBuilder json = new StringBuilder("{\"schemaVersion\":2,\"manifests\":[");
        for (byte[] manifest : manifests) {
            json.append(json.charAt(json.length() - 1) == '[' ? "" : ",")
                    .append("{\"mediaType\":\"" + MANIFEST + "\",\"digest\":\"" + Digest.sha256(manifest)
                            + "\",\"size\":" + manifest.length)
                    .append(
                            name.isEmpty()
                                    ? "}"
                                    : ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + name + "\"}}");
        }
        return utf8(json.append("]}").toString());
    }

    static void write(ContentStore store, byte[] bytes) throws IOException {
        store.put(Digest.sha256(bytes), bytes);
    }

    static StoredReference reference(String name, Digest manifest, Instant fetched, Digest... content) {
        return new StoredReference(name, manifest, MANIFEST, fetched, "wasm", null, Set.of(), Set.of(content));
    }

    /** Simulates the pull of an image; returns the digest of the manifest. */
    static Digest image(ContentStore store, String name, int seed, int size, Instant fetched) throws IOException {
        byte[] config = utf8("{}");
        byte[] module = random(seed, size);
        write(store, config);
        write(store, module);
        Digest manifest = store.putManifest(manifest(config, module));
        store.tag(reference(name, manifest, fetched, Digest.sha256(config), Digest.sha256(module)));
        return manifest;
    }

    /**
     * Returns the files of a layout: an index with the manifest of one platform, tagged v1, and a second manifest
     * without a name.
     */
    static Map<String, byte[]> files() {
        byte[] config = utf8("{}");
        byte[] module = random(1, 3000);
        byte[] manifest = manifest(config, module);
        byte[] platforms = index("", manifest);
        byte[] unnamed = manifest(config, random(2, 100));
        byte[] top = utf8(("{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" + INDEX
                        + "\",\"digest\":\"%s\",\"size\":%d,\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"}},"
                        + "{\"mediaType\":\"" + MANIFEST + "\",\"digest\":\"%s\",\"size\":%d}]}")
                .formatted(Digest.sha256(platforms), platforms.length, Digest.sha256(unnamed), unnamed.length));
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("oci-layout", utf8("{\"imageLayoutVersion\": \"1.0.0\"}"));
        for (byte[] blob : List.of(config, module, manifest, platforms, unnamed, random(2, 100))) {
            files.put("blobs/sha256/" + Digest.sha256(blob).hex(), blob);
        }
        files.put("index.json", top);
        return files;
    }

    static Path directory(Path directory, Map<String, byte[]> files) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = directory.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
        return directory;
    }
}
