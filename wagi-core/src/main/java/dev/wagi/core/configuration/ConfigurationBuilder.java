// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.configuration;

import dev.wagi.core.api.Problems;
import dev.wagi.core.module.ModuleResolver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Receives what a {@link ConfigurationSource} describes. Implemented by the host; methods may be added. Not
 * thread-safe.
 *
 * <p>Settings of the program that builds the host take precedence over those of sources; among sources the last one
 * wins. Modules and trusted proxies accumulate.
 */
public interface ConfigurationBuilder {

    /**
     * Serves a module: {@code .addModule(m -> m.place("row 1").route("/hello/...").source("hello.wasm"))}.
     *
     * @param settings sets up the module
     * @return this builder
     */
    ConfigurationBuilder addModule(Consumer<ModuleBuilder> settings);

    /**
     * Serves files without a module: {@code .addStaticFiles(s -> s.place("row
     * 2").route("/assets/...").path("public"))}.
     *
     * @param settings sets up the files
     * @return this builder
     */
    ConfigurationBuilder addStaticFiles(Consumer<StaticFilesBuilder> settings);

    /**
     * Sets SERVER_NAME and SERVER_PORT of requests without a Host header.
     *
     * @param host {@code host} or {@code host:port}
     * @return this builder
     */
    ConfigurationBuilder defaultHost(String host);

    /**
     * Sets the address at which requests are to arrive. It is the default host if nothing else sets one. The host
     * itself opens no port, so a source that sets this address must report it to its user.
     *
     * @param address {@code host:port}
     * @return this builder
     */
    ConfigurationBuilder listenAddress(String address);

    /** {@return whether the program that builds the host has set a listen address, which overrides that of a source} */
    boolean hasListenAddress();

    /**
     * Trusts these proxies to report a request's origin; see {@code Wagi.Builder.addTrustedProxies}.
     *
     * @param addresses IP addresses, or networks such as {@code 10.0.0.0/8}
     * @return this builder
     */
    ConfigurationBuilder addTrustedProxies(Collection<String> addresses);

    /**
     * Sets the path at which the built-in health check answers; the empty string disables it.
     *
     * @param path an absolute path, or the empty string
     * @return this builder
     */
    ConfigurationBuilder healthPath(String path);

    /**
     * Sets how many requests of all modules together run at the same time.
     *
     * @param requests the number of requests
     * @return this builder
     * @throws IllegalArgumentException if the number is not 1 to 65536
     */
    ConfigurationBuilder maxTotalConcurrency(int requests);

    /**
     * Sets how many requests of all modules together wait for their turn.
     *
     * @param requests the number of requests
     * @return this builder
     * @throws IllegalArgumentException if the number is not 0 to 65536
     */
    ConfigurationBuilder maxTotalQueue(int requests);

    /**
     * Sets how long fetching a module may take, and then how long compiling it may take.
     *
     * @param time the time for each of the two steps
     * @return this builder
     * @throws IllegalArgumentException if the time is not between one second and one day
     */
    ConfigurationBuilder loadTimeout(Duration time);

    /**
     * Adds a resolver for references of its scheme, in this and in other sources, until the next reload. Resolvers of
     * the program that builds the host take precedence.
     *
     * @param resolver the resolver; several threads call it
     * @return this builder
     */
    ConfigurationBuilder addResolver(ModuleResolver resolver);

    /**
     * Creates a private temporary directory with these files, for a read-only volume. The host owns it and keeps it as
     * long as requests may use it. Calls with equal files return the same directory.
     *
     * @param files bytes by relative path with slashes, which has neither empty nor dot components; the directories of
     *     all sources together may hold 64 MiB
     * @return the directory
     * @throws IOException if the files exceed that size or cannot be written
     */
    Path directory(Map<String, byte[]> files) throws IOException;

    /**
     * Creates a private temporary directory that is empty at first, for a writable volume. A later description with the
     * same owner and name gets the same directory, with what guests have written to it.
     *
     * @param owner identifies the owner among those of all sources, for instance by its place in the configuration
     * @param name identifies the directory among those of its owner
     * @return the directory
     * @throws IOException if it cannot be created
     */
    Path emptyDirectory(String owner, String name) throws IOException;

    /**
     * Returns the problems, to which a source adds whatever is wrong; if there are any, the host is not built.
     *
     * @return the problems found so far
     */
    Problems problems();
}
