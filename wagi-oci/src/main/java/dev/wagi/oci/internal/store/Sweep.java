// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One mark-and-sweep collection, while the index is locked. */
final class Sweep {

    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

    /** Content that was received or used within this time may be about to get a name. */
    private static final Duration GRACE = Duration.ofHours(1);

    /** The age after which a partial blob is no longer resumed. */
    private static final Duration LEFT_OVER = Duration.ofDays(1);

    private static final int MAX_FILES = 1_000_000;

    private final StoreDirectory directory;
    private final LayoutIndex index;
    private final Instant now;
    private final Map<Digest, Long> sizes = new HashMap<>();
    private final List<String> dropped = new ArrayList<>();

    private int removed;
    private long freed;
    private long kept;

    Sweep(StoreDirectory directory, LayoutIndex index, Instant now) {
        this.directory = directory;
        this.index = index;
        this.now = now;
    }

    /** A fetched name and the content that it refers to. */
    private record Fetched(StoredReference reference, Instant used, Set<Digest> content) {}

    /** Removes names from the index; returns whether any were removed. */
    boolean dropReferences(Duration unusedFor, long maxBytes) throws IOException {
        Map<Digest, Integer> uses = new HashMap<>();
        List<Fetched> fetched = new ArrayList<>();
        for (LayoutIndex.Entry entry : index.entries()) {
            Optional<StoredReference> reference = entry.reference().filter(named -> !named.isSeeded());
            if (reference.filter(StoredReference::isSignature).isPresent()) {
                continue; // removed with its image, regardless of its last use
            }
            Set<Digest> content = reachable(entry.manifest());
            if (reference.isPresent()) {
                Instant used = used(reference.get());
                if (used.plus(unusedFor).isBefore(now)) {
                    dropped.add(reference.get().reference());
                    continue;
                }
                fetched.add(new Fetched(reference.get(), used, content));
            }
            content.forEach(digest -> uses.merge(digest, 1, Integer::sum));
        }
        long total = 0;
        for (Digest digest : uses.keySet()) {
            total += size(digest);
        }
        fetched.sort(Comparator.comparing(Fetched::used)
                .thenComparing(old -> old.reference().reference()));
        for (Fetched oldest : fetched) {
            if (total <= maxBytes || oldest.used().plus(GRACE).isAfter(now)) {
                break;
            }
            dropped.add(oldest.reference().reference());
            for (Digest digest : oldest.content()) {
                if (uses.merge(digest, -1, Integer::sum) == 0) {
                    total -= size(digest);
                }
            }
        }
        dropSignatures();
        Set<String> names = Set.copyOf(dropped);
        index.remove(entry -> entry.reference()
                .filter(named -> !named.isSeeded() && names.contains(named.reference()))
                .isPresent());
        return !dropped.isEmpty();
    }

    /**
     * Removes the signatures whose image has no name. A recent signature is kept, because it is fetched before its
     * image gets a name.
     */
    private void dropSignatures() throws IOException {
        Set<String> gone = Set.copyOf(dropped);
        Set<Digest> images = new HashSet<>();
        List<StoredReference> signatures = new ArrayList<>();
        for (LayoutIndex.Entry entry : index.entries()) {
            Optional<StoredReference> named = entry.reference();
            if (named.filter(StoredReference::isSignature).isPresent()) {
                signatures.add(named.get());
            } else if (named.isEmpty()
                    || named.get().isSeeded()
                    || !gone.contains(named.get().reference())) {
                images.add(entry.manifest());
            }
        }
        for (StoredReference signature : signatures) {
            if (!images.contains(signature.module())
                    && !signature.isSeeded()
                    && !used(signature).plus(GRACE).isAfter(now)) {
                dropped.add(signature.reference());
            }
        }
    }

    private Instant used(StoredReference reference) throws IOException {
        Instant fetched = reference.fetched();
        Instant time = fetched == null ? Instant.EPOCH : fetched;
        try {
            Instant touched = directory
                    .attributes(directory.blob(reference.manifest()))
                    .lastModifiedTime()
                    .toInstant();
            return touched.isAfter(time) ? touched : time;
        } catch (NoSuchFileException e) {
            return Instant.EPOCH; // the manifest is missing
        }
    }

    private long size(Digest digest) throws IOException {
        Long known = sizes.get(digest);
        if (known == null) {
            try {
                known = directory.attributes(directory.blob(digest)).size();
            } catch (NoSuchFileException e) {
                known = 0L;
            }
            sizes.put(digest, known);
        }
        return known;
    }

    private Set<Digest> reachable(Digest manifest) throws IOException {
        return Reach.of(manifest, this::manifest, directory.index());
    }

    /**
     * Reads a manifest. Content that is not a manifest refers to nothing; a read error aborts the collection, because
     * the manifest might refer to more content.
     */
    private JsonNode manifest(Digest digest) throws IOException {
        Path file = directory.blob(digest);
        try {
            BasicFileAttributes attributes = directory.attributes(file);
            if (!attributes.isRegularFile() || attributes.size() > ContentStore.MAX_MANIFEST_BYTES) {
                return LayoutIndex.JSON.missingNode();
            }
            return LayoutIndex.JSON.readTree(directory.read(file, ContentStore.MAX_MANIFEST_BYTES));
        } catch (JacksonException | NoSuchFileException e) {
            return LayoutIndex.JSON.missingNode();
        } catch (IOException e) {
            throw StoreException.of("read a manifest, so nothing was removed,", file, e);
        }
    }

    /** Removes the content that no name refers to. */
    Collected remove() throws IOException {
        Set<Digest> marked = new HashSet<>();
        for (LayoutIndex.Entry entry : index.entries()) {
            marked.addAll(reachable(entry.manifest()));
        }
        for (String algorithm : StoreDirectory.ALGORITHMS) {
            for (Map.Entry<Path, Digest> blob :
                    digests(directory.blobs(algorithm), algorithm + ":").entrySet()) {
                if (marked.contains(blob.getValue()) || !removeIfOlder(blob.getKey(), GRACE)) {
                    kept += size(blob.getValue());
                }
            }
        }
        for (String algorithm : StoreDirectory.ALGORITHMS) {
            for (Map.Entry<Path, Digest> partial :
                    digests(directory.partials(), algorithm + "-").entrySet()) {
                try (StoreLocks.Held lock =
                        Blobs.tryLock(directory, partial.getValue()).orElse(null)) {
                    if (lock != null) {
                        removeIfOlder(partial.getKey(), LEFT_OVER);
                    }
                }
            }
        }
        for (Path temporary : directory.temporaries(MAX_FILES)) {
            removeIfOlder(temporary, GRACE);
        }
        return new Collected(dropped, removed, freed, kept);
    }

    /** Returns the files whose name, with or without the prefix, begins with a digest. Other files are left alone. */
    private Map<Path, Digest> digests(Path where, String prefix) throws IOException {
        String algorithm = prefix.substring(0, prefix.length() - 1);
        Map<Path, Digest> found = new LinkedHashMap<>();
        for (Path file : directory.list(where, MAX_FILES)) {
            String name = file.getFileName().toString();
            String hex = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
            int source = hex.indexOf('-');
            try {
                found.put(file, new Digest(algorithm, source < 0 ? hex : hex.substring(0, source)));
            } catch (IllegalArgumentException e) {
                LOG.debug("{} is left alone", file);
            }
        }
        return found;
    }

    private boolean removeIfOlder(Path file, Duration age) {
        try {
            BasicFileAttributes attributes = directory.attributes(file);
            if (attributes.isDirectory()
                    || attributes.lastModifiedTime().toInstant().plus(age).isAfter(now)) {
                return false;
            }
            Files.deleteIfExists(file);
            removed++;
            freed += attributes.size();
            return true;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            LOG.debug("cannot remove {}", file, e);
            return false;
        }
    }
}
