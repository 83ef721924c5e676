// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.wat;

import dev.wagi.core.internal.spi.TextAssembler;

/** The service provider for hosts, for {@link java.util.ServiceLoader} only; programs call {@link Wat}. */
public final class WabtAssembler implements TextAssembler {

    /** Creates an assembler. */
    public WabtAssembler() {}

    @Override
    public byte[] assemble(String name, byte[] text) {
        return Wat.assemble(name, text);
    }
}
