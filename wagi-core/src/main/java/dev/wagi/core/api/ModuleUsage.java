// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * What a module uses at one moment, and its instances so far. Modules with equal bytes and limits share instances;
 * these are counted for the first of them in the configuration. Counts go on over a reload that keeps the module's
 * name. Immutable.
 */
public final class ModuleUsage {

    private final String module;
    private final boolean loaded;
    private final int running;
    private final int waiting;
    private final int abandonedThreads;
    private final int instancesInUse;
    private final int instancesPooled;
    private final long pooledBytes;
    private final long instancesCreated;
    private final long instancesReused;
    private final Map<Discard, Long> discarded;

    private ModuleUsage(Builder builder) {
        this.module = builder.module;
        this.loaded = builder.loaded;
        this.running = builder.running;
        this.waiting = builder.waiting;
        this.abandonedThreads = builder.abandonedThreads;
        this.instancesInUse = builder.instancesInUse;
        this.instancesPooled = builder.instancesPooled;
        this.pooledBytes = builder.pooledBytes;
        this.instancesCreated = builder.instancesCreated;
        this.instancesReused = builder.instancesReused;
        this.discarded = new EnumMap<>(builder.discarded);
    }

    /** Why an instance is not used again. Constants may be added. */
    public enum Discard {
        /** Its guest trapped, was stopped, or lost its client. */
        FAILED,
        /** It cannot be put back into its first state, or {@code reuse} is false. */
        NOT_REUSABLE,
        /** Idle instances take as much of the heap as they may. */
        NO_ROOM,
        /** It was not needed for some time. */
        SURPLUS,
        /** Its module was replaced by a reload, or the host was closed. */
        CLOSED
    }

    /**
     * A usage with everything at 0, for tests of what reads it.
     *
     * @param module as in {@link #module()}
     * @return a builder
     */
    public static Builder builder(String module) {
        return new Builder(module);
    }

    /** {@return the module's name} */
    public String module() {
        return module;
    }

    /** {@return whether the module is in memory: not if it is loaded on demand and not needed, or cannot be loaded} */
    public boolean isLoaded() {
        return loaded;
    }

    /** {@return the requests that run a guest of it} */
    public int running() {
        return running;
    }

    /** {@return the requests that wait for their turn} */
    public int waiting() {
        return waiting;
    }

    /**
     * {@return the threads that its guests hold although they should have ended; see
     * {@link WagiListener#guestAbandoned}}
     */
    public int abandonedThreads() {
        return abandonedThreads;
    }

    /** {@return the instances that run} */
    public int instancesInUse() {
        return instancesInUse;
    }

    /** {@return the instances that are kept for the next requests} */
    public int instancesPooled() {
        return instancesPooled;
    }

    /** {@return the heap that {@link #instancesPooled} take, in bytes} */
    public long pooledBytes() {
        return pooledBytes;
    }

    /** {@return how many instances were made for requests} */
    public long instancesCreated() {
        return instancesCreated;
    }

    /** {@return how often a request got an instance that had served others} */
    public long instancesReused() {
        return instancesReused;
    }

    /**
     * How many instances were discarded for a reason.
     *
     * @param reason the reason
     * @return the number so far
     */
    public long instancesDiscarded(Discard reason) {
        return discarded.getOrDefault(reason, 0L);
    }

    @Override
    public String toString() {
        return "ModuleUsage[module=" + module + ", loaded=" + loaded + ", running=" + running + ", waiting=" + waiting
                + ", instancesInUse=" + instancesInUse + ", instancesPooled=" + instancesPooled + "]";
    }

    /** Collects the values of a {@link ModuleUsage}. Not thread-safe. */
    public static final class Builder {
        private final String module;
        private final Map<Discard, Long> discarded = new EnumMap<>(Discard.class);
        private boolean loaded;
        private int running;
        private int waiting;
        private int abandonedThreads;
        private int instancesInUse;
        private int instancesPooled;
        private long pooledBytes;
        private long instancesCreated;
        private long instancesReused;

        private Builder(String module) {
            this.module = Objects.requireNonNull(module, "module");
        }

        /**
         * Sets whether the module is in memory.
         *
         * @param value as in {@link ModuleUsage#isLoaded()}
         * @return this builder
         */
        public Builder loaded(boolean value) {
            this.loaded = value;
            return this;
        }

        /**
         * Sets the requests of the module.
         *
         * @param running as in {@link ModuleUsage#running()}
         * @param waiting as in {@link ModuleUsage#waiting()}
         * @param abandoned as in {@link ModuleUsage#abandonedThreads()}
         * @return this builder
         */
        public Builder requests(int running, int waiting, int abandoned) {
            this.running = running;
            this.waiting = waiting;
            this.abandonedThreads = abandoned;
            return this;
        }

        /**
         * Sets the instances that there are.
         *
         * @param inUse as in {@link ModuleUsage#instancesInUse()}
         * @param pooled as in {@link ModuleUsage#instancesPooled()}
         * @param bytes as in {@link ModuleUsage#pooledBytes()}
         * @return this builder
         */
        public Builder instances(int inUse, int pooled, long bytes) {
            this.instancesInUse = inUse;
            this.instancesPooled = pooled;
            this.pooledBytes = bytes;
            return this;
        }

        /**
         * Sets where requests got their instances from.
         *
         * @param created as in {@link ModuleUsage#instancesCreated()}
         * @param reused as in {@link ModuleUsage#instancesReused()}
         * @return this builder
         */
        public Builder instancesLent(long created, long reused) {
            this.instancesCreated = created;
            this.instancesReused = reused;
            return this;
        }

        /**
         * Sets how many instances were discarded for a reason.
         *
         * @param reason the reason
         * @param number as in {@link ModuleUsage#instancesDiscarded}
         * @return this builder
         */
        public Builder instancesDiscarded(Discard reason, long number) {
            discarded.put(reason, number);
            return this;
        }

        /** {@return the usage} */
        public ModuleUsage build() {
            return new ModuleUsage(this);
        }
    }
}
