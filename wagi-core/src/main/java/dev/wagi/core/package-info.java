/**
 * The entry point of the library: {@link dev.wagi.core.Wagi} takes a configuration and answers requests with the guests
 * it names.
 *
 * <pre>{@code
 * try (Wagi wagi = Wagi.builder()
 *         .addModule(m -> m.route("/hello/...").source(Path.of("hello.wasm")))
 *         .build()) {
 *     WagiResponse response = wagi.handle(WagiRequest.get("/hello/world"));
 * }
 * }</pre>
 *
 * <p>{@code Wagi} is thread-safe. It starts no threads to serve requests: a guest runs on the thread that calls
 * {@code handle}.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.core;

import org.jspecify.annotations.NullMarked;
