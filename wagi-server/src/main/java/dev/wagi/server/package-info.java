// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * WAGI as a server of its own, on an embedded Jetty: {@link dev.wagi.server.WagiServer}.
 *
 * <pre>{@code
 * try (Wagi wagi = Wagi.load(Path.of("modules.toml"));
 *         WagiServer server = WagiServer.builder(wagi).port(3000).start()) {
 *     System.out.println(server.uri());
 * }
 * }</pre>
 *
 * <p>No type of Jetty appears here. Thread-safe.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.server;

import org.jspecify.annotations.NullMarked;
