// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.InvalidPathException;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A directory that a guest has open, and the paths below it. No path leads out: not by {@code ..}, not by being absolute, not
 * by a symbolic link.
 *
 * <p>A path is resolved one component at a time. Each component is looked at without following links; a directory is opened
 * relative to the one before it; the text of a link is put in the place of its name, and resolved like what the guest
 * wrote, so a link to within works, and one that is absolute or climbs too far does not. {@code ..} is a step back along the
 * directories that led here, never the file system's own parent.
 *
 * <pre>
 * "a/l/../f", l being a link to "../b":   a   l -> ../b   ..     b   ..   f
 *                                         a   (root)             b   (root)   f
 * </pre>
 */
public final class ConfinedDirectory implements Opened {

    /** Bytes of a path, as {@code PATH_MAX} on Linux. */
    public static final int MAX_PATH = 4096;

    /** Directories below the root of a volume. */
    private static final int MAX_DEPTH = 128;

    /** Components that one path may cost, those of links included. */
    private static final int MAX_STEPS = 2048;

    private static final int MAX_LINKS = 40;

    /** Entries of one directory that is moved where links are allowed. */
    private static final int MAX_MOVED = 10_000;

    /** How often to look again when something changes at the same moment. */
    private static final int MAX_TRIES = 5;

    private final Mount mount;
    private final HostDirectory host;

    /** The names from the root of the volume to here. */
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

    /** The root of a volume that is open already. */
    static ConfinedDirectory open(Mount mount, HostDirectory root) {
        return new ConfinedDirectory(mount, root, List.of());
    }

    // --- operations, each on a path relative to this directory ---

    /** What there is to know about it. */
    public FileStatus status() throws VolumeException {
        return run(() -> status(host, host.attributes(), names, "."));
    }

    /**
     * What there is to know about a path.
     *
     * @param follow whether a link at its end is followed
     */
    public FileStatus status(String path, boolean follow) throws VolumeException {
        return run(() -> {
            try (Target target = resolve(path, follow)) {
                return status(target.directory, target.exists(), target.parents, target.name);
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
                    // It came after we had looked.
                    if (mode.exclusive() || tries == MAX_TRIES) {
                        throw e;
                    }
                }
            }
        });
    }

    private Opened open(Target target, OpenMode mode) throws IOException {
        BasicFileAttributes attributes = target.attributes;
        if (attributes == null) {
            if (!mode.create()) {
                throw new VolumeException(Reason.NOT_FOUND);
            } else if (target.mustBeDirectory || mode.directory()) {
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
                if (mode.directory() || target.mustBeDirectory) {
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
        HostDirectory opened =
                target.isItself() ? target.directory.again() : target.directory.directory(target.name, target.exists());
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
                channel = target.directory.file(target.name, options);
                BasicFileAttributes attributes = target.directory.attributes(target.name);
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
        ConfinedFile file =
                new ConfinedFile(mount, target.directory.file(target.name, options), mode, attributes, target.names());
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
     * Opens a file once more, for the system's own appending, which other processes see as one step.
     *
     * @param path its names from the root of the volume, which this is
     * @param key tells it from others
     * @return null if it is not there any more
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
            if (target.attributes == null || !key.equals(target.attributes.fileKey())) {
                return null;
            }
            FileChannel channel = target.directory.file(target.name, options);
            BasicFileAttributes after = target.directory.attributes(target.name);
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

    /** Makes a directory. */
    public void createDirectory(String path) throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, false)) {
                if (target.attributes != null) {
                    throw new VolumeException(Reason.EXISTS);
                }
                mount.requireWritable();
                if (target.names().size() > MAX_DEPTH) {
                    throw new VolumeException(Reason.NAME_TOO_LONG);
                }
                return mount.usage().change(() -> {
                    if (target.directory.attributes(target.name) != null) {
                        throw new VolumeException(Reason.EXISTS);
                    }
                    mount.usage().add(mount.volume().maxFiles());
                    boolean made = false;
                    try {
                        target.directory.createDirectory(
                                target.name, mount.volume().host());
                        made = true;
                    } finally {
                        if (!made) {
                            mount.usage().notAdded();
                        }
                    }
                    return null;
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
                return mount.usage().change(() -> {
                    target.directory.deleteDirectory(target.name);
                    mount.usage().removed(attributes);
                    return null;
                });
            }
        });
    }

    /** Removes a file, a link or anything else but a directory. */
    public void removeFile(String path) throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, false)) {
                if (FileStatus.Type.of(target.exists()) == FileStatus.Type.DIRECTORY) {
                    throw new VolumeException(Reason.IS_DIRECTORY);
                } else if (target.mustBeDirectory) {
                    throw new VolumeException(Reason.NOT_DIRECTORY);
                }
                mount.requireWritable();
                return mount.usage().change(() -> {
                    // Its size may have changed.
                    BasicFileAttributes attributes = target.look();
                    target.directory.deleteFile(target.name);
                    mount.usage().removed(attributes);
                    return null;
                });
            }
        });
    }

    /**
     * Renames a file or directory; what has the new name is replaced, a directory only if it is empty. Links are renamed only
     * where a volume allows them, and if what they say still stays within; so are directories with links in them.
     */
    public void rename(String path, ConfinedDirectory newParent, String newPath) throws VolumeException {
        // All of it in one turn: what is checked is what is renamed.
        run(() -> mount.usage().change(() -> {
            try (Target from = resolve(path, false);
                    Target to = newParent.resolve(newPath, false)) {
                rename(from, to, newParent);
            }
            return null;
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
        if (!directory && (from.mustBeDirectory || to.mustBeDirectory)) {
            throw new VolumeException(Reason.NOT_DIRECTORY);
        } else if (directory && isWithin(to.names(), from.names())) {
            if (to.names().equals(from.names())) {
                return;
            }
            throw new VolumeException(Reason.INVALID);
        } else if (to.names().size() > MAX_DEPTH) {
            throw new VolumeException(Reason.NAME_TOO_LONG);
        }
        if (type == FileStatus.Type.LINK) {
            requirePlace(to);
            String text = from.directory.readLink(from.name, from.exists().fileKey());
            if (!staysWithin(text, to.parents.size())) {
                throw new VolumeException(Reason.NOT_PERMITTED);
            }
        } else if (directory && mount.usage().hasLinks()) {
            requirePlace(to);
            try (HostDirectory moved = from.directory.directory(from.name, from.exists())) {
                requireWithin(moved, to.parents.size() + 1);
            }
        }
        replace(from, to, directory);
    }

    // --- links that guests make ---

    /**
     * Makes a symbolic link, if the volume allows it: one whose text is relative and does not leave the volume, whoever
     * follows it.
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
                } else if (!mount.volume().links() || !staysWithin(text, target.parents.size())) {
                    throw new VolumeException(Reason.NOT_PERMITTED);
                }
                requirePlace(target);
                mount.usage().add(mount.volume().maxFiles());
                boolean made = false;
                try {
                    target.directory.createLink(
                            target.name, text, mount.volume().host());
                    made = true;
                } finally {
                    if (!made) {
                        mount.usage().notAdded();
                    }
                }
            }
            return null;
        }));
    }

    /** Never done: nothing would tell a hard link from the file. Says why it is not. */
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
        if (target.attributes != null) {
            throw new VolumeException(Reason.EXISTS);
        } else if (target.mustBeDirectory) {
            throw new VolumeException(Reason.NOT_FOUND);
        }
    }

    /**
     * Whether the text of a link stays within the volume, for everybody: steps up only at its start, no more of them than
     * there are directories above it, and then names. A step up after a name would lead elsewhere if the name is a link.
     *
     * <pre>
     * in /a/b:   ../x  ../../x  ./x/y     yes
     *            ../../../x  x/../y  /x   no
     * </pre>
     *
     * @param depth how many directories it is below the root of the volume
     */
    static boolean staysWithin(String text, int depth) {
        int up = 0;
        boolean down = false;
        if (text.startsWith("/")) {
            return false;
        }
        for (String part : text.split("/")) {
            if (part.equals("..")) {
                if (down || ++up > depth) {
                    return false;
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                if (!Names.isValid(part)) {
                    return false;
                }
                down = true;
            }
        }
        return true;
    }

    /**
     * Has a directory be where it was when it was opened: a guest may have moved it since, nearer to the root, and a link in
     * it would lead out. To be called in a turn, in which guests move nothing.
     */
    private void requirePlace(Target target) throws IOException {
        HostDirectory current = HostDirectory.open(mount.volume().host());
        try {
            for (String name : target.parents) {
                BasicFileAttributes attributes = current.attributes(name);
                if (attributes == null || FileStatus.Type.of(attributes) != FileStatus.Type.DIRECTORY) {
                    throw new VolumeException(Reason.BUSY);
                }
                HostDirectory next = current.directory(name, attributes);
                closeQuietly(current);
                current = next;
            }
            Object key = current.attributes().fileKey();
            boolean same = key == null
                    ? current.path().equals(target.directory.path())
                    : key.equals(target.directory.attributes().fileKey());
            if (!same) {
                throw new VolumeException(Reason.BUSY);
            }
        } finally {
            closeQuietly(current);
        }
    }

    /** Has a link be one that could be made at that depth, unless it is an absolute one, which means the same everywhere. */
    private static void requireWithin(HostDirectory directory, String name, BasicFileAttributes link, int depth)
            throws IOException {
        String text = directory.readLink(name, link.fileKey());
        if (!text.startsWith("/") && !staysWithin(text, depth)) {
            throw new VolumeException(Reason.NOT_PERMITTED);
        }
    }

    /** The same for all links in a directory. */
    private static void requireWithin(HostDirectory directory, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new VolumeException(Reason.NAME_TOO_LONG);
        }
        StackRoom.FILES.require();
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = directory.list()) {
            for (Path entry : entries) {
                checkInterrupt();
                names.add(String.valueOf(entry.getFileName()));
                if (names.size() > MAX_MOVED) {
                    throw new VolumeException(Reason.NOT_PERMITTED);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (String name : names) {
            checkInterrupt();
            BasicFileAttributes attributes = directory.attributes(name);
            if (attributes == null) {
                continue;
            }
            FileStatus.Type type = FileStatus.Type.of(attributes);
            if (type == FileStatus.Type.LINK) {
                requireWithin(directory, name, attributes, depth);
            } else if (type == FileStatus.Type.DIRECTORY) {
                try (HostDirectory next = directory.directory(name, attributes)) {
                    requireWithin(next, depth + 1);
                }
            }
        }
    }

    private void replace(Target from, Target to, boolean directory) throws IOException {
        BasicFileAttributes moved = from.look();
        BasicFileAttributes replaced = to.directory.attributes(to.name);
        if (replaced != null) {
            boolean onDirectory = FileStatus.Type.of(replaced) == FileStatus.Type.DIRECTORY;
            if (directory && !onDirectory) {
                throw new VolumeException(Reason.NOT_DIRECTORY);
            } else if (!directory && onDirectory) {
                throw new VolumeException(Reason.IS_DIRECTORY);
            }
        }
        from.directory.move(from.name, to.directory, to.name);
        // Two names of one file stay two: then nothing happens.
        if (replaced != null && !(moved.fileKey() != null && Objects.equals(moved.fileKey(), replaced.fileKey()))) {
            mount.usage().removed(replaced);
        }
        mount.usage().renamed(from.names(), to.names());
    }

    private static boolean isWithin(List<String> path, List<String> directory) {
        return path.size() >= directory.size()
                && path.subList(0, directory.size()).equals(directory);
    }

    /** The text of a symbolic link; that of an absolute one would tell where the volume is. */
    public String readLink(String path) throws VolumeException {
        return run(() -> {
            try (Target target = resolve(path, false)) {
                if (FileStatus.Type.of(target.exists()) != FileStatus.Type.LINK) {
                    throw new VolumeException(Reason.INVALID);
                }
                return relativeText(target.directory, target.name);
            }
        });
    }

    /** Sets times of a path; null leaves one as it is. */
    public void setTimes(String path, boolean follow, @Nullable FileTime modified, @Nullable FileTime accessed)
            throws VolumeException {
        run(() -> {
            try (Target target = resolve(path, follow)) {
                setTimes(target, target.exists(), modified, accessed);
            }
            return null;
        });
    }

    /** Sets its own times; null leaves one as it is. */
    public void setTimes(@Nullable FileTime modified, @Nullable FileTime accessed) throws VolumeException {
        setTimes(".", false, modified, accessed);
    }

    /** Sets the times of a file that must be the one with the key. */
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
            return null;
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
        target.directory.setTimes(target.name, modified, accessed);
    }

    /** Its entries; the caller closes it. */
    public Listing list() throws VolumeException {
        return run(() -> new Listing(host, String.join("/", names)));
    }

    @Override
    public void close() {
        closeQuietly(host);
    }

    private static void closeQuietly(HostDirectory directory) {
        try {
            directory.close();
        } catch (IOException e) {
            // The descriptor is given back all the same.
            VolumeException.of(e);
        }
    }

    static void checkInterrupt() throws VolumeException {
        if (Thread.currentThread().isInterrupted()) {
            throw new VolumeException(Reason.INTERRUPTED);
        }
    }

    private interface Operation<T> {
        T run() throws IOException;
    }

    private static <T> T run(Operation<T> operation) throws VolumeException {
        StackRoom.FILES.require();
        try {
            return operation.run();
        } catch (IOException e) {
            throw VolumeException.of(e);
        } catch (InvalidPathException e) {
            // A name that the host's encoding of file names cannot express.
            throw new VolumeException(Reason.MALFORMED);
        }
    }

    // --- resolving ---

    /** Where a path ended: a name in a directory that is open. */
    private static final class Target implements Closeable {
        private final HostDirectory directory;
        private final boolean owned;
        private final List<String> parents;

        /** The name; {@code .} for the directory itself. */
        private final String name;

        /** What has the name; null if nothing has. */
        private final @Nullable BasicFileAttributes attributes;

        /** Whether the path says so, with a slash at its end. */
        private final boolean mustBeDirectory;

        private Target(
                HostDirectory directory,
                boolean owned,
                List<String> parents,
                String name,
                @Nullable BasicFileAttributes attributes,
                boolean mustBeDirectory) {
            this.directory = directory;
            this.owned = owned;
            this.parents = parents;
            this.name = name;
            this.attributes = attributes;
            this.mustBeDirectory = mustBeDirectory;
        }

        boolean isItself() {
            return name.equals(".");
        }

        /** Its names from the root. */
        List<String> names() {
            if (isItself()) {
                return parents;
            }
            List<String> all = new ArrayList<>(parents);
            all.add(name);
            return all;
        }

        /** Its attributes; it must be there, and be a directory if the path says so. */
        BasicFileAttributes exists() throws VolumeException {
            if (attributes == null) {
                throw new VolumeException(Reason.NOT_FOUND);
            }
            FileStatus.Type type = FileStatus.Type.of(attributes);
            if (mustBeDirectory && type != FileStatus.Type.DIRECTORY) {
                throw new VolumeException(Reason.NOT_DIRECTORY);
            }
            return attributes;
        }

        /** Its attributes now. */
        BasicFileAttributes look() throws IOException {
            BasicFileAttributes now = directory.attributes(name);
            if (now == null) {
                throw new VolumeException(Reason.NOT_FOUND);
            }
            return now;
        }

        @Override
        public void close() {
            if (owned) {
                closeQuietly(directory);
            }
        }
    }

    /** One walk along a path. */
    private final class Walk {
        private final Deque<String> pending = new ArrayDeque<>();

        /** The names from this directory to the current one. */
        private final List<String> below = new ArrayList<>();

        private HostDirectory current = host;
        private boolean directoryAtEnd;
        private int links;
        private int steps;

        /** Puts a path in front of what is still to be walked. */
        private void push(String path, boolean last) throws VolumeException {
            if (path.isEmpty()) {
                throw new VolumeException(Reason.NOT_FOUND);
            } else if (path.startsWith("/")) {
                throw new VolumeException(Reason.NOT_PERMITTED);
            }
            if (last && path.endsWith("/")) {
                directoryAtEnd = true;
            }
            String[] parts = path.split("/", -1);
            steps += parts.length;
            if (steps > MAX_STEPS) {
                throw new VolumeException(Reason.NAME_TOO_LONG);
            }
            for (int i = parts.length - 1; i >= 0; i--) {
                if (!parts[i].isEmpty()) {
                    pending.addFirst(parts[i]);
                }
            }
        }

        Target walk(boolean follow) throws IOException {
            boolean good = false;
            try {
                while (!pending.isEmpty()) {
                    checkInterrupt();
                    String name = pending.removeFirst();
                    if (name.equals("..")) {
                        climb();
                        continue;
                    } else if (name.equals(".")) {
                        continue;
                    }
                    Target end = step(name, follow);
                    if (end != null) {
                        good = true;
                        return end;
                    }
                }
                Target itself = target(".", current.attributes());
                good = true;
                return itself;
            } finally {
                if (!good) {
                    leave();
                }
            }
        }

        /** Takes one component; returns the target if it was the last one. */
        private @Nullable Target step(String name, boolean follow) throws IOException {
            if (!Names.isValid(name)) {
                throw new VolumeException(name.indexOf('\0') >= 0 ? Reason.INVALID : Reason.NOT_FOUND);
            }
            BasicFileAttributes attributes = current.attributes(name);
            boolean last = pending.isEmpty();
            if (attributes == null) {
                if (!last) {
                    throw new VolumeException(Reason.NOT_FOUND);
                }
                return target(name, null);
            }
            FileStatus.Type type = FileStatus.Type.of(attributes);
            if (type == FileStatus.Type.LINK && (!last || follow || directoryAtEnd)) {
                if (++links > MAX_LINKS) {
                    throw new VolumeException(Reason.LOOP);
                }
                push(target(current, name), last);
                return null;
            } else if (last) {
                return target(name, attributes);
            } else if (type != FileStatus.Type.DIRECTORY) {
                throw new VolumeException(Reason.NOT_DIRECTORY);
            }
            enter(name, attributes);
            return null;
        }

        /** The text of a link; somebody may have put something else in its place. */
        private static String target(HostDirectory directory, String name) throws IOException {
            try {
                return relativeText(directory, name);
            } catch (NotLinkException e) {
                throw new VolumeException(Reason.BUSY);
            }
        }

        private void enter(String name, BasicFileAttributes attributes) throws IOException {
            if (names.size() + below.size() >= MAX_DEPTH) {
                throw new VolumeException(Reason.NAME_TOO_LONG);
            }
            HostDirectory next = current.directory(name, attributes);
            leave();
            current = next;
            below.add(name);
        }

        /** Goes the way again, but for its last step: only two directories are open at a time, however deep the path. */
        private void climb() throws IOException {
            if (below.isEmpty()) {
                throw new VolumeException(Reason.NOT_PERMITTED);
            }
            List<String> again = List.copyOf(below.subList(0, below.size() - 1));
            steps += again.size();
            if (steps > MAX_STEPS) {
                throw new VolumeException(Reason.NAME_TOO_LONG);
            }
            leave();
            current = host;
            below.clear();
            for (String name : again) {
                BasicFileAttributes attributes = current.attributes(name);
                if (attributes == null || FileStatus.Type.of(attributes) != FileStatus.Type.DIRECTORY) {
                    throw new VolumeException(Reason.BUSY);
                }
                enter(name, attributes);
            }
        }

        private void leave() {
            if (current != host) {
                closeQuietly(current);
            }
            current = host;
        }

        private Target target(String name, @Nullable BasicFileAttributes attributes) {
            List<String> parents = new ArrayList<>(names);
            parents.addAll(below);
            return new Target(current, current != host, parents, name, attributes, directoryAtEnd);
        }
    }

    private Target resolve(String path, boolean follow) throws IOException {
        if (path.length() > MAX_PATH) {
            throw new VolumeException(Reason.NAME_TOO_LONG);
        } else if (path.indexOf('\0') >= 0) {
            throw new VolumeException(Reason.INVALID);
        }
        for (int tries = 1; ; tries++) {
            Walk walk = new Walk();
            walk.push(path, true);
            try {
                return walk.walk(follow);
            } catch (VolumeException e) {
                if (e.reason() != Reason.BUSY || tries == MAX_TRIES) {
                    throw e;
                }
            }
        }
    }

    private static String relativeText(HostDirectory directory, String name) throws IOException {
        String text = directory.readLink(name);
        if (text.startsWith("/") || text.length() > MAX_PATH || text.matches("(?s)[A-Za-z]:.*")) {
            throw new VolumeException(Reason.NOT_PERMITTED);
        }
        return text;
    }
}
