// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.volume;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How much is in a host directory, for the quotas of all volumes that are on it. Counted once, then kept up to date with what
 * guests do, and counted again when a quota is reached: others may have made room.
 *
 * <p>A file that was removed while a guest has it open still takes its room until it is closed.
 *
 * <p>Thread-safe; its monitor is also what serializes changes of names, appending, and writing under a quota, so that guests
 * of this process see each other's as one step.
 */
final class Usage {

    /** Counting may take long, so not each time a guest tries. */
    private static final long COUNT_AGAIN = TimeUnit.SECONDS.toNanos(1);

    /** Directories on a path that are looked into; each is open while those in it are counted. */
    private static final int MAX_DEPTH = 192;

    private final Path root;
    private boolean tracked;
    private long bytes;
    private long files;
    private long countedAt;
    private final Map<Object, Entry> open = new HashMap<>();

    /** A file that guests have open. */
    private static final class Entry {
        private final List<ConfinedFile> handles = new ArrayList<>();
        private boolean removed;
    }

    Usage(Path root) {
        this.root = root;
    }

    /** From now on it is counted; before guests run. */
    synchronized void track() {
        if (!tracked) {
            tracked = true;
            count();
        }
    }

    synchronized boolean isTracked() {
        return tracked;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized long files() {
        return files;
    }

    /**
     * Takes room for more bytes.
     *
     * @throws VolumeException {@code QUOTA} if there is none
     */
    synchronized void grow(long more, long max) throws VolumeException {
        if (!tracked || more <= 0) {
            return;
        }
        if (bytes + more < 0 || bytes + more > max && !(mayCountAgain() && bytes + more <= max)) {
            throw new VolumeException(VolumeException.Reason.QUOTA);
        }
        bytes += more;
    }

    synchronized void shrink(long less) {
        if (tracked) {
            bytes = Math.max(0, bytes - less);
        }
    }

    /** Takes room for a file or directory, as {@link #grow}. */
    synchronized void add(long max) throws VolumeException {
        if (!tracked) {
            return;
        }
        if (files >= max && !(mayCountAgain() && files < max)) {
            throw new VolumeException(VolumeException.Reason.QUOTA);
        }
        files++;
    }

    /** A file or directory is not there after all. */
    synchronized void notAdded() {
        if (tracked) {
            files = Math.max(0, files - 1);
        }
    }

    /** A name is gone. */
    synchronized void removed(BasicFileAttributes attributes) {
        if (!tracked) {
            return;
        }
        notAdded();
        Entry entry = attributes.fileKey() == null ? null : open.get(attributes.fileKey());
        if (entry != null) {
            entry.removed = true;
        } else if (attributes.isRegularFile()) {
            shrink(attributes.size());
        }
    }

    synchronized void opened(@Nullable Object key, ConfinedFile file) {
        if (tracked && key != null) {
            open.computeIfAbsent(key, any -> new Entry()).handles.add(file);
        }
    }

    /** Just before it is closed. */
    synchronized void closing(@Nullable Object key, ConfinedFile file) {
        Entry entry = key == null ? null : open.get(key);
        if (entry != null && entry.handles.remove(file) && entry.handles.isEmpty()) {
            open.remove(key);
            if (entry.removed) {
                shrink(file.sizeIfKnown());
            }
        }
    }

    private boolean mayCountAgain() {
        if (System.nanoTime() - countedAt < COUNT_AGAIN) {
            return false;
        }
        count();
        return true;
    }

    private void count() {
        Count count = new Count();
        try {
            Files.walkFileTree(root, Set.of(), MAX_DEPTH, count);
        } catch (IOException e) {
            // The visitor throws nothing.
            throw new IllegalStateException("BUG: counting a volume failed; please report this", e);
        }
        long sum = count.bytes;
        for (Entry entry : open.values()) {
            sum += entry.removed ? entry.handles.get(0).sizeIfKnown() : 0;
        }
        long inside = Math.max(0, count.files - 1); // the root itself is not
        bytes = count.complete ? sum : Math.max(bytes, sum);
        files = count.complete ? inside : Math.max(files, inside);
        countedAt = System.nanoTime();
    }

    private static final class Count extends SimpleFileVisitor<Path> {
        private long bytes;
        private long files;

        /** Whether all was seen. If not, a guest may have hidden something, so what it did before still counts. */
        private boolean complete = true;

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            files++;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            files++;
            complete &= !attributes.isDirectory(); // at the greatest depth
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) {
            complete &= e instanceof NoSuchFileException;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
            complete &= e == null;
            return FileVisitResult.CONTINUE;
        }
    }
}
