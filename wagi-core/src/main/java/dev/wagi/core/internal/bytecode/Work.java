// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What the pass may spend on one module, in steps of what is more than linear in the size of a function. Once it is
 * spent, functions stay as the engine made them, so a module that is made to be slow to look at loads in a bounded
 * time. Functions that are looked at side by side spend from the same; then it depends on the threads which of them
 * find nothing left. Thread-safe.
 */
final class Work {

    /** CPython 3.12, 26 MB with six functions of more than 64 KiB of code, takes a million. */
    static final long MOST = 1L << 28;

    private final AtomicLong left;

    Work(long most) {
        left = new AtomicLong(most);
    }

    /** @throws Flow.TooLarge if there is nothing left for these steps */
    void spend(long steps) {
        long before = left.getAndUpdate(now -> Math.max(0, now - steps));
        if (steps > before) {
            throw new Flow.TooLarge();
        }
    }

    long left() {
        return left.get();
    }
}
