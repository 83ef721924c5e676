// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config;

import dev.wagi.config.internal.ConfigurationFile;
import dev.wagi.config.internal.FileOrigin;
import dev.wagi.config.internal.Origin;
import dev.wagi.config.internal.Syntax;
import dev.wagi.config.internal.TextOrigin;
import dev.wagi.config.internal.UrlOrigin;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.module.ModuleReference;
import java.io.IOException;
import java.io.Reader;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configuration in TOML, JSON or YAML, as docs/configuration.md specifies it:
 * {@code Wagi.builder().addSource(WagiConfig.ofResource("wagi/modules.toml")).build()}. It is read each time a host is
 * built or reloaded. Errors are reported with the place, the line or module, and the key. Immutable.
 *
 * <p>Module paths are relative to the location of the configuration: to the directory of a file, which may be in a jar
 * or another {@linkplain java.nio.file.FileSystem file system}, or to a URL. In a configuration that is given as text
 * they are relative to the working directory, unless {@link #withBaseDirectory} sets another one.
 *
 * <p>An application manifest of Spin ({@code spin.toml}, version 1 or 2) is accepted in place of a configuration if its
 * components have the executor {@code wagi}; docs/migrating.md lists what is carried over. Variables of a manifest are
 * taken from the environment of the process, {@code SPIN_VARIABLE_NAME}, or have their defaults.
 */
public final class WagiConfig implements ConfigurationSource {

    /** The format of a configuration. The keys are the same in all formats. */
    public enum Format {
        /** TOML 1.0. */
        TOML(Syntax.TOML),
        /** JSON. */
        JSON(Syntax.JSON),
        /** YAML 1.1, one document. */
        YAML(Syntax.YAML);

        private final Syntax syntax;

        Format(Syntax syntax) {
            this.syntax = syntax;
        }
    }

    private final Origin origin;
    private final @Nullable Path baseDirectory;

    private WagiConfig(Origin origin, @Nullable Path baseDirectory) {
        this.origin = origin;
        this.baseDirectory = baseDirectory;
    }

    /**
     * Creates a source from a file of any file system. The format is TOML unless the name ends in {@code .json},
     * {@code .yaml} or {@code .yml}.
     *
     * @param file the file
     * @return a source that reads the file when a host is built, and at each reload
     */
    public static WagiConfig of(Path file) {
        return new WagiConfig(FileOrigin.of(file), null);
    }

    /**
     * Creates a source from a URL. The timeouts for connecting and reading are 30 seconds each. The format is TOML
     * unless the path ends in {@code .json}, {@code .yaml} or {@code .yml}.
     *
     * @param url the URL of the configuration
     * @return a source that reads the URL when a host is built, and at each reload
     */
    public static WagiConfig of(URL url) {
        return new WagiConfig(UrlOrigin.of(url), null);
    }

    /**
     * Creates a source from a resource on the class path, as found by the context class loader of the calling thread.
     * The format is TOML unless the name ends in {@code .json}, {@code .yaml} or {@code .yml}.
     *
     * @param name the name of the resource, for instance {@code wagi/modules.toml}
     * @return a source that reads the resource when a host is built, and at each reload
     */
    public static WagiConfig ofResource(String name) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return ofResource(name, context == null ? WagiConfig.class.getClassLoader() : context);
    }

    /**
     * Creates a source from a resource of a class loader; otherwise the same as {@link #ofResource(String)}.
     *
     * @param name the name of the resource, for instance {@code wagi/modules.toml}
     * @param loader the class loader that finds the resource
     * @return a source that reads the resource when a host is built, and at each reload
     */
    public static WagiConfig ofResource(String name, ClassLoader loader) {
        return new WagiConfig(UrlOrigin.resource(name, loader), null);
    }

    /**
     * Creates a source from text.
     *
     * @param format the format of the text
     * @param text the whole configuration
     * @return a source with that text
     */
    public static WagiConfig of(Format format, String text) {
        return new WagiConfig(
                new TextOrigin(Objects.requireNonNull(text, "text"), "the configuration", format.syntax), null);
    }

    /**
     * Creates a source from a reader, which is read immediately and completely, but not closed.
     *
     * @param format the format of the text
     * @param reader the reader for the whole configuration
     * @return a source with that text
     * @throws WagiConfigException if the text has more than 16 Mi characters
     * @throws IOException if the reader fails
     */
    public static WagiConfig of(Format format, Reader reader) throws IOException {
        StringBuilder text = new StringBuilder();
        char[] buffer = new char[8192];
        for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
            text.append(buffer, 0, count);
            if (text.length() > Origin.MAX_BYTES) {
                throw new WagiConfigException(List.of("the configuration: is larger than " + (Origin.MAX_BYTES >> 20)
                        + " MiB; is it a modules.toml?"));
            }
        }
        return of(format, text.toString());
    }

    /**
     * {@return a copy whose module paths are relative to another directory, of any file system}
     *
     * @param directory the directory; modules and volumes of a {@code modules.toml} that it does not contain are looked
     *     for in the working directory
     * @see ModuleReference
     */
    public WagiConfig withBaseDirectory(Path directory) {
        return new WagiConfig(origin, Objects.requireNonNull(directory, "directory"));
    }

    /**
     * Reads the table {@code [server]}: where and how the program that opens the ports listens. A host does not use it,
     * and {@link #describe} only checks it; the command {@code wagi serve} follows it, and so may another program.
     *
     * @return values by key as documented, such as {@code listen}; times in seconds, paths as written. Empty if there
     *     is no such table or the configuration cannot be read
     */
    public Map<String, String> serverSettings() {
        return ConfigurationFile.server(origin);
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        ConfigurationFile.describe(origin, baseDirectory, configuration);
    }

    /** Returns the location of the configuration. */
    @Override
    public String toString() {
        return origin.place();
    }
}
