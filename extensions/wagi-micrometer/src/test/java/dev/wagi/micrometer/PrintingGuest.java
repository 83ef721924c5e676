// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Guests that print a text. */
final class PrintingGuest {

    private PrintingGuest() {}

    /**
     * Writes one as WebAssembly text.
     *
     * @param output what it prints
     * @param then instructions after that
     */
    static Path write(Path directory, String name, String output, String then) {
        StringBuilder data = new StringBuilder();
        for (byte octet : output.getBytes(StandardCharsets.UTF_8)) {
            data.append(String.format("\\%02x", octet));
        }
        try {
            return Files.writeString(directory.resolve(name + ".wat"), """
                    (module
                      (import "wasi_snapshot_preview1" "fd_write"
                        (func $write (param i32 i32 i32 i32) (result i32)))
                      (memory (export "memory") 1)
                      (data (i32.const 32) "%s")
                      (func (export "_start")
                        (i32.store (i32.const 0) (i32.const 32))
                        (i32.store (i32.const 4) (i32.const %d))
                        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24)))
                        %s))
                    """.formatted(data, output.length(), then));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
