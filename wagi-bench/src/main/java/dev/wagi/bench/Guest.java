// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The guests that handle a request, from the smallest to the largest. */
public enum Guest {
    /** 165 bytes of WebAssembly text with one host call. */
    HELLO("guests/hello.wasm", "hello world\n"),
    /** {@code printf} and {@code getenv} of wasi-libc. */
    C("guests/printf.wasm", "hello from C, GET request number 1\n"),
    /** Prints all of the environment, sorted. */
    RUST("guests/environment.wasm", "REQUEST_METHOD = GET\n"),
    /** A whole Go runtime, which starts for every request. */
    GO("samples/go-hello/go-hello.wasm", "hello from Go\nGET");

    private final String resource;
    private final String part;

    Guest(String resource, String part) {
        this.resource = resource;
        this.part = part;
    }

    /** Returns its reference in a configuration. */
    String reference() {
        return "classpath:/" + resource;
    }

    /** Returns the module. */
    byte[] bytes() {
        return bytes(resource);
    }

    /** Returns text that every response of this guest contains. */
    String part() {
        return part;
    }

    static byte[] bytes(String resource) {
        try (InputStream in = Guest.class.getClassLoader().getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("there is no resource " + resource + "; build wagi-bench again");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
