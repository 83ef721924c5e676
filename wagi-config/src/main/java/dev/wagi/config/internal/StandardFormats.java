// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.configuration.ConfigurationFormat;
import dev.wagi.core.configuration.ConfigurationSource;
import java.nio.file.Path;

/** TOML, JSON and YAML; what is found for {@code Wagi.load}. */
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
