// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.util.concurrent.atomic.AtomicLong;

/** Limits the JVM heap that idle sandboxes of all pools together may use. Thread-safe. */
public final class IdleMemory {

    private final long max;
    private final AtomicLong used = new AtomicLong();

    /**
     * Creates a limit.
     *
     * @param max in bytes
     */
    public IdleMemory(long max) {
        this.max = max;
    }

    /** Returns a limit of an eighth of the JVM's maximum heap. */
    public static IdleMemory standard() {
        return new IdleMemory(Runtime.getRuntime().maxMemory() / 8);
    }

    /**
     * Reserves memory; if it returns true, {@link #give} must follow.
     *
     * @param anyway whether to reserve it even beyond the limit
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

    /** Returns the bytes that are reserved now. */
    public long used() {
        return used.get();
    }
}
