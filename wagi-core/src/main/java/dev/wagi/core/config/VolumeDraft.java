// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.volume.Volume;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An entry of {@code volumes} as the user wrote it, unchecked.
 *
 * <pre>
 * volumes = { "/data" = "/srv/data" }                                    # read-write, as in WAGI
 * volumes = { "/data" = { path = "/srv/data" } }                         # read-only
 * volumes = { "/data" = { path = "/srv/data", mode = "rw", max_bytes = "64MiB", max_files = 1000 } }
 * </pre>
 *
 * @param guest the guest's directory
 * @param host the host's directory, relative to the configuration's or else to the working directory
 * @param writable whether the guest may change it
 * @param maxBytes the quota for bytes
 * @param maxFiles the quota for files
 * @param links whether the guest may make symbolic links
 */
public record VolumeDraft(String guest, String host, boolean writable, long maxBytes, long maxFiles, boolean links) {

    private static final int STREAMS = 3;

    private static final Set<String> KEYS = new TreeSet<>(Set.of("path", "mode", "max_bytes", "max_files", "links"));

    private static final Logger LOG = LoggerFactory.getLogger(VolumeDraft.class);

    /** Without links of the guest. */
    public VolumeDraft(String guest, String host, boolean writable, long maxBytes, long maxFiles) {
        this(guest, host, writable, maxBytes, maxFiles, false);
    }

    /** A directory of the host that nobody changes. */
    public static VolumeDraft readOnly(String guest, Path host) {
        return new VolumeDraft(guest, host.toString(), false, Volume.UNLIMITED, Volume.UNLIMITED);
    }

    /** Reads {@code volumes} of a module; what is wrong with it is added to the problems. */
    static List<VolumeDraft> read(String where, JsonNode table, Problems problems) {
        String place = where + ", key 'volumes'";
        List<VolumeDraft> volumes = new ArrayList<>();
        if (table.isMissingNode()) {
            return volumes;
        } else if (!table.isObject()) {
            problems.add(place, "is not a table; write volumes = { \"/guest\" = { path = \"/host\" } }");
            return volumes;
        }
        boolean shortForm = false;
        for (var entry : table.properties()) {
            JsonNode value = entry.getValue();
            if (value.isTextual()) {
                shortForm = true;
                volumes.add(
                        new VolumeDraft(entry.getKey(), value.textValue(), true, Volume.UNLIMITED, Volume.UNLIMITED));
            } else if (value.isObject()) {
                readLong(place + ", \"" + entry.getKey() + "\"", entry.getKey(), value, problems)
                        .ifPresent(volumes::add);
            } else {
                problems.add(
                        place + ", \"" + entry.getKey() + "\"",
                        "is neither a path nor a table; write { path = \"/host\" }");
            }
        }
        if (shortForm) {
            LOG.info(
                    "{}: guests can write to a volume in the short form; write {} unless they must",
                    place,
                    "\"/guest\" = { path = \"/host\" }");
        }
        return volumes;
    }

    private static Optional<VolumeDraft> readLong(String place, String guest, JsonNode table, Problems problems) {
        table.fieldNames().forEachRemaining(key -> {
            if (!KEYS.contains(key)) {
                problems.add(
                        place + ", key '" + key + "'",
                        Nearest.of(key, KEYS)
                                .map(near -> "is unknown; did you mean '" + near + "'?")
                                .orElse("is unknown; known keys are " + String.join(", ", KEYS)));
            }
        });
        JsonNode mode = table.path("mode");
        boolean writable = mode.isTextual() && mode.textValue().equals("rw");
        if (!mode.isMissingNode()
                && !writable
                && !(mode.isTextual() && mode.textValue().equals("ro"))) {
            problems.add(place + ", key 'mode'", "is neither \"ro\" (read-only, the default) nor \"rw\" (read-write)");
        }
        for (String quota : List.of("max_bytes", "max_files")) {
            if (!writable && table.has(quota)) {
                problems.add(
                        place + ", key '" + quota + "'", "bounds what guests write; add mode = \"rw\" or remove it");
            }
        }
        JsonNode links = table.path("links");
        if (!links.isMissingNode() && !links.isBoolean()) {
            problems.add(place + ", key 'links'", "is neither true nor false; write it without quotes");
        } else if (links.booleanValue() && !writable) {
            problems.add(
                    place + ", key 'links'",
                    "lets guests make links, which is a change; add mode = \"rw\" or remove it");
        }
        if (!table.path("path").isTextual()) {
            problems.add(place, "has no path; write { path = \"/host\" }");
            return Optional.empty();
        }
        return Optional.of(new VolumeDraft(
                guest,
                table.path("path").textValue(),
                writable,
                bytes(place, table.path("max_bytes"), problems),
                files(place, table.path("max_files"), problems),
                links.booleanValue()));
    }

    private static long bytes(String place, JsonNode value, Problems problems) {
        if (value.isMissingNode()) {
            return Volume.UNLIMITED;
        }
        try {
            return ByteSize.parse(value.isTextual() || value.isIntegralNumber() ? value.asText() : "");
        } catch (IllegalArgumentException e) {
            problems.add(place + ", key 'max_bytes'", "\"" + value.asText() + "\" " + e.getMessage());
            return Volume.UNLIMITED;
        }
    }

    private static long files(String place, JsonNode value, Problems problems) {
        if (value.isMissingNode()) {
            return Volume.UNLIMITED;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            problems.add(place + ", key 'max_files'", "is not a number of files, 0 or more");
            return Volume.UNLIMITED;
        }
        return value.longValue();
    }

    /**
     * Checks the volumes of a module.
     *
     * @param place the module, for messages
     * @param baseDirectory what host directories are relative to
     * @param maxOpenFiles how many descriptors a guest has; each volume takes one from the start
     * @return those that are right; all of them unless a problem was added
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
            problems.add(
                    place,
                    "\"" + host
                            + "\" has a character that file names do not have in this locale; set LC_ALL, for instance"
                            + " to C.UTF-8");
            return null;
        }
        if (host.isEmpty()) {
            problems.add(place, "names no directory of the host; write for instance \"/srv/data\"");
        } else if (!Files.exists(found)) {
            problems.add(place, "there is no directory " + found + " on the host; make it, or correct the path");
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

    private static Path locate(String place, Path baseDirectory, Path path) {
        Path first = baseDirectory.resolve(path).toAbsolutePath().normalize();
        Path second = path.toAbsolutePath().normalize();
        if (Files.exists(first) || first.equals(second) || !Files.exists(second)) {
            return first;
        }
        LOG.info("{}: {} is not in {}, taken from the working directory: {}", place, path, baseDirectory, second);
        return second;
    }
}
