// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.List;

/** What a host uses at one moment. The values are read one after the other while requests go on. Immutable. */
public final class WagiUsage {

    private final int active;
    private final int running;
    private final int waiting;
    private final int abandonedThreads;
    private final long guestHeapBytes;
    private final long pooledBytes;
    private final List<ModuleUsage> modules;

    private WagiUsage(Builder builder) {
        this.active = builder.active;
        this.running = builder.running;
        this.waiting = builder.waiting;
        this.abandonedThreads = builder.abandonedThreads;
        this.guestHeapBytes = builder.guestHeapBytes;
        this.pooledBytes = builder.pooledBytes;
        this.modules = List.copyOf(builder.modules);
    }

    /**
     * A usage with everything at 0, for tests of what reads it.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return the requests that were not answered yet, whether they run, wait for their turn or for their body} */
    public int active() {
        return active;
    }

    /** {@return the requests that run a guest; at most {@link #active()}} */
    public int running() {
        return running;
    }

    /** {@return the requests that wait for their turn} */
    public int waiting() {
        return waiting;
    }

    /**
     * {@return the threads that guests hold although they should have ended; see {@link WagiListener#guestAbandoned}}
     */
    public int abandonedThreads() {
        return abandonedThreads;
    }

    /**
     * {@return the heap that running guests of all hosts in this JVM are charged for beyond the 2 MiB that each has, in
     * bytes; at most half of the heap}
     */
    public long guestHeapBytes() {
        return guestHeapBytes;
    }

    /** {@return the heap that idle instances take, in bytes; about an eighth of the heap at most} */
    public long pooledBytes() {
        return pooledBytes;
    }

    /** {@return the usage of each module, in the order of the configuration} */
    public List<ModuleUsage> modules() {
        return modules;
    }

    @Override
    public String toString() {
        return "WagiUsage[active=" + active + ", running=" + running + ", waiting=" + waiting + ", modules=" + modules
                + "]";
    }

    /** Collects the values of a {@link WagiUsage}. Not thread-safe. */
    public static final class Builder {
        private int active;
        private int running;
        private int waiting;
        private int abandonedThreads;
        private long guestHeapBytes;
        private long pooledBytes;
        private List<ModuleUsage> modules = List.of();

        private Builder() {}

        /**
         * Sets the requests.
         *
         * @param active as in {@link WagiUsage#active()}
         * @param running as in {@link WagiUsage#running()}
         * @param waiting as in {@link WagiUsage#waiting()}
         * @return this builder
         */
        public Builder requests(int active, int running, int waiting) {
            this.active = active;
            this.running = running;
            this.waiting = waiting;
            return this;
        }

        /**
         * Sets the threads that guests hold.
         *
         * @param number as in {@link WagiUsage#abandonedThreads()}
         * @return this builder
         */
        public Builder abandonedThreads(int number) {
            this.abandonedThreads = number;
            return this;
        }

        /**
         * Sets the memory.
         *
         * @param guests as in {@link WagiUsage#guestHeapBytes()}
         * @param pooled as in {@link WagiUsage#pooledBytes()}
         * @return this builder
         */
        public Builder memory(long guests, long pooled) {
            this.guestHeapBytes = guests;
            this.pooledBytes = pooled;
            return this;
        }

        /**
         * Sets the modules.
         *
         * @param all as in {@link WagiUsage#modules()}
         * @return this builder
         */
        public Builder modules(List<ModuleUsage> all) {
            this.modules = List.copyOf(all);
            return this;
        }

        /** {@return the usage} */
        public WagiUsage build() {
            return new WagiUsage(this);
        }
    }
}
