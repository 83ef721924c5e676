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
 * The body of a request, waited for without a thread and without a place among those that run: until it is complete if its
 * length is not known, else until its first bytes are there.
 */
final class BodyWait {

    private static final byte[] NO_BYTES = {};

    private final Exchange exchange;
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

    /**
     * Not begun yet.
     *
     * @param body takes all of it, closed by the exchange; null to wait for its beginning only
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

    /** What waits for the body of a request, if that is needed and takes no thread; else null. */
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

    /** Whether there is something of the body to read, or reading it fails. */
    private static boolean hasBegun(WagiRequest request) {
        try {
            return request.body().available() > 0;
        } catch (IOException e) {
            return true; // which is found when it is read
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
