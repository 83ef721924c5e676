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
 * Receives the settings of one module, the same as the keys of {@code [[module]]} in {@code modules.toml}. Methods only
 * record their arguments; the host checks all of them later. Implemented by the host; methods may be added. Not
 * thread-safe.
 */
public interface ModuleBuilder {

    /**
     * Sets the paths that the module answers: {@code /exact}, or {@code /prefix/...}. Required.
     *
     * @param pattern the route's pattern
     * @return this builder
     */
    ModuleBuilder route(String pattern);

    /**
     * Sets the module's file, WebAssembly binary or text; of any file system. Either this or {@link #source(String)} is
     * required. The path is not resolved against {@link #baseDirectory}.
     *
     * @param file the path of the file
     * @return this builder
     */
    ModuleBuilder source(Path file);

    /**
     * Sets the module's location as a reference; see {@link ModuleReference}.
     *
     * @param reference the text of the reference
     * @return this builder
     */
    ModuleBuilder source(String reference);

    /**
     * Sets how the module is fetched; {@link PullOptions#none} by default.
     *
     * @param options the options for its resolver
     * @return this builder
     */
    ModuleBuilder pull(PullOptions options);

    /**
     * Sets where the module is configured, for messages: {@code modules.toml, module 3}. The default is the source and
     * a number.
     *
     * @param text the place, as shown to people
     * @return this builder
     */
    ModuleBuilder place(String text);

    /**
     * Sets the directory that the paths of {@link #source(String)} and of volumes are relative to, of any file system;
     * the working directory by default. A module that is not found there is looked up in the working directory.
     *
     * @param directory the base of relative paths
     * @return this builder
     */
    ModuleBuilder baseDirectory(Path directory);

    /**
     * Sets a resolver that fetches the path of {@link #source(String)}, for instance from a URL, instead of resolving
     * it against a {@link #baseDirectory}. What it does not find is not looked up elsewhere. A {@code file:} resolver
     * of the program that builds the host takes precedence.
     *
     * @param resolver receives references without a scheme, or with {@code file:}
     * @return this builder
     */
    ModuleBuilder files(ModuleResolver resolver);

    /**
     * Sets the module's name in logs, unique among the modules; by default the file's name without its extension.
     *
     * @param text the module's name
     * @return this builder
     */
    ModuleBuilder name(String text);

    /**
     * Sets the name to use if there is no {@link #name}, instead of the file's name; a number is appended if it is
     * taken.
     *
     * @param text the default name
     * @return this builder
     */
    ModuleBuilder defaultName(String text);

    /**
     * Sets the exported function to call, which has no parameters and no results; {@code _start} by default.
     *
     * @param function the name of the exported function
     * @return this builder
     */
    ModuleBuilder entrypoint(String function);

    /**
     * Sets the command line as a template; {@code ${SCRIPT_NAME}} and {@code ${ARGS}} are replaced. By default it is
     * the path and one argument for each query parameter.
     *
     * @param template the arguments, including the program's name
     * @return this builder
     */
    ModuleBuilder argv(String... template);

    /**
     * Does the same as {@link #argv(String...)}, with a list.
     *
     * @param template the arguments, including the program's name
     * @return this builder
     */
    ModuleBuilder argv(List<String> template);

    /**
     * Sets whether query parameters that begin with {@code -} are passed through a template; false by default. Allow
     * this only for guests that treat them as data.
     *
     * @param allowed true to pass such parameters
     * @return this builder
     */
    ModuleBuilder argvAllowOptions(boolean allowed);

    /**
     * Sets an environment variable of the module.
     *
     * @param name the variable's name
     * @param value the variable's value
     * @return this builder
     */
    ModuleBuilder addEnvironment(String name, String value);

    /**
     * Sets environment variables of the module.
     *
     * @param variables values by name
     * @return this builder
     */
    ModuleBuilder addEnvironment(Map<String, String> variables);

    /**
     * Sets the virtual hosts that the module answers to, without port; all by default.
     *
     * @param names host names without port
     * @return this builder
     */
    ModuleBuilder hosts(String... names);

    /**
     * Does the same as {@link #hosts(String...)}, with a collection.
     *
     * @param names host names without port
     * @return this builder
     */
    ModuleBuilder hosts(Collection<String> names);

    /**
     * Sets the methods that the module answers; all by default. GET includes HEAD.
     *
     * @param names methods, for instance {@code GET}
     * @return this builder
     */
    ModuleBuilder methods(String... names);

    /**
     * Does the same as {@link #methods(String...)}, with a collection.
     *
     * @param names methods, for instance {@code GET}
     * @return this builder
     */
    ModuleBuilder methods(Collection<String> names);

    /**
     * Sets whether the module sees the Authorization header as HTTP_AUTHORIZATION; false by default.
     *
     * @param passed true to pass the header on
     * @return this builder
     */
    ModuleBuilder passAuthorization(boolean passed);

    /**
     * Sets whether the module starts before a request body of unknown length (chunked, or HTTP/2 without
     * {@code content-length}) is complete. It then reads the body as it arrives and has no CONTENT_LENGTH. If false,
     * the default, such a body is buffered first, up to 64 KiB in memory and the rest in a private temporary file.
     *
     * @param streamed true to start the module before the body is complete
     * @return this builder
     */
    ModuleBuilder streamRequestBody(boolean streamed);

    /**
     * Treats everything that the module prints as a body of this media type, so that a program need not know CGI. The
     * response is 200 if the module exits with code 0, else 502; if it has already begun, it is aborted.
     *
     * @param mediaType for instance {@code image/svg+xml}
     * @return this builder
     */
    ModuleBuilder contentType(String mediaType);

    /**
     * Sets whether an instance serves several requests, one after another; true by default. See
     * {@code Wagi.Builder.reuse}.
     *
     * @param allowed true to reuse instances, false for a new one per request
     * @return this builder
     */
    ModuleBuilder reuse(boolean allowed);

    /**
     * Sets whether the module is loaded at its first request instead of when the host is built. It is fetched and
     * validated when the host is built in either case; if it cannot be compiled or instantiated later, its route
     * answers 503. Once loaded it stays in memory until other modules need the memory and it has no requests. A module
     * that {@linkplain dev.wagi.core.Wagi.Builder#build declares routes} is always loaded when the host is built. By
     * default true in a configuration of more than 64 different modules, otherwise false. See
     * {@code Wagi.Builder.lazy}.
     *
     * @param choice true to load it at its first request
     * @return this builder
     */
    ModuleBuilder lazy(boolean choice);

    /**
     * Changes the limits of the module's guests: {@code m.limits(l -> l.withTimeout(Duration.ofSeconds(5)))}. They
     * start as {@code Wagi.Builder.limits} sets them; each call changes the result of the previous one.
     *
     * @param change receives the current limits and returns the new ones
     * @return this builder
     */
    ModuleBuilder limits(UnaryOperator<Limits> change);

    /**
     * Lets the module read the contents of a host directory. It sees no other files of the host; see RATIONALE.md, "How
     * is a volume confined?".
     *
     * @param guest the guest's path of the directory, for instance {@code /data}
     * @param host the directory; it must exist when the host is built
     * @return this builder
     */
    ModuleBuilder addVolume(String guest, Path host);

    /**
     * Does the same, with the directory's path as it is written in the configuration, relative to the
     * {@link #baseDirectory}.
     *
     * @param guest the guest's path of the directory, for instance {@code /data}
     * @param host the directory's path as written in the configuration
     * @return this builder
     */
    ModuleBuilder addVolume(String guest, String host);

    /**
     * Lets the module read and change the contents of a host directory, without a quota: it may fill the disk.
     * Otherwise like {@link #addVolume(String, Path)}.
     *
     * @param guest the guest's path of the directory, for instance {@code /data}
     * @param host the directory; it must exist when the host is built
     * @return this builder
     */
    ModuleBuilder addWritableVolume(String guest, Path host);

    /**
     * Does the same, with the directory's path as it is written in the configuration, relative to the
     * {@link #baseDirectory}.
     *
     * @param guest the guest's path of the directory, for instance {@code /data}
     * @param host the directory's path as written in the configuration
     * @return this builder
     */
    ModuleBuilder addWritableVolume(String guest, String host);

    /**
     * Lets the module read and change the contents of a host directory, up to a quota. Existing contents count. If
     * several modules write to one directory, each module's own quota applies to all of its contents. Otherwise like
     * {@link #addVolume(String, Path)}.
     *
     * @param guest the guest's path of the directory, for instance {@code /data}
     * @param host the directory; it must exist when the host is built
     * @param maxBytes the maximum size of all files together in bytes, 0 or more; {@link Long#MAX_VALUE} for no limit
     * @param maxFiles the maximum number of files and directories, 0 or more; {@link Long#MAX_VALUE} for no limit
     * @return this builder
     * @throws IllegalArgumentException if a quota is negative
     */
    ModuleBuilder addWritableVolume(String guest, Path host, long maxBytes, long maxFiles);

    /**
     * Does the same, with the directory's path as it is written in the configuration, relative to the
     * {@link #baseDirectory}.
     *
     * @param guest the guest's path of the directory, for instance {@code /data}
     * @param host the directory's path as written in the configuration
     * @param maxBytes as in {@link #addWritableVolume(String, Path, long, long)}
     * @param maxFiles as in {@link #addWritableVolume(String, Path, long, long)}
     * @return this builder
     */
    ModuleBuilder addWritableVolume(String guest, String host, long maxBytes, long maxFiles);

    /**
     * Lets the module create and rename symbolic links in a writable volume. They must be relative, and their targets
     * must stay in the volume. Without this it cannot create links, but it can still follow existing ones.
     *
     * @param guest the guest's path of a volume that was added before
     * @return this builder
     * @throws IllegalArgumentException if there is no such volume, or it is read-only
     */
    ModuleBuilder allowLinks(String guest);

    /**
     * Restricts the routes to which the module's guests may send a local redirect, a {@code Location: /path} without
     * other fields (RFC 3875, section 6.2.2); by default all are allowed. Use this if something in front of this host
     * guards a route, because it does not see such redirects.
     *
     * @param paths the allowed targets, as in {@link #route}; none to allow no local redirect. Other targets are
     *     answered with 502
     * @return this builder
     */
    ModuleBuilder localRedirects(String... paths);

    /**
     * Does the same as {@link #localRedirects(String...)}, with a collection.
     *
     * @param paths the allowed targets; none to allow no local redirect
     * @return this builder
     */
    ModuleBuilder localRedirects(Collection<String> paths);

    /**
     * Removes header fields from the responses of the module's guests, for fields with an effect beyond this response,
     * such as {@code Set-Cookie}; none by default. SECURITY.md lists them.
     *
     * @param names field names, in any case
     * @return this builder
     */
    ModuleBuilder denyResponseHeaders(String... names);

    /**
     * Does the same as {@link #denyResponseHeaders(String...)}, with a collection.
     *
     * @param names field names, in any case
     * @return this builder
     */
    ModuleBuilder denyResponseHeaders(Collection<String> names);

    /**
     * Sets the hosts that the module may connect to; none by default. {@code https://api.example.org} allows that
     * scheme, host and port, {@code https://*.example.org} every name below that one, {@code insecure:allow-all}
     * everything. Hosts with private addresses are refused all the same; see {@link #allowedPrivateHosts}.
     *
     * @param hosts {@code scheme://host[:port]} each, optionally with a wildcard
     * @return this builder
     */
    ModuleBuilder allowedHosts(String... hosts);

    /**
     * Does the same as {@link #allowedHosts(String...)}, with a collection.
     *
     * @param hosts {@code scheme://host[:port]} each, optionally with a wildcard
     * @return this builder
     */
    ModuleBuilder allowedHosts(Collection<String> hosts);

    /**
     * Sets further hosts that the module may connect to even if their addresses belong to this machine or its private
     * network: the key {@code allow_private}.
     *
     * @param hosts {@code scheme://host[:port]} each, without wildcards
     * @return this builder
     */
    ModuleBuilder allowedPrivateHosts(String... hosts);

    /**
     * Does the same as {@link #allowedPrivateHosts(String...)}, with a collection.
     *
     * @param hosts {@code scheme://host[:port]} each, without wildcards
     * @return this builder
     */
    ModuleBuilder allowedPrivateHosts(Collection<String> hosts);
}
