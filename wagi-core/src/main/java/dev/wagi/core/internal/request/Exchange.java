// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.admission.Gate;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.transport.BackgroundSink;
import dev.wagi.core.internal.transport.BodySource;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on the way to its answer: where it leads to, how it waits and goes on. It is answered in one of three
 * modes: on the thread that calls, on threads of an executor, or, as an attempt, at once or not at all.
 */
public final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private static final FixedAnswer BAD_REQUEST = FixedAnswer.of(Failure.BAD_REQUEST, RequestOutcome.MALFORMED);
    private static final int MAX_LOCAL_REDIRECTS = 10;

    private final long began = System.nanoTime();
    private final String id = RequestId.next();
    private final Deployment served;
    private final WagiRequest arrived;
    private final ResponseSink transport;
    private final ResponseSink given;
    private final boolean head;
    private final Gate gate;

    /** Whether it is in the gate. */
    private final AtomicBoolean inside = new AtomicBoolean();

    /** Holds the response back; null unless this is an attempt. */
    private @Nullable Attempt attempt;

    /** Whether the attempt was not given up. */
    private boolean counts;

    /**
     * What is to be answered: at first what the client sent, then where guests have redirected it to; null if
     * malformed.
     */
    private @Nullable CgiRequest current;

    /** What that leads to. */
    private Target target = BAD_REQUEST;

    /** What reads its body before it is its turn, if that is needed. */
    private volatile @Nullable Collecting collecting;

    private int redirects;

    /** What listeners want to know; null if none asks. */
    private final @Nullable Journal journal;

    private final Listeners listeners;

    /**
     * A request that has just arrived.
     *
     * @param served what it is answered with, to its end
     * @param sink where the response goes
     * @param gate what it is in until it is answered, by whatever thread
     * @param listeners told of it if they ask
     */
    public Exchange(Deployment served, WagiRequest arrived, ResponseSink sink, Gate gate, Listeners listeners) {
        this.gate = gate;
        this.served = served;
        this.listeners = listeners;
        this.arrived = arrived;
        this.journal = listeners.wantRequests() ? new Journal(listeners, id, arrived, began, sink) : null;
        this.given = sink;
        this.transport = journal == null ? sink : journal;
        this.head = arrived.method().equals("HEAD");
    }

    /** What ties the response to the lines of the logs. */
    String id() {
        return id;
    }

    /** Where the response goes, or is held back. */
    ResponseSink sink() {
        return attempt == null ? transport : attempt;
    }

    /** Sends a body without a thread; null if the transport cannot. */
    @Nullable
    BackgroundSink background() {
        return given instanceof BackgroundSink background ? background : null;
    }

    /**
     * Sends a body after the response has been started; the request ends with it.
     *
     * @param then called when it has been sent, or cannot be
     */
    void sendInBackground(BackgroundSink sink, BodySource body, long length, Runnable then) {
        CountedSource counted = new CountedSource(body);
        sink.send(counted, length, failure -> {
            then.run();
            note(
                    failure == null
                            ? RequestOutcome.FILE
                            : counted.hasFailed() ? RequestOutcome.HOST_FAILURE : RequestOutcome.CLIENT_GONE);
            if (failure != null && counted.hasFailed()) {
                LOG.warn("request {}: a file is shorter than it was, or cannot be read: {}", id, failure.toString());
            } else if (failure != null) {
                LOG.debug("request {}: the client is gone", id, failure);
            }
            if (journal != null) {
                journal.sent(counted.count(), failure == null);
            }
            end();
        });
    }

    /** What listeners want to know; null if none asks. */
    @Nullable
    Journal journal() {
        return journal;
    }

    /** Notes for listeners how it ends; the first outcome counts. */
    void note(RequestOutcome outcome) {
        if (journal != null) {
            journal.note(outcome);
        }
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
     * Whether a failure is that of the timeout, even if nothing has interrupted the guest: what it waits in has
     * deadlines of its own, and the watchdog may be late on a busy machine.
     */
    boolean isLate(GuestHandler guest) {
        return System.nanoTime() - deadline(guest) >= 0;
    }

    /** Answers it on this thread, which is held up while it waits for its turn. */
    public void answer() {
        if (!begin()) {
            Steps.guard(this, () -> FailureAnswers.stopping(this));
            end();
            return;
        }
        try {
            Steps.guard(this, () -> {
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
            Steps.execute(this, executor, () -> FailureAnswers.stopping(this));
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
            Steps.drop(this, e);
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
            counts = true;
            try {
                held.commit(transport);
            } catch (IOException e) {
                LOG.debug("the client of a request is gone", e);
                note(RequestOutcome.CLIENT_GONE);
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
        try {
            // An attempt that was given up has told no client its id.
            if (journal != null && (!isAttempt() || counts)) {
                if (body != null) {
                    journal.read(body.length());
                }
                journal.report();
            }
        } finally {
            if (inside.compareAndSet(true, false)) {
                gate.leave();
            }
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
        if (journal != null) {
            if (request != null) {
                journal.parsed(request.request());
            }
            noteTarget(journal);
            if (!isAttempt()) {
                journal.announce();
            }
        }
    }

    private void noteTarget(Journal notes) {
        if (current != null && target instanceof GuestHandler guest) {
            notes.located(
                    guest.configuration().name(),
                    guest.endpoint(current.path()).pattern().toString());
        } else {
            notes.located(null, target instanceof FileHandler files ? files.route() : null);
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

    /** The same request with more of its body known, when its body has arrived. */
    void goOn(CgiRequest request, Executor executor) {
        current = request;
        goOn(executor);
    }

    /** Goes on with the whole request: when it is the turn of its guest, or at once if it needs none. */
    private void goOn(Executor executor) {
        if (!beginTurn(executor)) {
            Steps.execute(this, executor, () -> proceed(null, executor));
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
        if (journal != null) {
            journal.waits();
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
            if (request != null && target instanceof FileHandler files) {
                if (isAttempt()) {
                    throw Attempt.GivenUpException.INSTANCE; // disks may be slow
                }
                return files.answer(this, request, redirects > 0, executor != null);
            }
            if (request == null || !(target instanceof GuestHandler guest)) {
                FixedAnswer answer = (FixedAnswer) target;
                note(answer.outcome());
                answer.send(sink(), id, head);
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
        Turn turn = entered;
        if (turn == null) {
            if (guest.isOutOfService()) {
                FailureAnswers.outOfService(this, guest);
                return Optional.empty();
            }
            if (!guest.takes(request)) {
                FailureAnswers.reject(this, guest, request);
                return Optional.empty();
            }
            turn = new Turn(this, guest, null);
            if (!turn.enter()) {
                return Optional.empty();
            }
        }
        if (!guest.isReady()) {
            turn.leave();
            FailureAnswers.outOfService(this, guest);
            return Optional.empty();
        }
        GuestRun run = null;
        ReportedRun report = null;
        try {
            CgiRequest seen = request;
            if (journal != null && listeners.wantGuests()) {
                report = new ReportedRun(listeners, journal, guest, request);
                seen = report.begin();
            }
            run = new GuestRun(this, guest, seen, turn);
            return run.answer();
        } catch (IOException | RuntimeException | Error e) {
            if (report != null) {
                report.failed(e);
            }
            throw e;
        } finally {
            try {
                if (run == null) {
                    turn.leave(); // there was no heap for it
                } else {
                    run.leave();
                }
            } finally {
                if (report != null) {
                    report.ended();
                }
            }
        }
    }

    /** Turns to the path that a guest named, as GET without body (RFC 3875, section 6.2.2). */
    private void follow(GuestHandler from, CgiRequest request, String path) {
        if (++redirects > MAX_LOCAL_REDIRECTS) {
            LOG.warn("request {} ran into more than {} local redirects", id, MAX_LOCAL_REDIRECTS);
            target = FixedAnswer.of(Failure.INTERNAL, RequestOutcome.BAD_REDIRECT);
            return;
        }
        CgiRequest next = request.redirectedTo(path).orElse(null);
        if (next == null) {
            LOG.warn("request {} was redirected to the malformed path {}", id, Escape.forLog(path));
            target = FixedAnswer.of(Failure.BAD_GUEST, RequestOutcome.BAD_REDIRECT);
        } else if (!from.mayRedirectTo(next.path())) {
            LOG.warn(
                    "request {} was redirected to {}, which the local_redirects of its module do not allow",
                    id,
                    Escape.forLog(path));
            target = FixedAnswer.of(Failure.BAD_GUEST, RequestOutcome.BAD_REDIRECT);
        } else {
            current = next;
            target = served.target(next);
            if (journal != null) {
                noteTarget(journal);
            }
        }
    }
}
