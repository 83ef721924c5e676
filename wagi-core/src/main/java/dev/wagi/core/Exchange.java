// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.body.BodyStore;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.sandbox.Watchdog;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request on the way to its answer. */
final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    private static final byte[] NO_BYTES = {};

    private final long began = System.nanoTime();
    private final String id = RequestId.next();
    private final Deployment served;
    private final ResponseSink sink;
    private final boolean head;
    private final Gate gate;

    /** Whether it is in the gate. */
    private final AtomicBoolean inside = new AtomicBoolean();

    /** What is to be answered: at first what the client sent, then where guests have redirected it to. */
    private Optional<CgiRequest> current;

    /** What reads its body before it is its turn, if that is needed. */
    private volatile @Nullable Collecting collecting;

    private int redirects;

    /**
     * A request that has just arrived.
     *
     * @param served what it is answered with, to its end
     * @param gate what it is in until it is answered, by whatever thread
     */
    Exchange(Deployment served, WagiRequest request, ResponseSink sink, Gate gate) {
        this.gate = gate;
        this.served = served;
        this.sink = sink;
        this.head = request.method().equals("HEAD");
        this.current = served.parse(request, id);
    }

    /** Answers it on this thread, which is held up while it waits for its turn. */
    void answer() {
        if (!begin()) {
            guard(this::refuse);
            return;
        }
        try {
            guard(() -> proceed(false, null));
        } finally {
            end();
        }
    }

    private boolean begin() {
        boolean in = gate.enter();
        inside.set(in);
        return in;
    }

    /** Once only, for the gate counts. */
    private void end() {
        Collecting body = collecting;
        if (body != null) {
            body.close();
        }
        if (inside.compareAndSet(true, false)) {
            gate.leave();
        }
    }

    /** The host is stopping. */
    private boolean refuse() throws IOException {
        Failure.sendUnavailable(sink, id, head);
        return true;
    }

    /** Answers it on a thread of the executor when it is its turn. */
    void answer(Executor executor) {
        if (!begin()) {
            execute(executor, this::refuse);
            return;
        }
        try {
            Gathering gathering = gathering(executor);
            if (gathering != null) {
                gathering.begin();
            } else {
                goOn(executor);
            }
        } catch (RuntimeException | Error e) {
            drop(e);
        }
    }

    /** It cannot be answered: there is no heap, or no thread. */
    private void drop(Throwable reason) {
        try {
            abort();
        } finally {
            end();
        }
        log("request {} is broken off: there is no thread or no heap for it", reason);
    }

    private void abort() {
        try {
            sink.abort();
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

    /** What waits for the body first, if that is needed and takes no thread; else null. */
    private @Nullable Gathering gathering(Executor executor) {
        GuestHandler guest = served.guest(current);
        CgiRequest request = current.orElse(null);
        if (guest == null || request == null) {
            return null;
        }
        WagiRequest.Readiness readiness = request.request().readiness().orElse(null);
        if (readiness == null) {
            return null;
        }
        boolean whole = guest.collects(request);
        if (!whole && (!GuestHandler.announces(request) || hasBegun(request.request()))) {
            return null;
        }
        return new Gathering(guest, request, readiness, executor, whole);
    }

    /** Whether there is something of the body to read, or reading it fails. */
    private static boolean hasBegun(WagiRequest request) {
        try {
            return request.body().available() > 0;
        } catch (IOException e) {
            return true; // which is found when it is read
        }
    }

    /** Goes on with the whole request: when it is the turn of its guest, or at once if it needs none. */
    private void goOn(Executor executor) {
        if (!beginTurn(executor)) {
            execute(executor, () -> proceed(false, executor));
        }
    }

    /**
     * Lets it wait for its turn, if it needs a guest.
     *
     * @return false if it does not
     */
    private boolean beginTurn(Executor executor) {
        GuestHandler guest = served.guest(current);
        CgiRequest request = current.orElse(null);
        if (guest == null || request == null) {
            return false;
        }
        new Turn(guest, request, executor).begin();
        return true;
    }

    /**
     * Answers it, and follows where guests redirect it to.
     *
     * @param entered whether the lane of the guest that is next was entered already
     * @param executor where it goes on if it must wait once more; null if it waits here
     * @return whether it is answered; if not it is waiting
     */
    private boolean proceed(boolean entered, @Nullable Executor executor) throws IOException {
        boolean admitted = entered;
        while (true) {
            Optional<String> redirect = served.handle(current, id, sink, head, began, admitted, this::end);
            if (redirect.isEmpty()) {
                return true;
            }
            current = served.redirected(current.orElseThrow(), redirect.get(), ++redirects, sink, head);
            if (current.isEmpty()) {
                return true;
            }
            admitted = false;
            // The thread may be needed by those that this one would wait for.
            if (executor != null && beginTurn(executor)) {
                return false;
            }
        }
    }

    /** A part of the way. */
    private interface Step {
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
            sink.abort();
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
    private boolean execute(Executor executor, Step step) {
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

    /**
     * Its body, waited for without a thread and without a place among those that run: until it is complete if its length is not
     * known, else until its first bytes are there.
     */
    private final class Gathering {
        private final GuestHandler guest;
        private final CgiRequest request;
        private final WagiRequest.Readiness readiness;
        private final Executor executor;

        /** What reads it; null if only its beginning is waited for. */
        private final @Nullable Collecting body;

        /** How often somebody has called since the last pass: one thread at a time makes the passes. */
        private final AtomicInteger calls = new AtomicInteger();

        /** It is time to look whether the client is late. */
        private volatile boolean due = true;

        private volatile Watchdog.@Nullable Watch watch;

        /** Whether it goes on elsewhere; read and written in passes only. */
        private boolean over;

        Gathering(
                GuestHandler guest,
                CgiRequest request,
                WagiRequest.Readiness readiness,
                Executor executor,
                boolean whole) {
            this.guest = guest;
            this.request = request;
            this.readiness = readiness;
            this.executor = executor;
            this.body = whole ? guest.collecting(request) : null;
            collecting = body;
        }

        void begin() {
            try {
                guest.await();
            } catch (BodyStore.FullException e) {
                execute(executor, () -> {
                    guest.notCollected(request, e, sink, head);
                    return true;
                });
                return;
            }
            more();
        }

        /** What it may find to be read is not for the thread that watches all. */
        private void expired() {
            due = true;
            try {
                executor.execute(this::more);
            } catch (RuntimeException | Error e) {
                more();
            }
        }

        /** There is something to do; by any thread at any time. */
        private void more() {
            int seen = 1;
            if (calls.getAndIncrement() > 0) {
                return; // the thread that is at it makes one more pass
            }
            while (seen > 0) {
                pass();
                seen = calls.addAndGet(-seen);
            }
        }

        private void pass() {
            if (over) {
                return;
            }
            try {
                byte[] buffer = NO_BYTES;
                while (isInTime() && readiness.isReady(this::more)) {
                    if (body != null && buffer.length == 0) {
                        buffer = Collecting.buffer();
                    }
                    if (body == null || body.read(buffer)) {
                        complete();
                        return;
                    }
                }
            } catch (IOException e) {
                end(() -> guest.notCollected(request, e, sink, head));
            } catch (RuntimeException e) {
                end(() -> {
                    throw e;
                });
            } catch (Error e) {
                stop();
                drop(e);
            }
        }

        private boolean isInTime() throws IOException {
            if (due) {
                due = false;
                long rest = guest.bodyPatience(body == null ? 0 : body.length(), System.nanoTime() - began);
                if (rest <= 0) {
                    end(() -> guest.bodyTooLate(request, sink, head));
                    return false;
                }
                watch = guest.lane().strays().watchdog().begin(rest, this::expired);
            }
            return true;
        }

        private void complete() {
            stop();
            if (body != null) {
                current = Optional.of(request.with(body.whole()));
            }
            goOn(executor);
        }

        private void end(Answer answer) {
            stop();
            execute(executor, () -> {
                answer.send();
                return true;
            });
        }

        private void stop() {
            over = true;
            guest.arrived();
            Watchdog.Watch running = watch;
            if (running != null) {
                running.end();
            }
        }
    }

    /** What is sent instead of a guest's response. */
    private interface Answer {
        void send() throws IOException;
    }

    /** Its turn to run a guest, waited for without a thread. */
    private final class Turn extends Admission.Waiter {
        private final GuestHandler guest;
        private final CgiRequest request;
        private final Executor executor;
        private final AtomicReference<Watchdog.@Nullable Watch> watch = new AtomicReference<>();
        private volatile boolean admitted;

        Turn(GuestHandler guest, CgiRequest request, Executor executor) {
            this.guest = guest;
            this.request = request;
            this.executor = executor;
        }

        void begin() {
            switch (guest.lane().enter(this)) {
                case ADMITTED -> {
                    boolean runs = false;
                    try {
                        runs = admitted();
                    } finally {
                        if (!runs) {
                            guest.lane().leave();
                        }
                    }
                }
                case REFUSED ->
                    execute(executor, () -> {
                        guest.refuse(request, sink, head);
                        return true;
                    });
                case WAITS -> {
                    try {
                        long rest = began + guest.timeoutNanos() - System.nanoTime();
                        watch.set(guest.lane().strays().watchdog().begin(rest, this::expired));
                    } catch (RuntimeException | Error e) {
                        // Nothing would end its waiting.
                        if (giveUp()) {
                            drop(e);
                        }
                    }
                    if (admitted) {
                        endWatch();
                    }
                }
            }
        }

        @Override
        boolean admitted() {
            try {
                admitted = true;
                endWatch();
                return execute(executor, () -> proceed(true, executor));
            } catch (RuntimeException | Error e) {
                drop(e);
                return false;
            }
        }

        private void expired() {
            if (giveUp()) {
                execute(executor, () -> {
                    guest.expire(request, sink, head);
                    return true;
                });
            }
        }

        private void endWatch() {
            Watchdog.Watch running = watch.getAndSet(null);
            if (running != null) {
                running.end();
            }
        }
    }
}
