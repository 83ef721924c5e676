// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory that a guest has open, and the paths below it. No path can leave it: not with {@code ..}, not as an
 * absolute path, not through a symbolic link.
 *
 * <p>A path is resolved one component at a time. Each component is examined without following links, and each directory
 * is opened relative to the previous one. The text of a link replaces its name and is resolved like the guest's own
 * path, so a link that stays within works, and one that is absolute or climbs too far does not. {@code ..} returns to
 * the previous directory of the path, never to the file system's own parent.
 *
 * <pre>
 * "a/l/../f", l being a link to "../b":   a   l -> ../b   ..     b   ..   f
 *                                         a   (root)             b   (root)   f
 * </pre>
 */
public final class ConfinedDirectory implements Opened {

    /** Maximum length of a path in bytes, as {@code PATH_MAX} on Linux. */
    public static final int MAX_PATH = PathWalk.MAX_PATH;

    private final Mount mount;
    private final HostDirectory host;

    /** The names from the root of the volume to this directory. */
    private final List<String> names;

    private ConfinedDirectory(Mount mount, HostDirectory host, List<String> names) {
        this.mount = mount;
        this.host = host;
        this.names = List.copyOf(names);
    }

    /** Opens the root of a volume. */
    public static ConfinedDirectory open(Mount mount) throws VolumeException {
        StackRoom.FILES.require();
        try {
            return open(mount, HostDirectory.open(mount.volume().host()));
        } catch (IOException e) {
            throw VolumeException.of(e);
        }
    }

    /** Opens the root of a volume that is already open. */
    static ConfinedDirectory open(Mount mount, HostDirectory root) {
        return new ConfinedDirectory(mount, root, List.of());
    }

    // --- operations, each on a path relative to this directory ---

    /** Returns the status of this directory. */
    public FileStatus status() throws VolumeException {
        return run(() -> status(host, host.attributes(), names, "."));
    }

    /**
     * Returns the status of a path.
     *
     * @param follow whether a link at its end is followed
     */
    public FileStatus status(String path, boolean follow) throws VolumeException {
        return run(() -> {
            try (Target target = resolve(path, follow)) {
                return status(target.directory(), target.exists(), target.parents(), target.name());
            }
        });
    }

    private FileStatus status(
            HostDirectory directory, BasicFileAttributes attributes, List<String> parents, String name) {
        FileStatus.Type type = FileStatus.Type.of(attributes);
        String path = String.join("/", parents) + (name.equals(".") ? "" : "/" + name);
        return new FileStatus(
                mount.device(),
                Mount.inode(attributes.fileKey(), path),
                type,
                directory.links(name, attributes),
                type == FileStatus.Type.REGULAR || type == FileStatus.Type.LINK ? attributes.size() : 0,
                FileStatus.time(attributes.lastAccessTime()),
                FileStatus.time(attributes.lastModifiedTime()));
    }

    /**
     * Opens a file or a directory; the caller closes it.
     *
     * @param follow whether a link at the end of the path is followed; if not, it cannot be opened
     */
    public Opened open(String path, boolean follow, OpenMode mode) throws VolumeException {
        return run(() -> {
            for (int tries = 1; ; tries++) {
                try (Target target = resolve(path, follow && !(mode.create() && mode.exclusive()))) {
                    return open(target, mode);
                } catch (FileAlreadyExistsException e) {
                    // The file was created after the check.
                    if (mode.exclusive() || tries == PathWalk.MAX_TRIES) {
                        throw e;
                    }
                }
            }
        });
    }

    private Opened open(Target target, OpenMode mode) throws IOException {
        BasicFileAttributes attributes = target.attributes();
        if (attributes == null) {
            if (!mode.create()) {
                throw new VolumeException(Reason.NOT_FOUND);
            } else if (target.mustBeDirectory() || mode.directory()) {
                throw new VolumeException(Reason.IS_DIRECTORY);
            }
            mount.requireWritable();
            return create(target, mode);
        }
        if (mode.create() && mode.exclusive()) {
            throw new VolumeException(Reason.EXISTS);
        }
        switch (FileStatus.Type.of(attributes)) {
            case LINK -> throw new VolumeException(Reason.LOOP);
            case DIRECTORY -> {
                if (mode.write() || mode.truncate() || mode.create() && !mode.directory()) {
                    throw new VolumeException(Reason.IS_DIRECTORY);
                }
                return directory(target);
            }
            default -> {
                if (mode.directory() || target.mustBeDirectory()) {
                    throw new VolumeException(Reason.NOT_DIRECTORY);
                }
            }
        }
        if (FileStatus.Type.of(attributes) != FileStatus.Type.REGULAR) {
            throw new VolumeException(Reason.SPECIAL);
        }
        if (mode.write() || mode.truncate()) {
            mount.requireWritable();
        }
        return existing(target, attributes, mode);
    }

    private ConfinedDirectory directory(Target target) throws IOException {
        HostDirectory opened = target.isItself()
                ? target.directory().again()
                : target.directory().directory(target.name(), target.exists());
        return new ConfinedDirectory(mount, opened, target.names());
    }

    private ConfinedFile create(Target target, OpenMode mode) throws IOException {
        Set<OpenOption> options = options(mode);
        options.add(StandardOpenOption.WRITE);
        options.add(StandardOpenOption.CREATE_NEW);
        return mount.usage().change(() -> {
            mount.usage().add(mount.volume().maxFiles());
            FileChannel channel = null;
            try {
                channel = target.directory().file(target.name(), options);
                BasicFileAttributes attributes = target.directory().attributes(target.name());
                if (attributes == null || FileStatus.Type.of(attributes) != FileStatus.Type.REGULAR) {
                    throw new VolumeException(Reason.BUSY);
                }
                return new ConfinedFile(mount, channel, mode, attributes, target.names());
            } catch (IOException | RuntimeException e) {
                mount.usage().notAdded();
                if (channel != null) {
                    channel.close();
                }
                throw e;
            }
        });
    }

    private ConfinedFile existing(Target target, BasicFileAttributes attributes, OpenMode mode) throws IOException {
        Set<OpenOption> options = options(mode);
        if (mode.truncate()) {
            options.add(StandardOpenOption.WRITE);
        }
        ConfinedFile file = new ConfinedFile(
                mount, target.directory().file(target.name(), options), mode, attributes, target.names());
        if (mode.truncate()) {
            boolean good = false;
            try {
                file.empty();
                good = true;
            } finally {
                if (!good) {
                    file.close();
                }
            }
        }
        return file;
    }

    private static Set<OpenOption> options(OpenMode mode) {
        Set<OpenOption> options = new HashSet<>();
        if (mode.read() || !mode.write()) {
            options.add(StandardOpenOption.READ);
        }
        if (mode.write()) {
            options.add(StandardOpenOption.WRITE);
        }
        if (mode.sync()) {
            options.add(StandardOpenOption.SYNC);
        } else if (mode.dataSync()) {
            options.add(StandardOpenOption.DSYNC);
        }
        return options;
    }

    /**
     * Opens a file again in the system's append mode, whose writes are atomic for other processes too.
     *
     * @param path its names from the root of the volume, which must be this directory
     * @param key identifies the file
     * @return null if the file is no longer there
     */
    @Nullable
    FileChannel appender(List<String> path, @Nullable Object key, OpenMode mode) throws IOException {
        if (key == null) {
            return null;
        }
        Set<OpenOption> options = options(mode);
        options.remove(StandardOpenOption.READ);
        options.add(StandardOpenOption.APPEND);
        try (Target target = resolve(String.join("/", path), false)) {
            if (target.attributes() == null || !key.equals(target.attributes().fileKey())) {
                return null;
            }
            FileChannel channel = target.directory().file(target.name(), options);
            BasicFileAttributes after = target.directory().attributes(target.name());
            if (after != null && key.equals(after.fileKey())) {
                return channel;
            }
            channel.close();
            return null;
        } catch (VolumeException e) {
            if (e.reason() == Reason.INTERRUPTED) {
                throw e;
            }
            return null;
        }
    }

    /** Creates a directory. */
    public void createDirectory(String path) throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, false)) {
                if (target.attributes() != null) {
                    throw new VolumeException(Reason.EXISTS);
                }
                mount.requireWritable();
                if (target.names().size() > PathWalk.MAX_DEPTH) {
                    throw new VolumeException(Reason.NAME_TOO_LONG);
                }
                mount.usage().change(() -> {
                    if (target.directory().attributes(target.name()) != null) {
                        throw new VolumeException(Reason.EXISTS);
                    }
                    mount.usage().add(mount.volume().maxFiles());
                    boolean made = false;
                    try {
                        target.directory()
                                .createDirectory(target.name(), mount.volume().host());
                        made = true;
                    } finally {
                        if (!made) {
                            mount.usage().notAdded();
                        }
                    }
                });
            }
        });
    }

    /** Removes an empty directory. */
    public void removeDirectory(String path) throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, false)) {
                BasicFileAttributes attributes = target.exists();
                if (target.isItself()) {
                    throw new VolumeException(Reason.INVALID);
                } else if (FileStatus.Type.of(attributes) != FileStatus.Type.DIRECTORY) {
                    throw new VolumeException(Reason.NOT_DIRECTORY);
                }
                mount.requireWritable();
                mount.usage().change(() -> {
                    target.directory().deleteDirectory(target.name());
                    mount.usage().removed(attributes);
                });
            }
        });
    }

    /** Removes a file, a link or anything else except a directory. */
    public void removeFile(String path) throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, false)) {
                if (FileStatus.Type.of(target.exists()) == FileStatus.Type.DIRECTORY) {
                    throw new VolumeException(Reason.IS_DIRECTORY);
                } else if (target.mustBeDirectory()) {
                    throw new VolumeException(Reason.NOT_DIRECTORY);
                }
                mount.requireWritable();
                mount.usage().change(() -> {
                    // The size may have changed since the path was resolved.
                    BasicFileAttributes attributes = target.look();
                    target.directory().deleteFile(target.name());
                    mount.usage().removed(attributes);
                });
            }
        });
    }

    /**
     * Renames a file or directory. An existing target is replaced; a directory only if it is empty. Links are renamed
     * only where the volume allows links and their text still stays within the volume; the same applies to directories
     * that contain links.
     */
    public void rename(String path, ConfinedDirectory newParent, String newPath) throws VolumeException {
        // Check and rename in one turn, so that what is checked is what is renamed.
        run(() -> mount.usage().change(() -> {
            try (Target from = resolve(path, false);
                    Target to = newParent.resolve(newPath, false)) {
                rename(from, to, newParent);
            }
        }));
    }

    private void rename(Target from, Target to, ConfinedDirectory newParent) throws IOException {
        FileStatus.Type type = FileStatus.Type.of(from.exists());
        if (from.isItself() || to.isItself()) {
            throw new VolumeException(Reason.BUSY);
        } else if (mount != newParent.mount) {
            throw new VolumeException(Reason.CROSS_DEVICE);
        }
        mount.requireWritable();
        if (type == FileStatus.Type.LINK && !mount.volume().links() || type == FileStatus.Type.OTHER) {
            throw new VolumeException(Reason.NOT_PERMITTED);
        }
        boolean directory = type == FileStatus.Type.DIRECTORY;
        if (!directory && (from.mustBeDirectory() || to.mustBeDirectory())) {
            throw new VolumeException(Reason.NOT_DIRECTORY);
        } else if (directory && isWithin(to.names(), from.names())) {
            if (to.names().equals(from.names())) {
                return;
            }
            throw new VolumeException(Reason.INVALID);
        } else if (to.names().size() > PathWalk.MAX_DEPTH) {
            throw new VolumeException(Reason.NAME_TOO_LONG);
        }
        if (type == FileStatus.Type.LINK) {
            LinkRules.requirePlace(to, mount.volume().host());
            String text = from.directory().readLink(from.name(), from.exists().fileKey());
            if (!LinkRules.staysWithin(text, to.parents().size(), to.directory().path())) {
                throw new VolumeException(Reason.NOT_PERMITTED);
            }
        } else if (directory && mount.usage().hasLinks()) {
            LinkRules.requirePlace(to, mount.volume().host());
            try (HostDirectory moved = from.directory().directory(from.name(), from.exists())) {
                LinkRules.requireWithin(moved, to.parents().size() + 1);
            }
        }
        replace(from, to, directory);
    }

    // --- links that guests create ---

    /**
     * Creates a symbolic link if the volume allows it. The text must be relative and must not leave the volume, even
     * for programs that follow it outside this host.
     */
    public void createLink(String text, String path) throws VolumeException {
        run(() -> mount.usage().change(() -> {
            try (Target target = resolve(path, false)) {
                checkNewLink(target);
                if (text.isEmpty()) {
                    throw new VolumeException(Reason.NOT_FOUND);
                } else if (text.indexOf('\0') >= 0) {
                    throw new VolumeException(Reason.INVALID);
                } else if (text.length() > MAX_PATH) {
                    throw new VolumeException(Reason.NAME_TOO_LONG);
                } else if (!mount.volume().links()
                        || !LinkRules.staysWithin(
                                text,
                                target.parents().size(),
                                target.directory().path())) {
                    throw new VolumeException(Reason.NOT_PERMITTED);
                }
                LinkRules.requirePlace(target, mount.volume().host());
                mount.usage().add(mount.volume().maxFiles());
                boolean made = false;
                try {
                    target.directory()
                            .createLink(target.name(), text, mount.volume().host());
                    made = true;
                } finally {
                    if (!made) {
                        mount.usage().notAdded();
                    }
                }
            }
        }));
    }

    /**
     * Never creates a hard link, because it could not be distinguished from the file. Returns the reason for the guest.
     */
    public VolumeException hardLink(String path) throws VolumeException {
        return run(() -> {
            try (Target target = resolve(path, false)) {
                checkNewLink(target);
                return new VolumeException(Reason.NOT_PERMITTED);
            }
        });
    }

    private void checkNewLink(Target target) throws VolumeException {
        mount.requireWritable();
        if (target.attributes() != null) {
            throw new VolumeException(Reason.EXISTS);
        } else if (target.mustBeDirectory()) {
            throw new VolumeException(Reason.NOT_FOUND);
        }
    }

    private void replace(Target from, Target to, boolean directory) throws IOException {
        BasicFileAttributes moved = from.look();
        BasicFileAttributes replaced = to.directory().attributes(to.name());
        if (replaced != null) {
            boolean onDirectory = FileStatus.Type.of(replaced) == FileStatus.Type.DIRECTORY;
            if (directory && !onDirectory) {
                throw new VolumeException(Reason.NOT_DIRECTORY);
            } else if (!directory && onDirectory) {
                throw new VolumeException(Reason.IS_DIRECTORY);
            }
        }
        from.directory().move(from.name(), to.directory(), to.name());
        if (replaced != null && !isSame(from, moved, to, replaced)) {
            mount.usage().removed(replaced);
        }
        mount.usage().renamed(from.names(), to.names());
    }

    /**
     * Returns whether two names are of the same file, so that renaming one to the other removes none. Windows has no
     * keys of files and finds them in any case; where it distinguishes cases, too much is counted as used.
     */
    private static boolean isSame(Target from, BasicFileAttributes moved, Target to, BasicFileAttributes replaced) {
        return moved.fileKey() != null
                ? moved.fileKey().equals(replaced.fileKey())
                : from.name().equalsIgnoreCase(to.name())
                        && from.directory().path().equals(to.directory().path());
    }

    private static boolean isWithin(List<String> path, List<String> directory) {
        return path.size() >= directory.size()
                && path.subList(0, directory.size()).equals(directory);
    }

    /** Returns the text of a symbolic link; an absolute one is refused, because it would reveal where the volume is. */
    public String readLink(String path) throws VolumeException {
        return run(() -> {
            try (Target target = resolve(path, false)) {
                if (FileStatus.Type.of(target.exists()) != FileStatus.Type.LINK) {
                    throw new VolumeException(Reason.INVALID);
                }
                return PathWalk.relativeText(target.directory(), target.name());
            }
        });
    }

    /** Sets the times of a path; null leaves one unchanged. */
    public void setTimes(String path, boolean follow, @Nullable FileTime modified, @Nullable FileTime accessed)
            throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, follow)) {
                setTimes(target, target.exists(), modified, accessed);
            }
        });
    }

    /** Sets the times of this directory; null leaves one unchanged. */
    public void setTimes(@Nullable FileTime modified, @Nullable FileTime accessed) throws VolumeException {
        setTimes(".", false, modified, accessed);
    }

    /** Sets the times of a file that must have the given key. */
    void setTimes(List<String> path, @Nullable Object key, @Nullable FileTime modified, @Nullable FileTime accessed)
            throws VolumeException {
        run(() -> {
            try (Target target = resolve(String.join("/", path), false)) {
                BasicFileAttributes attributes = target.exists();
                if (!Objects.equals(attributes.fileKey(), key)) {
                    throw new VolumeException(Reason.NOT_FOUND);
                }
                setTimes(target, attributes, modified, accessed);
            }
        });
    }

    private void setTimes(
            Target target, BasicFileAttributes attributes, @Nullable FileTime modified, @Nullable FileTime accessed)
            throws IOException {
        mount.requireWritable();
        FileStatus.Type type = FileStatus.Type.of(attributes);
        if (type == FileStatus.Type.LINK || type == FileStatus.Type.OTHER) {
            throw new VolumeException(Reason.NOT_PERMITTED);
        }
        target.directory().setTimes(target.name(), modified, accessed);
    }

    /** Returns the entries; the caller closes the listing. */
    public Listing list() throws VolumeException {
        return run(() -> new Listing(host, String.join("/", names)));
    }

    @Override
    public void close() {
        HostDirectory.close(host);
    }

    private interface Operation<T> {
        T run() throws IOException;
    }

    private static void run(Usage.Step step) throws VolumeException {
        run(() -> {
            step.run();
            return true;
        });
    }

    private static <T> T run(Operation<T> operation) throws VolumeException {
        StackRoom.FILES.require();
        try {
            return operation.run();
        } catch (IOException e) {
            throw VolumeException.of(e);
        } catch (InvalidPathException e) {
            // The host's encoding of file names cannot represent the name.
            throw new VolumeException(Reason.MALFORMED);
        }
    }

    private Target resolve(String path, boolean follow) throws IOException {
        return PathWalk.resolve(host, names, path, follow);
    }
}
