// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the files that are being sent. Each has a descriptor and a buffer, and some clients read slowly. They take no
 * places of guests. Thread-safe.
 */
public final class Transfers {

    /** How many files are sent at the same time. */
    private static final int MAX = 1024;

    /**
     * How many of them may have a thread that waits for its client: fewer than the 200 that containers have by default.
     */
    private static final int MAX_BLOCKING = 128;

    private final AtomicInteger all = new AtomicInteger();
    private final AtomicInteger blocking = new AtomicInteger();

    /**
     * Begins one; {@link #end} must follow if it returns true.
     *
     * @param holdsThread whether its thread waits for its client
     */
    boolean begin(boolean holdsThread) {
        if (!holdsThread) {
            return take(all, MAX);
        }
        if (!take(blocking, MAX_BLOCKING)) {
            return false;
        }
        if (!take(all, MAX)) {
            blocking.decrementAndGet();
            return false;
        }
        return true;
    }

    private static boolean take(AtomicInteger count, int max) {
        if (count.incrementAndGet() <= max) {
            return true;
        }
        count.decrementAndGet();
        return false;
    }

    /** Ends one. */
    void end(boolean heldThread) {
        all.decrementAndGet();
        if (heldThread) {
            blocking.decrementAndGet();
        }
    }
}
