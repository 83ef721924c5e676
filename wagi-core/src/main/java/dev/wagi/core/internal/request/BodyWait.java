// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.body.BodyStore;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the body of a request without a thread and without a place among the running requests: until it is complete
 * if its length is not known, else until its first bytes have arrived.
 */
final class BodyWait {

    private static final byte[] NO_BYTES = {};

    private final Exchange exchange;
    private final GuestHandler guest;
    private final CgiRequest request;
    private final WagiRequest.Readiness readiness;
    private final Executor executor;

    /** Reads the whole body; null if only its beginning is awaited. */
    private final @Nullable Collecting body;

    /** The number of calls since the last pass; only one thread at a time makes passes. */
    private final AtomicInteger calls = new AtomicInteger();

    /** Whether it is time to check the client's rate. */
    private volatile boolean due = true;

    private volatile Watchdog.@Nullable Watch watch;

    /** Whether waiting has ended; accessed in passes only. */
    private boolean over;

    /**
     * Creates a wait that has not begun.
     *
     * @param body receives the whole body, closed by the exchange; null to wait for its beginning only
     */
    private BodyWait(
            Exchange exchange,
            GuestHandler guest,
            CgiRequest request,
            WagiRequest.Readiness readiness,
            Executor executor,
            @Nullable Collecting body) {
        this.exchange = exchange;
        this.guest = guest;
        this.request = request;
        this.readiness = readiness;
        this.executor = executor;
        this.body = body;
    }

    /** Returns the wait for the body of a request, or null if none is needed or it would need a thread. */
    static @Nullable BodyWait of(Exchange exchange, GuestHandler guest, CgiRequest request, Executor executor) {
        WagiRequest.Readiness readiness = request.request().readiness().orElse(null);
        if (readiness == null) {
            return null;
        }
        boolean whole = guest.collects(request);
        if (!whole && (!GuestHandler.announces(request) || hasBegun(request.request()))) {
            return null;
        }
        Collecting body = whole ? guest.collecting(request, Collecting.transport(request.request())) : null;
        if (body != null) {
            exchange.closeAtEnd(body);
        }
        return new BodyWait(exchange, guest, request, readiness, executor, body);
    }

    /** Returns whether content is available, or reading it fails. */
    private static boolean hasBegun(WagiRequest request) {
        try {
            return request.body().available() > 0;
        } catch (IOException e) {
            return true; // the read reports the failure
        }
    }

    void begin() {
        try {
            guest.await();
        } catch (BodyStore.FullException e) {
            Steps.execute(exchange, executor, () -> FailureAnswers.notCollected(exchange, guest, e));
            return;
        }
        more();
    }

    /** Hands the check over to the executor, because reading must not block the watchdog's thread. */
    private void expired() {
        due = true;
        try {
            executor.execute(this::more);
        } catch (RuntimeException | Error e) {
            more();
        }
    }

    /** Called by any thread when there may be something to do. */
    private void more() {
        int seen = 1;
        if (calls.getAndIncrement() > 0) {
            return; // the thread that makes passes will make another one
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
            end(() -> FailureAnswers.notCollected(exchange, guest, e));
        } catch (RuntimeException e) {
            end(() -> {
                throw e;
            });
        } catch (Error e) {
            stop();
            Steps.drop(exchange, e);
        }
    }

    private boolean isInTime() throws IOException {
        if (due) {
            due = false;
            long rest = guest.bodyPatience(body == null ? 0 : body.length(), exchange.age());
            if (rest <= 0) {
                end(() -> FailureAnswers.bodyTooLate(exchange, guest));
                return false;
            }
            watch = guest.lane().strays().watchdog().begin(rest, this::expired);
        }
        return true;
    }

    private void complete() {
        stop();
        exchange.goOn(body == null ? request : request.with(body.whole()), executor);
    }

    private void end(Step answer) {
        stop();
        Steps.execute(exchange, executor, answer);
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
