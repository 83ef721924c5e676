// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.time.Duration;
import java.util.Objects;

/**
 * Receives what happens in a host. Every method has an empty default implementation and takes one event object, so
 * that both can grow. Several threads call the methods, which should not block.
 */
public interface WagiListener {

    /**
     * Called when a module's bytes have been fetched and are about to be compiled; modules with equal bytes are
     * compiled once.
     *
     * @param event what happened
     */
    default void moduleLoading(ModuleLoading event) {}

    /**
     * Called when a module is ready to run.
     *
     * @param event what happened
     */
    default void moduleLoaded(ModuleLoaded event) {}

    /**
     * Called when a request has reached a limit and was answered accordingly.
     *
     * @param event what happened
     */
    default void limitReached(LimitReached event) {}

    /**
     * Called when a guest did not end after its timeout and its interrupts, which is a bug of the host or its engine.
     * The client was answered and the guest's place is free again, but its thread is lost until the guest ends. Its
     * stack is in the log. When eight such threads are lost, the module is out of service: its requests are answered
     * with 503 until one of those guests ends or the module is reloaded.
     *
     * @param event what happened
     */
    default void guestAbandoned(GuestAbandoned event) {}

    /**
     * Called when the JVM's heap is exhausted in spite of all limits and has not recovered within ten seconds: during
     * that time a megabyte could not be allocated. Called once per occurrence, on a dedicated thread. The
     * implementation must not allocate, so there is no event object. {@link Runtime#halt} allocates nothing and lets
     * a supervisor restart the process, as the {@code wagi} command does.
     */
    default void heapExhausted() {}

    /**
     * Called when a guest's outbound request has failed or the header of its response has arrived. Each redirect is a
     * separate call, and so is each request that was refused because of its address.
     *
     * @param event what happened
     */
    default void outboundCall(OutboundCall event) {}

    /** The event of {@link #moduleLoading}. Immutable. */
    final class ModuleLoading {

        private final String origin;

        private ModuleLoading(String origin) {
            this.origin = Objects.requireNonNull(origin, "origin");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param origin as in {@link #origin()}
         * @return the event
         */
        public static ModuleLoading of(String origin) {
            return new ModuleLoading(origin);
        }

        /** {@return where the bytes came from} */
        public String origin() {
            return origin;
        }

        @Override
        public String toString() {
            return "ModuleLoading[origin=" + origin + "]";
        }
    }

    /** The event of {@link #moduleLoaded}. Immutable. */
    final class ModuleLoaded {

        private final String origin;
        private final Duration took;

        private ModuleLoaded(String origin, Duration took) {
            this.origin = Objects.requireNonNull(origin, "origin");
            this.took = Objects.requireNonNull(took, "took");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param origin as in {@link #origin()}
         * @param took as in {@link #took()}
         * @return the event
         */
        public static ModuleLoaded of(String origin, Duration took) {
            return new ModuleLoaded(origin, took);
        }

        /** {@return where the bytes came from, as in {@link ModuleLoading}} */
        public String origin() {
            return origin;
        }

        /** {@return the time since {@link ModuleLoading}} */
        public Duration took() {
            return took;
        }

        @Override
        public String toString() {
            return "ModuleLoaded[origin=" + origin + ", took=" + took + "]";
        }
    }

    /** The event of {@link #limitReached}. Immutable. */
    final class LimitReached {

        private final String module;
        private final String requestId;
        private final String limit;

        private LimitReached(String module, String requestId, String limit) {
            this.module = Objects.requireNonNull(module, "module");
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.limit = Objects.requireNonNull(limit, "limit");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param requestId as in {@link #requestId()}
         * @param limit as in {@link #limit()}
         * @return the event
         */
        public static LimitReached of(String module, String requestId, String limit) {
            return new LimitReached(module, requestId, limit);
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the request's id} */
        public String requestId() {
            return requestId;
        }

        /**
         * {@return the limit's key in {@code modules.toml}, for instance {@code timeout}; {@code max_queue} for a
         * request that was refused because the queue was full}
         */
        public String limit() {
            return limit;
        }

        @Override
        public String toString() {
            return "LimitReached[module=" + module + ", requestId=" + requestId + ", limit=" + limit + "]";
        }
    }

    /** The event of {@link #guestAbandoned}. Immutable. */
    final class GuestAbandoned {

        private final String module;
        private final String requestId;

        private GuestAbandoned(String module, String requestId) {
            this.module = Objects.requireNonNull(module, "module");
            this.requestId = Objects.requireNonNull(requestId, "requestId");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param requestId as in {@link #requestId()}
         * @return the event
         */
        public static GuestAbandoned of(String module, String requestId) {
            return new GuestAbandoned(module, requestId);
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the request's id} */
        public String requestId() {
            return requestId;
        }

        @Override
        public String toString() {
            return "GuestAbandoned[module=" + module + ", requestId=" + requestId + "]";
        }
    }

    /** The event of {@link #outboundCall}. Immutable. */
    final class OutboundCall {

        private final String module;
        private final String host;
        private final int status;
        private final Duration took;

        private OutboundCall(String module, String host, int status, Duration took) {
            this.module = Objects.requireNonNull(module, "module");
            this.host = Objects.requireNonNull(host, "host");
            this.status = status;
            this.took = Objects.requireNonNull(took, "took");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param host as in {@link #host()}
         * @param status as in {@link #status()}
         * @param took as in {@link #took()}
         * @return the event
         */
        public static OutboundCall of(String module, String host, int status, Duration took) {
            return new OutboundCall(module, host, status, took);
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the host that was called, in lower case and ASCII} */
        public String host() {
            return host;
        }

        /** {@return the status of the response, or 0 if there was none} */
        public int status() {
            return status;
        }

        /** {@return the time until then, including the DNS lookup} */
        public Duration took() {
            return took;
        }

        @Override
        public String toString() {
            return "OutboundCall[module=" + module + ", host=" + host + ", status=" + status + ", took=" + took + "]";
        }
    }
}
