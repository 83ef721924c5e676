// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ModuleBuilder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A configuration that is given as text. Its paths are relative to the working directory.
 *
 * @param text the text
 * @param place the name for messages
 * @param syntax the format
 */
public record TextOrigin(String text, String place, Syntax syntax) implements Origin {

    @Override
    public Optional<String> read(Problems problems) {
        return Optional.of(text);
    }

    @Override
    public Optional<Path> directory() {
        return Optional.of(Path.of("").toAbsolutePath());
    }

    @Override
    public void locate(ModuleBuilder module) {}
}
