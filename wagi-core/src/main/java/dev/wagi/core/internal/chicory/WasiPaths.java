// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.chicory.Descriptor.OpenDirectory;
import dev.wagi.core.internal.chicory.Descriptor.OpenFile;
import dev.wagi.core.internal.volume.ConfinedDirectory;
import dev.wagi.core.internal.volume.ConfinedFile;
import dev.wagi.core.internal.volume.FileStatus;
import dev.wagi.core.internal.volume.Listing;
import dev.wagi.core.internal.volume.OpenMode;
import dev.wagi.core.internal.volume.Opened;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The functions of WASI preview 1 on directories and paths. A path is relative to a directory that is open; what it may
 * lead to is decided in {@link ConfinedDirectory}.
 */
final class WasiPaths {

    /** The only flag of a look-up. */
    private static final int FOLLOW = 1;

    private static final int CREATE = 1;
    private static final int DIRECTORY = 1 << 1;
    private static final int EXCLUSIVE = 1 << 2;
    private static final int TRUNCATE = 1 << 3;
    private static final int OFLAGS = 15;

    private static final int DSYNC = 1 << 1;
    private static final int RSYNC = 1 << 3;
    private static final int SYNC = 1 << 4;

    private static final int DIRENT_SIZE = 24;

    private WasiPaths() {}

    /** What a function on a path does. */
    private interface OnPath {
        int call(OpenDirectory directory, String path) throws IOException;
    }

    /**
     * Calls a function with a directory and a path.
     *
     * @param fd the argument that is the directory
     * @param path the argument that is the path's address; its length follows
     */
    private static int onPath(ChicorySandbox guest, FlatMemory memory, long[] args, int fd, int path, OnPath function)
            throws IOException {
        Descriptor descriptor = guest.descriptors().get((int) args[fd]);
        if (!(descriptor instanceof OpenDirectory directory)) {
            return descriptor instanceof OpenFile ? Errno.NOTDIR : Errno.BADF;
        }
        int address = (int) args[path];
        long length = args[path + 1] & 0xffffffffL;
        Bounds.check(memory, address, length);
        if (length > ConfinedDirectory.MAX_PATH) {
            return Errno.NAMETOOLONG;
        }
        String text = text(memory, address, (int) length);
        return text == null ? Errno.ILSEQ : function.call(directory, text);
    }

    /** Whether there are flags of a look-up that WASI does not have. */
    private static boolean isUnknown(long lookup) {
        return ((int) lookup & ~FOLLOW) != 0;
    }

    /** UTF-8, or null. */
    private static @Nullable String text(FlatMemory memory, int address, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(memory.buffer(address, length, false))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** prestat: tag u8 = 0 for a directory, length of its name u32 at 4. */
    static int prestatGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        byte[] name = preopened(guest, args);
        if (name == null) {
            return Errno.BADF;
        }
        int address = (int) args[1];
        Bounds.check(memory, address, 8);
        memory.writeLong(address, 0);
        memory.writeI32(address + 4, name.length);
        return Errno.SUCCESS;
    }

    static int prestatDirName(ChicorySandbox guest, FlatMemory memory, long[] args) {
        byte[] name = preopened(guest, args);
        if (name == null) {
            return Errno.BADF;
        }
        long length = args[2] & 0xffffffffL;
        Bounds.check(memory, (int) args[1], length);
        if (length < name.length) {
            return Errno.NAMETOOLONG;
        }
        memory.write((int) args[1], name, 0, name.length);
        return Errno.SUCCESS;
    }

    private static byte @Nullable [] preopened(ChicorySandbox guest, long[] args) {
        return guest.descriptors().get((int) args[0]) instanceof OpenDirectory directory ? directory.name() : null;
    }

    static int open(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(guest, memory, args, 0, 2, (directory, path) -> {
            int how = (int) args[4];
            int flags = (int) args[7];
            int result = (int) args[8];
            boolean create = (how & CREATE) != 0;
            boolean mustBeDirectory = (how & DIRECTORY) != 0;
            Bounds.check(memory, result, 4);
            if (isUnknown(args[1])
                    || (how & ~OFLAGS) != 0
                    || (flags & ~WasiDescriptors.FDFLAGS) != 0
                    || create && mustBeDirectory) {
                return Errno.INVAL;
            } else if (!guest.descriptors().hasRoom()) {
                return Errno.MFILE;
            }
            long rights = args[5];
            OpenMode mode = new OpenMode(
                    (rights & Rights.FD_READ) != 0,
                    (rights & Rights.FD_WRITE) != 0,
                    (flags & WasiDescriptors.FDFLAGS_APPEND) != 0,
                    (flags & (SYNC | RSYNC)) != 0,
                    (flags & DSYNC) != 0,
                    create,
                    (how & EXCLUSIVE) != 0,
                    (how & TRUNCATE) != 0,
                    mustBeDirectory);
            Opened opened = directory.directory().open(path, (args[1] & FOLLOW) != 0, mode);
            int fd = guest.descriptors().add(descriptor(opened, flags, rights, args[6] & Rights.ALL));
            memory.writeI32(result, fd);
            return Errno.SUCCESS;
        });
    }

    private static Descriptor descriptor(Opened opened, int flags, long rights, long inheriting) {
        if (opened instanceof ConfinedFile file) {
            // Without the right to write, the other rights to change a file have no effect.
            long useful = file.isWritable()
                    ? Rights.FILE
                    : Rights.FILE & ~(Rights.FD_WRITE | Rights.FD_ALLOCATE | Rights.FD_FILESTAT_SET_SIZE);
            return new OpenFile(file, flags, rights & useful, 0);
        }
        return new OpenDirectory((ConfinedDirectory) opened, rights & Rights.DIRECTORY, inheriting);
    }

    /**
     * Entries until the buffer is full; the last one may be cut, and a buffer that is not full says that it was the
     * last.
     *
     * <pre>
     * dirent, 24 bytes: cookie of the next u64, inode u64 at 8, length of the name u32 at 16, filetype u8 at 20; the name
     * </pre>
     */
    static int readdir(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        Descriptor descriptor = guest.descriptors().get((int) args[0]);
        if (!(descriptor instanceof OpenDirectory directory)) {
            return descriptor instanceof OpenFile ? Errno.NOTDIR : Errno.BADF;
        }
        int buffer = (int) args[1];
        long length = args[2] & 0xffffffffL;
        long cookie = args[3];
        Bounds.check(memory, buffer, length);
        Bounds.check(memory, (int) args[4], 4);
        if (cookie < 0) {
            return Errno.INVAL;
        }
        long used = 0;
        while (used < length) {
            guest.checkInterrupt();
            Listing.Entry entry = directory.entry(cookie);
            if (entry == null) {
                break;
            }
            cookie++;
            byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
            byte[] dirent = ByteBuffer.allocate(DIRENT_SIZE + name.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(cookie)
                    .putLong(entry.inode())
                    .putInt(name.length)
                    .put(WasiDescriptors.type(entry.type()))
                    .position(DIRENT_SIZE)
                    .put(name)
                    .array();
            int part = (int) Math.min(dirent.length, length - used);
            memory.write(buffer + (int) used, dirent, 0, part);
            used += part;
        }
        memory.writeI32((int) args[4], (int) used);
        return Errno.SUCCESS;
    }

    static int createDirectory(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(guest, memory, args, 0, 1, (directory, path) -> {
            directory.directory().createDirectory(path);
            return Errno.SUCCESS;
        });
    }

    static int removeDirectory(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(guest, memory, args, 0, 1, (directory, path) -> {
            directory.directory().removeDirectory(path);
            return Errno.SUCCESS;
        });
    }

    static int unlinkFile(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(guest, memory, args, 0, 1, (directory, path) -> {
            directory.directory().removeFile(path);
            return Errno.SUCCESS;
        });
    }

    static int rename(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(
                guest,
                memory,
                args,
                0,
                1,
                (from, path) -> onPath(guest, memory, args, 3, 4, (to, newPath) -> {
                    from.directory().rename(path, to.directory(), newPath);
                    return Errno.SUCCESS;
                }));
    }

    static int filestatGet(WasiLayout layout, ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(guest, memory, args, 0, 2, (directory, path) -> {
            int address = (int) args[4];
            Bounds.check(memory, address, layout.filestatSize());
            if (isUnknown(args[1])) {
                return Errno.INVAL;
            }
            FileStatus status = directory.directory().status(path, (args[1] & FOLLOW) != 0);
            layout.write(memory, address, WasiDescriptors.type(status.type()), status);
            return Errno.SUCCESS;
        });
    }

    static int filestatSetTimes(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(
                guest,
                memory,
                args,
                0,
                2,
                (directory, path) -> isUnknown(args[1])
                        ? Errno.INVAL
                        : WasiDescriptors.setTimes(
                                args[4],
                                args[5],
                                (int) args[6],
                                (modified, accessed) -> directory
                                        .directory()
                                        .setTimes(path, (args[1] & FOLLOW) != 0, modified, accessed)));
    }

    static int link(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(
                guest,
                memory,
                args,
                0,
                2,
                (from, path) -> onPath(guest, memory, args, 4, 5, (to, newPath) -> {
                    if (isUnknown(args[1])) {
                        return Errno.INVAL;
                    }
                    throw to.directory().hardLink(newPath);
                }));
    }

    static int symlink(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        int address = (int) args[0];
        long length = args[1] & 0xffffffffL;
        Bounds.check(memory, address, length);
        return onPath(guest, memory, args, 2, 3, (directory, path) -> {
            if (length > ConfinedDirectory.MAX_PATH) {
                return Errno.NAMETOOLONG;
            }
            String text = text(memory, address, (int) length);
            if (text == null) {
                return Errno.ILSEQ;
            }
            directory.directory().createLink(text, path);
            return Errno.SUCCESS;
        });
    }

    /** Returns as much of the text as fits. */
    static int readlink(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        return onPath(guest, memory, args, 0, 1, (directory, path) -> {
            long length = args[4] & 0xffffffffL;
            Bounds.check(memory, (int) args[3], length);
            Bounds.check(memory, (int) args[5], 4);
            byte[] text = directory.directory().readLink(path).getBytes(StandardCharsets.UTF_8);
            int part = (int) Math.min(text.length, length);
            memory.write((int) args[3], text, 0, part);
            memory.writeI32((int) args[5], part);
            return Errno.SUCCESS;
        });
    }
}
