// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.spi;

import dev.wagi.core.api.ModuleLoadException;

/** Assembles modules from WebAssembly text. {@code dev.wagi:wagi-wat} provides an implementation. Thread-safe. */
public interface TextAssembler {

    /**
     * Assembles a module.
     *
     * @param name the module's name in messages
     * @param text the text, in UTF-8; untrusted
     * @return the binary form
     * @throws ModuleLoadException if it cannot be assembled; the message gives line and column
     */
    byte[] assemble(String name, byte[] text);
}
