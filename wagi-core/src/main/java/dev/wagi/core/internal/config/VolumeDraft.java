// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Problems;
import dev.wagi.core.internal.volume.Volume;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume as it was described, unchecked.
 *
 * @param guest the guest's directory
 * @param host the host's directory, relative to that of the configuration, else to the working directory
 * @param writable whether the guest may change it
 * @param maxBytes the quota for the bytes of all files
 * @param maxFiles the quota for the number of files
 * @param links whether the guest may create symbolic links
 */
record VolumeDraft(String guest, String host, boolean writable, long maxBytes, long maxFiles, boolean links) {

    /** What is wrong with a text that is no path of this host. */
    static final String NOT_REPRESENTABLE =
            "has a character that file names do not have in this locale; set LC_ALL, for instance to C.UTF-8";

    private static final int STREAMS = 3;

    private static final Logger LOG = LoggerFactory.getLogger(VolumeDraft.class);

    /**
     * Checks the volumes of a module.
     *
     * @param place the module, for messages
     * @param baseDirectory the base of relative host directories
     * @param maxOpenFiles a guest's maximum number of descriptors; each volume uses one from the start
     * @return the valid volumes; all of them unless a problem was added
     */
    static List<Volume> check(
            String place, Path baseDirectory, List<VolumeDraft> drafts, int maxOpenFiles, Problems problems) {
        String where = place + ", key 'volumes'";
        List<Volume> volumes = new ArrayList<>();
        if (!drafts.isEmpty() && drafts.size() + STREAMS >= maxOpenFiles) {
            problems.add(
                    where,
                    "are " + drafts.size() + ", which leaves no descriptor for files; raise max_open_files above "
                            + (drafts.size() + STREAMS));
        }
        for (VolumeDraft draft : drafts) {
            Volume volume = draft.check(where, baseDirectory, problems);
            if (volume == null) {
                continue;
            }
            for (Volume other : volumes) {
                if (volume.overlaps(other)) {
                    problems.add(
                            where,
                            "\"" + volume.guest() + "\" and \"" + other.guest()
                                    + "\" overlap; give each volume a directory of its own");
                }
            }
            volumes.add(volume);
        }
        return volumes;
    }

    private @Nullable Volume check(String where, Path baseDirectory, Problems problems) {
        String wrong = Volume.problemOf(guest);
        if (!wrong.isEmpty()) {
            problems.add(where, "\"" + guest + "\" " + wrong);
            return null;
        }
        String place = where + ", \"" + guest + "\"";
        Path found;
        try {
            found = locate(place, baseDirectory, Path.of(host));
        } catch (InvalidPathException e) {
            problems.add(place, "\"" + host + "\" " + NOT_REPRESENTABLE);
            return null;
        }
        if (host.isEmpty()) {
            problems.add(place, "names no directory of the host; write for instance \"/srv/data\"");
        } else if (!Files.exists(found)) {
            problems.add(place, "there is no directory " + found + " on the host; create it, or correct the path");
        } else if (!Files.isDirectory(found)) {
            problems.add(place, found + " is not a directory; name the directory that it is in");
        } else if (found.getParent() == null) {
            problems.add(place, found + " would give the guest everything on this host; name a directory in it");
        } else if (!Files.isReadable(found) || writable && !Files.isWritable(found)) {
            problems.add(
                    place,
                    "the host process may not " + (writable ? "write to " : "read ") + found
                            + "; change its permissions, or name another directory");
        } else {
            return new Volume(guest, found, writable, maxBytes, maxFiles, links);
        }
        return null;
    }

    /**
     * Resolves a path against the directory of the configuration, or, if that is in a file system of its own, against
     * the working directory: only directories of this machine are served.
     */
    static Path resolve(Path baseDirectory, Path path) {
        Path base = baseDirectory.getFileSystem() == path.getFileSystem() ? baseDirectory.resolve(path) : path;
        return base.toAbsolutePath().normalize();
    }

    /** Finds the directory of a volume: next to the configuration, else in the working directory, as WAGI does. */
    private static Path locate(String place, Path baseDirectory, Path path) {
        Path first = resolve(baseDirectory, path);
        Path second = path.toAbsolutePath().normalize();
        if (Files.exists(first) || first.equals(second) || !Files.exists(second)) {
            return first;
        }
        LOG.info("{}: {} is not in {}, taken from the working directory: {}", place, path, baseDirectory, second);
        return second;
    }
}
