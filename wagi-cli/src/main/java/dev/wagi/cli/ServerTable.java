// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.console.ConsoleMode;
import dev.wagi.config.WagiConfig;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code [server]} of a configuration, whose settings count where an option of {@code wagi serve} is missing.
 * Relative paths are those of files next to the configuration.
 */
final class ServerTable {

    private final String place;
    private final @Nullable Path directory;
    private final Map<String, String> settings;
    private final List<String> problems = new ArrayList<>();

    private ServerTable(String place, @Nullable Path directory, Map<String, String> settings) {
        this.place = place;
        this.directory = directory;
        this.settings = settings;
    }

    /** Reads the table of a file; empty if there is no file or no table. */
    static ServerTable of(Optional<Path> file) {
        return file.map(path -> new ServerTable(
                        path.toString(),
                        path.toAbsolutePath().getParent(),
                        WagiConfig.of(path).serverSettings()))
                .orElseGet(() -> new ServerTable("", null, Map.of()));
    }

    /**
     * Checks all values.
     *
     * @param options the keys whose options are given on the command line
     * @return what is wrong
     */
    List<String> check(Set<String> options) {
        listen(null);
        adminListen(null);
        accessLogFormat(null);
        console(null);
        maxRequestHeaderBytes(null);
        for (String key : List.of("tls_cert", "tls_key", "log_dir", "access_log")) {
            path(key);
        }
        String both = "; name the files of both, or neither";
        require("tls_cert", "tls_key", both, options);
        require("tls_key", "tls_cert", both, options);
        require(
                "drain",
                "admin_listen",
                ", whose /readyz says that the server stops; write for instance admin_listen = \"127.0.0.1:9090\"",
                options);
        require("console", "admin_listen", "; write for instance admin_listen = \"127.0.0.1:9090\"", options);
        require("access_log_format", "access_log", "; name a file, or \"-\" for standard output", options);
        return problems;
    }

    private void require(String key, String other, String remedy, Set<String> options) {
        if (settings.containsKey(key) && !settings.containsKey(other) && !options.contains(other)) {
            problem(key, "needs " + other + remedy);
        }
    }

    /** Returns whether this table has other settings than one that was read before. */
    boolean differsFrom(ServerTable other) {
        return !settings.isEmpty() && !settings.equals(other.settings);
    }

    @Nullable
    ListenAddress listen(@Nullable ListenAddress option) {
        return or(option, "listen", ListenAddress::ofFile);
    }

    @Nullable
    ListenAddress adminListen(@Nullable ListenAddress option) {
        return or(option, "admin_listen", ListenAddress::parse);
    }

    @Nullable
    AccessLogFormat accessLogFormat(@Nullable AccessLogFormat option) {
        return or(option, "access_log_format", text -> {
            for (AccessLogFormat format : AccessLogFormat.values()) {
                if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
                    return format;
                }
            }
            throw new IllegalArgumentException("is neither common, combined nor json");
        });
    }

    @Nullable
    ConsoleMode console(@Nullable ConsoleMode option) {
        return or(option, "console", ConsoleMode::parse);
    }

    @Nullable
    Count count(@Nullable Count option, String key) {
        return or(option, key, Count::parse);
    }

    /** Whether an option is given, or the key is true. */
    boolean flag(boolean option, String key) {
        return option || Boolean.parseBoolean(settings.get(key));
    }

    @Nullable
    HeaderBytes maxRequestHeaderBytes(@Nullable HeaderBytes option) {
        return or(option, "max_request_header_bytes", HeaderBytes::parse);
    }

    /** Returns the file of a key; null if it is missing. */
    @Nullable
    Path path(String key) {
        return or(null, key, text -> {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("is empty; name a file or a directory, or leave the key out");
            }
            try {
                return directory == null ? Path.of(text) : directory.resolve(text);
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException(
                        "has a character that file names do not have in this locale; set LC_ALL, for instance to"
                                + " C.UTF-8",
                        e);
            }
        });
    }

    /** Returns where the access log goes: {@code -}, or a file; null for nowhere. */
    @Nullable
    String accessLog(@Nullable String option) {
        String text = settings.get("access_log");
        return option != null || text == null || text.equals("-")
                ? option == null ? text : option
                : String.valueOf(path("access_log"));
    }

    private <T> @Nullable T or(@Nullable T option, String key, Function<String, T> parser) {
        String text = settings.get(key);
        if (option != null || text == null) {
            return option;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            problem(key, "\"" + text + "\" " + e.getMessage());
            return null;
        }
    }

    private void problem(String key, String text) {
        problems.add(place + ", server, key '" + key + "': " + text);
    }
}
