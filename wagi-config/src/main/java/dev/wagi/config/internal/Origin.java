// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ModuleBuilder;
import java.io.IOException;
import java.util.Optional;

/** Where a configuration is written. */
public interface Origin {

    /** A configuration is some kilobytes; a wrong file must not fill the heap. */
    int MAX_BYTES = 16 << 20;

    /** For messages: {@code modules.toml}. */
    String place();

    /** In which of the three ways it is written. */
    Syntax syntax();

    /**
     * Its text as it is now.
     *
     * @param problems takes why there is none
     * @throws IOException if it cannot be read for another reason
     */
    Optional<String> read(Problems problems) throws IOException;

    /** Tells a module what the relative paths in this configuration are relative to. */
    void locate(ModuleBuilder module);
}
