// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.configuration.ConfigurationFormat;
import dev.wagi.core.configuration.ConfigurationSource;
import java.nio.file.Path;

/** The formats TOML, JSON and YAML, which {@code Wagi.load} finds with {@link java.util.ServiceLoader}. */
public final class StandardFormats implements ConfigurationFormat {

    @Override
    public boolean claims(Path file) {
        return Syntax.ending(file.toString()).isPresent();
    }

    @Override
    public ConfigurationSource source(Path file) {
        FileOrigin origin = FileOrigin.of(file);
        return configuration -> ConfigurationFile.describe(origin, null, configuration);
    }
}
