// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.registry.BlobSink;
import dev.wagi.oci.internal.store.BlobWriter;
import dev.wagi.oci.internal.store.ContentMismatchException;
import dev.wagi.oci.internal.store.ContentStore;
import dev.wagi.oci.internal.store.StoredReference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Images in a {@link ContentStore}, which several processes may share. */
public final class StoredImages implements ImageStore {

    private static final Logger LOG = LoggerFactory.getLogger(StoredImages.class);

    private static final long MAX_SEED_BYTES = 64L << 30;

    private final ContentStore store;
    private final Duration unusedFor;
    private final long maxBytes;
    private final AtomicBoolean collected = new AtomicBoolean();

    /**
     * In a directory, which is made if it is not there.
     *
     * @param unusedFor how long is kept what nobody asks for
     * @param maxBytes how much is kept
     * @throws OciException.StoreFailed if it cannot be used
     */
    public StoredImages(Path directory, Duration unusedFor, long maxBytes) {
        this.store = doing(() -> ContentStore.open(directory));
        this.unusedFor = unusedFor;
        this.maxBytes = maxBytes;
    }

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
                            Instant.now(),
                            pulled.kind(),
                            pulled.module(),
                            Set.of()),
                    pulled.content());
            return pulled;
        });
        collect();
    }

    /** Once for each client is enough: what is new is not collected anyway. */
    private void collect() {
        if (collected.compareAndSet(false, true)) {
            try {
                store.collect(unusedFor, maxBytes);
            } catch (IOException e) {
                LOG.warn("old modules cannot be removed from {}: {}", store.directory(), e.getMessage());
            }
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
