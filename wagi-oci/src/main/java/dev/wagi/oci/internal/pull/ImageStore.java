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
     * The names of one repository, as one pull may use them: what is read from here must be held by one of them, or be
     * confirmed by the registry.
     *
     * @param registry what the credentials are for
     * @param credentials are asked for only if it depends on them
     */
    Names names(OciReference repository, String registry, Supplier<List<Credentials>> credentials);

    /** The names of one repository. For one thread. */
    interface Names {
        /**
         * Who of those that ask may have content through a name of the repository.
         *
         * @param confirmed manifests that the registry let them have in this repository a moment ago: names that lead there
         *     are open to them
         * @return empty if no name holds it that is open to one of them
         */
        Optional<Holders> holders(Digest content, Set<Digest> confirmed);

        /** Whether a name of the repository holds it, whoever that is open to. */
        boolean isKnown(Digest content);

        /**
         * Whether it came from the same registry, be it from another repository. Then that registry's word is enough to say
         * who may have it; the word of any other registry proves nothing, for it need not have it.
         */
        boolean isOfRegistry(Digest content);
    }

    /** Content that is there and is what its digest says. */
    Optional<byte[]> read(Digest digest, int maxBytes);

    /**
     * A blob to be written.
     *
     * @param repository where it comes from
     */
    BlobSink begin(Digest digest, int size, OciReference repository);

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
     * @param registry the registry that was spoken to
     * @param holders who may have it
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
     * What was pulled.
     *
     * @param manifest the manifest or index that the reference led to
     * @param mediaType of that manifest or index
     * @param kind how the module is packed
     * @param module the module
     * @param content everything that was read to get there, in that order
     * @param registry the registry that was spoken to
     * @param holders who may have all of it
     * @param isNamed whether the registry was asked what the reference leads to
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

        /** Copies. */
        public Pulled {
            content = List.copyOf(content);
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
