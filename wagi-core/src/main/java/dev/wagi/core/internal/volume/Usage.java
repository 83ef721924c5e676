// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What guests of this process do to one host directory: in which order, and how much of its quota it takes.
 *
 * <p><b>Order.</b> Changes of names, appending, and writing under a quota are done one at a time, see {@link #change}, so
 * guests see each other's as one step. A guest that waits for its turn can be interrupted.
 *
 * <p><b>Quota.</b> What is there is counted once, then kept up to date with what guests do, and counted again when a quota is
 * reached: others may have made room. Counting goes on beside the changes of other guests, in the thread of the guest that
 * needs the room, and ends when that is interrupted. What is added meanwhile counts twice at worst; if something is renamed
 * meanwhile, counting may have missed it, so what was known before still counts. A file that was removed while a guest has it
 * open takes its room until it is closed.
 *
 * <p>Thread-safe. The monitor guards the numbers only; nothing is done with files while it is held.
 */
final class Usage {

    /** Counting may take long, so not each time a guest tries. */
    private static final long COUNT_AGAIN = TimeUnit.SECONDS.toNanos(1);

    /** How many times as long as it took last time the next counting waits: most of the time nobody counts. */
    private static final long PAUSE = 10;

    /** Directories on a path that are looked into; each is open while those in it are counted. */
    private static final int MAX_DEPTH = 192;

    /** Looks at everything in a directory. */
    interface Counter {
        /**
         * Counts.
         *
         * @throws VolumeException {@code INTERRUPTED} if the thread was
         */
        Count count(Path root) throws VolumeException;
    }

    /**
     * What is in a directory.
     *
     * @param complete whether all was seen; if not, a guest may have hidden something
     */
    record Count(long bytes, long files, boolean complete) {}

    /** There is no room for a change, which has not begun. */
    private static final class NoRoom extends IOException {
        private static final long serialVersionUID = 1L;
        private static final NoRoom INSTANCE = new NoRoom();

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    private final Path root;
    private final Counter counter;
    private final LongSupplier clock;
    private final ReentrantLock changing = new ReentrantLock();
    private final ReentrantLock counting = new ReentrantLock();
    private final OpenFiles open = new OpenFiles();

    /** Whose changes wait for each other: this directory, and those that lie in it or which it lies in. */
    private volatile List<Usage> turns;

    private volatile boolean links;
    private boolean tracked;
    private long bytes;
    private long files;
    private long countings;
    private long countedAt;
    private long countingTook;

    // Since counting began.
    private long bytesAdded;
    private long filesAdded;
    private boolean renamed;

    Usage(Path root) {
        this(root, Usage::count, System::nanoTime);
    }

    /**
     * A directory.
     *
     * @param clock nanoseconds
     */
    Usage(Path root, Counter counter, LongSupplier clock) {
        this.root = root;
        this.counter = counter;
        this.clock = clock;
        this.turns = List.of(this);
    }

    /**
     * Has a change here wait for those in other directories too, which lie in it or which it lies in.
     *
     * @param usages all directories there are
     */
    void takeTurnsWith(Collection<Usage> usages) {
        turns = usages.stream()
                .filter(other -> root.startsWith(other.root) || other.root.startsWith(root))
                .sorted(Comparator.comparing(
                        usage -> usage.root)) // always in this order, or two could wait for each other
                .toList();
    }

    /** From now on it is counted; before guests run. */
    void track() {
        synchronized (this) {
            tracked = true;
        }
        try {
            countAgain(countings());
        } catch (VolumeException e) {
            throw new IllegalStateException("interrupted while the files of a volume were counted", e);
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

    /** Guests may make links here. */
    void allowLinks() {
        links = true;
    }

    /** Whether there may be links of guests in it. */
    boolean hasLinks() {
        return turns.stream().anyMatch(usage -> usage.links);
    }

    /** What guests have open in it. */
    OpenFiles open() {
        return open;
    }

    /** Changes something. */
    interface Change<T> {
        T make() throws IOException;
    }

    /**
     * Makes a change while no other guest makes one. If it asks for room ({@link #grow}, {@link #add}) and there is none, it
     * is made a second time, after counting again.
     *
     * @throws VolumeException {@code QUOTA} if there is no room, {@code INTERRUPTED} if the thread was interrupted
     */
    <T> T change(Change<T> change) throws IOException {
        long known = countings();
        try {
            return inTurn(change);
        } catch (NoRoom e) {
            if (!countAgain(known)) {
                throw new VolumeException(Reason.QUOTA);
            }
        }
        try {
            return inTurn(change);
        } catch (NoRoom e) {
            throw new VolumeException(Reason.QUOTA);
        }
    }

    private <T> T inTurn(Change<T> change) throws IOException {
        Deque<ReentrantLock> held = new ArrayDeque<>(1);
        try {
            for (Usage usage : turns) {
                lock(usage.changing);
                held.push(usage.changing);
            }
            return change.make();
        } finally {
            held.forEach(ReentrantLock::unlock);
        }
    }

    private static void lock(ReentrantLock lock) throws VolumeException {
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VolumeException(Reason.INTERRUPTED);
        }
    }

    /** Takes room for more bytes, in a {@link #change} that has not begun otherwise. */
    void grow(long more, long max) throws IOException {
        if (more <= 0) {
            return;
        }
        synchronized (this) {
            if (!tracked) {
                return;
            } else if (bytes + more < 0 || bytes + more > max) {
                throw NoRoom.INSTANCE;
            }
            bytes += more;
            bytesAdded += more;
        }
    }

    synchronized void shrink(long less) {
        if (tracked) {
            bytes = Math.max(0, bytes - less);
        }
    }

    /** Takes room for a file or directory, as {@link #grow}. */
    void add(long max) throws IOException {
        synchronized (this) {
            if (!tracked) {
                return;
            } else if (files >= max) {
                throw NoRoom.INSTANCE;
            }
            files++;
            filesAdded++;
        }
    }

    /** A file or directory is not there after all. */
    synchronized void notAdded() {
        if (tracked) {
            files = Math.max(0, files - 1);
        }
    }

    /** A name is gone. */
    void removed(BasicFileAttributes attributes) {
        boolean isOpen = open.removed(attributes.fileKey());
        notAdded();
        if (!isOpen && attributes.isRegularFile()) {
            shrink(attributes.size());
        }
    }

    /** A name became another one. */
    void renamed(List<String> from, List<String> to) {
        open.renamed(from, to);
        synchronized (this) {
            renamed = true;
        }
    }

    /** Just before it is closed. */
    void closing(ConfinedFile file) {
        if (open.closing(file)) {
            shrink(file.sizeIfKnown());
        }
    }

    private synchronized long countings() {
        return countings;
    }

    /**
     * Counts, unless another guest has meanwhile.
     *
     * @param known how many times it had been counted when room was last asked for
     * @return false if it was counted not long before
     */
    private boolean countAgain(long known) throws VolumeException {
        lock(counting);
        try {
            long began = clock.getAsLong();
            synchronized (this) {
                if (countings != known) {
                    return true;
                } else if (countings > 0 && began - countedAt < Math.max(COUNT_AGAIN, PAUSE * countingTook)) {
                    return false;
                }
                bytesAdded = 0;
                filesAdded = 0;
                renamed = false;
            }
            Count count = counter.count(root);
            long removed = open.bytesOfRemoved();
            synchronized (this) {
                boolean complete = count.complete && !renamed;
                bytes = complete ? count.bytes + removed + bytesAdded : Math.max(bytes, count.bytes + removed);
                files = complete ? count.files + filesAdded : Math.max(files, count.files);
                countings++;
                countedAt = clock.getAsLong();
                countingTook = countedAt - began;
            }
            return true;
        } finally {
            counting.unlock();
        }
    }

    /** Counts what is on the disk. */
    static Count count(Path root) throws VolumeException {
        Visitor visitor = new Visitor();
        try {
            Files.walkFileTree(root, Set.of(), MAX_DEPTH, visitor);
        } catch (VolumeException e) {
            throw e;
        } catch (IOException e) {
            // The visitor throws nothing else.
            throw new IllegalStateException("BUG: counting a volume failed; please report this", e);
        }
        return new Count(visitor.bytes, Math.max(0, visitor.files - 1), visitor.complete); // the root itself is not
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {
        private long bytes;
        private long files;
        private boolean complete = true;

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws VolumeException {
            ConfinedDirectory.checkInterrupt();
            files++;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws VolumeException {
            ConfinedDirectory.checkInterrupt();
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            files++;
            complete &= !attributes.isDirectory(); // at the greatest depth
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws VolumeException {
            ConfinedDirectory.checkInterrupt();
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
