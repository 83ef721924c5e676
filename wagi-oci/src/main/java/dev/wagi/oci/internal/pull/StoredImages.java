// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.registry.BlobSink;
import dev.wagi.oci.internal.store.Access;
import dev.wagi.oci.internal.store.BlobWriter;
import dev.wagi.oci.internal.store.Collected;
import dev.wagi.oci.internal.store.ContentMismatchException;
import dev.wagi.oci.internal.store.ContentStore;
import dev.wagi.oci.internal.store.StoredReference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images in a {@link ContentStore}, which several processes may share. */
public final class StoredImages implements ImageStore {

    private static final Logger LOG = LoggerFactory.getLogger(StoredImages.class);

    private static final long MAX_SEED_BYTES = 64L << 30;

    /** As many as are tried with a registry. */
    private static final int MAX_CREDENTIALS = 16;

    private static final Duration DAY = Duration.ofDays(1);

    private final ContentStore store;
    private final Settings settings;

    /**
     * In a directory, which is made if it is not there.
     *
     * @throws OciException.StoreFailed if it cannot be used
     */
    public StoredImages(Path directory, Settings settings) {
        this.store = doing(() -> ContentStore.open(directory, settings.clock()));
        this.settings = settings;
    }

    /**
     * What is kept.
     *
     * @param unusedFor how long is kept what nobody asks for
     * @param maxBytes how much is kept
     * @param clock the time of day
     * @param background runs what nobody waits for, at most once a day
     */
    public record Settings(Duration unusedFor, long maxBytes, Clock clock, Executor background) {}

    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T doing(Work<T> work) {
        try {
            return work.run();
        } catch (ContentMismatchException e) {
            throw new OciException.DigestMismatch(e.getMessage(), e);
        } catch (IOException e) {
            throw new OciException.StoreFailed(String.valueOf(e.getMessage()), e);
        }
    }

    /** A tag beside a digest means nothing, so it is no part of a name. */
    private static String name(OciReference reference) {
        return reference.digest().map(reference::withDigest).orElse(reference).toString();
    }

    @Override
    public Optional<Digest> find(OciReference reference) {
        return doing(() -> store.find(name(reference))).map(StoredReference::manifest);
    }

    @Override
    public Optional<byte[]> read(Digest digest, int max) {
        return doing(() -> store.bytes(digest, max));
    }

    @Override
    public BlobSink begin(Digest digest, int size) {
        return new Sink(digest, size);
    }

    @Override
    public void remember(Pulled pulled) {
        doing(() -> {
            store.tag(
                    new StoredReference(
                            name(pulled.reference()),
                            pulled.manifest(),
                            pulled.mediaType(),
                            settings.clock().instant(),
                            pulled.kind(),
                            pulled.module(),
                            hashes(pulled)),
                    pulled.content());
            return pulled;
        });
        collect();
    }

    /** If somebody's credentials were needed for a part of it, they are needed for the whole. */
    private Set<String> hashes(Pulled pulled) throws IOException {
        List<Credentials> used =
                pulled.credentials().stream().flatMap(Optional::stream).toList();
        if (used.isEmpty()) {
            return Set.of(StoredReference.NOBODY);
        }
        byte[] salt = store.salt(true).orElseThrow();
        Set<String> hashes = new HashSet<>();
        used.forEach(each -> hashes.add(CredentialHash.of(salt, pulled.registry(), each)));
        return hashes;
    }

    @Override
    public Optional<Boolean> isOpenTo(Digest manifest, String registry, Supplier<List<Credentials>> credentials) {
        return doing(() -> {
            Access access = store.access(manifest);
            if (!access.isKnown()) {
                return Optional.empty();
            }
            if (access.isOpen()) {
                return Optional.of(true);
            }
            Optional<byte[]> salt = store.salt(false);
            return Optional.of(salt.isPresent()
                    && credentials.get().stream()
                            .limit(MAX_CREDENTIALS)
                            .map(each -> CredentialHash.of(salt.get(), registry, each))
                            .anyMatch(access.credentials()::contains));
        });
    }

    @Override
    public void keep(Signature signature) {
        doing(() -> {
            for (Map.Entry<Digest, byte[]> each : signature.content().entrySet()) {
                store.put(each.getKey(), each.getValue());
            }
            store.tag(
                    new StoredReference(
                            name(signature.name()),
                            signature.manifest(),
                            signature.mediaType(),
                            settings.clock().instant(),
                            StoredReference.SIGNATURE,
                            signature.image(),
                            Set.of()),
                    signature.content().keySet());
            return signature;
        });
    }

    /** At most once a day for each store, whoever uses it, and nobody waits for it. */
    private void collect() {
        try {
            if (store.claimCollection(DAY)) {
                settings.background().execute(this::collectNow);
            }
        } catch (IOException | RejectedExecutionException e) {
            LOG.warn("old modules cannot be removed from {}: {}", store.directory(), e.getMessage());
        }
    }

    private void collectNow() {
        try {
            Collected collected = store.collect(settings.unusedFor(), settings.maxBytes());
            if (collected.blobs() > 0) {
                LOG.info(
                        "removed {} bytes of modules that were not used from {}, {} are left",
                        collected.freedBytes(),
                        store.directory(),
                        collected.keptBytes());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("old modules cannot be removed from {}: {}", store.directory(), e.getMessage());
        }
    }

    /**
     * Takes over an OCI image layout.
     *
     * @param repository what its names that are only tags belong to
     * @return the references that can be pulled now
     */
    public List<OciReference> seed(Path source, OciReference repository) {
        return doing(() -> {
            List<OciReference> references = new ArrayList<>();
            store.seed(
                    source,
                    name -> {
                        Optional<OciReference> reference = reference(name, repository);
                        reference.ifPresent(references::add);
                        return reference.map(StoredImages::name);
                    },
                    MAX_SEED_BYTES);
            return List.copyOf(references);
        });
    }

    /** Of the annotation of a layout, which is a whole reference or only a tag. */
    private static Optional<OciReference> reference(String name, OciReference repository) {
        try {
            return Optional.of(name.indexOf('/') >= 0 ? OciReference.parse(name) : repository.withTag(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A blob of the store. What was thrown away is begun again when somebody wants to go on. */
    private final class Sink implements BlobSink {
        private final Digest digest;
        private final int size;
        private @Nullable BlobWriter writer;

        Sink(Digest digest, int size) {
            this.digest = digest;
            this.size = size;
            this.writer = doing(() -> store.begin(digest, size));
        }

        private BlobWriter writer() {
            if (writer == null) {
                writer = doing(() -> store.begin(digest, size));
            }
            return writer;
        }

        @Override
        public boolean isComplete() {
            return writer().isComplete();
        }

        @Override
        public long have() {
            return writer().have();
        }

        @Override
        public void restart() {
            if (!writer().isComplete()) {
                checked(() -> {
                    writer().restart();
                    return size;
                });
            }
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (!writer().isComplete()) {
                checked(() -> {
                    writer().write(bytes, offset, length);
                    return size;
                });
            }
        }

        @Override
        public void commit() {
            if (!writer().isComplete()) {
                checked(() -> {
                    writer().commit();
                    return size;
                });
            }
        }

        /** After a failure the writer is of no use any more. */
        private void checked(Work<?> work) {
            boolean done = false;
            try {
                doing(work);
                done = true;
            } finally {
                if (!done) {
                    close();
                }
            }
        }

        @Override
        public byte[] bytes() {
            return read(digest, size)
                    .orElseThrow(() -> new OciException.StoreFailed("the blob " + digest
                            + " was written to the module store and cannot be read back; check the disk"));
        }

        @Override
        public void close() {
            if (writer != null) {
                writer.close();
                writer = null;
            }
        }
    }
}
