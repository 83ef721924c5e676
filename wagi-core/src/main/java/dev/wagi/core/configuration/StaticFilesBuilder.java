// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.configuration;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;

/**
 * Receives the settings of files that are served without a module, the same as the keys of {@code [[static]]} in
 * {@code modules.toml}. Methods only record their arguments; the host checks all of them later. Implemented by the
 * host; methods may be added. Not thread-safe.
 */
public interface StaticFilesBuilder {

    /**
     * Sets the paths that are answered: {@code /prefix/...} for a directory, {@code /exact} for one file. Required.
     *
     * @param pattern the route's pattern, which no module may have for the same hosts and GET
     * @return this builder
     */
    StaticFilesBuilder route(String pattern);

    /**
     * Sets the directory or the file of this machine. Either this or {@link #path(String)} is required. Nothing outside
     * the directory is served: symbolic links are followed only within it.
     *
     * @param directoryOrFile a directory for {@code /prefix/...}, a regular file for {@code /exact}
     * @return this builder
     * @throws IllegalArgumentException if the path is not of the default file system
     */
    StaticFilesBuilder path(Path directoryOrFile);

    /**
     * Sets the directory or the file of this machine, relative to {@link #baseDirectory}; see {@link #path(Path)}.
     *
     * @param directoryOrFile its path
     * @return this builder
     */
    StaticFilesBuilder path(String directoryOrFile);

    /**
     * Sets where the files are configured, for messages: {@code modules.toml, static 2}. The default is the source and
     * a number.
     *
     * @param text the place, as shown to people
     * @return this builder
     */
    StaticFilesBuilder place(String text);

    /**
     * Sets the base of a relative path; the working directory by default.
     *
     * @param directory the base directory
     * @return this builder
     */
    StaticFilesBuilder baseDirectory(Path directory);

    /**
     * Restricts the route to virtual hosts; all by default.
     *
     * @param names host names without port
     * @return this builder
     */
    StaticFilesBuilder hosts(Collection<String> names);

    /**
     * Sets the file that answers for the directory in which it is; {@code index.html} by default. There are no
     * listings.
     *
     * @param name the name of the file; empty for none
     * @return this builder
     */
    StaticFilesBuilder index(String name);

    /**
     * Adds media types, which take precedence over the usual ones. A file of an unknown type is
     * {@code application/octet-stream}.
     *
     * @param types media types by extension, such as {@code glb = "model/gltf-binary"}
     * @return this builder
     */
    StaticFilesBuilder addTypes(Map<String, String> types);

    /**
     * Sets the field Cache-Control of the responses; none by default.
     *
     * @param directives the value, such as {@code public, max-age=3600}
     * @return this builder
     */
    StaticFilesBuilder cacheControl(String directives);

    /**
     * Sets whether {@code name.br} or {@code name.gz} is served in place of {@code name} to clients that accept these
     * codings; true by default.
     *
     * @param allowed whether such files are looked for
     * @return this builder
     */
    StaticFilesBuilder precompressed(boolean allowed);
}
