// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.IOException;

/** Modules of any bytes. */
public final class ModuleFuzz {

    private ModuleFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() throws IOException {
        Engines.check(ModuleEditsFuzz.module("error/error"));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length > 0 && input[0] == 0) {
            Engines.check(input); // text is for the assembler, which is slow and a guest itself
        }
    }
}
