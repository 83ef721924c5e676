// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Guests: the committed samples, and WebAssembly text that prints given bytes. */
final class Wat {

    private static final int DATA = 1024;

    private Wat() {}

    /** The folder of the samples. */
    static Path samples() {
        return Path.of(System.getProperty("wagi.root", ".."))
                .resolve("samples/modules")
                .toAbsolutePath()
                .normalize();
    }

    /** A committed sample, for instance {@code env}. */
    static Path sample(String name) {
        return samples().resolve(name).resolve(name + ".wasm");
    }

    /** A guest that prints one octet per {@code char}. */
    static String printing(String output) {
        return printing(output.getBytes(StandardCharsets.ISO_8859_1), "");
    }

    /** A guest that prints one octet per {@code char} and goes on. */
    static String printing(String output, String then) {
        return printing(output.getBytes(StandardCharsets.ISO_8859_1), then);
    }

    /**
     * A guest that prints bytes and goes on.
     *
     * @param then instructions; {@code $print} (descriptor, address, length) and {@code $exit} can be called, the
     *     output stands at 1024
     */
    static String printing(byte[] output, String then) {
        StringBuilder data = new StringBuilder();
        for (byte octet : output) {
            data.append(String.format("\\%02x", octet));
        }
        return """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") %d)
                  (data (i32.const %d) "%s")
                  (global $runs (mut i32) (i32.const 0))
                  (func $print (param $fd i32) (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func (export "_start")
                    (if (i32.const %d) (then (call $print (i32.const 1) (i32.const %d) (i32.const %d))))
                    %s))
                """.formatted(2 + output.length / 65536, DATA, data, output.length, DATA, output.length, then);
    }
}
