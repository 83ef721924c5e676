// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/**
 * Which links guests may create and move: none may lead out of its volume, even for programs that follow it outside
 * this host.
 */
final class LinkRules {

    /** Maximum number of entries in one directory that is moved where links are allowed. */
    private static final int MAX_MOVED = 10_000;

    private LinkRules() {}

    /**
     * Returns whether the text of a link stays within the volume for every program: {@code ..} may occur only at its
     * start, at most as often as there are directories above, followed by names. A {@code ..} after a name could leave
     * the volume if the name is a link.
     *
     * <pre>
     * in /a/b:   ../x  ../../x  ./x/y     yes
     *            ../../../x  x/../y  /x   no
     * </pre>
     *
     * @param depth how many directories the link is below the root of the volume
     * @param directory the directory of the host that the link is in
     */
    static boolean staysWithin(String text, int depth, Path directory) {
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
                if (!Names.isValid(part, directory)) {
                    return false;
                }
                down = true;
            }
        }
        return true;
    }

    /**
     * Requires that a directory is still where it was opened: a guest may have moved it closer to the root since then,
     * so that a link in it would leave the volume. Must be called in a turn, during which guests move nothing.
     *
     * @param root the root of the volume
     */
    static void requirePlace(Target target, Path root) throws IOException {
        HostDirectory current = HostDirectory.open(root);
        try {
            for (String name : target.parents()) {
                BasicFileAttributes attributes = current.attributes(name);
                if (attributes == null || FileStatus.Type.of(attributes) != FileStatus.Type.DIRECTORY) {
                    throw new VolumeException(Reason.BUSY);
                }
                HostDirectory next = current.directory(name, attributes);
                HostDirectory.close(current);
                current = next;
            }
            Object key = current.attributes().fileKey();
            boolean same = key == null
                    ? current.path().equals(target.directory().path())
                    : key.equals(target.directory().attributes().fileKey());
            if (!same) {
                throw new VolumeException(Reason.BUSY);
            }
        } finally {
            HostDirectory.close(current);
        }
    }

    /**
     * Requires that a link could be created at that depth, unless it is absolute, which means the same at every depth.
     */
    private static void requireWithin(HostDirectory directory, String name, BasicFileAttributes link, int depth)
            throws IOException {
        String text = directory.readLink(name, link.fileKey());
        if (!text.startsWith("/") && !staysWithin(text, depth, directory.path())) {
            throw new VolumeException(Reason.NOT_PERMITTED);
        }
    }

    /** Requires the same for all links in a directory. */
    static void requireWithin(HostDirectory directory, int depth) throws IOException {
        if (depth > PathWalk.MAX_DEPTH) {
            throw new VolumeException(Reason.NAME_TOO_LONG);
        }
        StackRoom.FILES.require();
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = directory.list()) {
            for (Path entry : entries) {
                VolumeException.checkInterrupt();
                names.add(String.valueOf(entry.getFileName()));
                if (names.size() > MAX_MOVED) {
                    throw new VolumeException(Reason.NOT_PERMITTED);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (String name : names) {
            VolumeException.checkInterrupt();
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
}
