/**
 * The types of WAGI's public interface: requests, responses, header fields and the exceptions of this library.
 *
 * <pre>{@code
 * WagiRequest request = WagiRequest.builder("POST", "/hello?name=world")
 *         .addHeader("Content-Type", "text/plain")
 *         .body("hello".getBytes(StandardCharsets.UTF_8))
 *         .build();
 * WagiResponse response = wagi.handle(request);
 * String type = response.headers().first("Content-Type").orElse("unknown");
 * }</pre>
 *
 * <p>A leaf package: it uses nothing but the JDK, so every other package and every transport may use it. Values are
 * immutable and safe to share between threads; {@link dev.wagi.core.api.ResponseSink} is implemented by transports and
 * used by one thread at a time.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.core.api;

import org.jspecify.annotations.NullMarked;
