// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Locks between the threads of this process and between processes: regions of one byte in one file, whose positions may
 * be past its end. They are released when the process ends, and leave no files behind.
 *
 * <p>POSIX releases all locks that a process holds on a file when any of its descriptors for the file is closed. So
 * there is one object per file and process, which opens the file once. It never blocks in the system call, because an
 * interrupt would close the channel.
 */
final class StoreLocks {

    private static final Map<Path, StoreLocks> OF_PROCESS = new ConcurrentHashMap<>();
    private static final long LONGEST_PAUSE_MILLIS = 50;

    private final Path file;
    private final Set<Long> taken = new HashSet<>();
    private @Nullable FileChannel channel;

    private StoreLocks(Path file) {
        this.file = file;
    }

    /** Returns the locks in a file. The file need not exist, but its directory must. */
    static StoreLocks in(Path file) throws IOException {
        Path real = file.toAbsolutePath().resolveSibling(".").toRealPath().resolve(file.getFileName());
        return OF_PROCESS.computeIfAbsent(real, StoreLocks::new);
    }

    /** A lock that is held until it is closed, from any thread. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Acquires a lock, waiting until it is free.
     *
     * @param what the locked object, for the message
     */
    Held acquire(long position, Duration wait, String what) throws IOException {
        return tryAcquire(position, wait)
                .orElseThrow(() -> new StoreException("another process or thread has been writing " + what
                        + " of the module store " + file.resolveSibling("..").normalize() + " for more than "
                        + wait.toSeconds()
                        + " s; wait for it, or end it, which releases its lock"));
    }

    /** Acquires a lock like {@link #acquire}; returns empty if it is not free in time. */
    Optional<Held> tryAcquire(long position, Duration wait) throws IOException {
        long end = System.nanoTime() + wait.toNanos();
        try {
            if (!take(position, end)) {
                return Optional.empty();
            }
            FileLock lock = null;
            try {
                FileChannel open = open();
                for (long pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLIS)) {
                    lock = attempt(open, position);
                    if (lock != null || System.nanoTime() - end >= 0) {
                        break;
                    }
                    Thread.sleep(pause);
                }
            } finally {
                if (lock == null) {
                    release(position, null);
                }
            }
            FileLock held = lock;
            return Optional.ofNullable(held == null ? null : once(() -> release(position, held)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the module store " + file.getParent());
        }
    }

    private static @Nullable FileLock attempt(FileChannel open, long position) throws IOException {
        try {
            return open.tryLock(position, 1, false);
        } catch (OverlappingFileLockException e) {
            return null; // held by a copy of this class in another class loader
        }
    }

    private static Held once(Runnable release) {
        return new Held() {
            private boolean closed;

            @Override
            public synchronized void close() {
                if (!closed) {
                    closed = true;
                    release.run();
                }
            }
        };
    }

    private synchronized boolean take(long position, long end) throws InterruptedException {
        while (taken.contains(position)) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(left / 1_000_000 + 1);
        }
        taken.add(position);
        return true;
    }

    private synchronized FileChannel open() throws IOException {
        FileChannel open = channel;
        if (open == null || !open.isOpen()) {
            try {
                open = FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                        StoreDirectory.fileAttributes(file));
            } catch (IOException e) {
                throw StoreException.of("acquire a lock", file, e);
            }
            channel = open;
        }
        return open;
    }

    private synchronized void release(long position, @Nullable FileLock lock) {
        taken.remove(position);
        notifyAll();
        try {
            if (lock != null) {
                lock.release();
            }
            FileChannel open = channel;
            if (taken.isEmpty() && open != null) {
                channel = null;
                open.close();
            }
        } catch (IOException e) {
            // A closed channel holds no lock.
        }
    }
}
