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
 * Locks between the threads of this process and between processes: regions of one byte each in one file, at positions that
 * need not exist. They end with the process, and leave no files to clear away.
 *
 * <p>POSIX drops all locks that a process has on a file when it closes the file anywhere. So there is one object per file
 * and process, which opens it once; and it never waits inside of the system call, because an interrupt would close it.
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

    /** The locks in a file that need not be there yet; its directory must. */
    static StoreLocks in(Path file) throws IOException {
        Path real = file.toAbsolutePath().getParent().toRealPath().resolve(file.getFileName());
        return OF_PROCESS.computeIfAbsent(real, StoreLocks::new);
    }

    /** A lock that is held until it is closed, from any thread. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Waits until the position is free.
     *
     * @param what for the message
     */
    Held acquire(long position, Duration wait, String what) throws IOException {
        return tryAcquire(position, wait)
                .orElseThrow(() -> new StoreException("another process or thread has been writing " + what
                        + " of the module store " + file.getParent().getParent() + " for more than " + wait.toSeconds()
                        + " s; wait for it, or end it: its lock goes with it"));
    }

    /** As {@link #acquire}; empty if it is not free in time. */
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
            return null; // held through another class loader's copy of this class
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
                throw StoreException.of("lock something", file, e);
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
            // What is closed holds no lock either.
        }
    }
}
