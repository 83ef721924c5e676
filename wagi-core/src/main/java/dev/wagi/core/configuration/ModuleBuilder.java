// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.configuration;

import dev.wagi.core.api.Limits;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Takes the settings of one module, the same as the keys of {@code [[module]]} in {@code modules.toml}. Methods only note things
 * down; the host checks them later, all at once. Implemented by the host; methods may be added to it. Not thread-safe.
 */
public interface ModuleBuilder {

    /**
     * The paths it answers: {@code /exact}, or {@code /prefix/...}. Required.
     *
     * @param pattern the route's pattern
     * @return this builder
     */
    ModuleBuilder route(String pattern);

    /**
     * The file it is in, WebAssembly binary or text; of any file system. This or {@link #source(String)} is required. It does not
     * matter where this module was {@linkplain #baseDirectory written}.
     *
     * @param file the path of the file
     * @return this builder
     */
    ModuleBuilder source(Path file);

    /**
     * Where it is, as a reference; see {@link ModuleReference}.
     *
     * @param reference the text of the reference
     * @return this builder
     */
    ModuleBuilder source(String reference);

    /**
     * How it is to be fetched; by default nothing is said about that.
     *
     * @param options the options for its resolver
     * @return this builder
     */
    ModuleBuilder pull(PullOptions options);

    /**
     * Where it is written, for messages: {@code modules.toml, module 3}. By default the source and a number.
     *
     * @param text the place, to be read by people
     * @return this builder
     */
    ModuleBuilder place(String text);

    /**
     * What the paths of {@link #source(String)} and volumes are relative to, of any file system; the working directory by default.
     * What is not there is looked for in the working directory.
     *
     * @param directory the directory that relative paths begin at
     * @return this builder
     */
    ModuleBuilder baseDirectory(Path directory);

    /**
     * What fetches the path of {@link #source(String)} instead of a {@link #baseDirectory}, for instance from a URL; what it cannot
     * find is not looked for elsewhere. A {@code file:} resolver of the program that builds the host is asked before it.
     *
     * @param resolver gets references without a scheme, or with {@code file:}
     * @return this builder
     */
    ModuleBuilder files(ModuleResolver resolver);

    /**
     * Its name in logs, unique among the modules; by default the file's name without its ending.
     *
     * @param text the module's name
     * @return this builder
     */
    ModuleBuilder name(String text);

    /**
     * What to call it if it has no {@link #name}, instead of the file's name; a number is added if that is taken.
     *
     * @param text the name to use if there is no other
     * @return this builder
     */
    ModuleBuilder defaultName(String text);

    /**
     * The exported function to call, without parameters and results; {@code _start} by default.
     *
     * @param function the name of the exported function
     * @return this builder
     */
    ModuleBuilder entrypoint(String function);

    /**
     * Its command line as a template; {@code ${SCRIPT_NAME}} and {@code ${ARGS}} are replaced. By default the path and
     * one argument for each item of the query.
     *
     * @param template the arguments, the program's name included
     * @return this builder
     */
    ModuleBuilder argv(String... template);

    /**
     * {@link #argv(String...)} with a list.
     *
     * @param template the arguments, the program's name included
     * @return this builder
     */
    ModuleBuilder argv(List<String> template);

    /**
     * Whether query items that begin with {@code -} pass through a template; false by default. Only for guests that treat
     * them as data.
     *
     * @param allowed true to let such items through
     * @return this builder
     */
    ModuleBuilder argvAllowOptions(boolean allowed);

    /**
     * Sets a variable of its own environment.
     *
     * @param name the variable's name
     * @param value the variable's value
     * @return this builder
     */
    ModuleBuilder addEnvironment(String name, String value);

    /**
     * Sets variables of its own environment.
     *
     * @param variables values by name
     * @return this builder
     */
    ModuleBuilder addEnvironment(Map<String, String> variables);

    /**
     * The virtual hosts it answers to, without port; all by default.
     *
     * @param names host names without port
     * @return this builder
     */
    ModuleBuilder hosts(String... names);

    /**
     * {@link #hosts(String...)} with a collection.
     *
     * @param names host names without port
     * @return this builder
     */
    ModuleBuilder hosts(Collection<String> names);

    /**
     * The methods it answers; all by default. GET includes HEAD.
     *
     * @param names methods, for instance {@code GET}
     * @return this builder
     */
    ModuleBuilder methods(String... names);

    /**
     * {@link #methods(String...)} with a collection.
     *
     * @param names methods, for instance {@code GET}
     * @return this builder
     */
    ModuleBuilder methods(Collection<String> names);

    /**
     * Whether it sees the Authorization header as HTTP_AUTHORIZATION; false by default.
     *
     * @param passed true to pass the header on
     * @return this builder
     */
    ModuleBuilder passAuthorization(boolean passed);

    /**
     * Whether it runs before a request body of unknown length (chunked, or HTTP/2 without {@code content-length}) is
     * complete: it reads the body as it arrives and has no CONTENT_LENGTH. False by default: such a body is collected
     * first, up to 64 KiB in memory and the rest in a private temporary file.
     *
     * @param streamed true to start it before the body is complete
     * @return this builder
     */
    ModuleBuilder streamRequestBody(boolean streamed);

    /**
     * Takes everything that it prints for a body of this type, so that a program need know nothing of CGI. It is answered
     * 200 if it exits with code 0, else 502, or broken off if the response has begun.
     *
     * @param mediaType for instance {@code image/svg+xml}
     * @return this builder
     */
    ModuleBuilder contentType(String mediaType);

    /**
     * Whether an instance serves one request after another; true by default. See {@code Wagi.Builder.reuse}.
     *
     * @param allowed true to reuse instances, false for a new one per request
     * @return this builder
     */
    ModuleBuilder reuse(boolean allowed);

    /**
     * Changes what its guests may take: {@code m.limits(l -> l.withTimeout(Duration.ofSeconds(5)))}. What is not changed
     * is as {@code Wagi.Builder.limits} says; a later call changes what earlier ones left.
     *
     * @param change gets the limits so far and returns those to use
     * @return this builder
     */
    ModuleBuilder limits(UnaryOperator<Limits> change);

    /**
     * Lets it read what is in a host directory. It sees nothing else of the host's files; see RATIONALE.md, "How is a
     * volume confined?".
     *
     * @param guest where it finds the directory, for instance {@code /data}
     * @param host the directory; it must be there when the host is built
     * @return this builder
     */
    ModuleBuilder addVolume(String guest, Path host);

    /**
     * The same with a directory as it is written somewhere, relative to the {@link #baseDirectory}.
     *
     * @param guest where it finds the directory, for instance {@code /data}
     * @param host the directory's path as it is written there
     * @return this builder
     */
    ModuleBuilder addVolume(String guest, String host);

    /**
     * Lets it read and change what is in a host directory, without limit: it may fill the disk. Otherwise as {@link #addVolume(String, Path)}.
     *
     * @param guest where it finds the directory, for instance {@code /data}
     * @param host the directory; it must be there when the host is built
     * @return this builder
     */
    ModuleBuilder addWritableVolume(String guest, Path host);

    /**
     * The same with a directory as it is written somewhere, relative to the {@link #baseDirectory}.
     *
     * @param guest where it finds the directory, for instance {@code /data}
     * @param host the directory's path as it is written there
     * @return this builder
     */
    ModuleBuilder addWritableVolume(String guest, String host);

    /**
     * Lets it read and change what is in a host directory, up to a quota. What is there already counts; where several
     * modules write to one directory, each is held to its own quota for the whole of it. Otherwise as {@link #addVolume(String, Path)}.
     *
     * @param guest where it finds the directory, for instance {@code /data}
     * @param host the directory; it must be there when the host is built
     * @param maxBytes how many bytes the files in it may have together, 0 or more; {@link Long#MAX_VALUE} for no limit
     * @param maxFiles how many files and directories may be in it, 0 or more; {@link Long#MAX_VALUE} for no limit
     * @return this builder
     * @throws IllegalArgumentException if a quota is negative
     */
    ModuleBuilder addWritableVolume(String guest, Path host, long maxBytes, long maxFiles);

    /**
     * The same with a directory as it is written somewhere, relative to the {@link #baseDirectory}.
     *
     * @param guest where it finds the directory, for instance {@code /data}
     * @param host the directory's path as it is written there
     * @param maxBytes as in {@link #addWritableVolume(String, Path, long, long)}
     * @param maxFiles as in {@link #addWritableVolume(String, Path, long, long)}
     * @return this builder
     */
    ModuleBuilder addWritableVolume(String guest, String host, long maxBytes, long maxFiles);

    /**
     * Lets it make and rename symbolic links in a writable volume: relative ones that stay within it, whoever follows
     * them. Without this it can make none; it follows those that are there all the same.
     *
     * @param guest the guest's name of a volume that was added before
     * @return this builder
     * @throws IllegalArgumentException if there is no such volume, or it is read-only
     */
    ModuleBuilder allowLinks(String guest);

    /**
     * Keeps its guests from answering with the page of any other route, {@code Location: /path} without more (RFC 3875,
     * section 6.2.2): everywhere by default. A route may be guarded by something in front of this host that does not
     * see such a redirect.
     *
     * @param paths where they may still redirect to, as in {@link #route}; none for nowhere. Others are answered 502
     * @return this builder
     */
    ModuleBuilder localRedirects(String... paths);

    /**
     * {@link #localRedirects(String...)} with a collection.
     *
     * @param paths where they may still redirect to; none for nowhere
     * @return this builder
     */
    ModuleBuilder localRedirects(Collection<String> paths);

    /**
     * Leaves out fields of its guests' responses that count for more than this response, such as {@code Set-Cookie}: none
     * by default. SECURITY.md lists them.
     *
     * @param names field names, in any case
     * @return this builder
     */
    ModuleBuilder denyResponseHeaders(String... names);

    /**
     * {@link #denyResponseHeaders(String...)} with a collection.
     *
     * @param names field names, in any case
     * @return this builder
     */
    ModuleBuilder denyResponseHeaders(Collection<String> names);

    /**
     * Where it may connect to; nowhere by default. {@code https://api.example.org} is that scheme, host and port,
     * {@code https://*.example.org} every name below that one, {@code insecure:allow-all} everything. Hosts with private
     * addresses are refused all the same; see {@link #allowedPrivateHosts}.
     *
     * @param hosts {@code scheme://host[:port]} each, perhaps with a wildcard
     * @return this builder
     */
    ModuleBuilder allowedHosts(String... hosts);

    /**
     * {@link #allowedHosts(String...)} with a collection.
     *
     * @param hosts {@code scheme://host[:port]} each, perhaps with a wildcard
     * @return this builder
     */
    ModuleBuilder allowedHosts(Collection<String> hosts);

    /**
     * Where else it may connect to, also if the address is this machine's or one of its network: the key
     * {@code allow_private}. {@code scheme://host[:port]} each, without wildcards.
     *
     * @param hosts {@code scheme://host[:port]} each, without wildcards
     * @return this builder
     */
    ModuleBuilder allowedPrivateHosts(String... hosts);

    /**
     * {@link #allowedPrivateHosts(String...)} with a collection.
     *
     * @param hosts {@code scheme://host[:port]} each, without wildcards
     * @return this builder
     */
    ModuleBuilder allowedPrivateHosts(Collection<String> hosts);
}
