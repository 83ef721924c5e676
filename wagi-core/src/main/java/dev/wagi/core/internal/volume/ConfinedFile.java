// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.headroom.StackRoom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that a guest has open. It has no position of its own.
 *
 * <p>The JDK cannot query the attributes of an open file, so they are looked up by name. If a guest has removed the
 * file, or another process has moved it, the reported times are those when it was opened, updated by what guests have
 * done since.
 */
public final class ConfinedFile implements Opened {

    private final Mount mount;
    private final FileChannel channel;
    private final OpenMode mode;
    private boolean append;

    /** The file opened again in the system's append mode; null until it is needed, or if it cannot be opened. */
    private @Nullable FileChannel appender;

    private boolean appenderAsked;
    private final BasicFileAttributes attributes;
    private final OpenFiles.Node node;

    /**
     * Creates an open file.
     *
     * @param attributes the attributes when it was opened
     * @param path its names from the root of the volume
     */
    ConfinedFile(Mount mount, FileChannel channel, OpenMode mode, BasicFileAttributes attributes, List<String> path) {
        this.mount = mount;
        this.channel = channel;
        this.mode = mode;
        this.append = mode.append();
        this.attributes = attributes;
        this.node = mount.usage().open().opened(attributes, path, this);
    }

    /** Returns the state that is shared by all who have it open. */
    OpenFiles.Node node() {
        return node;
    }

    /** Returns whether it was opened for reading. */
    public boolean isReadable() {
        return mode.read();
    }

    /** Returns whether it was opened for writing. */
    public boolean isWritable() {
        return mode.write();
    }

    /** Returns whether each write appends to its end. */
    public boolean isAppending() {
        return append;
    }

    /** Sets whether each write appends to its end, or is made at the given position. */
    public void setAppending(boolean toTheEnd) {
        append = toTheEnd;
    }

    /** Returns its current size. */
    public long size() throws VolumeException {
        try {
            return channel.size();
        } catch (IOException e) {
            throw VolumeException.of(e);
        }
    }

    /** Returns its size, or 0 if it can no longer be determined. */
    long sizeIfKnown() {
        try {
            return channel.size();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Returns its status. */
    public FileStatus status() throws VolumeException {
        List<String> names = node.names();
        String path = String.join("/", names);
        boolean removed = node.isRemoved();
        HostDirectory.Details details =
                removed ? null : HostDirectory.Details.of(mount.volume().host().resolve(path), attributes.fileKey());
        return new FileStatus(
                mount.device(),
                Mount.inode(attributes.fileKey(), path),
                FileStatus.Type.REGULAR,
                details == null ? removed ? 0 : 1 : details.links(),
                size(),
                details == null ? node.accessed() : FileStatus.time(details.accessed()),
                details == null ? node.modified() : FileStatus.time(details.modified()));
    }

    /**
     * Reads bytes at a position.
     *
     * @return the number of bytes; -1 at or after the end
     */
    public int read(ByteBuffer bytes, long position) throws VolumeException {
        StackRoom.FILES.require();
        require(mode.read());
        requireOffset(position);
        try {
            return channel.read(bytes, position);
        } catch (IOException e) {
            throw VolumeException.of(e);
        }
    }

    /**
     * Writes all of the bytes.
     *
     * @param position where to write; ignored if the file is appending
     * @return the position after the written bytes
     */
    public long write(ByteBuffer bytes, long position) throws VolumeException {
        StackRoom.FILES.require();
        require(mode.write());
        requireOffset(position);
        long end;
        if (append || mount.usage().isTracked()) {
            end = inTurn(() -> {
                long size = size();
                long from = append ? size : position;
                long more = end(from, bytes.remaining()) - size;
                mount.usage().grow(more, mount.volume().maxBytes());
                try {
                    FileChannel system = append ? appender() : null;
                    return system == null ? writeAll(bytes, from) : appendAll(system, bytes, from);
                } finally {
                    // Return the part that the file did not grow.
                    mount.usage().shrink(Math.max(0, more) - Math.max(0, sizeIfKnown() - size));
                }
            });
        } else {
            end(position, bytes.remaining());
            end = writeAll(bytes, position);
        }
        touch();
        return end;
    }

    private <T> T inTurn(Usage.Change<T> change) throws VolumeException {
        try {
            return mount.usage().change(change);
        } catch (IOException e) {
            throw VolumeException.of(e);
        }
    }

    /** Opens the file again to append: the JDK's append mode allows no reading and cannot be switched on and off. */
    private @Nullable FileChannel appender() throws IOException {
        if (!appenderAsked) {
            appenderAsked = true;
            if (!node.isRemoved()) {
                try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
                    appender = root.appender(node.names(), attributes.fileKey(), mode);
                }
            }
        }
        return appender;
    }

    private long writeAll(ByteBuffer bytes, long position) throws VolumeException {
        try {
            long at = position;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
            return at;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private long appendAll(FileChannel system, ByteBuffer bytes, long end) throws VolumeException {
        try {
            long at = end;
            while (bytes.hasRemaining()) {
                at += system.write(bytes);
            }
            return at;
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private VolumeException failure(IOException e) {
        VolumeException told = VolumeException.of(e);
        return told.reason() == VolumeException.Reason.IO && mount.isDiskFull()
                ? new VolumeException(VolumeException.Reason.NO_SPACE)
                : told;
    }

    /** Sets its size: truncates it, or extends it with zeros. */
    public void resize(long size) throws VolumeException {
        if (!mode.write()) {
            throw new VolumeException(VolumeException.Reason.INVALID);
        }
        requireOffset(size);
        setSize(size);
    }

    /** Truncates it while it is being opened, for which it need not be open for writing afterwards. */
    void empty() throws VolumeException {
        setSize(0);
    }

    private void setSize(long size) throws VolumeException {
        StackRoom.FILES.require();
        inTurn(() -> {
            long old = channel.size();
            if (size < old) {
                channel.truncate(size);
                mount.usage().shrink(old - size);
            } else if (size > old) {
                extend(old, size);
            }
            return size;
        });
        touch();
    }

    /** Extends it to at least that size. */
    public void allocate(long offset, long length) throws VolumeException {
        StackRoom.FILES.require();
        require(mode.write());
        requireOffset(offset);
        if (length <= 0) {
            throw new VolumeException(VolumeException.Reason.INVALID);
        }
        long wanted = end(offset, length);
        inTurn(() -> {
            long old = size();
            if (wanted > old) {
                extend(old, wanted);
            }
            return wanted;
        });
        touch();
    }

    /** Writing the last byte is enough; the system reads the gap as zeros. */
    private void extend(long old, long size) throws IOException {
        mount.usage().grow(size - old, mount.volume().maxBytes());
        try {
            writeAll(ByteBuffer.allocate(1), size - 1);
        } finally {
            mount.usage().shrink(size - old - Math.max(0, sizeIfKnown() - old));
        }
    }

    /** Waits until the data is on disk. */
    public void sync(boolean metadata) throws VolumeException {
        try {
            channel.force(metadata);
        } catch (IOException e) {
            throw VolumeException.of(e);
        }
    }

    /**
     * Sets its times; null leaves one unchanged. The path from the root is used, because the JDK has no other way. If a
     * guest has removed the file, only those who have it open can see the times, so it is enough to store them here.
     *
     * @throws VolumeException {@code NOT_FOUND} if another process has moved the file
     */
    public void setTimes(@Nullable FileTime modifiedTime, @Nullable FileTime accessedTime) throws VolumeException {
        mount.requireWritable();
        StackRoom.FILES.require();
        inTurn(() -> {
            if (!node.isRemoved()) {
                try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
                    root.setTimes(node.names(), attributes.fileKey(), modifiedTime, accessedTime);
                }
            }
            node.setTimes(nanos(modifiedTime), nanos(accessedTime));
            return mount;
        });
    }

    private static @Nullable Long nanos(@Nullable FileTime time) {
        return time == null ? null : FileStatus.time(time);
    }

    private void touch() {
        node.setTimes(FileStatus.time(FileTime.fromMillis(System.currentTimeMillis())), null);
    }

    private static void require(boolean allowed) throws VolumeException {
        if (!allowed) {
            throw new VolumeException(VolumeException.Reason.BAD_DESCRIPTOR);
        }
    }

    private static void requireOffset(long offset) throws VolumeException {
        if (offset < 0) {
            throw new VolumeException(VolumeException.Reason.INVALID);
        }
    }

    private static long end(long offset, long length) throws VolumeException {
        if (offset + length < 0) {
            throw new VolumeException(VolumeException.Reason.FILE_TOO_LARGE);
        }
        return offset + length;
    }

    @Override
    public void close() {
        mount.usage().closing(this);
        close(channel);
        close(appender);
    }

    private static void close(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The descriptor is released in any case.
            VolumeException.of(e);
        }
    }
}
