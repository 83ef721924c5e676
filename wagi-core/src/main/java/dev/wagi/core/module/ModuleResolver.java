// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import dev.wagi.core.api.ModuleLoadException;
import java.nio.file.Path;

/** Fetches the bytes of modules of one scheme. Implementations are thread-safe. */
public interface ModuleResolver {

    /** {@return the scheme of the references that this resolver accepts, in lower case, for instance {@code oci}} */
    String scheme();

    /**
     * {@return whether this resolver accepts a reference; by default it accepts all of its scheme} Other resolvers are
     * asked for a reference that it does not accept.
     *
     * @param reference a reference with this resolver's {@link #scheme()}
     * @param options how the configuration wants the module to be fetched
     */
    default boolean takes(ModuleReference reference, PullOptions options) {
        return true;
    }

    /**
     * Fetches a module. May block; called while a configuration is loaded, never during a request.
     *
     * @param reference a reference with this resolver's {@link #scheme()}
     * @return the module's bytes and their origin
     * @throws ModuleLoadException if the module is not available; the message names the reference, the reason and the
     *     remedy
     */
    ResolvedModule resolve(ModuleReference reference);

    /**
     * Fetches a module with options. Hosts call this method; by default the options are ignored.
     *
     * @param reference a reference with this resolver's {@link #scheme()}
     * @param options how the configuration wants the module to be fetched
     * @return the module's bytes and their origin
     * @throws ModuleLoadException as {@link #resolve(ModuleReference)}
     */
    default ResolvedModule resolve(ModuleReference reference, PullOptions options) {
        return resolve(reference);
    }

    /**
     * Creates a resolver for files. A relative path is looked up in the given directory, then in the working directory.
     *
     * @param baseDirectory usually the directory of the configuration file; of any file system, such as that of a jar
     * @return a resolver of the scheme {@code file}
     */
    static ModuleResolver files(Path baseDirectory) {
        return new FileModules(baseDirectory);
    }

    /**
     * Creates a resolver for resources of the class loader: {@code classpath:/guests/hello.wasm}.
     *
     * @param loader the class loader that finds the resources
     * @return a resolver of the scheme {@code classpath}
     */
    static ModuleResolver classpath(ClassLoader loader) {
        return new ClasspathModules(loader);
    }
}
