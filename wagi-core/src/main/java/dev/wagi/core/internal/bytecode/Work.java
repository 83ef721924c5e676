// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

/**
 * What the pass may spend on one module, in steps of what is more than linear in the size of a function. Once it is
 * spent, functions stay as the engine made them, so a module that is made to be slow to look at loads in a bounded
 * time.
 */
final class Work {

    /** CPython 3.12, 26 MB with six functions of more than 64 KiB of code, takes a million. */
    static final long MOST = 1L << 28;

    private long left;

    Work(long most) {
        left = most;
    }

    /** @throws Flow.TooLarge if there is nothing left for these steps */
    void spend(long steps) {
        if (steps > left) {
            left = 0;
            throw new Flow.TooLarge();
        }
        left -= steps;
    }

    long left() {
        return left;
    }
}
