// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.internal.body.BodyStore;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.GuestOutputException;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.NoRoomException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client is answered if no guest answers it, and why: in the log, and for the listener. The methods that are
 * steps of an exchange return true, as the request is answered then.
 */
final class FailureAnswers {

    private static final Logger LOG = LoggerFactory.getLogger(FailureAnswers.class);

    /** Of a module that could not be loaded: somebody has to correct it first. */
    private static final Headers NOT_SOON = Headers.of("Retry-After", "60");

    private FailureAnswers() {}

    /** The host is stopping. */
    static boolean stopping(Exchange exchange) throws IOException {
        exchange.note(RequestOutcome.STOPPING);
        Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
        return true;
    }

    /** The module could not be loaded, or has too many guests that do not end. */
    static void outOfService(Exchange exchange, GuestHandler guest) throws IOException {
        LOG.debug(
                "request {} was refused: guest '{}' is out of service",
                exchange.id(),
                guest.configuration().name());
        exchange.note(RequestOutcome.OUT_OF_SERVICE);
        if (guest.isLoaded()) {
            Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
        } else {
            Failure.UNAVAILABLE.send(exchange.sink(), exchange.id(), exchange.isHead(), NOT_SOON);
        }
    }

    /** The request is not within the limits of the module. */
    static void reject(Exchange exchange, GuestHandler guest, CgiRequest request) throws IOException {
        boolean few = guest.hasFewFields(request);
        guest.limitReached(exchange.id(), few ? "max_request_body" : "max_request_headers");
        exchange.note(few ? RequestOutcome.BODY_TOO_LONG : RequestOutcome.TOO_MANY_HEADERS);
        send(exchange, few ? Failure.BODY_TOO_LONG : Failure.TOO_MANY_FIELDS);
    }

    /** There is no room to wait. */
    static boolean refuse(Exchange exchange, GuestHandler guest) throws IOException {
        if (guest.warnsNow()) {
            guest.warn(exchange.id(), "was refused, too many requests wait already; this is said once a minute");
        }
        guest.limitReached(exchange.id(), "max_queue");
        exchange.note(RequestOutcome.QUEUE_FULL);
        Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
        return true;
    }

    /** It has waited for its turn for as long as it may. */
    static boolean expire(Exchange exchange, GuestHandler guest) throws IOException {
        if (Thread.interrupted()) {
            // The host is stopping. The answer can be written only without the interrupt.
            exchange.note(RequestOutcome.STOPPING);
            try {
                Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
            } finally {
                Thread.currentThread().interrupt();
            }
            return true;
        }
        warnLate(
                exchange,
                guest,
                guest.isInMemory()
                        ? "waited for its turn longer than "
                        : "waited for its module to be loaded longer than ");
        exchange.note(RequestOutcome.QUEUE_TIMEOUT);
        send(exchange, Failure.TIMEOUT);
        return true;
    }

    /** Its body did not arrive in time. */
    static boolean bodyTooLate(Exchange exchange, GuestHandler guest) throws IOException {
        warnLate(exchange, guest, "waited for the request body longer than ");
        exchange.note(RequestOutcome.QUEUE_TIMEOUT);
        send(exchange, Failure.TIMEOUT);
        return true;
    }

    /** Its body could not be read to its end. */
    static boolean notCollected(Exchange exchange, GuestHandler guest, IOException failure) throws IOException {
        if (failure instanceof BodyStore.FullException) {
            if (guest.warnsNow()) {
                LOG.warn(
                        "the body of a request for guest '{}' (route \"{}\", request {}) cannot be collected: {}; this"
                                + " is said once a minute",
                        guest.configuration().name(),
                        guest.configuration().route(),
                        exchange.id(),
                        failure.getCause() == null
                                ? failure.getMessage()
                                : failure.getMessage() + ": " + failure.getCause());
            }
            guest.limitReached(exchange.id(), "request_body");
            exchange.note(RequestOutcome.BODY_STORE_FULL);
            Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
        } else {
            send(exchange, clientFailure(exchange, guest, failure));
        }
        return true;
    }

    /**
     * What a client is answered that did not send its body as it should.
     *
     * @throws IOException the failure, if it is not the client's
     */
    private static Failure clientFailure(Exchange exchange, GuestHandler guest, IOException failure)
            throws IOException {
        if (failure instanceof RequestBody.TooLongException) {
            guest.limitReached(exchange.id(), "max_request_body");
            exchange.note(RequestOutcome.BODY_TOO_LONG);
            return Failure.BODY_TOO_LONG;
        }
        if (failure instanceof RequestBody.TooSlowException) {
            LOG.debug("request {}: {}", exchange.id(), failure.getMessage());
            guest.limitReached(exchange.id(), "min_request_body_rate");
            exchange.note(RequestOutcome.BODY_TOO_SLOW);
            return Failure.TOO_SLOW;
        }
        if (failure instanceof RequestBody.BrokenException) {
            LOG.debug("request {}: {}", exchange.id(), failure.getMessage(), failure);
            exchange.note(RequestOutcome.BODY_BROKEN);
            return Failure.BAD_REQUEST;
        }
        throw failure;
    }

    /** Its guest took longer than it may. */
    static void late(Exchange exchange, GuestRun run) throws IOException {
        warnLate(exchange, run.guest(), "took longer than ");
        exchange.note(RequestOutcome.TIMEOUT);
        fail(exchange, Failure.TIMEOUT, run);
    }

    /** Its guest ended with an exception. */
    static void failed(Exchange exchange, GuestRun run, Exception failure) throws IOException {
        GuestHandler guest = run.guest();
        if (failure instanceof GuestTrapException trap) {
            guest.warn(exchange.id(), "trapped: " + trap.description());
            LOG.debug("the trap of request {}", exchange.id(), failure);
            exchange.note(RequestOutcome.TRAP);
            fail(exchange, Failure.BAD_GUEST, run);
        } else if (failure instanceof GuestOutputException) {
            guest.warn(exchange.id(), "gave no valid response: " + failure.getMessage());
            exchange.note(RequestOutcome.INVALID_RESPONSE);
            fail(exchange, Failure.BAD_GUEST, run);
        } else if (failure instanceof NoRoomException) {
            guest.warn(exchange.id(), "did not run: " + failure.getMessage());
            guest.limitReached(exchange.id(), "max_memory");
            exchange.note(RequestOutcome.NO_MEMORY);
            // It has not begun, so neither has its response.
            Failure.sendUnavailable(exchange.sink(), exchange.id(), exchange.isHead());
        } else if (failure instanceof BodyStore.FullException full) {
            notCollected(exchange, guest, full);
        } else if (failure instanceof IOException input) {
            fail(exchange, clientFailure(exchange, guest, input), run);
        } else {
            throw (RuntimeException) failure;
        }
    }

    /** Its guest exited with a code, which is all that it can say. */
    static void exited(Exchange exchange, GuestRun run) throws IOException {
        exchange.note(RequestOutcome.EXIT_CODE);
        fail(exchange, Failure.BAD_GUEST, run);
    }

    /** Its guest does not end, and what it held was taken from it. */
    static void abandoned(Exchange exchange, GuestRun run) throws IOException {
        exchange.note(RequestOutcome.TIMEOUT);
        fail(exchange, Failure.TIMEOUT, run);
    }

    /** Answers with a failure, or breaks the response off if it has begun. */
    private static void fail(Exchange exchange, Failure failure, GuestRun run) throws IOException {
        if (run.response().isStarted()) {
            exchange.sink().abort();
        } else {
            send(exchange, failure);
        }
    }

    private static void send(Exchange exchange, Failure failure) throws IOException {
        failure.send(exchange.sink(), exchange.id(), exchange.isHead(), Headers.none());
    }

    private static void warnLate(Exchange exchange, GuestHandler guest, String what) {
        guest.warn(
                exchange.id(),
                what + guest.limits().timeout().toMillis() + " ms, the timeout; raise it, or answer earlier");
        guest.limitReached(exchange.id(), "timeout");
    }
}
