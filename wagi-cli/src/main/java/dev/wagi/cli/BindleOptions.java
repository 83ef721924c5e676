// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.bindle.BindleSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which bindle to serve, and where bindles come from. Messages repeat no URL and no password. */
final class BindleOptions {

    private static final String URL_VARIABLE = "BINDLE_URL";
    private static final String USER_VARIABLE = "BINDLE_HTTP_USER";
    private static final String PASSWORD_VARIABLE = "BINDLE_HTTP_PASSWORD";

    @Option(
            names = {"-b", "--bindle"},
            paramLabel = "ID",
            description =
                    "A bindle whose modules to serve, for instance example.com/hello/1.0.0. Needs --bindle-path or"
                            + " --bindle-url. Deprecated by WAGI.")
    private @Nullable String bindle;

    @Option(
            names = "--bindle-path",
            paramLabel = "DIR",
            description = "A directory of exported bindles; used instead of a server.")
    private @Nullable Path directory;

    @Option(
            names = "--bindle-url",
            paramLabel = "URL",
            description = "A bindle server, for instance https://bindle.example/v1; by default $" + URL_VARIABLE + ".")
    private @Nullable String url;

    @Option(
            names = "--bindle-http-user",
            paramLabel = "NAME",
            description = "The user for the bindle server; by default $" + USER_VARIABLE + ".")
    private @Nullable String user;

    @Option(
            names = "--bindle-http-password",
            paramLabel = "TEXT",
            description = "The password for the bindle server; by default $" + PASSWORD_VARIABLE
                    + ", which other users of this machine cannot see.")
    private @Nullable String password;

    @Option(
            names = {"-k", "--bindle-insecure"},
            description = "Do not check the bindle server's certificate. For tests.")
    private boolean insecure;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /** The bindle to serve. */
    Optional<String> bindle() {
        return Optional.ofNullable(bindle);
    }

    /**
     * Where bindles come from; empty if nothing says so, and no bindle is to be served.
     *
     * @throws ParameterException if what is said does not go together
     */
    Optional<BindleSource> source() {
        if (directory != null) {
            if (url != null) {
                throw Failures.usage(spec, "--bindle-path and --bindle-url exclude each other; leave one of them out");
            }
            requireServer("--bindle-path names a directory");
            return Optional.of(BindleSource.directory(directory));
        }
        String address = Environment.orElse(url, URL_VARIABLE);
        if (address == null) {
            if (bindle != null) {
                throw Failures.usage(
                        spec,
                        "there is no place to take the bindle from; add --bindle-path or --bindle-url, or set "
                                + URL_VARIABLE);
            }
            requireServer("there is no --bindle-url");
            return Optional.empty();
        }
        String place = url == null ? URL_VARIABLE : "--bindle-url";
        try {
            return Optional.of(withCredentials(BindleSource.server(new URI(address))));
        } catch (URISyntaxException e) {
            throw Failures.usage(spec, place + ": it is not a URL; write for instance \"https://bindle.example/v1\"");
        } catch (IllegalArgumentException e) {
            throw Failures.usage(spec, place + ": " + e.getMessage());
        }
    }

    private BindleSource withCredentials(BindleSource server) {
        String name = Environment.orElse(user, USER_VARIABLE);
        String secret = Environment.orElse(password, PASSWORD_VARIABLE);
        BindleSource source = insecure ? server.withInsecureTls() : server;
        if (name == null && secret == null) {
            return source;
        }
        if (secret == null) {
            throw Failures.usage(
                    spec,
                    "the password for the bindle server is missing; set " + PASSWORD_VARIABLE
                            + " or give --bindle-http-password");
        }
        if (name == null) {
            throw Failures.usage(
                    spec,
                    "the user for the bindle server is missing; set " + USER_VARIABLE + " or give --bindle-http-user");
        }
        try {
            return source.withBasicAuth(name, secret);
        } catch (IllegalArgumentException e) {
            throw Failures.usage(spec, "the bindle server's " + e.getMessage());
        }
    }

    /** Variables for a server may be set for other commands; options are meant for this one. */
    private void requireServer(String otherwise) {
        String useless = user != null
                ? "--bindle-http-user"
                : password != null ? "--bindle-http-password" : insecure ? "--bindle-insecure" : null;
        if (useless != null) {
            throw Failures.usage(spec, useless + " is for a bindle server, but " + otherwise);
        }
    }
}
