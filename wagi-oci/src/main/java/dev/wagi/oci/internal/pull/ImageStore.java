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

/** Stores pulled content. Thread-safe. Failures are reported as {@link dev.wagi.oci.OciException.StoreFailed}. */
public interface ImageStore {

    /** Returns the manifest that a reference pointed to when it was last pulled. */
    Optional<Digest> find(OciReference reference);

    /**
     * Returns the names of one repository for one pull. Content may be read from the store only if an accessible name
     * holds it, or if the registry confirms it.
     *
     * @param registry the registry that the credentials are for
     * @param credentials supplies the credentials, only if access depends on them
     */
    Names names(OciReference repository, String registry, Supplier<List<Credentials>> credentials);

    /** The names of one repository. For one thread. */
    interface Names {
        /**
         * Returns which of the requesting credentials have access to content through a name of the repository.
         *
         * @param confirmed manifests of this repository that the registry has just served to these credentials; names
         *     that point to them are accessible
         * @return empty if no accessible name holds the content
         */
        Optional<Holders> holders(Digest content, Set<Digest> confirmed);

        /** Whether any name of the repository holds the content, accessible or not. */
        boolean isKnown(Digest content);

        /**
         * Whether the content came from the same registry, even from another repository. Then the registry's
         * confirmation is enough to grant access. The confirmation of any other registry proves nothing, because that
         * registry need not have the content.
         */
        boolean isOfRegistry(Digest content);
    }

    /** Returns stored content, verified against its digest. */
    Optional<byte[]> read(Digest digest, int maxBytes);

    /**
     * Begins to write a blob.
     *
     * @param repository the repository that the blob comes from
     */
    BlobSink begin(Digest digest, int size, OciReference repository);

    /** Records what a reference pointed to; all of its content must have been stored. */
    void remember(Pulled pulled);

    /** Stores the signature of an image for as long as the image. */
    void keep(Signature signature);

    /**
     * A valid signature.
     *
     * @param name the name under which {@link #find} finds it: the image's repository, and a tag derived from its
     *     digest
     * @param image the signed manifest or index
     * @param manifest the digest of the manifest or index that the name points to
     * @param mediaType the media type of that manifest or index
     * @param content all content of the signature, including that manifest
     * @param registry the registry that was contacted
     * @param holders the callers with access to the signature
     */
    record Signature(
            OciReference name,
            Digest image,
            Digest manifest,
            String mediaType,
            Map<Digest, byte[]> content,
            String registry,
            Holders holders) {

        /** Copies the map. */
        public Signature {
            content = Map.copyOf(content);
        }
    }

    /**
     * A pulled image.
     *
     * @param manifest the manifest or index that the reference pointed to
     * @param mediaType the media type of that manifest or index
     * @param kind the packaging of the module
     * @param module the module
     * @param content all content that was read to get the module, in that order
     * @param registry the registry that was contacted
     * @param holders the callers with access to all of it
     * @param isNamed whether the registry was asked to resolve the reference
     */
    record Pulled(
            OciReference reference,
            Digest manifest,
            String mediaType,
            String kind,
            Digest module,
            List<Digest> content,
            String registry,
            Holders holders,
            boolean isNamed) {

        /** Copies the content. */
        public Pulled {
            content = List.copyOf(content);
        }
    }

    /** Returns a store that stores nothing. */
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
            public BlobSink begin(Digest digest, int size, OciReference repository) {
                return new MemoryBlob(digest, size);
            }

            @Override
            public void remember(Pulled pulled) {}

            @Override
            public void keep(Signature signature) {}

            @Override
            public Names names(OciReference repository, String registry, Supplier<List<Credentials>> credentials) {
                return new Names() {
                    @Override
                    public Optional<Holders> holders(Digest content, Set<Digest> confirmed) {
                        return Optional.empty();
                    }

                    @Override
                    public boolean isKnown(Digest content) {
                        return false;
                    }

                    @Override
                    public boolean isOfRegistry(Digest content) {
                        return false;
                    }
                };
            }
        };
    }
}
