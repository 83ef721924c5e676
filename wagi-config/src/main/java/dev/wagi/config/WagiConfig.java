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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configuration in TOML, JSON or YAML, as docs/configuration.md specifies it:
 * {@code Wagi.builder().addSource(WagiConfig.ofResource("wagi/modules.toml")).build()}. It is read each time a host is built or
 * reloaded. Whatever is wrong with it is told with its place, line or module, and key. Immutable.
 *
 * <p>The paths of modules in it are relative to where it came from: to a file's directory, which may be in a jar or another
 * {@linkplain java.nio.file.FileSystem file system}, and to its URL. Of a text of the program they are relative to the working
 * directory, unless {@link #withBaseDirectory} says otherwise.
 */
public final class WagiConfig implements ConfigurationSource {

    /** How a configuration is written; the keys are the same. */
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
     * A file of any file system. It is TOML unless its name ends in {@code .json}, {@code .yaml} or {@code .yml}.
     *
     * @param file the file; it is read when a host is built
     * @return a source that reads it when a host is built, and at each reload
     */
    public static WagiConfig of(Path file) {
        return new WagiConfig(FileOrigin.of(file), null);
    }

    /**
     * What is behind a URL; connections and reads take 30 seconds each at most. It is TOML unless its path ends in {@code .json},
     * {@code .yaml} or {@code .yml}.
     *
     * @param url where it is; it is read when a host is built
     * @return a source that reads it when a host is built, and at each reload
     */
    public static WagiConfig of(URL url) {
        return new WagiConfig(UrlOrigin.of(url), null);
    }

    /**
     * A resource of the class path, as the calling thread's context class loader finds it. It is TOML unless its name ends in
     * {@code .json}, {@code .yaml} or {@code .yml}.
     *
     * @param name for instance {@code wagi/modules.toml}
     * @return a source that reads it when a host is built, and at each reload
     */
    public static WagiConfig ofResource(String name) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return ofResource(name, context == null ? WagiConfig.class.getClassLoader() : context);
    }

    /**
     * A resource of a class loader; as {@link #ofResource(String)} else.
     *
     * @param name the resource's name, for instance {@code wagi/modules.toml}
     * @param loader finds the resource
     * @return a source that reads it when a host is built, and at each reload
     */
    public static WagiConfig ofResource(String name, ClassLoader loader) {
        return new WagiConfig(UrlOrigin.resource(name, loader), null);
    }

    /**
     * A text of the program.
     *
     * @param format what the text is written in
     * @param text the whole configuration
     * @return a source with that text
     */
    public static WagiConfig of(Format format, String text) {
        return new WagiConfig(
                new TextOrigin(Objects.requireNonNull(text, "text"), "the configuration", format.syntax), null);
    }

    /**
     * What a reader yields. It is read now, to its end, once, and not closed.
     *
     * @param format what the text is written in
     * @param reader yields the whole configuration
     * @return a source with that text
     * @throws WagiConfigException if it has more than 16 Mi characters
     * @throws IOException if it cannot be read
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
     * {@return a copy whose paths are relative to another directory, of any file system}
     *
     * @param directory what is not in it is looked for in the working directory
     * @see ModuleReference
     */
    public WagiConfig withBaseDirectory(Path directory) {
        return new WagiConfig(origin, Objects.requireNonNull(directory, "directory"));
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        ConfigurationFile.describe(origin, baseDirectory, configuration);
    }

    /** Where it is. */
    @Override
    public String toString() {
        return origin.place();
    }
}
