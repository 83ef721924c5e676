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
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A directory behind a descriptor of the operating system: every operation is relative to it ({@code openat} and the
 * like), so later changes to the path with which it was opened cannot redirect it.
 */
final class SecureDirectory extends HostDirectory {

    private static final LinkOption NOFOLLOW = LinkOption.NOFOLLOW_LINKS;

    private final SecureDirectoryStream<Path> stream;

    /** The path with which it was opened; not trusted. */
    private final Path path;

    SecureDirectory(SecureDirectoryStream<Path> stream, Path path) {
        this.stream = stream;
        this.path = path;
    }

    @Override
    BasicFileAttributes attributes() throws IOException {
        return stream.getFileAttributeView(BasicFileAttributeView.class).readAttributes();
    }

    @Override
    @Nullable
    BasicFileAttributes attributes(String name) throws IOException {
        try {
            return view(name).readAttributes();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Returns a relative path of the file system that this directory is in. */
    private Path entry(String name) {
        return path.getFileSystem().getPath(name);
    }

    private BasicFileAttributeView view(String name) {
        return stream.getFileAttributeView(entry(name), BasicFileAttributeView.class, NOFOLLOW);
    }

    /**
     * Opens {@code name/.} and checks that it is the expected directory. With the dot the system refuses everything
     * except directories before it opens anything: a pipe would block the thread, and the JDK leaks a descriptor for a
     * file. The dot also makes the system follow a link, which is why the identity is checked.
     */
    @Override
    HostDirectory directory(String name, BasicFileAttributes expected) throws IOException {
        SecureDirectoryStream<Path> opened =
                stream.newDirectoryStream(entry(name).resolve("."), NOFOLLOW);
        SecureDirectory directory = new SecureDirectory(opened, path.resolve(name));
        boolean good = false;
        try {
            Object key = expected.fileKey();
            good = key != null && key.equals(directory.attributes().fileKey());
        } finally {
            if (!good) {
                opened.close();
            }
        }
        if (!good) {
            throw new VolumeException(VolumeException.Reason.BUSY);
        }
        return directory;
    }

    @Override
    HostDirectory again() throws IOException {
        return new SecureDirectory(stream.newDirectoryStream(entry("."), NOFOLLOW), path);
    }

    @Override
    FileChannel file(String name, Set<? extends OpenOption> options) throws IOException {
        Set<OpenOption> all = new HashSet<>(options);
        all.add(NOFOLLOW);
        return (FileChannel) stream.newByteChannel(entry(name), all);
    }

    @Override
    void deleteFile(String name) throws IOException {
        stream.deleteFile(entry(name));
    }

    @Override
    void deleteDirectory(String name) throws IOException {
        stream.deleteDirectory(entry(name));
    }

    @Override
    void move(String name, HostDirectory target, String newName) throws IOException {
        stream.move(entry(name), ((SecureDirectory) target).stream, entry(newName));
    }

    @Override
    void createDirectory(String name, Path root) throws IOException {
        make(name, root, Files::createDirectory, HostDirectory::deleteDirectory);
    }

    @Override
    void createLink(String name, String text, Path root) throws IOException {
        Path target = entry(text);
        make(name, root, path -> Files.createSymbolicLink(path, target), HostDirectory::deleteFile);
    }

    private interface Making {
        void make(Path path) throws IOException;
    }

    private interface Deletion {
        void delete(HostDirectory directory, String name) throws IOException;
    }

    /**
     * The JDK has neither {@code mkdirat} nor {@code symlinkat}. So the entry is created in the volume's root, whose
     * path is the operator's, and moved to this directory relative to descriptors.
     */
    private void make(String name, Path root, Making making, Deletion deletion) throws IOException {
        String staged = Names.STAGING + UUID.randomUUID();
        try (HostDirectory top = HostDirectory.open(root)) {
            making.make(root.resolve(staged));
            boolean moved = false;
            try {
                top.move(staged, this, name);
                moved = true;
            } finally {
                if (!moved) {
                    deletion.delete(top, staged);
                }
            }
        }
    }

    @Override
    DirectoryStream<Path> list() throws IOException {
        return stream.newDirectoryStream(entry("."), NOFOLLOW);
    }

    @Override
    void setTimes(String name, @Nullable FileTime modified, @Nullable FileTime accessed) throws IOException {
        BasicFileAttributeView view =
                name.equals(".") ? stream.getFileAttributeView(BasicFileAttributeView.class) : view(name);
        view.setTimes(modified, accessed, null);
    }

    @Override
    String readLink(String name) throws IOException {
        return Files.readSymbolicLink(path.resolve(name)).toString();
    }

    @Override
    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
