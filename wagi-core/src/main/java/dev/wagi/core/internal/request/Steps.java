// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.RequestOutcome;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs steps of exchanges, so that nothing that goes wrong leaves the transport without an end. */
final class Steps {

    private static final Logger LOG = LoggerFactory.getLogger(Steps.class);

    private Steps() {}

    /**
     * Runs a step on this thread.
     *
     * @return whether the request is answered, or broken off
     */
    static boolean guard(Exchange exchange, Step step) {
        try {
            return step.run();
        } catch (Custody.LostException e) {
            LOG.debug("request {} was answered by another thread", exchange.id(), e);
        } catch (IOException e) {
            LOG.debug("request {}: the client is gone", exchange.id(), e);
            exchange.note(RequestOutcome.CLIENT_GONE);
            abort(exchange);
        } catch (OutOfMemoryError e) {
            // Its own fault or not: the thread has nothing left of it, and goes on with the next one.
            abort(exchange);
            LOG.error("request {} was broken off: the heap is exhausted", exchange.id(), e);
        } catch (RuntimeException | Error e) {
            abort(exchange);
            LOG.error("request {} failed; this is a bug of the host", exchange.id(), e);
        }
        return true;
    }

    /** Whether the executor took the step; if not, the request has ended. */
    static boolean execute(Exchange exchange, Executor executor, Step step) {
        Task once = null;
        try {
            once = new Task(exchange, step);
            executor.execute(once);
            return true;
        } catch (RuntimeException | Error e) {
            // An Error is what a pool throws that cannot start one more thread.
            if (once != null && !once.claim()) {
                return true;
            }
            drop(exchange, e);
            return false;
        }
    }

    /** The request cannot be answered: there is no heap, or no thread. */
    static void drop(Exchange exchange, Throwable reason) {
        try {
            abort(exchange);
        } finally {
            exchange.end();
        }
        log(exchange, "request {} is broken off: there is no thread or no heap for it", reason);
    }

    private static void abort(Exchange exchange) {
        exchange.note(RequestOutcome.HOST_FAILURE); // unless it has an outcome already
        try {
            exchange.sink().abort();
        } catch (RuntimeException | Error e) {
            log(exchange, "request {}: the transport has forgotten it already", e);
        }
    }

    /** What is logged when the heap is full may not be; that must not keep anything from its end. */
    private static void log(Exchange exchange, String text, Throwable reason) {
        try {
            LOG.debug(text, exchange.id(), reason);
        } catch (RuntimeException | Error silent) {
            // As said.
        }
    }

    /**
     * Runs once at most: there are pools that throw and keep the task nevertheless, or run it and let out what it
     * throws.
     */
    private static final class Task implements Runnable {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final Exchange exchange;
        private final Step step;

        Task(Exchange exchange, Step step) {
            this.exchange = exchange;
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
                    answered = guard(exchange, step);
                } finally {
                    if (answered) {
                        exchange.end();
                    }
                }
            }
        }
    }
}
