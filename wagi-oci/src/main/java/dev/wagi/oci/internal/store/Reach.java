// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The content that a manifest refers to: its parts, and those of the manifests in an index. */
final class Reach {

    private static final int MAX_REACHABLE = 100_000;

    private Reach() {}

    /** Reads a manifest; returns a missing node for anything else. */
    @FunctionalInterface
    interface Manifests {
        JsonNode read(Digest digest) throws IOException;
    }

    /**
     * Returns the manifest and everything that it refers to.
     *
     * @param index the path of the index, for messages
     */
    static Set<Digest> of(Digest manifest, Manifests manifests, Path index) throws IOException {
        Set<Digest> reached = new HashSet<>(Set.of(manifest));
        Deque<Digest> open = new ArrayDeque<>(reached);
        while (!open.isEmpty()) {
            JsonNode json = manifests.read(open.pop());
            List<JsonNode> leaves = new ArrayList<>();
            leaves.add(json.path("config"));
            json.path("layers").forEach(leaves::add);
            json.path("blobs").forEach(leaves::add);
            leaves.forEach(leaf -> LayoutIndex.digest(leaf.path("digest")).ifPresent(reached::add));
            for (JsonNode child : json.path("manifests")) {
                LayoutIndex.digest(child.path("digest")).filter(reached::add).ifPresent(open::push);
            }
            if (reached.size() > MAX_REACHABLE) {
                throw new StoreException("the module store cannot be used: " + manifest + " in " + index
                        + " refers to more than " + MAX_REACHABLE + " blobs; remove that reference");
            }
        }
        return reached;
    }
}
