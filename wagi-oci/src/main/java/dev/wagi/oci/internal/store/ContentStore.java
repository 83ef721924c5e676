// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Stores modules and manifests in a directory, as an OCI image layout that other tools can read and fill as well.
 *
 * <p>Content is verified whenever it is read: content that does not match its digest is removed and reported as absent,
 * so that the caller fetches it again. Content and references become visible completely or not at all, even if the
 * process is killed. Processes of one user on one machine may share the directory. A store that was filled in advance
 * may be read-only. Other tools do not use the lock on the index, so nothing else should write while they do.
 *
 * <p>Thread-safe. Need not be closed.
 */
public final class ContentStore {

    /** The maximum size of a manifest; the OCI distribution spec asks registries to accept 4 MiB. */
    static final int MAX_MANIFEST_BYTES = 4 << 20;

    private static final Duration WAIT = Duration.ofMinutes(10);

    private static final int MAX_LAYOUT_BYTES = 1 << 10;
    private static final int SALT_BYTES = 32;
    private static final long INDEX_POSITION = 0;
    private static final Set<String> OF_A_LAYOUT = Set.of("oci-layout", "index.json", "blobs");

    private final StoreDirectory directory;
    private final Clock clock;
    private final Duration wait;
    private final Blobs blobs;

    private ContentStore(StoreDirectory directory, Clock clock, Duration wait) {
        this.directory = directory;
        this.clock = clock;
        this.wait = wait;
        this.blobs = new Blobs(directory, clock, wait);
    }

    /**
     * Opens a store, or creates one in a directory that is empty or does not exist.
     *
     * @throws StoreException if the directory is not an OCI image layout, if users other than its owner can write to
     *     it, or if its owner is neither the user of this process nor root
     */
    public static ContentStore open(Path directory) throws IOException {
        return open(directory, Clock.systemUTC(), WAIT);
    }

    /**
     * Opens a store with a clock; see {@link #open(Path)}.
     *
     * @param clock determines the time of use and the age of content
     */
    public static ContentStore open(Path directory, Clock clock) throws IOException {
        return open(directory, clock, WAIT);
    }

    static ContentStore open(Path directory, Clock clock, Duration wait) throws IOException {
        StoreDirectory checked = new StoreDirectory(directory);
        checked.check();
        ContentStore store = new ContentStore(checked, clock, wait);
        try {
            checkLayout(
                    checked.read(checked.layout(), MAX_LAYOUT_BYTES),
                    checked.layout().toString());
        } catch (NoSuchFileException e) {
            store.begin();
        }
        return store;
    }

    static void checkLayout(byte[] bytes, String place) throws StoreException {
        String version;
        try {
            version =
                    LayoutIndex.JSON.readTree(bytes).path("imageLayoutVersion").asText("");
        } catch (JacksonException e) {
            version = "";
        } catch (IOException e) {
            throw new StoreException(place + " cannot be read: " + e);
        }
        if (!version.equals("1.0.0")) {
            throw new StoreException(
                    place + " does not contain \"imageLayoutVersion\": \"1.0.0\", so this is not a supported"
                            + " OCI image layout; name another directory");
        }
    }

    private void begin() throws IOException {
        // Another process may be creating the store at the same time.
        boolean others = directory.list(directory.root(), 1000).stream()
                .map(file -> file.getFileName().toString())
                .anyMatch(name -> !name.startsWith(".wagi") && !OF_A_LAYOUT.contains(name));
        if (others) {
            throw new StoreException(directory.root() + " contains files, but no 'oci-layout', so it is not a module"
                    + " store; name an empty directory, or one that does not exist");
        }
        locked(() -> {
            if (!Files.exists(directory.index(), LinkOption.NOFOLLOW_LINKS)) {
                write(LayoutIndex.empty());
            }
            if (!Files.exists(directory.layout(), LinkOption.NOFOLLOW_LINKS)) {
                directory.replace(
                        directory.layout(), "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
            }
            return true;
        });
    }

    /** Returns the directory of the store. */
    public Path directory() {
        return directory.root();
    }

    /** Returns the reference with exactly this name, if its manifest is present. This counts as a use. */
    public Optional<StoredReference> find(String reference) throws IOException {
        Optional<StoredReference> found = read().find(reference);
        if (found.isPresent() && !blobs.touch(directory.blob(found.get().manifest()))) {
            return Optional.empty();
        }
        return found;
    }

    /** Returns all references, sorted by name. */
    public List<StoredReference> references() throws IOException {
        return read().entries().stream()
                .flatMap(entry -> entry.reference().stream())
                .sorted(java.util.Comparator.comparing(StoredReference::reference))
                .toList();
    }

    /**
     * Returns the entries that hold some content: a fetched name holds what was recorded with it; a seeded or unnamed
     * entry holds everything that its manifests refer to.
     *
     * @param names selects the entries by their name, which is empty if there is none
     */
    public List<Holder> holders(Digest content, Predicate<String> names) throws IOException {
        List<Holder> holders = new ArrayList<>();
        for (LayoutIndex.Entry entry : read().entries()) {
            if (!names.test(entry.name())) {
                continue;
            }
            StoredReference named = entry.reference().orElse(null);
            boolean isSeeded = named == null || named.isSeeded();
            if (entry.manifest().equals(content)
                    || (named == null || isSeeded
                            ? Reach.of(entry.manifest(), this::manifest, directory.index())
                                    .contains(content)
                            : named.content().contains(content))) {
                holders.add(new Holder(
                        entry.name(), entry.manifest(), isSeeded, named == null ? Set.of() : named.credentials()));
            }
        }
        return holders;
    }

    private JsonNode manifest(Digest digest) throws IOException {
        try {
            if (directory.attributes(directory.blob(digest)).size() > MAX_MANIFEST_BYTES) {
                return LayoutIndex.JSON.missingNode();
            }
            Optional<byte[]> manifest = bytes(digest, MAX_MANIFEST_BYTES);
            return manifest.isPresent() ? LayoutIndex.JSON.readTree(manifest.get()) : LayoutIndex.JSON.missingNode();
        } catch (JacksonException | NoSuchFileException e) {
            return LayoutIndex.JSON.missingNode();
        }
    }

    /**
     * Returns the random bytes of this store that salt its hashes.
     *
     * @param make whether to create them if they do not exist yet
     */
    public Optional<byte[]> salt(boolean make) throws IOException {
        Optional<byte[]> known = salt();
        if (known.isPresent() || !make) {
            return known;
        }
        return locked(() -> {
            Optional<byte[]> others = salt();
            if (others.isPresent()) {
                return others;
            }
            byte[] fresh = new byte[SALT_BYTES];
            new SecureRandom().nextBytes(fresh);
            directory.replace(directory.salt(), fresh);
            return Optional.of(fresh);
        });
    }

    private Optional<byte[]> salt() throws IOException {
        try {
            return Optional.of(directory.read(directory.salt(), SALT_BYTES)).filter(salt -> salt.length == SALT_BYTES);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether a blob of that digest and size is present; its bytes are not verified. This counts as a use. */
    public boolean has(Digest digest, long size) throws IOException {
        return blobs.has(digest, size);
    }

    /**
     * Returns the bytes of a blob, verified against its digest.
     *
     * @param maxBytes the maximum number of bytes
     * @return empty if the blob is absent, or was removed because it did not match its digest
     * @throws StoreException if the blob is larger
     */
    public Optional<byte[]> bytes(Digest digest, int maxBytes) throws IOException {
        return blobs.bytes(digest, maxBytes);
    }

    /**
     * Opens a blob for reading, positioned at its beginning. The digest was verified when it was opened; only a user
     * who can write to the store could change it afterwards.
     *
     * @return the channel, which the caller must close; empty if the blob is absent, or was removed because it did not
     *     match its digest
     */
    public Optional<SeekableByteChannel> read(Digest digest) throws IOException {
        return blobs.read(digest);
    }

    /**
     * Begins to write a blob, or resumes it. Waits while another thread or process writes it.
     *
     * @param size the size of the blob in bytes
     * @throws StoreException if the store cannot be written to, or another writer does not finish in time
     */
    public BlobWriter begin(Digest digest, long size) throws IOException {
        return blobs.begin(digest, size, "");
    }

    /**
     * Begins to write a blob from a source; see {@link #begin(Digest, long)}.
     *
     * @param source the origin of the bytes; a blob from one source is not resumed from another
     */
    public BlobWriter begin(Digest digest, long size, String source) throws IOException {
        return blobs.begin(digest, size, source);
    }

    /**
     * Stores a blob that is in memory, such as a manifest.
     *
     * @throws ContentMismatchException if the bytes do not match the digest
     */
    public void put(Digest digest, byte[] bytes) throws IOException {
        blobs.put(digest, bytes);
    }

    private long sizeOf(Digest needed, String reference) throws IOException {
        try {
            BasicFileAttributes attributes = directory.attributes(directory.blob(needed));
            if (attributes.isRegularFile()) {
                return attributes.size();
            }
        } catch (NoSuchFileException e) {
            // reported below
        }
        throw new StoreException("'" + reference + "' cannot be stored in the module store " + directory.root()
                + ": blob " + needed + " is missing; pull it again");
    }

    /**
     * Stores a manifest or an index.
     *
     * @return its SHA-256 digest
     */
    public Digest putManifest(byte[] bytes) throws IOException {
        Digest digest = Digest.sha256(bytes);
        put(digest, bytes);
        return digest;
    }

    /**
     * Assigns a name to content, replacing the previous entry of that name. If that had the same manifest and at least
     * the same content, its content and credentials are kept: access to the manifest in this repository implies access
     * to its content. If the new entry holds more, only the new credentials count, because others were not accepted for
     * the additional content.
     *
     * @throws StoreException if the manifest or some of the content is no longer present; fetch it again
     */
    public void tag(StoredReference reference) throws IOException {
        locked(() -> {
            // The collector takes the same lock, so from here on it sees the named content.
            for (Digest needed : reference.content()) {
                sizeOf(needed, reference.reference());
            }
            long size = sizeOf(reference.manifest(), reference.reference());
            LayoutIndex index = read();
            Set<String> credentials = new TreeSet<>(reference.credentials());
            Set<Digest> content = reference.content();
            Optional<StoredReference> old = index.find(reference.reference())
                    .filter(known -> known.manifest().equals(reference.manifest())
                            && known.content().containsAll(reference.content()));
            if (old.isPresent()) {
                content = old.get().content();
                old.get().credentials().stream()
                        .limit(Math.max(0, StoredReference.MAX_CREDENTIALS - credentials.size()))
                        .forEach(credentials::add);
            }
            index.put(
                    new StoredReference(
                            reference.reference(),
                            reference.manifest(),
                            reference.mediaType(),
                            reference.fetched(),
                            reference.kind(),
                            reference.module(),
                            credentials,
                            content),
                    size);
            write(index);
            return true;
        });
    }

    /** Removes a name; its content is removed by the next {@link #collect}. */
    public boolean untag(String reference) throws IOException {
        return locked(() -> {
            LayoutIndex index = read();
            if (index.find(reference).isEmpty()) {
                return false;
            }
            index.remove(entry -> entry.reference()
                    .filter(old -> old.reference().equals(reference))
                    .isPresent());
            write(index);
            return true;
        });
    }

    /**
     * Removes what is not needed: names that were not used for a time, then the least recently used names until the
     * rest is small enough, and all content that no name refers to. Signatures are removed with their images. Seeded
     * names are kept, and so is everything that was received or used within the last hour, because it may be about to
     * get a name.
     *
     * @param unusedFor how long a fetched name is kept after its last use
     * @param maxBytes the maximum size of the store in bytes
     */
    public Collected collect(Duration unusedFor, long maxBytes) throws IOException {
        return locked(() -> {
            LayoutIndex index = read();
            Sweep sweep = new Sweep(directory, index, clock.instant());
            if (sweep.dropReferences(unusedFor, maxBytes)) {
                write(index);
            }
            return sweep.remove();
        });
    }

    /**
     * Claims the next collection, if the last one of any process started long enough ago. Does not wait.
     *
     * @return whether the caller must call {@link #collect} now
     */
    public boolean claimCollection(Duration every) throws IOException {
        if (!isDue(every)) {
            return false;
        }
        directory.make();
        Optional<StoreLocks.Held> lock = directory.locks().tryAcquire(INDEX_POSITION, Duration.ZERO);
        if (lock.isEmpty()) {
            return false; // the store is in use; a later pull will try again
        }
        try {
            if (!isDue(every)) {
                return false;
            }
            directory.replace(directory.collected(), new byte[0]);
            Files.setLastModifiedTime(directory.collected(), FileTime.from(clock.instant()));
            return true;
        } finally {
            lock.get().close();
        }
    }

    private boolean isDue(Duration every) throws IOException {
        try {
            Instant last = directory
                    .attributes(directory.collected())
                    .lastModifiedTime()
                    .toInstant();
            // A time in the future was written by a clock that was wrong.
            return !last.plus(every).isAfter(clock.instant())
                    || last.isAfter(clock.instant().plus(every));
        } catch (NoSuchFileException e) {
            return true;
        }
    }

    /**
     * Imports an OCI image layout that another tool wrote: a directory, a tar archive of one, or a compressed one.
     * Digests are verified. Images without a name can be found by digest; imported content is never collected.
     *
     * @param naming maps the name in the layout (often only a tag; empty if there is none) and the manifest's digest to
     *     the reference; empty for no name
     * @param maxBytes the maximum size of the layout in bytes
     * @throws StoreException if it is not an OCI image layout, is too large, or contains links or names that point
     *     outside
     * @throws ContentMismatchException if a blob does not match its digest
     */
    public Seeded seed(Path source, BiFunction<String, Digest, Optional<String>> naming, long maxBytes)
            throws IOException {
        Seed seed = new Seed(this, source, maxBytes);
        LayoutIndex found = seed.takeContent();
        List<String> names = new ArrayList<>();
        locked(() -> {
            LayoutIndex index = read();
            for (LayoutIndex.Entry entry : found.entries()) {
                long size = sizeOf(entry.manifest(), source.toString());
                Optional<String> name = naming.apply(entry.name(), entry.manifest());
                if (name.isPresent()) {
                    index.put(
                            new StoredReference(
                                    name.get(),
                                    entry.manifest(),
                                    entry.mediaType(),
                                    null,
                                    null,
                                    null,
                                    Set.of(),
                                    Set.of()),
                            size);
                    names.add(name.get());
                } else {
                    index.putUnnamed(entry.manifest(), entry.mediaType(), size);
                }
            }
            write(index);
            return true;
        });
        return new Seeded(names, seed.blobs(), seed.bytes());
    }

    private LayoutIndex read() throws IOException {
        directory.check();
        try {
            return LayoutIndex.parse(
                    directory.read(directory.index(), LayoutIndex.MAX_BYTES),
                    directory.index().toString());
        } catch (NoSuchFileException e) {
            return LayoutIndex.empty();
        } catch (IOException e) {
            throw StoreException.of("read the index", directory.index(), e);
        }
    }

    private void write(LayoutIndex index) throws IOException {
        byte[] bytes = index.bytes();
        if (bytes.length > LayoutIndex.MAX_BYTES) {
            throw new StoreException("the module store " + directory.root()
                    + " has too many references: index.json would" + " be larger than " + (LayoutIndex.MAX_BYTES >> 20)
                    + " MiB; remove some, or name another directory");
        }
        directory.replace(directory.index(), bytes);
    }

    private interface Step<T> {
        T run() throws IOException;
    }

    /** Does something while no other thread or process changes the names. */
    private <T> T locked(Step<T> step) throws IOException {
        directory.make();
        StoreLocks.Held lock = directory.locks().acquire(INDEX_POSITION, wait, "index.json");
        try {
            return step.run();
        } finally {
            lock.close();
        }
    }
}
