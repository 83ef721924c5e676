// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets about as many guests of one module compute at the same time as there are processors. More of them are slower
 * together: each one's memory drives the others' out of the processors' caches, threads that are preempted hold up
 * others, and the JVM's compilers, of which there may be a single thread, get one share among many, so that code that
 * is not compiled remains so.
 *
 * <p>A guest keeps the next one waiting for a turn at most: if it computes for longer, or blocks, whoever is first in
 * the queue takes its seat, and both go on. In order of arrival. Thread-safe.
 */
public final class Seats {

    /** How long a seat is kept from those who wait, in nanoseconds. */
    static final long TURN = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int SEATS = Runtime.getRuntime().availableProcessors() + 1;

    /** The ticket of who has no seat. */
    public static final long NONE = 0;

    /** In a list of its own, because a collection could be left broken where memory or stack are used up. */
    private static final class Waiter {
        final Thread thread = Thread.currentThread();

        // Guarded by the seats.
        long ticket = NONE;

        @Nullable
        Waiter next;
    }

    private final LongSupplier clock;

    // Guarded by this.
    private final long[] tickets;
    private final long[] since;
    private @Nullable Waiter first;
    private @Nullable Waiter last;
    private long lastTicket;

    /** Creates the seats of a module: one for each processor, and one more for when a guest waits shortly. */
    public Seats() {
        this(SEATS, System::nanoTime);
    }

    /** @param clock like {@link System#nanoTime} */
    public Seats(int seats, LongSupplier clock) {
        this.tickets = new long[seats];
        this.since = new long[seats];
        this.clock = clock;
    }

    /**
     * Takes a seat, waiting for it if there is none. A thread that is or gets interrupted does not wait any longer, and
     * stays interrupted.
     *
     * @return the ticket for {@link #leave}, or {@link #NONE} if it was interrupted
     */
    public long enter() {
        Waiter waiter;
        long patience;
        synchronized (this) {
            int seat = first == null ? find() : -1;
            if (seat >= 0) {
                return take(seat);
            }
            waiter = new Waiter();
            patience = first == null ? patience() : TURN;
            if (last == null) {
                first = waiter;
            } else {
                last.next = waiter;
            }
            last = waiter;
        }
        while (true) {
            LockSupport.parkNanos(this, patience);
            @Nullable Waiter next;
            long ticket;
            synchronized (this) {
                ticket = waiter.ticket;
                if (ticket == NONE && first == waiter) {
                    int seat = find();
                    if (seat >= 0) {
                        ticket = take(seat);
                    }
                }
                if (ticket == NONE && !Thread.currentThread().isInterrupted()) {
                    patience = first == waiter ? patience() : TURN;
                    continue;
                }
                remove(waiter);
                next = first;
            }
            if (next != null) {
                LockSupport.unpark(next.thread); // it may have to look after another seat, or sooner
            }
            return ticket;
        }
    }

    /**
     * Leaves a seat to the one who has waited longest, unless it was taken meanwhile.
     *
     * @param ticket the result of {@link #enter}
     */
    public void leave(long ticket) {
        @Nullable Waiter next;
        synchronized (this) {
            int seat = seatOf(ticket);
            if (ticket == NONE || tickets[seat] != ticket) {
                return;
            }
            tickets[seat] = NONE;
            next = first;
            if (next != null) {
                next.ticket = take(seat);
                remove(next);
            }
        }
        if (next != null) {
            LockSupport.unpark(next.thread);
        }
    }

    private long take(int seat) {
        lastTicket += tickets.length;
        tickets[seat] = lastTicket + seat;
        since[seat] = clock.getAsLong();
        return tickets[seat];
    }

    private int seatOf(long ticket) {
        return (int) (ticket % tickets.length);
    }

    /** Returns a seat that is free, or whose turn is over; -1 if there is none. */
    private int find() {
        for (int seat = 0; seat < tickets.length; seat++) {
            if (tickets[seat] == NONE) {
                return seat;
            }
        }
        int eldest = eldest();
        return rest(eldest) <= 0 ? eldest : -1;
    }

    /** Returns how long it takes until the first turn is over, if no seat is free. */
    private long patience() {
        return Math.max(1, rest(eldest()));
    }

    private int eldest() {
        int eldest = 0;
        for (int seat = 1; seat < since.length; seat++) {
            if (since[seat] - since[eldest] < 0) {
                eldest = seat;
            }
        }
        return eldest;
    }

    private long rest(int seat) {
        return TURN - (clock.getAsLong() - since[seat]);
    }

    /** Removes a waiter if it is in the list. */
    private void remove(Waiter waiter) {
        Waiter before = null;
        for (Waiter each = first; each != null; each = each.next) {
            if (each != waiter) {
                before = each;
                continue;
            }
            if (before == null) {
                first = each.next;
            } else {
                before.next = each.next;
            }
            if (each.next == null) {
                last = before;
            }
            return;
        }
    }

    /** Returns how many wait. */
    synchronized int waiting() {
        int count = 0;
        for (Waiter each = first; each != null; each = each.next) {
            count++;
        }
        return count;
    }
}
