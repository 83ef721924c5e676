// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.api.WagiConfigException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether compiled modules are kept, and where. */
final class CacheOptions {

    @Option(
            names = "--cache",
            paramLabel = "FILE",
            description =
                    "WAGI's cache.toml: the directory to keep compiled modules in, or enabled = false to keep none."
                            + " By default they are in wagi/compiled of the user's cache directory, for instance"
                            + " ~/.cache.")
    private @Nullable Path file;

    /**
     * The directory of compiled modules; empty if none are kept.
     *
     * @throws WagiConfigException if something is wrong with the file
     */
    Optional<Path> directory() {
        Optional<Path> standard =
                standard(System.getenv(), System.getProperty("os.name", ""), System.getProperty("user.home", ""));
        return file == null ? standard : CacheFile.directory(file, standard);
    }

    /** Whether a file was named that says so. */
    boolean isNamed() {
        return file != null;
    }

    /**
     * Where the system wants a user's caches to be; {@code XDG_CACHE_HOME} says so everywhere.
     *
     * @param home the user's home as Java knows it, from the user database; {@code HOME} wins, as in other programs
     * @return empty if the user has no home
     */
    static Optional<Path> standard(Map<String, String> environment, String system, String home) {
        String name = system.toLowerCase(Locale.ROOT);
        return absolute(environment.get("XDG_CACHE_HOME"))
                .or(() -> name.startsWith("windows") ? absolute(environment.get("LOCALAPPDATA")) : Optional.empty())
                .or(() -> (name.startsWith("windows") ? Optional.<Path>empty() : absolute(environment.get("HOME")))
                        .or(() -> absolute(home))
                        .map(path -> path.resolve(below(name))))
                .map(path -> path.resolve("wagi").resolve("compiled"));
    }

    private static String below(String system) {
        if (system.startsWith("windows")) {
            return "AppData/Local";
        }
        return system.startsWith("mac") ? "Library/Caches" : ".cache";
    }

    /** Returns a path; empty if there is no text, or no file can be called that. */
    static Optional<Path> path(@Nullable String text) {
        try {
            return Optional.ofNullable(text).map(Path::of);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** As the XDG specification says, a relative path is no path. Java's home of an unknown user is {@code ?}. */
    static Optional<Path> absolute(@Nullable String text) {
        return path(text).filter(Path::isAbsolute);
    }
}
