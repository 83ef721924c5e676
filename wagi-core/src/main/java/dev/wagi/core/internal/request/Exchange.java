// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.admission.Gate;
import dev.wagi.core.internal.body.BodyStore;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.GuestOutputException;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.NoRoomException;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on the way to its answer: where it leads to, how it waits and goes on, and what is answered if no guest answers
 * it. It is answered in one of three modes: on the thread that calls, on threads of an executor, or, as an attempt, at once or
 * not at all.
 */
public final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** Of a module that could not be loaded: somebody has to correct it first. */
    private static final Headers NOT_SOON = Headers.of("Retry-After", "60");

    private static final FixedAnswer BAD_REQUEST = FixedAnswer.of(Failure.BAD_REQUEST);
    private static final int MAX_LOCAL_REDIRECTS = 10;

    private final long began = System.nanoTime();
    private final String id = RequestId.next();
    private final Deployment served;
    private final WagiRequest arrived;
    private final ResponseSink transport;
    private final boolean head;
    private final Gate gate;

    /** Whether it is in the gate. */
    private final AtomicBoolean inside = new AtomicBoolean();

    /** Holds the response back; null unless this is an attempt. */
    private @Nullable Attempt attempt;

    /** What is to be answered: at first what the client sent, then where guests have redirected it to; null if malformed. */
    private @Nullable CgiRequest current;

    /** What that leads to. */
    private Target target = BAD_REQUEST;

    /** What reads its body before it is its turn, if that is needed. */
    private volatile @Nullable Collecting collecting;

    private int redirects;

    /**
     * A request that has just arrived.
     *
     * @param served what it is answered with, to its end
     * @param transport where the response goes
     * @param gate what it is in until it is answered, by whatever thread
     */
    public Exchange(Deployment served, WagiRequest arrived, ResponseSink transport, Gate gate) {
        this.gate = gate;
        this.served = served;
        this.arrived = arrived;
        this.transport = transport;
        this.head = arrived.method().equals("HEAD");
    }

    /** Where the response goes, or is held back. */
    ResponseSink sink() {
        return attempt == null ? transport : attempt;
    }

    /** Whether the client sent a HEAD. */
    boolean isHead() {
        return head;
    }

    /** Whether it is answered at once or not at all. */
    boolean isAttempt() {
        return attempt != null;
    }

    /** How long ago it arrived, in nanoseconds. */
    long age() {
        return System.nanoTime() - began;
    }

    /** When it must be answered if a guest answers it, in terms of {@link System#nanoTime}. */
    long deadline(GuestHandler guest) {
        return began + guest.timeoutNanos();
    }

    /**
     * Whether a failure is that of the timeout, even if nothing has interrupted the guest: what it waits in has deadlines of
     * its own, and the watchdog may be late on a busy machine.
     */
    boolean isLate(GuestHandler guest) {
        return System.nanoTime() - deadline(guest) >= 0;
    }

    /** Answers it on this thread, which is held up while it waits for its turn. */
    public void answer() {
        if (!begin()) {
            guard(this::stopping);
            return;
        }
        try {
            guard(() -> {
                locate();
                return proceed(null, null);
            });
        } finally {
            end();
        }
    }

    /** Answers it on a thread of the executor when it is its turn. */
    public void answer(Executor executor) {
        if (!begin()) {
            execute(executor, this::stopping);
            return;
        }
        try {
            locate();
            GuestHandler guest = waitsFor();
            CgiRequest request = current;
            BodyWait body = guest == null || request == null ? null : BodyWait.of(this, guest, request, executor);
            if (body != null) {
                body.begin();
            } else {
                goOn(executor);
            }
        } catch (RuntimeException | Error e) {
            drop(e);
        }
    }

    /**
     * Answers it on this thread, which others wait for, if that can be done at once.
     *
     * @return false if it could not; then nothing was sent
     */
    public boolean tryAnswer() {
        if (!begin()) {
            return false;
        }
        Attempt held = new Attempt();
        attempt = held;
        try {
            try {
                locate();
                proceed(null, null);
            } catch (IOException | RuntimeException e) {
                // Given up; and what is a bug is found and logged when it happens again.
                return false;
            }
            try {
                held.commit(transport);
            } catch (IOException e) {
                LOG.debug("the client of a request is gone", e);
                transport.abort();
            }
            return true;
        } finally {
            end();
        }
    }

    private boolean begin() {
        boolean in = gate.enter();
        inside.set(in);
        return in;
    }

    /** At its end; more than once is as once. */
    void end() {
        Collecting body = collecting;
        if (body != null) {
            body.close();
        }
        if (inside.compareAndSet(true, false)) {
            gate.leave();
        }
    }

    /** What reads its body is closed at its end. */
    void closeAtEnd(Collecting body) {
        collecting = body;
    }

    private void locate() {
        CgiRequest request = served.parse(arrived, id).orElse(null);
        if (request != null) {
            current = request;
            target = served.target(request);
        }
    }

    /** The guest whose lane it enters; null if it is answered without. */
    private @Nullable GuestHandler waitsFor() {
        return current != null
                        && target instanceof GuestHandler guest
                        && guest.takes(current)
                        && !guest.isOutOfService()
                ? guest
                : null;
    }

    /** It cannot be answered: there is no heap, or no thread. */
    void drop(Throwable reason) {
        try {
            abort();
        } finally {
            end();
        }
        log("request {} is broken off: there is no thread or no heap for it", reason);
    }

    private void abort() {
        try {
            transport.abort();
        } catch (RuntimeException | Error e) {
            log("request {}: the transport has forgotten it already", e);
        }
    }

    /** What is logged when the heap is full may not be; that must not keep anything from its end. */
    private void log(String text, Throwable reason) {
        try {
            LOG.debug(text, id, reason);
        } catch (RuntimeException | Error silent) {
            // As said.
        }
    }

    /** The same request with more of its body known, when its body has arrived. */
    void goOn(CgiRequest request, Executor executor) {
        current = request;
        goOn(executor);
    }

    /** Goes on with the whole request: when it is the turn of its guest, or at once if it needs none. */
    private void goOn(Executor executor) {
        if (!beginTurn(executor)) {
            execute(executor, () -> proceed(null, executor));
        }
    }

    /**
     * Lets it wait for its turn, if it needs a guest.
     *
     * @return false if it does not
     */
    private boolean beginTurn(Executor executor) {
        GuestHandler guest = waitsFor();
        if (guest == null) {
            return false;
        }
        new Turn(this, guest, executor).begin();
        return true;
    }

    /**
     * Answers it, and follows where guests redirect it to.
     *
     * @param entered the turn of the guest that is next, if it has come already
     * @param executor where it goes on if it must wait once more; null if it waits here
     * @return whether it is answered; if not it is waiting
     */
    boolean proceed(@Nullable Turn entered, @Nullable Executor executor) throws IOException {
        Turn turn = entered;
        while (true) {
            CgiRequest request = current;
            if (request == null || !(target instanceof GuestHandler guest)) {
                ((FixedAnswer) target).send(sink(), id, head);
                return true;
            }
            Optional<String> redirect = run(guest, request, turn);
            if (redirect.isEmpty()) {
                return true;
            }
            follow(guest, request, redirect.get());
            turn = null;
            // The thread may be needed by those that this one would wait for.
            if (executor != null && beginTurn(executor)) {
                return false;
            }
        }
    }

    /**
     * Runs the guest when it is its turn.
     *
     * @param entered its turn, if it has come already; it is left
     * @return the path and query of a local redirect; then nothing was answered yet
     */
    private Optional<String> run(GuestHandler guest, CgiRequest request, @Nullable Turn entered) throws IOException {
        if (guest.isOutOfService()) {
            if (entered != null) {
                entered.leave();
            }
            outOfService(guest);
            return Optional.empty();
        }
        Turn turn = entered;
        if (turn == null) {
            if (!guest.takes(request)) {
                reject(guest, request);
                return Optional.empty();
            }
            turn = new Turn(this, guest, null);
            if (!enter(guest, turn)) {
                return Optional.empty();
            }
        }
        GuestRun run = null;
        try {
            run = new GuestRun(this, guest, request, turn);
            return run.answer();
        } finally {
            if (run == null) {
                turn.leave(); // there was no heap for it
            } else {
                run.leave();
            }
        }
    }

    private boolean enter(GuestHandler guest, Turn turn) throws IOException {
        if (isAttempt()) {
            if (turn.tryEnter()) {
                return true;
            }
            if (!guest.lane().isFull()) {
                throw Attempt.GivenUpException.INSTANCE;
            }
            refuse(guest);
            return false;
        }
        switch (turn.enter()) {
            case ADMITTED -> {
                return true;
            }
            case REFUSED -> refuse(guest);
            case WAITS -> expire(guest);
        }
        return false;
    }

    /** Turns to the path that a guest named, as GET without body (RFC 3875, section 6.2.2). */
    private void follow(GuestHandler from, CgiRequest request, String path) {
        if (++redirects > MAX_LOCAL_REDIRECTS) {
            LOG.warn("request {} ran into more than {} local redirects", id, MAX_LOCAL_REDIRECTS);
            target = FixedAnswer.of(Failure.INTERNAL);
            return;
        }
        CgiRequest next =
                request.redirectedTo(redirected(request.request(), path)).orElse(null);
        if (next == null) {
            LOG.warn("request {} was redirected to the malformed path {}", id, Escape.forLog(path));
            target = FixedAnswer.of(Failure.BAD_GUEST);
        } else if (!from.mayRedirectTo(next.path())) {
            LOG.warn(
                    "request {} was redirected to {}, which the local_redirects of its module do not allow",
                    id,
                    Escape.forLog(path));
            target = FixedAnswer.of(Failure.BAD_GUEST);
        } else {
            current = next;
            target = served.target(next);
        }
    }

    private static WagiRequest redirected(WagiRequest request, String path) {
        Headers.Builder headers = Headers.builder();
        for (Headers.Field field : request.headers()) {
            if (!field.name().toLowerCase(Locale.ROOT).startsWith("content-")) {
                headers.add(field.name(), field.value());
            }
        }
        return WagiRequest.builder("GET", path)
                .addHeaders(headers.build())
                .from(request)
                .build();
    }

    /** The host is stopping. */
    private boolean stopping() throws IOException {
        Failure.sendUnavailable(sink(), id, head);
        return true;
    }

    private void outOfService(GuestHandler guest) throws IOException {
        LOG.debug(
                "request {} was refused: guest '{}' is out of service",
                id,
                guest.configuration().name());
        if (guest.isLoaded()) {
            Failure.sendUnavailable(sink(), id, head);
        } else {
            Failure.UNAVAILABLE.send(sink(), id, head, NOT_SOON);
        }
    }

    /** The request is not within the limits of the module. */
    private void reject(GuestHandler guest, CgiRequest request) throws IOException {
        boolean few = guest.hasFewFields(request);
        guest.limitReached(id, few ? "max_request_body" : "max_request_headers");
        send(few ? Failure.BODY_TOO_LONG : Failure.TOO_MANY_FIELDS);
    }

    /** There is no room to wait. */
    boolean refuse(GuestHandler guest) throws IOException {
        if (guest.warnsNow()) {
            guest.warn(id, "was refused, too many requests wait already; this is said once a minute");
        }
        guest.limitReached(id, "max_queue");
        Failure.sendUnavailable(sink(), id, head);
        return true;
    }

    /** It has waited for its turn for as long as it may. */
    boolean expire(GuestHandler guest) throws IOException {
        if (Thread.interrupted()) {
            // The host is stopping. The answer can be written only without the interrupt.
            try {
                Failure.sendUnavailable(sink(), id, head);
            } finally {
                Thread.currentThread().interrupt();
            }
            return true;
        }
        warnLate(guest, "waited for its turn longer than ");
        send(Failure.TIMEOUT);
        return true;
    }

    /** Its body did not arrive in time. */
    boolean bodyTooLate(GuestHandler guest) throws IOException {
        warnLate(guest, "waited for the request body longer than ");
        send(Failure.TIMEOUT);
        return true;
    }

    /** Its body could not be read to its end. */
    boolean notCollected(GuestHandler guest, IOException failure) throws IOException {
        if (failure instanceof BodyStore.FullException) {
            if (guest.warnsNow()) {
                LOG.warn(
                        "the body of a request for guest '{}' (route \"{}\", request {}) cannot be collected: {}; this is"
                                + " said once a minute",
                        guest.configuration().name(),
                        guest.configuration().route(),
                        id,
                        failure.getCause() == null
                                ? failure.getMessage()
                                : failure.getMessage() + ": " + failure.getCause());
            }
            guest.limitReached(id, "request_body");
            Failure.sendUnavailable(sink(), id, head);
        } else {
            send(clientFailure(guest, failure));
        }
        return true;
    }

    /**
     * What a client is answered that did not send its body as it should.
     *
     * @throws IOException the failure, if it is not the client's
     */
    private Failure clientFailure(GuestHandler guest, IOException failure) throws IOException {
        if (failure instanceof RequestBody.TooLongException) {
            guest.limitReached(id, "max_request_body");
            return Failure.BODY_TOO_LONG;
        }
        if (failure instanceof RequestBody.TooSlowException) {
            LOG.debug("request {}: {}", id, failure.getMessage());
            guest.limitReached(id, "min_request_body_rate");
            return Failure.TOO_SLOW;
        }
        if (failure instanceof RequestBody.BrokenException) {
            LOG.debug("request {}: {}", id, failure.getMessage(), failure);
            return Failure.BAD_REQUEST;
        }
        throw failure;
    }

    /** Its guest took longer than it may. */
    void late(GuestRun run) throws IOException {
        warnLate(run.guest(), "took longer than ");
        fail(Failure.TIMEOUT, run);
    }

    /** Its guest ended with an exception. */
    void failed(GuestRun run, Exception failure) throws IOException {
        GuestHandler guest = run.guest();
        if (failure instanceof GuestTrapException) {
            guest.warn(id, "trapped: " + failure.getMessage());
            LOG.debug("the trap of request {}", id, failure);
            fail(Failure.BAD_GUEST, run);
        } else if (failure instanceof GuestOutputException) {
            guest.warn(id, "gave no valid response: " + failure.getMessage());
            fail(Failure.BAD_GUEST, run);
        } else if (failure instanceof NoRoomException) {
            guest.warn(id, "did not run: " + failure.getMessage());
            guest.limitReached(id, "max_memory");
            // It has not begun, so neither has its response.
            Failure.sendUnavailable(sink(), id, head);
        } else if (failure instanceof BodyStore.FullException full) {
            notCollected(guest, full);
        } else if (failure instanceof IOException input) {
            fail(clientFailure(guest, input), run);
        } else {
            throw (RuntimeException) failure;
        }
    }

    /** Answers with a failure, or breaks the response off if it has begun. */
    void fail(Failure failure, GuestRun run) throws IOException {
        if (run.response().isStarted()) {
            sink().abort();
        } else {
            send(failure);
        }
    }

    private void send(Failure failure) throws IOException {
        failure.send(sink(), id, head, Headers.none());
    }

    private void warnLate(GuestHandler guest, String what) {
        guest.warn(id, what + guest.limits().timeout().toMillis() + " ms, the timeout; raise it, or answer earlier");
        guest.limitReached(id, "timeout");
    }

    /** A part of the way. */
    interface Step {
        /** Whether the request is answered. */
        boolean run() throws IOException;
    }

    /** Nothing that goes wrong leaves the transport without an end. */
    private boolean guard(Step step) {
        try {
            return step.run();
        } catch (Custody.LostException e) {
            LOG.debug("request {} was answered by another thread", id, e);
        } catch (IOException e) {
            LOG.debug("request {}: the client is gone", id, e);
            transport.abort();
        } catch (OutOfMemoryError e) {
            // Its own fault or not: the thread has nothing left of it, and goes on with the next one.
            abort();
            LOG.error("request {} was broken off: the heap is exhausted", id, e);
        } catch (RuntimeException | Error e) {
            abort();
            LOG.error("request {} failed; this is a bug of the host", id, e);
        }
        return true;
    }

    /** Whether the executor took the task; if not, the request has ended. */
    boolean execute(Executor executor, Step step) {
        Task once = null;
        try {
            once = new Task(step);
            executor.execute(once);
            return true;
        } catch (RuntimeException | Error e) {
            // An Error is what a pool throws that cannot start one more thread.
            if (once != null && !once.claim()) {
                return true;
            }
            drop(e);
            return false;
        }
    }

    /** Runs once at most: there are pools that throw and keep the task nevertheless, or run it and let out what it throws. */
    private final class Task implements Runnable {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final Step step;

        Task(Step step) {
            this.step = step;
        }

        boolean claim() {
            return claimed.compareAndSet(false, true);
        }

        @Override
        public void run() {
            if (claim()) {
                boolean answered = true;
                try {
                    answered = guard(step);
                } finally {
                    if (answered) {
                        end();
                    }
                }
            }
        }
    }
}
