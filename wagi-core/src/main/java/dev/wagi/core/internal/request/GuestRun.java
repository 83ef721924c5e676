// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.admission.Seats;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.CgiResponse;
import dev.wagi.core.internal.cgi.GuestOutputException;
import dev.wagi.core.internal.headroom.StackRoom;
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
 * One run of a guest with what it holds: its turn, a thread, and the request's transport. The watchdog runs it if the
 * guest does not end.
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
    private long seat = Seats.NONE;

    /** The result of another thread that answers instead of this one; null until the request is taken. */
    private volatile @Nullable CompletableFuture<Boolean> answer;

    /**
     * Creates a run on this thread; {@link #leave} must follow.
     *
     * @param turn has been entered, and is left with the run
     */
    GuestRun(Exchange exchange, GuestHandler guest, CgiRequest request, Turn turn) {
        this.exchange = exchange;
        this.guest = guest;
        this.request = request;
        this.turn = turn;
        this.custody = new Custody(exchange.sink(), this::willWait);
        this.response = new CgiResponse(
                exchange.isAttempt() ? exchange.sink() : custody,
                Headers.of(RequestId.HEADER, request.id()),
                request.request().mountPath(),
                exchange.isHead(),
                guest.headerMemory(),
                guest.limits());
    }

    /** Returns the handler of the guest. */
    GuestHandler guest() {
        return guest;
    }

    /** Returns the guest's response, which is its standard output. */
    CgiResponse response() {
        return response;
    }

    /** Returns which thread may use the transport. */
    Custody custody() {
        return custody;
    }

    /**
     * Waits until the guest may compute; {@link #leaveSeat} must follow. Called by the guest's thread.
     *
     * @throws NoSeatException if the request's time ended, or the host stops
     */
    void takeSeat() throws NoSeatException {
        Journal journal = journal();
        if (journal != null) {
            journal.waits();
        }
        seat = guest.lane().seats().enter();
        if (seat == Seats.NONE) {
            throw new NoSeatException();
        }
        if (journal != null) {
            journal.waited();
        }
    }

    /** Lets another guest compute instead, because this one has ended. Called by its thread. */
    void leaveSeat() {
        guest.lane().seats().leave(seat);
        seat = Seats.NONE;
    }

    /** Does the same because this one will wait, from however deep in the guest's calls. */
    void willWait() {
        if (seat != Seats.NONE) {
            StackRoom.FILES.require();
            leaveSeat();
        }
    }

    /** Thrown if a guest does not run because it would have had to wait for too long. */
    private static final class NoSeatException extends IOException {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /** Returns the notes for listeners, or null if no listener is interested in requests. */
    @Nullable
    Journal journal() {
        return exchange.journal();
    }

    /** Returns whether the run may be given up, and must be before it blocks. */
    boolean isAttempt() {
        return exchange.isAttempt();
    }

    /**
     * Runs the guest and answers the request.
     *
     * @return the path and query of a local redirect; then nothing was answered yet
     * @throws Custody.LostException if the request was taken from this thread, which may no longer use the sink
     * @throws IOException if the client has disconnected
     * @throws Attempt.GivenUpException if it is an attempt that takes too long or fails
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
            Watchdog.Watch watch = strays.watchdog().beginUntil(deadline, strays.patience(), this);
            try {
                int code = guest.run(this, request, endpoint, stderr, deadline);
                if (code != 0) {
                    guest.warn(request.id(), "exited with code " + code);
                    if (guest.answersBody()) {
                        // Such a guest cannot report a failure with Status.
                        keep();
                        if (exchange.isLate(guest)) {
                            FailureAnswers.late(exchange, this);
                        } else {
                            FailureAnswers.exited(exchange, this);
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
        } catch (NoSeatException e) {
            keep();
            FailureAnswers.expire(exchange, guest);
            return Optional.empty();
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

    /** Runs the guest on a thread that must not block. Only a run that succeeds without other effects counts. */
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

    /** Keeps the transport for this thread after the guest has ended, or fails if the request was taken. */
    private void keep() throws Custody.LostException {
        if (!custody.release()) {
            throw new Custody.LostException();
        }
    }

    /** Must be called at the end of the run, whichever thread has the request. */
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

    /** Waits for the answer, because a transport may regard the return of its thread as the end of the response. */
    private void awaitAnswer() {
        CompletableFuture<Boolean> other = answer;
        if (other != null && !custody.isStuck() && !other.join()) {
            exchange.sink().abort();
        }
    }

    /** Takes everything except the thread from a guest that does not end. Called on the watchdog's thread. */
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
        // Answering may block, and so may getting the stack of a thread that reaches no safepoint.
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
                FailureAnswers.abandoned(exchange, this);
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
