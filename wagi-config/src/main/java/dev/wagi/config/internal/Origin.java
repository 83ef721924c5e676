// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.configuration.StaticFilesBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** The location of a configuration. */
public interface Origin {

    /** The maximum size: a configuration has some kilobytes, and a wrong file must not exhaust the heap. */
    int MAX_BYTES = 16 << 20;

    /** Returns the location for messages, for instance {@code modules.toml}. */
    String place();

    /** Returns the format of the configuration. */
    Syntax syntax();

    /**
     * Reads the current text.
     *
     * @param problems receives the reason if there is no text
     * @throws IOException if the text cannot be read for another reason
     */
    Optional<String> read(Problems problems) throws IOException;

    /**
     * Returns the base for relative paths that are never looked up elsewhere.
     *
     * @return empty if the configuration is in no directory, because it comes from a URL
     */
    Optional<Path> directory();

    /** Sets the base for a module's relative paths. */
    void locate(ModuleBuilder module);

    /** Sets the base for relative paths of static files; the working directory where the configuration is no file. */
    default void locate(StaticFilesBuilder files) {}
}
