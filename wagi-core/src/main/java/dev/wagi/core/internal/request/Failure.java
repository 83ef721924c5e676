// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The short texts of the host, for instance when there is no response of a guest: a status code, a fixed phrase and the
 * request's id.
 */
enum Failure {
    /** A directory, whose URL ends with a slash. */
    MOVED(301, "Moved Permanently"),
    BAD_REQUEST(400, "Bad Request"),
    NOT_FOUND(404, "Not Found"),
    METHOD_NOT_ALLOWED(405, "Method Not Allowed"),
    /** The client sends its body too slowly. */
    TOO_SLOW(408, "Request Timeout"),
    /** A precondition of the request does not hold for the file. */
    PRECONDITION(412, "Precondition Failed"),
    /** The request body is longer than the module accepts. */
    BODY_TOO_LONG(413, "Content Too Large"),
    /** The file has no such part. */
    RANGE(416, "Range Not Satisfiable"),
    /** The request has more header fields than the module accepts. */
    TOO_MANY_FIELDS(431, "Request Header Fields Too Large"),
    /** A bug of the host, or too many local redirects. */
    INTERNAL(500, "Internal Server Error"),
    /** The guest trapped, or printed an invalid response. */
    BAD_GUEST(502, "Bad Gateway"),
    /** The host is stopping, or too many requests are waiting. */
    UNAVAILABLE(503, "Service Unavailable"),
    /** The request exceeded its timeout. */
    TIMEOUT(504, "Gateway Timeout");

    private final int status;
    private final String phrase;

    Failure(int status, String phrase) {
        this.status = status;
        this.phrase = phrase;
    }

    /** Answers a request that may be retried after a second. */
    static void sendUnavailable(ResponseSink sink, String requestId, boolean head) throws IOException {
        UNAVAILABLE.send(sink, requestId, head, Headers.of("Retry-After", "1"));
    }

    /**
     * Answers a request.
     *
     * @param fields additional header fields
     * @throws IOException if the client has disconnected
     */
    void send(ResponseSink sink, String requestId, boolean head, Headers fields) throws IOException {
        byte[] body = (phrase + "\nrequest id: " + requestId + "\n").getBytes(StandardCharsets.UTF_8);
        Headers headers = Headers.builder()
                .add("Content-Type", "text/plain; charset=utf-8")
                .addAll(fields)
                .add(RequestId.HEADER, requestId)
                .build();
        sink.start(status, headers, body.length);
        if (!head) {
            sink.write(body, 0, body.length);
        }
        sink.end();
    }
}
