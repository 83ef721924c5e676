// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.fuzz.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Real modules with a few bytes changed, so that they are often still valid.
 *
 * <pre>
 * module   offset   xor      offset ...
 * 1 byte   2 bytes  1 byte
 * </pre>
 */
public final class ModuleEditsFuzz {

    private static final List<byte[]> MODULES = List.of(
            module("as-hello/as-hello"), module("echo-as/echo-as"), module("error/error"), module("reactor/reactor"));
    private static final int EDIT = 3;

    private ModuleEditsFuzz() {}

    /** Before the first run, so that what Jazzer does to each class that is loaded does not count as its time. */
    public static void fuzzerInitialize() throws IOException {
        Engines.check(module("error/error"));
    }

    /** One run. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        byte[] module = MODULES.get(Math.floorMod(input[0], MODULES.size())).clone();
        for (int i = 1; i + EDIT <= input.length; i += EDIT) {
            int offset = (input[i] & 0xff) << 8 | input[i + 1] & 0xff;
            module[offset % module.length] ^= input[i + 2];
        }
        Engines.check(module);
    }

    static byte[] module(String name) {
        Path file = Target.home().resolve("../samples/modules").resolve(name + ".wasm");
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
