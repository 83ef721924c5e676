// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.internal.registry.BlobSink;
import dev.wagi.oci.internal.store.BlobWriter;
import dev.wagi.oci.internal.store.Collected;
import dev.wagi.oci.internal.store.ContentMismatchException;
import dev.wagi.oci.internal.store.ContentStore;
import dev.wagi.oci.internal.store.Holder;
import dev.wagi.oci.internal.store.StoredReference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores images in a {@link ContentStore}, which several processes may share. */
public final class StoredImages implements ImageStore {

    private static final Logger LOG = LoggerFactory.getLogger(StoredImages.class);

    private static final long MAX_SEED_BYTES = 64L << 30;

    /** The same limit as for registries. */
    private static final int MAX_CREDENTIALS = 16;

    private static final Duration DAY = Duration.ofDays(1);

    private final ContentStore store;
    private final Settings settings;
    private final Arrived arrived = new Arrived();

    /**
     * Opens the store in a directory, which is created if it does not exist.
     *
     * @throws OciException.StoreFailed if the directory cannot be used
     */
    public StoredImages(Path directory, Settings settings) {
        this.store = doing(() -> ContentStore.open(directory, settings.clock()));
        this.settings = settings;
    }

    /**
     * The settings of a store.
     *
     * @param unusedFor how long unused content is kept
     * @param maxBytes the maximum size in bytes
     * @param clock the time of day
     * @param background runs the collection, at most once a day
     */
    public record Settings(Duration unusedFor, long maxBytes, Clock clock, Executor background) {}

    /** Content that arrived recently from a registry and may not have a name yet. Thread-safe. */
    private static final class Arrived {
        private static final int MAX = 1024;

        private final Set<String> latest = new LinkedHashSet<>(); // guarded by this

        synchronized void add(String registry, Digest digest) {
            if (latest.size() >= MAX) {
                latest.remove(latest.iterator().next());
            }
            latest.add(registry + " " + digest);
        }

        synchronized boolean contains(String registry, Digest digest) {
            return latest.contains(registry + " " + digest);
        }
    }

    @FunctionalInterface
    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T doing(Work<T> work) {
        try {
            return work.run();
        } catch (ContentMismatchException e) {
            throw new OciException.DigestMismatch(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new OciException.StoreFailed(String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns the name of a reference, without a tag if there is a digest, because the tag is not used. */
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
    public BlobSink begin(Digest digest, int size, OciReference repository) {
        return new Sink(digest, size, repository);
    }

    @Override
    public void remember(Pulled pulled) {
        doing(() -> {
            String name = name(pulled.reference());
            if (!pulled.isNamed()
                    && store.find(name).filter(StoredReference::isSeeded).isPresent()) {
                return pulled; // a seeded name is not overwritten
            }
            store.tag(new StoredReference(
                    name,
                    pulled.manifest(),
                    pulled.mediaType(),
                    settings.clock().instant(),
                    pulled.kind(),
                    pulled.module(),
                    hashes(pulled.holders(), pulled.registry()),
                    pulled.content().stream().limit(StoredReference.MAX_CONTENT).collect(Collectors.toSet())));
            return pulled;
        });
        collect();
    }

    private Set<String> hashes(Holders holders, String registry) throws IOException {
        if (holders.isEverybody()) {
            return Set.of(StoredReference.NOBODY);
        }
        if (holders.credentials().isEmpty()) {
            return Set.of(StoredReference.SEVERAL);
        }
        byte[] salt = store.salt(true).orElseThrow();
        Set<String> hashes = new HashSet<>();
        holders.credentials().forEach(each -> hashes.add(CredentialHash.of(salt, registry, each)));
        return hashes;
    }

    @Override
    public Names names(OciReference repository, String registry, Supplier<List<Credentials>> credentials) {
        return new StoredNames(repository, registry, credentials);
    }

    /** The names of one repository, as accessible with these credentials. */
    private final class StoredNames implements Names {
        private final String registry;
        private final String repository;
        private final String spokenTo;
        private final Supplier<List<Credentials>> credentials;
        private @Nullable Map<String, Credentials> hashes;

        StoredNames(OciReference repository, String spokenTo, Supplier<List<Credentials>> credentials) {
            this.registry = repository.registry();
            this.repository = repository.registry() + "/" + repository.repository();
            this.spokenTo = spokenTo;
            this.credentials = credentials;
        }

        /** Whether a name belongs to the repository, or was seeded without a repository. */
        private boolean isIn(String name) {
            if (name.indexOf('/') < 0) {
                return true;
            }
            return name.startsWith(repository)
                    && name.length() > repository.length()
                    && ":@".indexOf(name.charAt(repository.length())) >= 0;
        }

        @Override
        public Optional<Holders> holders(Digest content, Set<Digest> confirmed) {
            return doing(() -> {
                Set<Credentials> some = new HashSet<>();
                for (Holder holder : store.holders(content, this::isIn)) {
                    if (holder.isSeeded()
                            || confirmed.contains(holder.manifest())
                                    && !holder.credentials().contains(StoredReference.SEVERAL)
                            || holder.credentials().contains(StoredReference.NOBODY)) {
                        return Optional.of(Holders.EVERYBODY);
                    }
                    for (String hash : holder.credentials()) {
                        Credentials known = hashes().get(hash);
                        if (known != null) {
                            some.add(known);
                        }
                    }
                }
                return some.isEmpty() ? Optional.empty() : Optional.of(Holders.of(some));
            });
        }

        private Map<String, Credentials> hashes() throws IOException {
            if (hashes == null) {
                Map<String, Credentials> fresh = new HashMap<>();
                Optional<byte[]> salt = store.salt(false);
                if (salt.isPresent()) {
                    credentials.get().stream()
                            .limit(MAX_CREDENTIALS)
                            .forEach(each -> fresh.put(CredentialHash.of(salt.get(), spokenTo, each), each));
                }
                hashes = fresh;
            }
            return hashes;
        }

        @Override
        public boolean isKnown(Digest content) {
            return doing(() -> !store.holders(content, this::isIn).isEmpty());
        }

        @Override
        public boolean isOfRegistry(Digest content) {
            return arrived.contains(registry, content)
                    || doing(() -> !store.holders(content, name -> name.startsWith(registry + "/"))
                            .isEmpty());
        }
    }

    @Override
    public void keep(Signature signature) {
        doing(() -> {
            for (Map.Entry<Digest, byte[]> each : signature.content().entrySet()) {
                store.put(each.getKey(), each.getValue());
            }
            store.tag(new StoredReference(
                    name(signature.name()),
                    signature.manifest(),
                    signature.mediaType(),
                    settings.clock().instant(),
                    StoredReference.SIGNATURE,
                    signature.image(),
                    hashes(signature.holders(), signature.registry()),
                    signature.content().keySet()));
            return signature;
        });
    }

    /** Starts a collection in the background, at most once a day per store, across processes. */
    private void collect() {
        try {
            if (store.claimCollection(DAY)) {
                settings.background().execute(this::collectNow);
            }
        } catch (IOException | RejectedExecutionException e) {
            LOG.warn("unused modules cannot be removed from {}: {}", store.directory(), e.getMessage());
        }
    }

    private void collectNow() {
        try {
            Collected collected = store.collect(settings.unusedFor(), settings.maxBytes());
            if (collected.blobs() > 0) {
                LOG.info(
                        "removed {} bytes of unused modules from {}; {} bytes remain",
                        collected.freedBytes(),
                        store.directory(),
                        collected.keptBytes());
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("unused modules cannot be removed from {}: {}", store.directory(), e.getMessage());
        }
    }

    /**
     * Imports an OCI image layout.
     *
     * @param repository the repository for names that are only tags, and, by digest, for images without a name
     * @return the references that can now be pulled
     */
    public List<OciReference> seed(Path source, OciReference repository) {
        return doing(() -> {
            List<OciReference> references = new ArrayList<>();
            store.seed(
                    source,
                    (name, manifest) -> {
                        OciReference reference =
                                reference(name, repository).orElseGet(() -> repository.withDigest(manifest));
                        references.add(reference);
                        return Optional.of(name(reference));
                    },
                    MAX_SEED_BYTES);
            return List.copyOf(references);
        });
    }

    /** Parses the annotation of a layout, which is either a complete reference or only a tag. */
    private static Optional<OciReference> reference(String name, OciReference repository) {
        try {
            return Optional.of(name.indexOf('/') >= 0 ? OciReference.parse(name) : repository.withTag(name));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A blob of the store. After it was discarded, the next write begins it again. */
    private final class Sink implements BlobSink {
        private final Digest digest;
        private final int size;
        private final OciReference repository;
        private @Nullable BlobWriter writer;

        Sink(Digest digest, int size, OciReference repository) {
            this.digest = digest;
            this.size = size;
            this.repository = repository;
            this.writer = open();
        }

        private BlobWriter open() {
            return doing(() -> store.begin(digest, size, repository.registry() + "/" + repository.repository()));
        }

        private BlobWriter writer() {
            if (writer == null) {
                writer = open();
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
                arrived.add(repository.registry(), digest);
            }
        }

        /** Closes the writer after a failure, because it cannot be used any more. */
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
                            + " was written to the module store but cannot be read back; check the disk"));
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
