// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.CgiResponse;
import dev.wagi.core.internal.cgi.GuestOutputException;
import dev.wagi.core.internal.log.StderrLog;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of a guest, and what it holds: its turn, a thread, the request's transport. The watchdog runs it when the guest does
 * not end.
 */
final class GuestRun implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(GuestRun.class);

    private final Exchange exchange;
    private final GuestHandler guest;
    private final CgiRequest request;
    private final Turn turn;
    private final Thread thread = Thread.currentThread();
    private final Custody custody;
    private final CgiResponse response;
    private boolean placeGiven; // guarded by this

    /** What another thread answers for this one; null until the request is taken. */
    private volatile @Nullable CompletableFuture<Boolean> answer;

    /**
     * On this thread; {@link #leave} must follow.
     *
     * @param turn was entered, and is left with the run
     */
    GuestRun(Exchange exchange, GuestHandler guest, CgiRequest request, Turn turn) {
        this.exchange = exchange;
        this.guest = guest;
        this.request = request;
        this.turn = turn;
        this.custody = new Custody(exchange.sink());
        this.response = new CgiResponse(
                exchange.isAttempt() ? exchange.sink() : custody,
                Headers.of(RequestId.HEADER, request.id()),
                request.request().mountPath(),
                exchange.isHead(),
                guest.headerMemory(),
                guest.limits());
    }

    /** Whose run it is. */
    GuestHandler guest() {
        return guest;
    }

    /** What the guest answers; its standard output. */
    CgiResponse response() {
        return response;
    }

    /** Who may use the transport. */
    Custody custody() {
        return custody;
    }

    /** Whether it may be given up, and must be before it takes long. */
    boolean isAttempt() {
        return exchange.isAttempt();
    }

    /**
     * Runs the guest and answers the request.
     *
     * @return the path and query of a local redirect; then nothing was answered yet
     * @throws Custody.LostException if the request was taken from this thread; then the sink is not this thread's any more
     * @throws IOException if the client is gone
     * @throws Attempt.GivenUpException if it is an attempt, and takes too long or does not end well
     */
    Optional<String> answer() throws IOException {
        Endpoint endpoint = guest.endpoint(request.path());
        if (isAttempt()) {
            attempt(endpoint);
            return Optional.empty();
        }
        long deadline = exchange.deadline(guest);
        StderrLog stderr = guest.stderr(request.id());
        boolean late = false;
        try {
            Strays.OfModule strays = guest.lane().strays();
            Watchdog.Watch watch = strays.watchdog().begin(deadline - System.nanoTime(), strays.patience(), this);
            try {
                int code = guest.run(this, request, endpoint, stderr, deadline);
                if (code != 0) {
                    guest.warn(request.id(), "exited with code " + code);
                    if (guest.answersBody()) {
                        // It cannot say so in a Status.
                        keep();
                        if (exchange.isLate(guest)) {
                            FailureAnswers.late(exchange, this);
                        } else {
                            FailureAnswers.fail(exchange, Failure.BAD_GUEST, this);
                        }
                        return Optional.empty();
                    }
                }
                Optional<String> redirect = response.finish();
                response.lengthMismatch().ifPresent(text -> guest.warn(request.id(), text));
                keep();
                return redirect;
            } finally {
                late = watch.end();
            }
        } catch (IOException | RuntimeException e) {
            keep();
            if (late || exchange.isLate(guest)) {
                LOG.debug("how request {} was stopped", request.id(), e);
                FailureAnswers.late(exchange, this);
            } else {
                FailureAnswers.failed(exchange, this, e);
            }
            return Optional.empty();
        } finally {
            stderr.finish();
        }
    }

    /** The same on a thread that others wait for. Only a run that ends well counts, and only if it had no effect else. */
    private void attempt(Endpoint endpoint) throws IOException {
        boolean good = false;
        try {
            good = guest.attempt(this, request, endpoint);
        } catch (GuestTrapException | GuestOutputException e) {
            LOG.trace("an attempt for request {} failed", request.id(), e);
        }
        if (!good) {
            throw Attempt.GivenUpException.INSTANCE;
        }
    }

    /** The guest has ended: what it held is the thread's alone, or not any more. */
    private void keep() throws Custody.LostException {
        if (!custody.release()) {
            throw new Custody.LostException();
        }
    }

    /** At the end of the run, whoever has the request. */
    void leave() {
        if (custody.release()) {
            turn.leave();
            return;
        }
        try {
            custody.lost();
        } finally {
            boolean holdsPlace;
            synchronized (this) {
                guest.lane().strays().remove();
                holdsPlace = !placeGiven;
            }
            if (holdsPlace) {
                turn.leave();
            }
            guest.warn(request.id(), "has ended after all; its thread is free again");
            awaitAnswer();
        }
    }

    /** A transport may take it for the end of the response that its thread comes back. */
    private void awaitAnswer() {
        CompletableFuture<Boolean> other = answer;
        if (other != null && !custody.isStuck() && !other.join()) {
            exchange.sink().abort();
        }
    }

    /** The guest does not end: takes from it all but its thread. On the thread that watches all. */
    @Override
    public void run() {
        boolean givesPlace;
        synchronized (this) {
            answer = new CompletableFuture<>();
            if (!custody.take()) {
                return;
            }
            givesPlace = guest.lane().strays().add(isAttempt());
            placeGiven = givesPlace;
        }
        if (givesPlace) {
            turn.leave();
        }
        // To answer may block, and so may to ask for the stack of a thread that reaches no safepoint.
        try {
            Thread helper = new Thread(this::abandon, "wagi-abandon");
            helper.setDaemon(true);
            helper.start();
        } catch (RuntimeException | Error e) {
            exchange.end();
            answered(false);
            throw e;
        }
    }

    private void answered(boolean done) {
        CompletableFuture<Boolean> own = answer;
        if (own != null) {
            own.complete(done);
        }
    }

    private void abandon() {
        try {
            if (!isAttempt() && !custody.isStuck()) {
                FailureAnswers.fail(exchange, Failure.TIMEOUT, this);
            }
        } catch (IOException e) {
            LOG.debug("request {}: the client is gone", request.id(), e);
            exchange.sink().abort();
        } finally {
            answered(true);
            exchange.end();
            guest.abandoned(request.id(), thread);
        }
    }
}
