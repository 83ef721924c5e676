// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A complete response in memory, the result of {@code Wagi.handle(request)}. */
public final class WagiResponse {

    private final int status;
    private final Headers headers;
    private final byte[] body;

    private WagiResponse(int status, Headers headers, byte[] body) {
        this.status = status;
        this.headers = Objects.requireNonNull(headers, "headers");
        this.body = Objects.requireNonNull(body, "body");
    }

    /**
     * Creates a response, for tests of code that uses one.
     *
     * @param status as in {@link #status()}
     * @param headers as in {@link #headers()}
     * @param body the body; the array is not copied
     * @return the response
     */
    public static WagiResponse of(int status, Headers headers, byte[] body) {
        return new WagiResponse(status, headers, body);
    }

    /** {@return the status code, 200 to 599} */
    public int status() {
        return status;
    }

    /**
     * {@return the fields to send, without those for framing (Content-Length, Transfer-Encoding), which the transport
     * adds}
     */
    public Headers headers() {
        return headers;
    }

    /** {@return the body, empty if there is none; the same array each time, which the caller may modify} */
    public byte[] body() {
        return body;
    }

    /** {@return the body decoded as UTF-8} */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Returns the status and the length of the body only, because header fields and body may hold secrets. */
    @Override
    public String toString() {
        return "WagiResponse[status=" + status + ", body=" + body.length + " bytes]";
    }
}
