// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.spi;

import dev.wagi.core.api.ModuleLoadException;

/** Makes modules of WebAssembly text. {@code dev.wagi:wagi-wat} has one. Thread-safe. */
public interface TextAssembler {

    /**
     * Assembles a module.
     *
     * @param name what to call it in messages
     * @param text the text, in UTF-8; a stranger's
     * @return the binary form
     * @throws ModuleLoadException if it cannot be assembled; the message names line and column
     */
    byte[] assemble(String name, byte[] text);
}
