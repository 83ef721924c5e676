// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.sandbox.Watchdog;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request on the way to its answer. */
final class Exchange {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    private final long began = System.nanoTime();
    private final String id = RequestId.next();
    private final Deployment served;
    private final ResponseSink sink;
    private final boolean head;

    /** What is to be answered: at first what the client sent, then where guests have redirected it to. */
    private Optional<CgiRequest> current;

    private int redirects;

    /**
     * A request that has just arrived.
     *
     * @param served what it is answered with, to its end
     */
    Exchange(Deployment served, WagiRequest request, ResponseSink sink) {
        this.served = served;
        this.sink = sink;
        this.head = request.method().equals("HEAD");
        this.current = CgiRequest.parse(request, id);
    }

    /** Answers it on this thread, which is held up while it waits for its turn. */
    void answer() {
        guard(() -> proceed(false, null, () -> {}));
    }

    /** Answers it while the host is stopping. */
    void refuse() {
        guard(() -> {
            Failure.sendUnavailable(sink, id, head);
            return true;
        });
    }

    /**
     * Answers it on a thread of the executor when it is its turn.
     *
     * @param ended is run when it is answered
     */
    void answer(Executor executor, Runnable ended) {
        if (!beginTurn(executor, ended)) {
            execute(executor, () -> proceed(false, executor, ended), ended);
        }
    }

    /**
     * Lets it wait for its turn, if it needs a guest.
     *
     * @return false if it does not
     */
    private boolean beginTurn(Executor executor, Runnable ended) {
        GuestHandler guest = served.guest(current);
        CgiRequest request = current.orElse(null);
        if (guest == null || request == null) {
            return false;
        }
        new Turn(guest, request, executor, ended).begin();
        return true;
    }

    /**
     * Answers it, and follows where guests redirect it to.
     *
     * @param entered whether the lane of the guest that is next was entered already
     * @param executor where it goes on if it must wait once more; null if it waits here
     * @return whether it is answered; if not it is waiting
     */
    private boolean proceed(boolean entered, @Nullable Executor executor, Runnable ended) throws IOException {
        boolean admitted = entered;
        while (true) {
            Optional<String> redirect = served.handle(current, id, sink, head, began, admitted);
            if (redirect.isEmpty()) {
                return true;
            }
            current = served.redirected(current.orElseThrow(), redirect.get(), ++redirects, sink, head);
            if (current.isEmpty()) {
                return true;
            }
            admitted = false;
            // The thread may be needed by those that this one would wait for.
            if (executor != null && beginTurn(executor, ended)) {
                return false;
            }
        }
    }

    /** As {@link #refuse()}, on a thread of the executor. */
    void refuse(Executor executor) {
        execute(
                executor,
                () -> {
                    Failure.sendUnavailable(sink, id, head);
                    return true;
                },
                () -> {});
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
        } catch (IOException e) {
            LOG.debug("request {}: the client is gone", id, e);
            sink.abort();
        } catch (RuntimeException | Error e) {
            LOG.error("request {} failed; this is a bug of the host", id, e);
            sink.abort();
            if (e instanceof VirtualMachineError error && !(e instanceof StackOverflowError)) {
                throw error;
            }
        }
        return true;
    }

    /** Whether the executor took the task; if not, the request has ended. */
    private boolean execute(Executor executor, Step step, Runnable ended) {
        Task once = new Task(step, ended);
        try {
            executor.execute(once);
            return true;
        } catch (RuntimeException | Error e) {
            // An Error is what a pool throws that cannot start one more thread.
            if (!once.claim()) {
                return true;
            }
            try {
                LOG.debug("request {}: there is no thread for it", id, e);
                sink.abort();
            } catch (RuntimeException | Error gone) {
                LOG.debug("request {}: the transport has forgotten it already", id, gone);
            } finally {
                ended.run();
            }
            return false;
        }
    }

    /** Runs once at most: there are pools that throw and keep the task nevertheless, or run it and let out what it throws. */
    private final class Task implements Runnable {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final Step step;
        private final Runnable ended;

        Task(Step step, Runnable ended) {
            this.step = step;
            this.ended = ended;
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
                        ended.run();
                    }
                }
            }
        }
    }

    /** Its turn to run a guest, waited for without a thread. */
    private final class Turn extends Admission.Waiter {
        private final GuestHandler guest;
        private final CgiRequest request;
        private final Executor executor;
        private final Runnable ended;
        private final AtomicReference<Watchdog.@Nullable Watch> watch = new AtomicReference<>();
        private volatile boolean admitted;

        Turn(GuestHandler guest, CgiRequest request, Executor executor, Runnable ended) {
            this.guest = guest;
            this.request = request;
            this.executor = executor;
            this.ended = ended;
        }

        void begin() {
            switch (guest.lane().enter(this)) {
                case ADMITTED -> {
                    if (!admitted()) {
                        guest.lane().leave();
                    }
                }
                case REFUSED ->
                    end(() -> {
                        guest.refuse(request, sink, head);
                        return true;
                    });
                case WAITS -> {
                    long rest = began + guest.timeoutNanos() - System.nanoTime();
                    watch.set(Watchdog.SHARED.begin(rest, this::expired));
                    if (admitted) {
                        endWatch();
                    }
                }
            }
        }

        @Override
        boolean admitted() {
            admitted = true;
            endWatch();
            return execute(executor, () -> proceed(true, executor, ended), ended);
        }

        private void expired() {
            if (giveUp()) {
                end(() -> {
                    guest.expire(request, sink, head);
                    return true;
                });
            }
        }

        private void end(Step step) {
            execute(executor, step, ended);
        }

        private void endWatch() {
            Watchdog.Watch running = watch.getAndSet(null);
            if (running != null) {
                running.end();
            }
        }
    }
}
