// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Serves a host in Spring WebFlux. The Spring Boot starter maps {@link dev.wagi.spring.webflux.WagiWebHandler} by
 * itself; without Boot it is mapped like any other handler:
 *
 * <pre>{@code
 * Wagi wagi = Wagi.builder()
 *         .addModule(m -> m.route("/hello/...").source(Path.of("hello.wasm")))
 *         .build();
 * HandlerMapping mapping = new SimpleUrlHandlerMapping(Map.of("/wagi/**", new WagiWebHandler(wagi).withPath("/wagi")), -1);
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.spring.webflux;

import org.jspecify.annotations.NullMarked;
