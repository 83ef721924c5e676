// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.sandbox.GuestCode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Limits the memory of modules that are loaded on demand: if one more does not fit, others are unloaded that are idle,
 * of which those go first that were not used since the last time. Modules with requests stay, so that the limit may be
 * exceeded by what is in use. Thread-safe.
 */
final class LoadedModules {

    /** A quarter of the JVM's largest heap. Most of it is outside the heap, as the JVM's classes are. */
    static final LoadedModules SHARED = new LoadedModules(Runtime.getRuntime().maxMemory() / 4);

    private final long max;

    // Guarded by this.
    private final Map<LazyGuest, GuestCode> loaded = new IdentityHashMap<>();
    private final Map<GuestCode, Integer> users = new IdentityHashMap<>();
    private final Deque<LazyGuest> order = new ArrayDeque<>();
    private long used;

    /**
     * Creates a limit.
     *
     * @param max in bytes
     */
    LoadedModules(long max) {
        this.max = max;
    }

    /** Adds a module that was loaded, and makes room for it; {@link #remove} must follow, unless it is evicted. */
    synchronized void add(LazyGuest guest, GuestCode code) {
        loaded.put(guest, code);
        order.addLast(guest);
        if (users.merge(code, 1, Integer::sum) == 1) {
            used += code.bytes();
        }
        // The first round may only note that none was idle.
        for (int looks = 2 * order.size(); used > max && looks > 0; looks--) {
            LazyGuest candidate = order.removeFirst();
            if (candidate != guest && candidate.evict()) {
                forget(candidate);
            } else {
                order.addLast(candidate);
            }
        }
    }

    /** Removes a module that will not be used again. */
    synchronized void remove(LazyGuest guest) {
        if (order.remove(guest)) {
            forget(guest);
        }
    }

    private void forget(LazyGuest guest) {
        GuestCode code = loaded.remove(guest);
        if (code != null && users.merge(code, -1, Integer::sum) == 0) {
            users.remove(code);
            used -= code.bytes();
        }
    }

    /** Returns the memory in use, in bytes. */
    synchronized long used() {
        return used;
    }
}
