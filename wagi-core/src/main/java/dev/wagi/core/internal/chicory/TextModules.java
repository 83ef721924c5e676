// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.spi.Extensions;
import dev.wagi.core.internal.spi.TextAssembler;
import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;

/** Assembles modules that are text, with an extension. */
final class TextModules {

    private final @Nullable ClassLoader application;

    /**
     * Creates an instance that looks for assemblers at first use: most programs load binary modules only.
     *
     * @param application the class loader of the application
     */
    TextModules(@Nullable ClassLoader application) {
        this.application = application;
    }

    /**
     * Assembles a module.
     *
     * @throws ModuleLoadException if there is no assembler, or it refuses the text
     */
    byte[] assemble(String name, byte[] text) {
        TextAssembler assembler;
        try {
            assembler = Extensions.find(TextAssembler.class, application)
                    .orElseThrow(() -> new ModuleLoadException(
                            name + " is WebAssembly text; add dev.wagi:wagi-wat, or assemble it to .wasm"));
        } catch (ServiceConfigurationError e) {
            throw new ModuleLoadException(
                    name + " is WebAssembly text, and what assembles it cannot be used (" + e.getMessage()
                            + "); correct the class path",
                    e);
        }
        return assembler.assemble(name, text);
    }
}
