// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.log;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.internal.volume.Names;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes guests' standard error to a file per module, as WAGI does: {@code <directory>/<module name>/module.stderr}.
 *
 * <pre>
 * 2026-11-23T05:00:00.123Z [8d2f0e6bb0a14c5f] a line of the guest
 * </pre>
 *
 * <p>A file that has reached its maximum size is renamed to {@code module.stderr.1}, that one to {@code .2} and so on;
 * the oldest is deleted. Lines that cannot be written (for instance because the disk is full) are dropped, with one
 * warning; a guest is not stopped for its log. Thread-safe.
 */
public final class FileGuestLog implements GuestLog, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FileGuestLog.class);

    static final long MAX_BYTES = 10L << 20;
    static final int KEPT = 5;

    private static final String FILE = "module.stderr";

    private final Path directory;
    private final long maxBytes;
    private final Clock clock;
    private final Map<String, ModuleFile> files = new ConcurrentHashMap<>();

    public FileGuestLog(Path directory) {
        this(directory, MAX_BYTES, Clock.systemUTC());
    }

    FileGuestLog(Path directory, long maxBytes, Clock clock) {
        if (directory.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException("directory must be of the default file system, not " + directory);
        }
        this.directory = directory;
        this.maxBytes = maxBytes;
        this.clock = clock;
    }

    @Override
    public void line(String module, String requestId, String line) {
        files.computeIfAbsent(
                        module,
                        name -> new ModuleFile(directory(directory, name).resolve(FILE)))
                .append(clock.instant() + " [" + requestId + "] " + line + "\n");
    }

    /**
     * Returns the directory of a module. Windows has names that are no directories, such as {@code aux}: there they are
     * put between characters that no name of a module has.
     */
    static Path directory(Path logs, String module) {
        return logs.resolve(Names.isUsableIn(logs, module) ? module : "+" + module + "+");
    }

    /** Checks in advance whether the log can be written: creates the directory, and temporarily a file in it. */
    public void check(Problems problems) {
        String place = "log directory " + directory;
        try {
            Files.createDirectories(directory);
            Files.delete(Files.createTempFile(directory, ".wagi", ".test"));
        } catch (FileAlreadyExistsException e) {
            problems.add(place, "is a file, modules' logs need a directory", Remedy.CHECK_LOG_DIRECTORY);
        } catch (IOException e) {
            problems.add(place, "cannot be written to: " + e, Remedy.CHECK_LOG_DIRECTORY);
        }
    }

    /** Returns whether the other log writes to the same files. */
    public boolean isSameAs(GuestLog other) {
        return other instanceof FileGuestLog files && files.directory.equals(directory);
    }

    /** Closes the files. Further lines open them again. */
    @Override
    public void close() {
        files.values().forEach(ModuleFile::close);
    }

    private final class ModuleFile {
        private final Path path;
        /**
         * A stream rather than a channel, because channels close when the thread is interrupted, which is how guests
         * are stopped.
         */
        private @Nullable FileOutputStream stream;

        private final ReentrantLock lock = new ReentrantLock();
        private long size;
        private boolean failing;

        ModuleFile(Path path) {
            this.path = path;
        }

        void append(String line) {
            if (!lock.tryLock() && !waitForTurn()) {
                return;
            }
            try {
                FileOutputStream out = open();
                if (size >= maxBytes) {
                    close();
                    rotate();
                    out = open();
                }
                byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
                out.write(bytes);
                size += bytes.length;
                failing = false;
            } catch (IOException e) {
                close();
                if (!failing) {
                    LOG.warn("cannot write to {}, lines are lost: {}", path, e.toString());
                }
                failing = true;
            } finally {
                lock.unlock();
            }
        }

        /**
         * Another guest may be blocked by a disk that hangs; a guest that is to be stopped drops its line instead of
         * waiting.
         */
        private boolean waitForTurn() {
            try {
                lock.lockInterruptibly();
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        void close() {
            lock.lock();
            try {
                if (stream != null) {
                    stream.close();
                    stream = null;
                }
            } catch (IOException e) {
                LOG.debug("cannot close {}", path, e);
            } finally {
                lock.unlock();
            }
        }

        private FileOutputStream open() throws IOException {
            FileOutputStream open = stream;
            if (open == null) {
                Files.createDirectories(path.getParent());
                open = new FileOutputStream(path.toFile(), true);
                size = Files.size(path);
                stream = open;
            }
            return open;
        }

        /** Another host may write to the same file and may have rotated it already. */
        private void rotate() throws IOException {
            if (Files.exists(path) && Files.size(path) < maxBytes) {
                return;
            }
            for (int i = KEPT; i > 0; i--) {
                Path older = path.resolveSibling(FILE + "." + i);
                Path newer = i == 1 ? path : path.resolveSibling(FILE + "." + (i - 1));
                try {
                    Files.move(newer, older, StandardCopyOption.REPLACE_EXISTING);
                } catch (NoSuchFileException e) {
                    // Fewer old files exist so far.
                }
            }
        }
    }
}
