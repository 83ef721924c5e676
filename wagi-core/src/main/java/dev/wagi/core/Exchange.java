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
    private final Optional<CgiRequest> parsed;

    /**
     * A request that has just arrived.
     *
     * @param served what it is answered with, to its end
     */
    Exchange(Deployment served, WagiRequest request, ResponseSink sink) {
        this.served = served;
        this.sink = sink;
        this.head = request.method().equals("HEAD");
        this.parsed = CgiRequest.parse(request, id);
    }

    /** Answers it on this thread. */
    void answer() {
        guard(() -> served.handle(parsed, id, sink, head, began, false));
    }

    /** Answers it while the host is stopping. */
    void refuse() {
        guard(() -> Failure.sendUnavailable(sink, id, head));
    }

    /**
     * Answers it on a thread of the executor when it is its turn.
     *
     * @param ended is run when it is answered
     */
    void answer(Executor executor, Runnable ended) {
        GuestHandler guest = served.guest(parsed);
        CgiRequest request = parsed.orElse(null);
        if (guest == null || request == null) {
            execute(executor, this::answer, ended);
        } else {
            new Turn(guest, request, executor, ended).begin();
        }
    }

    /** As {@link #refuse()}, on a thread of the executor. */
    void refuse(Executor executor) {
        execute(executor, this::refuse, () -> {});
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Nothing that goes wrong leaves the transport without an end. */
    private void guard(Step step) {
        try {
            step.run();
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
    }

    /** Whether the executor took the task; if not, the request has ended. */
    private boolean execute(Executor executor, Runnable task, Runnable ended) {
        Task once = new Task(task, ended);
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
    private static final class Task implements Runnable {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final Runnable task;
        private final Runnable ended;

        Task(Runnable task, Runnable ended) {
            this.task = task;
            this.ended = ended;
        }

        boolean claim() {
            return claimed.compareAndSet(false, true);
        }

        @Override
        public void run() {
            if (claim()) {
                try {
                    task.run();
                } finally {
                    ended.run();
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
                case REFUSED -> end(() -> guest.refuse(request, sink, head));
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
            return execute(executor, () -> guard(() -> served.handle(parsed, id, sink, head, began, true)), ended);
        }

        private void expired() {
            if (giveUp()) {
                end(() -> guest.expire(request, sink, head));
            }
        }

        private void end(Step step) {
            execute(executor, () -> guard(step), ended);
        }

        private void endWatch() {
            Watchdog.Watch running = watch.getAndSet(null);
            if (running != null) {
                running.end();
            }
        }
    }
}
