// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.concurrent.atomic.AtomicLong;

/** How much of the JVM's heap sandboxes may take while they wait for work, all pools together. Thread-safe. */
public final class IdleMemory {

    private final long max;
    private final AtomicLong used = new AtomicLong();

    /**
     * A bound.
     *
     * @param max in bytes
     */
    public IdleMemory(long max) {
        this.max = max;
    }

    /** An eighth of the largest heap that this JVM may have. */
    public static IdleMemory standard() {
        return new IdleMemory(Runtime.getRuntime().maxMemory() / 8);
    }

    /**
     * Takes room; if it answers true, {@link #give} must follow.
     *
     * @param anyway whether to take it even if there is none
     */
    boolean take(int bytes, boolean anyway) {
        if (used.addAndGet(bytes) <= max || anyway) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void give(int bytes) {
        used.addAndGet(-bytes);
    }

    /** The bytes in use now. */
    public long used() {
        return used.get();
    }
}
