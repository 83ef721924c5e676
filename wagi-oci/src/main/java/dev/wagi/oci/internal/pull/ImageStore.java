// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.registry.BlobSink;
import dev.wagi.oci.internal.registry.MemoryBlob;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Where pulled content is kept. Thread-safe. Failures are {@link dev.wagi.oci.OciException.StoreFailed}. */
public interface ImageStore {

    /** What a reference led to when it was last pulled. */
    Optional<Digest> find(OciReference reference);

    /**
     * Whether a manifest that is kept may be had with one of these credentials, as far as is known here: it was fetched with
     * one of them, or without any, or an operator put it there.
     *
     * @param registry what the credentials are for
     * @param credentials are asked for only if it depends on them
     * @return empty if it is not known how it came
     */
    Optional<Boolean> isOpenTo(Digest manifest, String registry, Supplier<List<Credentials>> credentials);

    /** Content that is there and is what its digest says. */
    Optional<byte[]> read(Digest digest, int maxBytes);

    /** A blob to be written. */
    BlobSink begin(Digest digest, int size);

    /** Notes what a reference led to; everything that belongs to it is there. */
    void remember(Pulled pulled);

    /** Keeps what proves that an image is signed, for as long as the image. */
    void keep(Signature signature);

    /**
     * A signature that was found good.
     *
     * @param name where {@link #find} is to look for it: the image's repository, and a tag made of its digest
     * @param image the manifest or index that is signed
     * @param manifest the digest of the manifest or index that the name is to lead to
     * @param mediaType of that manifest or index
     * @param content everything, that manifest too
     */
    record Signature(OciReference name, Digest image, Digest manifest, String mediaType, Map<Digest, byte[]> content) {

        /** Copies the map. */
        public Signature {
            content = Map.copyOf(content);
        }
    }

    /**
     * What was pulled.
     *
     * @param manifest the manifest or index that the reference led to
     * @param mediaType of that manifest or index
     * @param kind how the module is packed
     * @param module the module
     * @param content everything that was read to get there
     * @param registry the registry that was spoken to
     * @param credentials whose requests it answered; empty stands for nobody's
     */
    record Pulled(
            OciReference reference,
            Digest manifest,
            String mediaType,
            String kind,
            Digest module,
            Set<Digest> content,
            String registry,
            Set<Optional<Credentials>> credentials) {

        /** Copies. */
        public Pulled {
            content = Set.copyOf(content);
            credentials = Set.copyOf(credentials);
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

            @Override
            public void keep(Signature signature) {}

            @Override
            public Optional<Boolean> isOpenTo(
                    Digest manifest, String registry, Supplier<List<Credentials>> credentials) {
                return Optional.empty();
            }
        };
    }
}
