// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.NotLinkException;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves a path below a directory, one component at a time, so that it cannot leave it. Each component is examined
 * without following links, and each directory is opened relative to the previous one.
 */
final class PathWalk {

    /** Maximum length of a path in bytes, as {@code PATH_MAX} on Linux. */
    static final int MAX_PATH = 4096;

    /** Maximum depth of directories below the root of a volume. */
    static final int MAX_DEPTH = 128;

    /** How often an operation is repeated if the directory changes concurrently. */
    static final int MAX_TRIES = 5;

    /** Maximum number of components of one path, including those of links. */
    private static final int MAX_STEPS = 2048;

    private static final int MAX_LINKS = 40;

    /** Where the walk begins. */
    private final HostDirectory host;

    /** The names from the root of the volume to there. */
    private final List<String> names;

    private final Deque<String> pending = new ArrayDeque<>();

    /** The names from this directory to the current one. */
    private final List<String> below = new ArrayList<>();

    private HostDirectory current;
    private boolean directoryAtEnd;
    private int links;
    private int steps;

    private PathWalk(HostDirectory host, List<String> names) {
        this.host = host;
        this.names = names;
        this.current = host;
    }

    /**
     * Resolves a path; the caller closes the result.
     *
     * @param host where it begins, which stays open
     * @param names the names from the root of the volume to there
     * @param follow whether a link at the end is followed
     */
    static Target resolve(HostDirectory host, List<String> names, String path, boolean follow) throws IOException {
        if (path.length() > MAX_PATH) {
            throw new VolumeException(Reason.NAME_TOO_LONG);
        } else if (path.indexOf('\0') >= 0) {
            throw new VolumeException(Reason.INVALID);
        }
        for (int tries = 1; ; tries++) {
            PathWalk walk = new PathWalk(host, names);
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

    /** Prepends a path to what remains to be resolved. */
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

    private Target walk(boolean follow) throws IOException {
        boolean good = false;
        try {
            while (!pending.isEmpty()) {
                VolumeException.checkInterrupt();
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

    /** Resolves one component; returns the target if it was the last one. */
    private @Nullable Target step(String name, boolean follow) throws IOException {
        if (!Names.isValid(name, current.path())) {
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

    /** Returns the text of a link; another process may have replaced it in the meantime. */
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

    /**
     * Goes to the parent by walking the path again without its last component, so that only two directories are open at
     * a time, however deep the path is.
     */
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
            HostDirectory.close(current);
        }
        current = host;
    }

    private Target target(String name, @Nullable BasicFileAttributes attributes) {
        List<String> parents = new ArrayList<>(names);
        parents.addAll(below);
        return new Target(current, current != host, parents, name, attributes, directoryAtEnd);
    }

    /** Returns the text of a link; an absolute one is refused. */
    static String relativeText(HostDirectory directory, String name) throws IOException {
        String text = directory.readLink(name);
        if (text.startsWith("/") || text.length() > MAX_PATH || text.matches("(?s)[A-Za-z]:.*")) {
            throw new VolumeException(Reason.NOT_PERMITTED);
        }
        return text;
    }
}
