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
 * Takes what a {@link ConfigurationSource} describes. Implemented by the host; methods may be added to it. Not thread-safe.
 *
 * <p>What the program that builds the host has set itself counts for more than what a source says, and of several sources the
 * last one counts. Modules and trusted proxies are added up.
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
     * SERVER_NAME and SERVER_PORT of requests without a Host header.
     *
     * @param host {@code host} or {@code host:port}
     * @return this builder
     */
    ConfigurationBuilder defaultHost(String host);

    /**
     * Where requests are to come in: the default host if nothing else names one. The host listens nowhere by itself, so a source
     * that knows such an address has to tell its user.
     *
     * @param address {@code host:port}
     * @return this builder
     */
    ConfigurationBuilder listenAddress(String address);

    /**
     * {@return whether the program that builds the host has named a listen address, so that a source's own means
     * nothing}
     */
    boolean hasListenAddress();

    /**
     * Takes the word of these proxies for where a request came from.
     *
     * @param addresses IP addresses, or networks such as {@code 10.0.0.0/8}
     * @return this builder
     */
    ConfigurationBuilder addTrustedProxies(Collection<String> addresses);

    /**
     * Where the built-in health check answers; the empty string switches it off.
     *
     * @param path an absolute path, or the empty string
     * @return this builder
     */
    ConfigurationBuilder healthPath(String path);

    /**
     * How many requests of all modules together run at the same time.
     *
     * @param requests the number of requests
     * @return this builder
     * @throws IllegalArgumentException if it is not 1 to 65536
     */
    ConfigurationBuilder maxTotalConcurrency(int requests);

    /**
     * How many requests of all modules together wait for their turn.
     *
     * @param requests the number of requests
     * @return this builder
     * @throws IllegalArgumentException if it is not 0 to 65536
     */
    ConfigurationBuilder maxTotalQueue(int requests);

    /**
     * How long a module may take to be fetched, and then to be compiled.
     *
     * @param time the time for each of the two steps
     * @return this builder
     * @throws IllegalArgumentException if it is not between a second and a day
     */
    ConfigurationBuilder loadTimeout(Duration time);

    /**
     * Loads references of the resolver's scheme, of this and of other sources, until the next reload; asked after those of the
     * program that builds the host.
     *
     * @param resolver the resolver; it is called by several threads
     * @return this builder
     */
    ConfigurationBuilder addResolver(ModuleResolver resolver);

    /**
     * A private temporary directory with these files, for a read-only volume. It is the host's, and stays as long as requests may
     * use it. What is asked for twice with the same files is there once.
     *
     * @param files bytes by relative path with slashes, which has neither empty nor dot components; 64 MiB at most, those of
     *     all directories of all sources together
     * @return the directory
     * @throws IOException if they are too many, or cannot be written
     */
    Path directory(Map<String, byte[]> files) throws IOException;

    /**
     * A private temporary directory that begins empty, for a writable volume. A later description that asks for the same owner and
     * name gets the same directory, with what guests have written to it.
     *
     * @param owner whose it is, distinct from other owners of all sources: its place in the configuration for instance
     * @param name tells it from other directories of that owner
     * @return the directory
     * @throws IOException if it cannot be made
     */
    Path emptyDirectory(String owner, String name) throws IOException;

    /**
     * Takes whatever is wrong; if anything is, the host is not built.
     *
     * @return the problems found so far, to be added to
     */
    Problems problems();
}
