// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.text.ByteSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An entry of {@code volumes}, as the user wrote it.
 *
 * <pre>
 * volumes = { "/data" = "/srv/data" }                                    # read-write, as in WAGI
 * volumes = { "/data" = { path = "/srv/data" } }                         # read-only
 * volumes = { "/data" = { path = "/srv/data", mode = "rw", max_bytes = "64MiB", max_files = 1000 } }
 * </pre>
 *
 * @param guest the guest directory
 * @param host the host directory, relative to the configuration's directory, otherwise to the working directory
 * @param writable whether the guest may write to it
 * @param maxBytes the quota in bytes
 * @param maxFiles the maximum number of files
 * @param links whether the guest may create symbolic links
 */
public record VolumeEntry(String guest, String host, boolean writable, long maxBytes, long maxFiles, boolean links) {

    /** The value of a quota that is not set. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    private static final Set<String> KEYS = new TreeSet<>(Set.of("path", "mode", "max_bytes", "max_files", "links"));

    private static final Logger LOG = LoggerFactory.getLogger(VolumeEntry.class);

    /** Creates an entry in which the guest cannot create links. */
    public VolumeEntry(String guest, String host, boolean writable, long maxBytes, long maxFiles) {
        this(guest, host, writable, maxBytes, maxFiles, false);
    }

    /** Creates an entry for a host directory that is not modified. */
    public static VolumeEntry readOnly(String guest, Path host) {
        return new VolumeEntry(guest, host.toString(), false, UNLIMITED, UNLIMITED);
    }

    /** Reads the {@code volumes} of a module; errors are added to the problems. */
    static List<VolumeEntry> read(String where, JsonNode table, Problems problems) {
        String place = where + ", key 'volumes'";
        List<VolumeEntry> volumes = new ArrayList<>();
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
                volumes.add(new VolumeEntry(entry.getKey(), value.textValue(), true, UNLIMITED, UNLIMITED));
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

    private static Optional<VolumeEntry> readLong(String place, String guest, JsonNode table, Problems problems) {
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
                        place + ", key '" + quota + "'", "limits what guests write; add mode = \"rw\" or remove it");
            }
        }
        JsonNode links = table.path("links");
        if (!links.isMissingNode() && !links.isBoolean()) {
            problems.add(place + ", key 'links'", "is neither true nor false; write it without quotes");
        } else if (links.booleanValue() && !writable) {
            problems.add(
                    place + ", key 'links'",
                    "lets guests create links, which requires write access; add mode = \"rw\" or remove it");
        }
        if (!table.path("path").isTextual()) {
            problems.add(place, "has no path; write { path = \"/host\" }");
            return Optional.empty();
        }
        return Optional.of(new VolumeEntry(
                guest,
                table.path("path").textValue(),
                writable,
                bytes(place, table.path("max_bytes"), problems),
                files(place, table.path("max_files"), problems),
                links.booleanValue()));
    }

    private static long bytes(String place, JsonNode value, Problems problems) {
        if (value.isMissingNode()) {
            return UNLIMITED;
        }
        try {
            return ByteSize.parse(value.isTextual() || value.isIntegralNumber() ? value.asText() : "");
        } catch (IllegalArgumentException e) {
            problems.add(place + ", key 'max_bytes'", "\"" + value.asText() + "\" " + e.getMessage());
            return UNLIMITED;
        }
    }

    private static long files(String place, JsonNode value, Problems problems) {
        if (value.isMissingNode()) {
            return UNLIMITED;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 0) {
            problems.add(place + ", key 'max_files'", "is not a number of files, 0 or more");
            return UNLIMITED;
        }
        return value.longValue();
    }

    /** Adds the volume to a module. */
    void applyTo(ModuleBuilder module) {
        if (!writable) {
            module.addVolume(guest, host);
            return;
        }
        module.addWritableVolume(guest, host, maxBytes, maxFiles);
        if (links) {
            module.allowLinks(guest);
        }
    }
}
