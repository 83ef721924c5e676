// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory that is identified by its real path, for platforms where the JDK cannot hold one open: Windows, and macOS
 * before JDK 24.
 *
 * <p>Before and after each operation the path must still be the real one, that is, no component of it may have become a
 * link or a junction. A file that was opened must really be in the directory; otherwise it is closed and the guest gets
 * nothing. One risk remains: another process of the host (guests cannot create links) that replaces a directory with a
 * link after the first check and restores it before the second can cause a file outside to be created, replaced,
 * removed or read. Where such processes write into a volume, use Linux.
 */
final class CheckedDirectory extends HostDirectory {

    private static final LinkOption NOFOLLOW = LinkOption.NOFOLLOW_LINKS;

    private final Path real;

    private CheckedDirectory(Path real) {
        this.real = real;
    }

    static CheckedDirectory open(Path path) throws IOException {
        return new CheckedDirectory(path.toRealPath());
    }

    private void check() throws IOException {
        if (!real.toRealPath().equals(real)) {
            throw new VolumeException(VolumeException.Reason.BUSY);
        }
    }

    /** Returns the path of a name after checking that this is still the directory that was opened. */
    private Path at(String name) throws IOException {
        check();
        return real.resolve(name);
    }

    @Override
    BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(at("."), BasicFileAttributes.class, NOFOLLOW);
    }

    @Override
    @Nullable
    BasicFileAttributes attributes(String name) throws IOException {
        Path file = at(name);
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW);
            check();
            return attributes;
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    HostDirectory directory(String name, BasicFileAttributes expected) throws IOException {
        return new CheckedDirectory(inside(at(name)));
    }

    /** Returns the real path of an entry; the case of its name may differ from the requested name. */
    private Path inside(Path file) throws IOException {
        Path found = file.toRealPath();
        if (!real.equals(found.getParent())) {
            throw new VolumeException(VolumeException.Reason.BUSY);
        }
        return found;
    }

    @Override
    HostDirectory again() {
        return new CheckedDirectory(real);
    }

    @Override
    FileChannel file(String name, Set<? extends OpenOption> options) throws IOException {
        Path file = at(name);
        Set<OpenOption> all = new HashSet<>(options);
        all.add(NOFOLLOW);
        FileChannel channel = FileChannel.open(file, all);
        boolean good = false;
        try {
            inside(file);
            check();
            good = true;
        } finally {
            if (!good) {
                channel.close();
            }
        }
        return channel;
    }

    @Override
    void deleteFile(String name) throws IOException {
        Files.delete(at(name));
    }

    @Override
    void deleteDirectory(String name) throws IOException {
        Files.delete(at(name));
    }

    @Override
    void move(String name, HostDirectory target, String newName) throws IOException {
        Files.move(
                at(name),
                ((CheckedDirectory) target).at(newName),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    void createDirectory(String name, Path root) throws IOException {
        Path directory = at(name);
        Files.createDirectory(directory);
        inside(directory);
    }

    @Override
    void createLink(String name, String text, Path root) throws IOException {
        Files.createSymbolicLink(at(name), real.getFileSystem().getPath(text));
        check();
    }

    @Override
    @SuppressWarnings("StreamResourceLeak") // the caller closes it
    DirectoryStream<Path> list() throws IOException {
        DirectoryStream<Path> stream = Files.newDirectoryStream(at("."));
        boolean good = false;
        try {
            check();
            good = true;
        } finally {
            if (!good) {
                stream.close();
            }
        }
        return stream;
    }

    @Override
    void setTimes(String name, @Nullable FileTime modified, @Nullable FileTime accessed) throws IOException {
        Files.getFileAttributeView(at(name), BasicFileAttributeView.class, NOFOLLOW)
                .setTimes(modified, accessed, null);
    }

    @Override
    String readLink(String name) throws IOException {
        String text = Files.readSymbolicLink(at(name)).toString();
        return Names.hasBackslashes(real) ? text.replace('\\', '/') : text;
    }

    @Override
    Path path() {
        return real;
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
