// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.StaticFilesBuilder;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.volume.Volume;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Unchecked files of a configuration as they were described. Mutable. All rules for static files are checked here. */
final class StaticDraft implements StaticFilesBuilder {

    private static final String DEFAULT_INDEX = "index.html";

    private static final Pattern EXTENSION = Pattern.compile("[A-Za-z0-9_+-]{1,32}");

    /** A name that requests could have as well. */
    private static final Pattern FILE_NAME = Pattern.compile("[^./\\\\\\p{Cntrl}][^/\\\\\\p{Cntrl}]{0,254}");

    private static final Pattern FIELD_VALUE = Pattern.compile("[!-~]([ -~]*[!-~])?");

    private String place;
    private Path baseDirectory = Path.of("").toAbsolutePath();
    private @Nullable String route;
    private @Nullable String path;
    private List<String> hosts = List.of();
    private String index = DEFAULT_INDEX;
    private final Map<String, String> types = new HashMap<>();
    private @Nullable String cacheControl;
    private boolean precompressed = true;

    /**
     * Creates files without settings.
     *
     * @param place where they are configured, for messages
     */
    StaticDraft(String place) {
        this.place = place;
    }

    @Override
    public StaticDraft place(String text) {
        place = Objects.requireNonNull(text, "text");
        return this;
    }

    @Override
    public StaticDraft baseDirectory(Path directory) {
        baseDirectory = Objects.requireNonNull(directory, "directory");
        return this;
    }

    @Override
    public StaticDraft route(String pattern) {
        route = Objects.requireNonNull(pattern, "pattern");
        return this;
    }

    @Override
    public StaticDraft path(Path directoryOrFile) {
        if (directoryOrFile.getFileSystem() != FileSystems.getDefault()) {
            throw new IllegalArgumentException(
                    "static files are those of this machine, but " + directoryOrFile.toUri() + " is not");
        }
        return path(directoryOrFile.toString());
    }

    @Override
    public StaticDraft path(String directoryOrFile) {
        path = Objects.requireNonNull(directoryOrFile, "directoryOrFile");
        return this;
    }

    @Override
    public StaticDraft hosts(Collection<String> names) {
        hosts = List.copyOf(names);
        return this;
    }

    @Override
    public StaticDraft index(String name) {
        index = Objects.requireNonNull(name, "name");
        return this;
    }

    @Override
    public StaticDraft addTypes(Map<String, String> byExtension) {
        types.putAll(byExtension);
        return this;
    }

    @Override
    public StaticDraft cacheControl(String directives) {
        cacheControl = Objects.requireNonNull(directives, "directives");
        return this;
    }

    @Override
    public StaticDraft precompressed(boolean allowed) {
        precompressed = allowed;
        return this;
    }

    /** Checks everything; returns empty if a problem was added. */
    Optional<StaticConfiguration> check(Problems problems) {
        Keys keys = new Keys(place, problems);
        RoutePattern pattern = keys.parse("route", route, "\"/assets/...\"", RoutePattern::parse);
        Path found = found(pattern, keys);
        boolean good = pattern != null && found != null;
        Set<String> names = new LinkedHashSet<>();
        for (String host : hosts) {
            good &= HostNames.check(keys.at("hosts"), host, names, problems);
        }
        good &= keys.test(
                index.isEmpty() || FILE_NAME.matcher(index).matches(),
                "index",
                index,
                "is not the name of a file that could be requested; write for instance \"index.html\", or \"\" for"
                        + " none");
        Map<String, String> checked = new HashMap<>();
        for (Map.Entry<String, String> type : types.entrySet()) {
            String key = "types." + type.getKey();
            good &= keys.test(
                            EXTENSION.matcher(type.getKey()).matches(),
                            key,
                            type.getKey(),
                            "is not an extension without dots; write for instance glb")
                    && keys.test(
                            ModuleDraft.MEDIA_TYPE.matcher(type.getValue()).matches(),
                            key,
                            type.getValue(),
                            ModuleDraft.NO_MEDIA_TYPE);
            checked.put(type.getKey().toLowerCase(Locale.ROOT), type.getValue());
        }
        good &= keys.test(
                cacheControl == null || FIELD_VALUE.matcher(cacheControl).matches(),
                "cache_control",
                cacheControl,
                "is not the value of a field; write for instance \"public, max-age=3600\"");
        if (!good || pattern == null || found == null) {
            return Optional.empty();
        }
        boolean one = !pattern.isWildcard();
        return Optional.of(new StaticConfiguration(
                place,
                pattern,
                names,
                String.valueOf(path),
                Volume.readOnly("/", one ? Objects.requireNonNull(found.getParent()) : found),
                one ? String.valueOf(found.getFileName()) : "",
                index,
                checked,
                cacheControl == null ? "" : cacheControl,
                precompressed));
    }

    private @Nullable Path found(@Nullable RoutePattern pattern, Keys keys) {
        if (path == null) {
            keys.missing("path", "\"public\"");
            return null;
        }
        String where = keys.at("path");
        Problems problems = keys.problems();
        Path found;
        try {
            found = VolumeDraft.resolve(baseDirectory, Path.of(path));
        } catch (InvalidPathException e) {
            problems.add(where, "\"" + path + "\" " + VolumeDraft.NOT_REPRESENTABLE);
            return null;
        }
        boolean directory = Files.isDirectory(found);
        if (path.isEmpty()) {
            problems.add(where, "names no directory; write for instance \"public\"");
        } else if (!Files.exists(found)) {
            problems.add(where, "there is no " + found + "; create it, or correct the path");
        } else if (!directory && !Files.isRegularFile(found)) {
            problems.add(where, found + " is neither a directory nor a regular file; name one of these");
        } else if (pattern != null && pattern.isWildcard() && !directory) {
            problems.add(where, found + " is one file; write route = \"" + exact(pattern) + "\", or name a directory");
        } else if (pattern != null && !pattern.isWildcard() && directory) {
            problems.add(
                    where,
                    found + " is a directory; write route = \"" + pattern.append("...") + "\", or name one file in it");
        } else if (found.getParent() == null) {
            problems.add(where, found + " would give everyone everything on this host; name a directory in it");
        } else if (!Files.isReadable(found)) {
            problems.add(
                    where,
                    "the host process may not read " + found + "; change its permissions, or name another directory");
        } else {
            return found;
        }
        return null;
    }

    private static String exact(RoutePattern pattern) {
        String script = pattern.scriptName();
        return script.isEmpty() ? "/" : script;
    }
}
