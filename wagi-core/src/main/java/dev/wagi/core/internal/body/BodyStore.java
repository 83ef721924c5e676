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
 * What the bodies of all modules take together that are waited for or collected before a guest runs: memory, disk and files. A module gets half of each at most, so that
 * one whose clients flood it does not take the others' room. Thread-safe.
 */
public final class BodyStore {

    /** Memory of all bodies, in bytes; beyond it they are written to files earlier. */
    private static final long MEMORY = 16 << 20;

    /** All files, in bytes. */
    private static final long DISK = 1L << 30;

    /** Files that are open at the same time. */
    private static final long FILES = 512;

    /** Bodies that are waited for, each of which keeps a request and its connection. */
    private static final long WAITING = 4096;

    /** The one for all of this JVM, as the directory for temporary files is. */
    public static final BodyStore SHARED = new BodyStore();

    private final Path directory;
    private final Share all;

    /** A store whose files are in the JVM's directory for temporary files, the system property {@code java.io.tmpdir}. */
    private BodyStore() {
        this(Path.of(System.getProperty("java.io.tmpdir", ".")), MEMORY, DISK, FILES, WAITING);
    }

    /**
     * A store whose files are in a directory that may be shared with others.
     *
     * @param memory of all bodies, in bytes
     * @param disk of all files, in bytes
     * @param files that are open at the same time
     * @param waiting bodies that are waited for at the same time
     */
    BodyStore(Path directory, long memory, long disk, long files, long waiting) {
        this.directory = directory;
        this.all = new Share(memory, disk, files, waiting);
    }

    /** Begins to collect a body of the module that the share belongs to. */
    public CollectedBody begin(Share share) {
        return new CollectedBody(this, share);
    }

    /**
     * Begins to wait for a body without a thread; {@link #arrived} must follow.
     *
     * @throws FullException if too many are waited for already; then it must not
     */
    public void await(Share share) throws FullException {
        if (!take(share.waiting, all.waiting, 1)) {
            throw new FullException("too many clients have not sent theirs yet");
        }
    }

    /** One is not waited for any more. */
    public void arrived(Share share) {
        share.waiting.give(1);
        all.waiting.give(1);
    }

    /** The share of one module. */
    public Share share() {
        return new Share(all.memory.most / 2, all.disk.most / 2, all.files.most / 2, all.waiting.most / 2);
    }

    /** How much there is of something, and how much of it is taken. */
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

    /** What the bodies of one module take. Thread-safe. */
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

    /** Whether nothing is taken. */
    boolean isEmpty() {
        return all.memory.taken.get() == 0
                && all.disk.taken.get() == 0
                && all.files.taken.get() == 0
                && all.waiting.taken.get() == 0;
    }

    /**
     * Opens a file that only this process can reach. The JDK removes its name at once on Unix, and Windows removes it with
     * the last handle, so it is gone when the process ends, however that happens.
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

    /** Says that a body cannot be kept, which is nobody's fault but the host's. */
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
