// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.registry.BlobSink;
import dev.wagi.oci.internal.registry.MemoryBlob;
import java.util.Optional;
import java.util.Set;

/** Where pulled content is kept. Thread-safe. Failures are {@link dev.wagi.oci.OciException.StoreFailed}. */
public interface ImageStore {

    /** What a reference led to when it was last pulled. */
    Optional<Digest> find(OciReference reference);

    /** Content that is there and is what its digest says. */
    Optional<byte[]> read(Digest digest, int maxBytes);

    /** A blob to be written. */
    BlobSink begin(Digest digest, int size);

    /** Notes what a reference led to; everything that belongs to it is there. */
    void remember(Pulled pulled);

    /**
     * What was pulled.
     *
     * @param manifest the manifest or index that the reference led to
     * @param mediaType of that manifest or index
     * @param kind how the module is packed
     * @param module the module
     * @param content everything that was read to get there
     */
    record Pulled(
            OciReference reference,
            Digest manifest,
            String mediaType,
            String kind,
            Digest module,
            Set<Digest> content) {

        /** Copies. */
        public Pulled {
            content = Set.copyOf(content);
        }
    }

    /** Keeps nothing. */
    static ImageStore none() {
        return new ImageStore() {
            @Override
            public Optional<Digest> find(OciReference reference) {
                return Optional.empty();
            }

            @Override
            public Optional<byte[]> read(Digest digest, int maxBytes) {
                return Optional.empty();
            }

            @Override
            public BlobSink begin(Digest digest, int size) {
                return new MemoryBlob(digest, size);
            }

            @Override
            public void remember(Pulled pulled) {}
        };
    }
}
