// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Remedy;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationFormat;
import dev.wagi.core.configuration.ConfigurationSource;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** A file that is read with whichever format is installed for it. */
public final class InstalledFormat implements ConfigurationSource {

    private final Path file;
    private final ClassLoader application;
    private @Nullable ConfigurationSource source;

    /**
     * Creates a source for a file.
     *
     * @param application where formats may be installed
     */
    public InstalledFormat(Path file, ClassLoader application) {
        this.file = file;
        this.application = application;
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        try {
            ConfigurationSource found = source == null ? find() : source;
            source = found;
            if (found == null) {
                configuration
                        .problems()
                        .add(file.toString(), "no configuration format is installed", Remedy.ADD_CONFIG);
            } else {
                found.describe(configuration);
            }
        } catch (ServiceConfigurationError e) {
            configuration
                    .problems()
                    .add(
                            file.toString(),
                            "the installed configuration format cannot be used (" + e.getMessage()
                                    + "); correct the class path");
        }
    }

    private @Nullable ConfigurationSource find() {
        ConfigurationFormat fallback = null;
        // On the threads of some servers the context class loader does not see libraries; the loader of this class
        // may.
        for (ClassLoader loader : List.of(application, InstalledFormat.class.getClassLoader())) {
            for (ConfigurationFormat format : ServiceLoader.load(ConfigurationFormat.class, loader)) {
                if (format.claims(file)) {
                    return format.source(file);
                }
                fallback = fallback == null ? format : fallback;
            }
        }
        return fallback == null ? null : fallback.source(file);
    }

    @Override
    public void close() {
        if (source != null) {
            source.close();
        }
    }
}
