// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Limits the JVM heap that idle sandboxes of all pools of a host together may use. Thread-safe. */
public final class IdleMemory {

    private final long max;
    private final All all;
    private final AtomicLong used = new AtomicLong();

    /**
     * Limits what the idle sandboxes of all hosts of a JVM may use. The second half is for sandboxes that are reserved
     * anyway, so that greedy hosts leave some to others. Thread-safe.
     */
    static final class All {

        private static final All OF_THIS_JVM = new All(Runtime.getRuntime().maxMemory() / 4);

        private final long max;
        private final AtomicLong used = new AtomicLong();

        /** Hosts that nobody has closed: their idle sandboxes are collected with them. */
        private final ReferenceQueue<IdleMemory> collected = new ReferenceQueue<>();

        private final Set<Host> hosts = ConcurrentHashMap.newKeySet();

        private static final class Host extends PhantomReference<IdleMemory> {
            private final AtomicLong used;

            Host(IdleMemory memory, ReferenceQueue<IdleMemory> collected) {
                super(memory, collected);
                this.used = memory.used;
            }
        }

        All(long max) {
            this.max = max;
        }

        private void add(IdleMemory memory) {
            forgetCollected();
            hosts.add(new Host(memory, collected));
        }

        private void forgetCollected() {
            while (collected.poll() instanceof Host host) {
                hosts.remove(host);
                used.addAndGet(-host.used.get());
            }
        }

        private boolean take(int bytes, boolean anyway) {
            long limit = anyway ? max : max / 2;
            if (used.addAndGet(bytes) <= limit) {
                return true;
            }
            forgetCollected();
            if (used.get() <= limit) {
                return true;
            }
            used.addAndGet(-bytes);
            return false;
        }

        /** Returns the bytes that are reserved now. */
        long used() {
            return used.get();
        }
    }

    /**
     * Creates a limit.
     *
     * @param max in bytes
     */
    IdleMemory(long max) {
        this(max, new All(Long.MAX_VALUE));
    }

    IdleMemory(long max, All all) {
        this.max = max;
        this.all = all;
        all.add(this);
    }

    /**
     * Returns a limit of an eighth of the JVM's maximum heap. All hosts of one class loader may use as much together,
     * and as much again for what is reserved anyway.
     */
    public static IdleMemory standard() {
        return new IdleMemory(Runtime.getRuntime().maxMemory() / 8, All.OF_THIS_JVM);
    }

    /**
     * Reserves memory; if it returns true, {@link #give} must follow.
     *
     * @param anyway whether to reserve it even beyond the limit of this host, though not beyond that of all hosts
     */
    boolean take(int bytes, boolean anyway) {
        if ((used.addAndGet(bytes) <= max || anyway) && all.take(bytes, anyway)) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void give(int bytes) {
        used.addAndGet(-bytes);
        all.used.addAndGet(-bytes);
    }

    /** Returns the bytes that are reserved now. */
    public long used() {
        return used.get();
    }
}
