// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.configuration;

import java.nio.file.Path;

/**
 * A format of configuration files. Implementations are found by {@link java.util.ServiceLoader} for {@code Wagi.load}
 * and {@code Wagi.Builder.addConfiguration}; for TOML, JSON and YAML put {@code wagi-config} on the class path. They
 * are thread-safe and have a public constructor without parameters.
 */
public interface ConfigurationFormat {

    /**
     * {@return whether a file is certainly of this format, for instance by its file name extension; nothing is read} A
     * file that no format claims is read by the first format found.
     *
     * @param file the file's path
     */
    boolean claims(Path file);

    /**
     * {@return a source that reads a file of this format; nothing is read yet}
     *
     * @param file the file to read, of any file system
     */
    ConfigurationSource source(Path file);
}
