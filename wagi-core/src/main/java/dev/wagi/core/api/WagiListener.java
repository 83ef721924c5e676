// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.time.Duration;
import java.util.Objects;

/**
 * Receives what happens in a host. Every method has an empty default and one event, so that both can grow; methods are called
 * by several threads and should not block.
 */
public interface WagiListener {

    /**
     * A module's bytes are available and are about to be compiled; modules with equal bytes are compiled once.
     *
     * @param event what happened
     */
    default void moduleLoading(ModuleLoading event) {}

    /**
     * A module is ready to run.
     *
     * @param event what happened
     */
    default void moduleLoaded(ModuleLoaded event) {}

    /**
     * A request reached a limit and was answered accordingly.
     *
     * @param event what happened
     */
    default void limitReached(LimitReached event) {}

    /**
     * A guest did not end after its timeout and its interrupts, which is a bug of the host or its engine. Its client was
     * answered and its place given back, but its thread is lost until it ends. The log has its stack. With the eighth such
     * thread a module is out of service: its requests are answered 503 until one of them ends, or it is reloaded.
     *
     * @param event what happened
     */
    default void guestAbandoned(GuestAbandoned event) {}

    /**
     * The JVM's heap is exhausted in spite of all bounds and has not recovered within ten seconds: in that time a megabyte
     * could not be allocated. Called once each time that this begins, by a thread of its own. The implementation must not
     * need heap, so there is no event. {@link Runtime#halt} needs none, and lets a supervisor restart the process, as the
     * {@code wagi} command does.
     */
    default void heapExhausted() {}

    /**
     * A guest's outbound request failed, or the head of its response arrived. Redirects are calls of their own; so are
     * requests that were refused because of their address.
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
         * An event, for tests of listeners.
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
         * An event, for tests of listeners.
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
         * An event, for tests of listeners.
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
         * request that found no place}
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
         * An event, for tests of listeners.
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
         * An event, for tests of listeners.
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

        /** {@return the time up to then, including the lookup of the name} */
        public Duration took() {
            return took;
        }

        @Override
        public String toString() {
            return "OutboundCall[module=" + module + ", host=" + host + ", status=" + status + ", took=" + took + "]";
        }
    }
}
