// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import dev.wagi.core.api.ModuleLoadException;
import java.nio.file.Path;

/** Fetches the bytes of modules of one scheme. Implementations are thread-safe. */
public interface ModuleResolver {

    /** {@return the scheme whose references it takes, lower case, for instance {@code oci}} */
    String scheme();

    /**
     * {@return whether it fetches a module; every one of its scheme by default} One that it does not take is left to
     * other resolvers.
     *
     * @param reference one of {@link #scheme()}
     * @param options how the configuration wants it to be fetched
     */
    default boolean takes(ModuleReference reference, PullOptions options) {
        return true;
    }

    /**
     * Fetches a module. May block; called while a configuration is loaded, never in a request.
     *
     * @param reference one of {@link #scheme()}
     * @return the module's bytes and where they came from
     * @throws ModuleLoadException if it cannot be had; the text names the reference, the reason and the remedy
     */
    ResolvedModule resolve(ModuleReference reference);

    /**
     * Fetches a module as the configuration wants it. This is what a host calls; by default the options mean nothing.
     *
     * @param reference one of {@link #scheme()}
     * @param options how the configuration wants it to be fetched
     * @return the module's bytes and where they came from
     * @throws ModuleLoadException as {@link #resolve(ModuleReference)}
     */
    default ResolvedModule resolve(ModuleReference reference, PullOptions options) {
        return resolve(reference);
    }

    /**
     * Reads files. A relative path is looked for in the given directory and then in the working directory.
     *
     * @param baseDirectory usually the directory of the configuration file; of any file system, such as that of a jar
     * @return a resolver of the scheme {@code file}
     */
    static ModuleResolver files(Path baseDirectory) {
        return new FileModules(baseDirectory);
    }

    /**
     * Reads resources of the class loader: {@code classpath:/guests/hello.wasm}.
     *
     * @param loader finds the resources
     * @return a resolver of the scheme {@code classpath}
     */
    static ModuleResolver classpath(ClassLoader loader) {
        return new ClasspathModules(loader);
    }
}
