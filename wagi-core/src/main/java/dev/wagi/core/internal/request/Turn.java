// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The turn of a request to run a guest: it enters the lane of the guest, at once, by waiting on its thread or by waiting
 * without one, and leaves it. For one run; entered once, left once.
 */
final class Turn extends Admission.Waiter {

    private final Exchange exchange;
    private final GuestHandler guest;
    private final @Nullable Executor executor;
    private volatile Watchdog.@Nullable Watch watch;
    private volatile boolean admitted;

    /**
     * Not entered yet.
     *
     * @param executor where the exchange goes on when it is its turn; null if its thread waits, or it does not wait
     */
    Turn(Exchange exchange, GuestHandler guest, @Nullable Executor executor) {
        this.exchange = exchange;
        this.guest = guest;
        this.executor = executor;
    }

    /** Enters if that needs no waiting. If it answers true, {@link #leave} must follow. */
    boolean tryEnter() {
        return guest.lane().tryEnter();
    }

    /**
     * Enters, waiting on this thread for as long as the request has time. After {@code ADMITTED} {@link #leave} must follow.
     *
     * @return {@code WAITS} if the time was over or the thread interrupted
     */
    Admission.Verdict enter() {
        return tryEnter() ? Admission.Verdict.ADMITTED : guest.lane().enter(exchange.deadline(guest));
    }

    /** Makes room for another one. */
    void leave() {
        guest.lane().leave();
    }

    /** Enters without a thread: the exchange goes on on one of the executor, with its guest or with a failure. */
    void begin() {
        switch (guest.lane().enter(this)) {
            case ADMITTED -> {
                boolean runs = false;
                try {
                    runs = admitted();
                } finally {
                    if (!runs) {
                        leave();
                    }
                }
            }
            case REFUSED -> execute(() -> exchange.refuse(guest));
            case WAITS -> {
                try {
                    long rest = exchange.deadline(guest) - System.nanoTime();
                    watch = guest.lane().strays().watchdog().begin(rest, this::expired);
                } catch (RuntimeException | Error e) {
                    // Nothing would end its waiting.
                    if (giveUp()) {
                        exchange.drop(e);
                    }
                }
                if (admitted) {
                    endWatch();
                }
            }
        }
    }

    @Override
    protected boolean admitted() {
        try {
            admitted = true;
            endWatch();
            return execute(() -> exchange.proceed(this, executor));
        } catch (RuntimeException | Error e) {
            exchange.drop(e);
            return false;
        }
    }

    private void expired() {
        if (giveUp()) {
            execute(() -> exchange.expire(guest));
        }
    }

    private boolean execute(Exchange.Step step) {
        return exchange.execute(Objects.requireNonNull(executor), step);
    }

    /** Once only: the thread that began it and the one that admits may both be here. */
    private void endWatch() {
        if (watch == null) {
            return;
        }
        Watchdog.Watch running;
        synchronized (this) {
            running = watch;
            watch = null;
        }
        if (running != null) {
            running.end();
        }
    }
}
