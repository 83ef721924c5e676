// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The turn of a request to run a guest: it enters the lane of the guest, at once, by waiting on its thread or by
 * waiting without one, and leaves it. For one run; entered once, left once.
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

    /**
     * Enters, waiting on this thread for as long as the request has time, or answers why it cannot. If it returns true,
     * {@link #leave} must follow.
     *
     * @throws Attempt.GivenUpException if it would wait, and the thread must not
     * @throws IOException if the client is gone
     */
    boolean enter() throws IOException {
        if (guest.lane().tryEnter()) {
            return true;
        }
        if (exchange.isAttempt()) {
            if (!guest.lane().isFull()) {
                throw Attempt.GivenUpException.INSTANCE;
            }
            FailureAnswers.refuse(exchange, guest);
            return false;
        }
        Journal journal = exchange.journal();
        if (journal != null) {
            journal.waits();
        }
        Admission.Verdict entry = guest.lane().enter(exchange.deadline(guest));
        if (journal != null) {
            journal.waited();
        }
        return switch (entry) {
            case ADMITTED -> true;
            case REFUSED -> !FailureAnswers.refuse(exchange, guest);
            case WAITS -> !FailureAnswers.expire(exchange, guest);
        };
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
            case REFUSED -> execute(() -> FailureAnswers.refuse(exchange, guest));
            case WAITS -> {
                try {
                    long rest = exchange.deadline(guest) - System.nanoTime();
                    watch = guest.lane().strays().watchdog().begin(rest, this::expired);
                } catch (RuntimeException | Error e) {
                    // Nothing would end its waiting.
                    if (giveUp()) {
                        Steps.drop(exchange, e);
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
            Steps.drop(exchange, e);
            return false;
        }
    }

    private void expired() {
        if (giveUp()) {
            execute(() -> FailureAnswers.expire(exchange, guest));
        }
    }

    private boolean execute(Step step) {
        return Steps.execute(exchange, Objects.requireNonNull(executor), step);
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
