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
 * Orders the changes that guests of this process make to one host directory, and counts how much of its quota is used.
 *
 * <p><b>Order.</b> Changes of names, appends, and writes under a quota are done one at a time, see {@link #change}, so
 * they are atomic for other guests. A guest that waits for its turn can be interrupted.
 *
 * <p><b>Quota.</b> The contents are counted once, then updated with what guests do, and counted again when a quota is
 * reached, because other processes may have freed space. Counting runs concurrently with changes of other guests, in
 * the thread of the guest that needs the space, and stops when that thread is interrupted. What is added meanwhile is
 * counted twice at worst. If something is renamed meanwhile, counting may have missed it, so the previous count still
 * applies. A file that was removed while a guest has it open counts until it is closed.
 *
 * <p>Thread-safe. The monitor guards only the numbers; no file operation is done while it is held.
 */
final class Usage {

    /** The minimum time between two counts, because counting may take long. */
    private static final long COUNT_AGAIN = TimeUnit.SECONDS.toNanos(1);

    /**
     * The pause before the next count as a multiple of the duration of the last, so that counting takes a small part of
     * the time.
     */
    private static final long PAUSE = 10;

    /** The maximum depth of counting; each directory of a path is open while those in it are counted. */
    private static final int MAX_DEPTH = 192;

    /** Counts the contents of a directory. */
    interface Counter {
        /**
         * Counts the contents.
         *
         * @throws VolumeException {@code INTERRUPTED} if the thread was interrupted
         */
        Count count(Path root) throws VolumeException;
    }

    /**
     * The contents of a directory.
     *
     * @param complete whether everything was counted; if not, a guest may have hidden something
     */
    record Count(long bytes, long files, boolean complete) {}

    /** Thrown if there is no space for a change, which has not begun. */
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

    /** The directories whose changes exclude each other: this one, and those that contain it or are contained in it. */
    private volatile List<Usage> turns;

    private volatile boolean links;
    private boolean tracked;
    private long bytes;
    private long files;
    private long countings;
    private long countedAt;
    private long countingTook;

    // Bytes added since the last count began.
    private long bytesAdded;
    private long filesAdded;
    private boolean renamed;

    Usage(Path root) {
        this(root, Usage::count, System::nanoTime);
    }

    /**
     * Creates the usage of a directory.
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
     * Makes changes here exclude those in other directories that contain this one or are contained in it.
     *
     * @param usages all directories
     */
    void takeTurnsWith(Collection<Usage> usages) {
        turns = usages.stream()
                .filter(other -> root.startsWith(other.root) || other.root.startsWith(root))
                .sorted(Comparator.comparing(usage -> usage.root)) // always in this order, to prevent deadlocks
                .toList();
    }

    /** Counts the contents from now on; called before guests run. */
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

    /** Records that guests may create links here. */
    void allowLinks() {
        links = true;
    }

    /** Returns whether it may contain links created by guests. */
    boolean hasLinks() {
        return turns.stream().anyMatch(usage -> usage.links);
    }

    /** Returns the files that guests have open in it. */
    OpenFiles open() {
        return open;
    }

    /** A change of the directory. */
    interface Change<T> {
        T make() throws IOException;
    }

    /** An operation without a result. */
    interface Step {
        void run() throws IOException;
    }

    /** Makes a change without a result; see {@link #change(Change)}. */
    void change(Step step) throws IOException {
        change(() -> {
            step.run();
            return true;
        });
    }

    /**
     * Makes a change while no other guest makes one. If the change asks for space ({@link #grow}, {@link #add}) and
     * there is none, it is made a second time after counting again.
     *
     * @throws VolumeException {@code QUOTA} if there is no space, {@code INTERRUPTED} if the thread was interrupted
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

    /** Reserves space for more bytes, in a {@link #change} that has not begun otherwise. */
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

    /** Reserves space for a file or directory; see {@link #grow}. */
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

    /** Gives back the space for a file or directory that was not created. */
    synchronized void notAdded() {
        if (tracked) {
            files = Math.max(0, files - 1);
        }
    }

    /** Records that a name was removed. */
    void removed(BasicFileAttributes attributes) {
        boolean isOpen = open.removed(attributes.fileKey());
        notAdded();
        if (!isOpen && attributes.isRegularFile()) {
            shrink(attributes.size());
        }
    }

    /** Records that a name was changed. */
    void renamed(List<String> from, List<String> to) {
        open.renamed(from, to);
        synchronized (this) {
            renamed = true;
        }
    }

    /** Must be called just before a file is closed. */
    void closing(ConfinedFile file) {
        if (open.closing(file)) {
            shrink(file.sizeIfKnown());
        }
    }

    private synchronized long countings() {
        return countings;
    }

    /**
     * Counts, unless another guest has counted in the meantime.
     *
     * @param known the number of counts when space was last requested
     * @return false if the last count was too recent
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

    /** Counts the contents on disk. */
    static Count count(Path root) throws VolumeException {
        Visitor visitor = new Visitor();
        try {
            Files.walkFileTree(root, Set.of(), MAX_DEPTH, visitor);
        } catch (VolumeException e) {
            throw e;
        } catch (IOException e) {
            // The visitor throws no other exception.
            throw new IllegalStateException("BUG: counting a volume failed; please report this", e);
        }
        return new Count(
                visitor.bytes, Math.max(0, visitor.files - 1), visitor.complete); // the root itself does not count
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {
        private long bytes;
        private long files;
        private boolean complete = true;

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                throws VolumeException {
            VolumeException.checkInterrupt();
            files++;
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws VolumeException {
            VolumeException.checkInterrupt();
            bytes += attributes.isRegularFile() ? attributes.size() : 0;
            files++;
            complete &= !attributes.isDirectory(); // directories at the maximum depth were not counted
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws VolumeException {
            VolumeException.checkInterrupt();
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
