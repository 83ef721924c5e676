// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * WAGI as a server of its own, on an embedded Jetty: {@link dev.wagi.http.server.WagiServer}.
 *
 * <pre>{@code
 * try (Wagi wagi = Wagi.load(Path.of("modules.toml"));
 *         WagiServer server = WagiServer.builder(wagi).port(3000).start()) {
 *     System.out.println(server.uri());
 *     ...
 * }
 * }</pre>
 *
 * <p>Needs {@code org.eclipse.jetty:jetty-server}, an optional dependency; for TLS also
 * {@code org.eclipse.jetty:jetty-alpn-java-server} and {@code org.eclipse.jetty.http2:jetty-http2-server}. No type of them
 * appears here. An application that is a module requires {@code org.eclipse.jetty.server}, and for TLS
 * {@code org.eclipse.jetty.alpn.server} and {@code org.eclipse.jetty.http2.server}, itself. Thread-safe.
 */
@NullMarked
package dev.wagi.http.server;

import org.jspecify.annotations.NullMarked;
