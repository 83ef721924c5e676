// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** An answer that depends only on the route. Immutable. */
final class FixedAnswer implements Target {

    /** The built-in health check. */
    static final FixedAnswer HEALTHY = new FixedAnswer(null, Headers.none(), RequestOutcome.HEALTH_CHECK);

    private static final byte[] OK = "OK".getBytes(StandardCharsets.US_ASCII);

    private final @Nullable Failure failure;
    private final Headers fields;
    private final RequestOutcome outcome;

    private FixedAnswer(@Nullable Failure failure, Headers fields, RequestOutcome outcome) {
        this.failure = failure;
        this.fields = fields;
        this.outcome = outcome;
    }

    /** Returns the answer for a failure, with the outcome that is reported to listeners. */
    static FixedAnswer of(Failure failure, RequestOutcome outcome) {
        return new FixedAnswer(failure, Headers.none(), outcome);
    }

    /**
     * Returns the answer of a route that does not allow the request's method.
     *
     * @param allow the allowed methods, as the value of the Allow field
     */
    static FixedAnswer notAllowed(String allow) {
        return new FixedAnswer(
                Failure.METHOD_NOT_ALLOWED, Headers.of("Allow", allow), RequestOutcome.METHOD_NOT_ALLOWED);
    }

    /** The outcome that is reported to listeners. */
    RequestOutcome outcome() {
        return outcome;
    }

    /**
     * Answers a request.
     *
     * @throws IOException if the client has disconnected
     */
    void send(ResponseSink sink, String requestId, boolean head) throws IOException {
        if (failure != null) {
            failure.send(sink, requestId, head, fields);
            return;
        }
        sink.start(
                200, Headers.of("Content-Type", "text/plain; charset=utf-8", RequestId.HEADER, requestId), OK.length);
        if (!head) {
            sink.write(OK, 0, OK.length);
        }
        sink.end();
    }
}
