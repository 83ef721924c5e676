// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.ModuleUsage.Discard;

/**
 * Counts the instances of a module, also over a reload, where the old pool and the new one share it. Everything is
 * guarded by this; pools hold that lock anyway when they lend.
 */
public final class InstanceCounts {

    private final long[] discarded = new long[Discard.values().length];
    private long created;
    private long reused;
    private int lent;
    private int idle;
    private long idleBytes;

    /** Nothing so far. */
    public InstanceCounts() {
        // as said
    }

    void created() {
        created++;
        lent++;
    }

    void reused(int footprint) {
        reused++;
        lent++;
        removed(footprint);
    }

    void returned() {
        lent--;
    }

    void kept(int footprint) {
        idle++;
        idleBytes += footprint;
    }

    void dropped(Discard reason, int footprint) {
        removed(footprint);
        discarded(reason);
    }

    void discarded(Discard reason) {
        discarded[reason.ordinal()]++;
    }

    private void removed(int footprint) {
        idle--;
        idleBytes -= footprint;
    }

    /** Says what was counted so far. */
    public synchronized void describe(ModuleUsage.Builder usage) {
        usage.instances(lent, idle, idleBytes).instancesLent(created, reused);
        for (Discard reason : Discard.values()) {
            usage.instancesDiscarded(reason, discarded[reason.ordinal()]);
        }
    }
}
