// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.body;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the memory, disk space and files used by request bodies that are awaited or collected before a guest runs, for
 * all modules together. A module gets at most half of each, so that clients that flood it cannot use up the share of
 * others. Thread-safe.
 */
public final class BodyStore {

    /** The memory for all bodies, in bytes; when it is used up, further bodies are written to files earlier. */
    private static final long MEMORY = 16 << 20;

    /** The maximum size of all files together, in bytes. */
    private static final long DISK = 1L << 30;

    /** The maximum number of open files. */
    private static final long FILES = 512;

    /** The maximum number of awaited bodies, each of which keeps a request and its connection. */
    private static final long WAITING = 4096;

    /** The instance that is shared by the whole JVM, like its directory for temporary files. */
    public static final BodyStore SHARED = new BodyStore();

    private final Path directory;
    private final Share all;

    /** Creates a store in the JVM's directory for temporary files, the system property {@code java.io.tmpdir}. */
    private BodyStore() {
        this(Path.of(System.getProperty("java.io.tmpdir", ".")), MEMORY, DISK, FILES, WAITING);
    }

    /**
     * Creates a store in a directory that may be shared with others.
     *
     * @param memory for all bodies, in bytes
     * @param disk for all files, in bytes
     * @param files the number of files that are open at the same time
     * @param waiting the number of bodies that are awaited at the same time
     */
    BodyStore(Path directory, long memory, long disk, long files, long waiting) {
        this.directory = directory;
        this.all = new Share(memory, disk, files, waiting);
    }

    /** Starts to collect a body of the module that the share belongs to. */
    public CollectedBody begin(Share share) {
        return new CollectedBody(this, share);
    }

    /**
     * Starts to await a body without a thread; {@link #arrived} must follow, unless this method throws.
     *
     * @throws FullException if too many bodies are awaited already
     */
    public void await(Share share) throws FullException {
        if (!take(share.waiting, all.waiting, 1)) {
            throw new FullException("too many clients have not sent theirs yet");
        }
    }

    /** Ends awaiting a body. */
    public void arrived(Share share) {
        share.waiting.give(1);
        all.waiting.give(1);
    }

    /** Returns a new share for one module. */
    public Share share() {
        return new Share(all.memory.most / 2, all.disk.most / 2, all.files.most / 2, all.waiting.most / 2);
    }

    /** A resource with its limit and its current use. */
    private static final class Amount {
        private final AtomicLong taken = new AtomicLong();
        private final long most;

        Amount(long most) {
            this.most = most;
        }

        boolean take(long count) {
            if (taken.addAndGet(count) <= most) {
                return true;
            }
            give(count);
            return false;
        }

        void give(long count) {
            taken.addAndGet(-count);
        }
    }

    /** What the bodies of one module use. Thread-safe. */
    public static final class Share {
        private final Amount memory;
        private final Amount disk;
        private final Amount files;
        private final Amount waiting;

        private Share(long memory, long disk, long files, long waiting) {
            this.memory = new Amount(memory);
            this.disk = new Amount(disk);
            this.files = new Amount(files);
            this.waiting = new Amount(waiting);
        }
    }

    boolean takeMemory(Share share, long bytes) {
        return take(share.memory, all.memory, bytes);
    }

    void giveMemory(Share share, long bytes) {
        share.memory.give(bytes);
        all.memory.give(bytes);
    }

    boolean takeDisk(Share share, long bytes) {
        return take(share.disk, all.disk, bytes);
    }

    void giveDisk(Share share, long bytes) {
        share.disk.give(bytes);
        all.disk.give(bytes);
    }

    boolean takeFile(Share share) {
        return take(share.files, all.files, 1);
    }

    void giveFile(Share share) {
        share.files.give(1);
        all.files.give(1);
    }

    private static boolean take(Amount own, Amount whole, long count) {
        if (!own.take(count)) {
            return false;
        }
        if (whole.take(count)) {
            return true;
        }
        own.give(count);
        return false;
    }

    /** Returns whether nothing is in use. */
    boolean isEmpty() {
        return all.memory.taken.get() == 0
                && all.disk.taken.get() == 0
                && all.files.taken.get() == 0
                && all.waiting.taken.get() == 0;
    }

    /**
     * Opens a file that only this process can access. On Unix the JDK removes its name at once, and Windows removes it
     * with the last handle, so it disappears when the process ends, for whatever reason.
     */
    FileChannel open() throws IOException {
        Path file = directory.resolve("wagi-body-" + UUID.randomUUID());
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        return FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.DELETE_ON_CLOSE),
                attributes);
    }

    /** Thrown if a body cannot be stored because the host's limits are reached. */
    public static final class FullException extends IOException {

        private static final long serialVersionUID = 1L;

        FullException(String message, Throwable cause) {
            super(message, cause);
        }

        FullException(String message) {
            super(message);
        }
    }
}
