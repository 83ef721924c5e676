// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.chicory.Descriptor.InVolume;
import dev.wagi.core.internal.chicory.Descriptor.OpenDirectory;
import dev.wagi.core.internal.chicory.Descriptor.OpenFile;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.volume.FileStatus;
import dev.wagi.core.internal.volume.VolumeException;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The functions of WASI preview 1 on what is open: streams, files and directories. */
final class WasiDescriptors {

    /** Longest list of buffers in one call, as on Linux. */
    private static final int MAX_IOVECS = 1024;

    /**
     * A pipe, for which WASI has no type. With a character device, guests would assume a terminal and print colours.
     */
    private static final byte FILETYPE_UNKNOWN = 0;

    private static final byte FILETYPE_DIRECTORY = 3;
    private static final byte FILETYPE_REGULAR = 4;
    private static final byte FILETYPE_LINK = 7;

    static final int FDFLAGS_APPEND = 1;
    static final int FDFLAGS_NONBLOCK = 4;

    /** All fdflags. */
    static final int FDFLAGS = 31;

    private static final int ADVICE_LAST = 5;

    private static final int SET_ACCESSED = 1;
    private static final int SET_ACCESSED_NOW = 1 << 1;
    private static final int SET_MODIFIED = 1 << 2;
    private static final int SET_MODIFIED_NOW = 1 << 3;
    private static final int FSTFLAGS = 15;

    private WasiDescriptors() {}

    /**
     * What a function on a regular file does.
     *
     * @see #onFile
     */
    private interface OnFile {
        int call(OpenFile file) throws IOException;
    }

    /** Answers for streams, which have no position, size or times, and for directories; else calls the function. */
    private static int onFile(ChicorySandbox guest, long[] args, int onStream, int onDirectory, OnFile function)
            throws IOException {
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (descriptor instanceof OpenFile file) {
            return function.call(file);
        } else if (descriptor == null) {
            return Errno.BADF;
        }
        return descriptor instanceof OpenDirectory ? onDirectory : onStream;
    }

    static boolean isReadable(ChicorySandbox guest, int fd) {
        Descriptor descriptor = guest.descriptors().get(fd);
        return descriptor == Descriptor.Stream.STDIN
                || descriptor instanceof OpenFile file && file.file().isReadable();
    }

    static boolean isWritable(ChicorySandbox guest, int fd) {
        Descriptor descriptor = guest.descriptors().get(fd);
        return descriptor == Descriptor.Stream.STDOUT
                || descriptor == Descriptor.Stream.STDERR
                || descriptor instanceof OpenFile file && file.file().isWritable();
    }

    /**
     * Whether there are not too many iovecs; each is a pointer and a length, 4 bytes each. Their list, the arguments 1
     * and 2, and the result must be inside the memory.
     */
    private static boolean checkIovecs(FlatMemory memory, long[] args, int result) {
        int count = (int) args[2];
        if (count < 0 || count > MAX_IOVECS) {
            return false;
        }
        Bounds.check(memory, (int) args[1], count * 8L);
        Bounds.check(memory, (int) args[result], 4);
        return true;
    }

    // --- reading and writing ---

    static int read(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        GuestInput input = guest.input((int) args[0]);
        if (input == null) {
            return onFile(guest, args, Errno.BADF, Errno.ISDIR, file -> {
                int errno = readFile(guest, memory, args, file, file.position(), 3);
                if (errno == Errno.SUCCESS) {
                    file.moveTo(file.position() + memory.readInt((int) args[3]));
                }
                return errno;
            });
        }
        int iovecs = (int) args[1];
        int count = (int) args[2];
        if (!checkIovecs(memory, args, 3)) {
            return Errno.INVAL;
        }
        int total = 0;
        for (int i = 0; i < count; i++) {
            int address = memory.readInt(iovecs + i * 8);
            long length = memory.readInt(iovecs + i * 8 + 4) & 0xffffffffL;
            Bounds.check(memory, address, length);
            if (length > 0) {
                if (!input.isReady()) {
                    // The client may be waiting for what was printed before it sends more.
                    guest.io().stdout().flush();
                    if (input.isWatched()
                            && (guest.descriptors().flags(Descriptor.Stream.STDIN) & FDFLAGS_NONBLOCK) != 0) {
                        guest.checkInterrupt();
                        return Errno.AGAIN;
                    }
                }
                total += Math.max(0, memory.read(input, address, (int) Math.min(length, WasiPreview1.CHUNK)));
                break;
            }
        }
        memory.writeI32((int) args[3], total);
        return Errno.SUCCESS;
    }

    static int pread(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(guest, args, Errno.SPIPE, Errno.ISDIR, file -> readFile(guest, memory, args, file, args[3], 4));
    }

    private static int readFile(
            ChicorySandbox guest, FlatMemory memory, long[] args, OpenFile file, long position, int result)
            throws IOException {
        int iovecs = (int) args[1];
        int count = (int) args[2];
        if (!file.file().isReadable()) {
            return Errno.BADF;
        } else if (!checkIovecs(memory, args, result) || total(memory, iovecs, count) < 0 || position < 0) {
            return Errno.INVAL;
        }
        int total = 0;
        boolean more = true;
        for (int i = 0; i < count && more; i++) {
            int address = memory.readInt(iovecs + i * 8);
            int length = memory.readInt(iovecs + i * 8 + 4);
            // The list may have been overwritten by what was read.
            Bounds.check(memory, address, length & 0xffffffffL);
            for (int done = 0; done < length && more; ) {
                guest.checkInterrupt();
                int wanted = Math.min(WasiPreview1.CHUNK, length - done);
                int read = file.file().read(memory.buffer(address + done, wanted, true), position + total);
                total += Math.max(0, read);
                done += Math.max(0, read);
                more = read == wanted;
            }
        }
        memory.writeI32((int) args[result], total);
        return Errno.SUCCESS;
    }

    /** The bytes of all buffers, each of which must be inside the memory; -1 if they are too many. */
    private static int total(FlatMemory memory, int iovecs, int count) {
        long total = 0;
        for (int i = 0; i < count; i++) {
            long length = memory.readInt(iovecs + i * 8 + 4) & 0xffffffffL;
            Bounds.check(memory, memory.readInt(iovecs + i * 8), length);
            total += length;
        }
        return total > Integer.MAX_VALUE ? -1 : (int) total;
    }

    static int write(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        GuestOutput output = guest.output((int) args[0]);
        if (output == null) {
            return onFile(guest, args, Errno.BADF, Errno.BADF, file -> {
                return writeFile(guest, memory, args, file, file.position(), 3, true);
            });
        }
        int iovecs = (int) args[1];
        int count = (int) args[2];
        if (!checkIovecs(memory, args, 3)) {
            return Errno.INVAL;
        }
        // All of it is checked before the first byte is taken: a guest that gets EFAULT may try again.
        int total = total(memory, iovecs, count);
        if (total < 0) {
            return Errno.INVAL;
        }
        for (int i = 0; i < count; i++) {
            int address = memory.readInt(iovecs + i * 8);
            int length = memory.readInt(iovecs + i * 8 + 4);
            for (int done = 0; done < length; done += WasiPreview1.CHUNK) {
                guest.checkInterrupt();
                memory.write(output, address + done, Math.min(WasiPreview1.CHUNK, length - done));
            }
        }
        memory.writeI32((int) args[3], total);
        return Errno.SUCCESS;
    }

    static int pwrite(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(
                guest, args, Errno.SPIPE, Errno.BADF, file -> writeFile(guest, memory, args, file, args[3], 4, false));
    }

    private static int writeFile(
            ChicorySandbox guest,
            FlatMemory memory,
            long[] args,
            OpenFile file,
            long position,
            int result,
            boolean move)
            throws IOException {
        int iovecs = (int) args[1];
        int count = (int) args[2];
        if (!file.file().isWritable()) {
            return Errno.BADF;
        } else if (!checkIovecs(memory, args, result) || total(memory, iovecs, count) < 0 || position < 0) {
            return Errno.INVAL;
        }
        int total = 0;
        long end = position;
        try {
            for (int i = 0; i < count; i++) {
                int address = memory.readInt(iovecs + i * 8);
                int length = memory.readInt(iovecs + i * 8 + 4);
                for (int done = 0; done < length; done += WasiPreview1.CHUNK) {
                    guest.checkInterrupt();
                    int chunk = Math.min(WasiPreview1.CHUNK, length - done);
                    end = file.file().write(memory.buffer(address + done, chunk, false), end);
                    total += chunk;
                }
            }
        } catch (VolumeException e) {
            // What was written before is reported first, as write(2) does; the next call fails.
            if (total == 0 || e.reason() == VolumeException.Reason.INTERRUPTED) {
                throw e;
            }
        }
        if (move) {
            file.moveTo(end);
        }
        memory.writeI32((int) args[result], total);
        return Errno.SUCCESS;
    }

    // --- position, size and times ---

    static int seek(WasiLayout layout, ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(guest, args, Errno.SPIPE, Errno.BADF, file -> {
            WasiLayout.Origin origin = layout.origin((int) args[2]);
            if (origin == null) {
                return Errno.INVAL;
            }
            long from = switch (origin) {
                case START -> 0;
                case HERE -> file.position();
                case END -> file.file().size();
            };
            long position = from + args[1];
            if (position < 0) {
                return Errno.INVAL;
            }
            Bounds.writeI64(memory, (int) args[3], position);
            file.moveTo(position);
            return Errno.SUCCESS;
        });
    }

    static int tell(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(guest, args, Errno.SPIPE, Errno.BADF, file -> {
            Bounds.writeI64(memory, (int) args[1], file.position());
            return Errno.SUCCESS;
        });
    }

    static int advise(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(
                guest,
                args,
                Errno.SPIPE,
                Errno.BADF,
                file -> args[1] < 0 || args[2] < 0 || Integer.compareUnsigned((int) args[3], ADVICE_LAST) > 0
                        ? Errno.INVAL
                        : Errno.SUCCESS);
    }

    static int allocate(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(guest, args, Errno.SPIPE, Errno.BADF, file -> {
            file.file().allocate(args[1], args[2]);
            return Errno.SUCCESS;
        });
    }

    static int filestatSetSize(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onFile(guest, args, Errno.INVAL, Errno.BADF, file -> {
            file.file().resize(args[1]);
            return Errno.SUCCESS;
        });
    }

    static int sync(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return sync(guest, args, true);
    }

    static int dataSync(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return sync(guest, args, false);
    }

    private static int sync(ChicorySandbox guest, long[] args, boolean metadata) throws IOException {
        GuestOutput output = guest.output((int) args[0]);
        if (output != null) {
            output.flush();
        }
        return onFile(guest, args, Errno.SUCCESS, Errno.SUCCESS, file -> {
            file.file().sync(metadata);
            return Errno.SUCCESS;
        });
    }

    /**
     * A time to be set; null if it is to stay the same.
     *
     * @param set the bit that says: to the given one
     * @param now the bit that says: to that of the clock
     */
    static @Nullable FileTime time(long nanos, int flags, int set, int now) throws IOException {
        if ((flags & set) != 0 && (flags & now) != 0) {
            throw new IllegalArgumentException("both");
        } else if ((flags & now) != 0) {
            return FileTime.from(Instant.now());
        }
        // Beyond 2262 it is the year 2262.
        return (flags & set) == 0 ? null : FileTime.from(nanos < 0 ? Long.MAX_VALUE : nanos, TimeUnit.NANOSECONDS);
    }

    /** Sets times of anything. */
    interface SetTimes {
        void set(@Nullable FileTime modified, @Nullable FileTime accessed) throws IOException;
    }

    /** {@code fstflags} and the two times as WASI has them. */
    static int setTimes(long accessed, long modified, int flags, SetTimes function) throws IOException {
        FileTime newAccessed;
        FileTime newModified;
        if ((flags & ~FSTFLAGS) != 0) {
            return Errno.INVAL;
        }
        try {
            newAccessed = time(accessed, flags, SET_ACCESSED, SET_ACCESSED_NOW);
            newModified = time(modified, flags, SET_MODIFIED, SET_MODIFIED_NOW);
        } catch (IllegalArgumentException e) {
            return Errno.INVAL;
        }
        function.set(newModified, newAccessed);
        return Errno.SUCCESS;
    }

    static int filestatSetTimes(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (!(descriptor instanceof InVolume open)) {
            return descriptor == null ? Errno.BADF : Errno.INVAL;
        }
        return setTimes(args[1], args[2], (int) args[3], (modified, accessed) -> {
            if (open instanceof OpenFile file) {
                file.file().setTimes(modified, accessed);
            } else if (open instanceof OpenDirectory directory) {
                directory.directory().setTimes(modified, accessed);
            }
        });
    }

    // --- what it is ---

    /** fdstat: filetype u8, flags u16 at 2, rights u64 at 8, inheriting rights u64 at 16. */
    static int fdstatGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int address = (int) args[1];
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (descriptor == null) {
            return Errno.BADF;
        }
        Bounds.check(memory, address, 24);
        memory.fill((byte) 0, address, address + 24);
        if (descriptor instanceof InVolume open) {
            memory.writeByte(address, open instanceof OpenFile ? FILETYPE_REGULAR : FILETYPE_DIRECTORY);
            memory.writeShort(address + 2, (short) (open instanceof OpenFile file ? file.flags() : 0));
            memory.writeLong(address + 8, open.rights());
            memory.writeLong(address + 16, open.inheriting());
            return Errno.SUCCESS;
        }
        boolean input = descriptor == Descriptor.Stream.STDIN;
        memory.writeByte(address, FILETYPE_UNKNOWN);
        memory.writeShort(address + 2, (short) guest.descriptors().flags((Descriptor.Stream) descriptor));
        memory.writeLong(address + 8, Rights.POLL_FD_READWRITE | (input ? Rights.FD_READ : Rights.FD_WRITE));
        return Errno.SUCCESS;
    }

    /**
     * APPEND can be switched on and off, NONBLOCK as well: standard input obeys it, for files it means nothing, and
     * output is always taken whole. Whether writes are synchronous is decided when a file is opened.
     */
    static int fdstatSetFlags(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        int flags = (int) args[1];
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (descriptor == null) {
            return Errno.BADF;
        } else if ((flags & ~FDFLAGS) != 0) {
            return Errno.INVAL;
        }
        int now = descriptor instanceof OpenFile file
                ? file.flags()
                : descriptor instanceof Descriptor.Stream stream
                        ? guest.descriptors().flags(stream)
                        : 0;
        if (((flags ^ now) & ~(FDFLAGS_APPEND | FDFLAGS_NONBLOCK)) != 0) {
            return Errno.NOTSUP;
        }
        if (descriptor instanceof OpenFile file) {
            file.file().setAppending((flags & FDFLAGS_APPEND) != 0);
            file.setFlags(flags);
        } else if (descriptor instanceof Descriptor.Stream stream) {
            guest.descriptors().setFlags(stream, flags);
        }
        return Errno.SUCCESS;
    }

    static int fdstatSetRights(ChicorySandbox guest, FlatMemory memory, long[] args) {
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (descriptor instanceof InVolume open) {
            return open.limit(args[1], args[2]) ? Errno.SUCCESS : Errno.NOTCAPABLE;
        }
        return descriptor == null ? Errno.BADF : Errno.SUCCESS;
    }

    static int filestatGet(WasiLayout layout, ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        int address = (int) args[1];
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (descriptor == null) {
            return Errno.BADF;
        }
        Bounds.check(memory, address, layout.filestatSize());
        if (descriptor instanceof InVolume open) {
            FileStatus status = open instanceof OpenFile file
                    ? file.file().status()
                    : ((OpenDirectory) open).directory().status();
            layout.write(memory, address, type(status.type()), status);
            return Errno.SUCCESS;
        }
        layout.clear(memory, address, FILETYPE_UNKNOWN);
        return Errno.SUCCESS;
    }

    static byte type(FileStatus.Type type) {
        return switch (type) {
            case DIRECTORY -> FILETYPE_DIRECTORY;
            case REGULAR -> FILETYPE_REGULAR;
            case LINK -> FILETYPE_LINK;
            case OTHER -> FILETYPE_UNKNOWN;
        };
    }

    static int renumber(ChicorySandbox guest, FlatMemory memory, long[] args) {
        return guest.descriptors().renumber((int) args[0], (int) args[1]) ? Errno.SUCCESS : Errno.BADF;
    }
}
