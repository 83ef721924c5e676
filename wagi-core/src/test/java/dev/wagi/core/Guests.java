// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Guests for tests: the committed samples, and small ones written as text. */
public final class Guests {

    private Guests() {}

    /** A committed sample, for instance {@code env}. */
    public static Path sample(String name) {
        Path root = Path.of(System.getProperty("wagi.root", "..")).resolve("samples/modules");
        return root.resolve(name).resolve(name + ".wasm");
    }

    /**
     * Loads modules whose timeout is so short that, on a busy machine, it may pass while they are instantiated: until
     * it does not.
     */
    public static Wagi build(Wagi.Builder builder) {
        while (true) {
            try {
                return builder.build();
            } catch (WagiConfigException e) {
                if (!String.valueOf(e.getMessage()).contains("ms to be instantiated, its timeout")) {
                    throw e;
                }
            }
        }
    }

    /** A file with WebAssembly text. */
    public static Path wat(Path directory, String name, String text) {
        try {
            return Files.writeString(directory.resolve(name + ".wat"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A guest that prints and then goes on as told.
     *
     * @param output what it prints, one octet per {@code char}
     * @param then instructions after that; {@code $exit}, {@code $write} and {@code $poll} can be called
     */
    public static String printing(String output, String then) {
        StringBuilder data = new StringBuilder();
        for (byte octet : output.getBytes(StandardCharsets.ISO_8859_1)) {
            data.append(String.format("\\%02x", octet));
        }
        return """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") 2)
                  (data (i32.const 1024) "%s")
                  (func $write (param $fd i32) (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func (export "_start")
                    (if (i32.const %d) (then (call $write (i32.const 1) (i32.const 1024) (i32.const %d))))
                    %s))
                """.formatted(data, output.length(), output.length(), then);
    }
}
