// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.wagi.core.api.WagiConfigException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * WAGI's {@code cache.toml}, which is Wasmtime's: where compiled modules are kept. Other keys than these are Wasmtime's
 * tuning; they are accepted, and the cache is bounded as {@code Wagi.Builder.compileCache} says.
 *
 * <pre>
 * [cache]
 * enabled = true
 * directory = "/var/cache/wagi"
 * </pre>
 */
final class CacheFile {

    private static final Set<String> TUNING = Set.of(
            "worker-event-queue-size",
            "baseline-compression-level",
            "optimized-compression-level",
            "optimized-compression-usage-counter-threshold",
            "cleanup-interval",
            "optimizing-compression-task-timeout",
            "allowed-clock-drift-for-files-from-future",
            "file-count-soft-limit",
            "files-total-size-soft-limit",
            "file-count-limit-percent-if-deleting",
            "files-total-size-limit-percent-if-deleting");

    private CacheFile() {}

    /**
     * Reads a file.
     *
     * @param standard the directory if the file names none
     * @return the directory of the cache; empty if the file switches it off
     * @throws WagiConfigException if something is wrong with it; it lists all of it
     */
    static Optional<Path> directory(Path file, Optional<Path> standard) {
        List<String> problems = new ArrayList<>();
        Optional<Path> directory = read(file, standard, problems);
        if (!problems.isEmpty()) {
            throw new WagiConfigException(problems);
        }
        return directory;
    }

    private static Optional<Path> read(Path file, Optional<Path> standard, List<String> problems) {
        byte[] bytes = InputFile.small(file, "--cache", "cache.toml", problems).orElse(null);
        if (bytes == null) {
            return Optional.empty();
        }
        JsonNode root;
        try {
            root = new TomlMapper().readTree(new String(bytes, StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            JsonLocation at = e.getLocation();
            problems.add(file + (at == null ? "" : ", line " + at.getLineNr()) + ": broken TOML: "
                    + e.getOriginalMessage().lines().findFirst().orElse(""));
            return Optional.empty();
        }
        root.fieldNames().forEachRemaining(key -> {
            if (!key.equals("cache")) {
                problems.add(file + ", key '" + key + "': is unknown; the only table is [cache]");
            }
        });
        JsonNode cache = root.path("cache");
        if (!cache.isObject()) {
            problems.add(file + ": there is no table [cache]; write it, with enabled and directory in it");
            return Optional.empty();
        }
        cache.fieldNames().forEachRemaining(key -> {
            if (!key.equals("enabled") && !key.equals("directory") && !TUNING.contains(key)) {
                problems.add(file + ", cache, key '" + key + "': is unknown; known keys are enabled and directory");
            }
        });
        JsonNode enabled = cache.path("enabled");
        if (!enabled.isBoolean()) {
            problems.add(file + ", cache, key 'enabled': "
                    + (enabled.isMissingNode() ? "is missing" : "is not a boolean") + "; write true or false");
        }
        String where = file + ", cache, key 'directory': ";
        JsonNode directory = cache.path("directory");
        if (!directory.isMissingNode() && !directory.isTextual()) {
            problems.add(where + "is not a string; put it in quotes");
            return Optional.empty();
        }
        if (enabled.isBoolean() && !enabled.booleanValue()) {
            return Optional.empty();
        }
        if (directory.isMissingNode()) {
            if (standard.isEmpty()) {
                problems.add(where + "is missing, and there is no home directory; write an absolute path");
            }
            return standard;
        }
        Optional<Path> path = CacheOptions.absolute(directory.textValue());
        if (path.isEmpty()) {
            problems.add(where + "\"" + directory.textValue()
                    + "\" is not an absolute path; write for instance \"/var/cache/wagi\"");
        }
        return path;
    }
}
