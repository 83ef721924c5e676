// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Receives what happens in a host. Every method has an empty default implementation and takes one event object, so that
 * both can grow. Several threads call the methods, which should not block.
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
     * implementation must not allocate, so there is no event object. {@link Runtime#halt} allocates nothing and lets a
     * supervisor restart the process, as the {@code wagi} command does.
     */
    default void heapExhausted() {}

    /**
     * Called when a request has arrived and its route has been looked up: once per request, before it waits or runs, on
     * the thread that passed it to the host. {@link #requestEnded} follows. If a listener implements this method, the
     * host runs no guests on I/O threads ({@link dev.wagi.core.Wagi#tryHandle}), because such a run may be given up and
     * repeated.
     *
     * @param event what happened
     */
    default void requestStarted(RequestStarted event) {}

    /**
     * Called when a request has been answered, by a guest or by the host, or aborted: once for each request id that a
     * client received, by the thread that answered. The client may have received the response already.
     * {@link dev.wagi.core.Wagi#close} waits for this call.
     *
     * @param event what happened
     */
    default void requestEnded(RequestEnded event) {}

    /**
     * Called when a guest is about to run for a request, by the thread on which it will run; a request that guests
     * redirect locally has several runs. {@link #guestEnded} follows on the same thread. Returns header fields that the
     * guest sees in place of the client's fields of the same names, for instance the {@code traceparent} of this run.
     * Unless the guest or {@link #outboundHeaders} says otherwise, the guest's outbound requests carry on that trace.
     * If a listener implements this method, the host runs no guests on I/O threads, as with {@link #requestStarted}.
     *
     * @param event what is about to happen
     * @return the fields; none by default
     */
    default Headers guestStarted(GuestStarted event) {
        return Headers.none();
    }

    /**
     * Called when the run of a guest has ended and the request is answered, or redirected locally, by the thread that
     * called {@link #guestStarted}; listeners are called in reverse order. {@link #requestEnded} follows. For a guest
     * that was {@linkplain #guestAbandoned abandoned} this is after that event, and never if the guest does not end.
     *
     * @param event what happened
     */
    default void guestEnded(GuestEnded event) {}

    /**
     * Called when a guest is about to send an outbound request that is allowed; returns fields to send with it, for
     * instance {@code traceparent}. Fields that the guest has set itself are not replaced, and if it has set
     * {@code traceparent}, this method is not called. If no listener returns a field, the host adds the valid
     * {@code traceparent} of the request that the guest answers, with its {@code tracestate}. Called by the guest's
     * thread; {@link #outboundCall} follows on the same thread.
     *
     * @param event what is about to happen
     * @return the fields; none by default
     */
    default Headers outboundHeaders(OutboundStarted event) {
        return Headers.none();
    }

    /**
     * Called when a guest's outbound request has failed or was refused, or the header of its response has arrived. Each
     * redirect is a separate call.
     *
     * @param event what happened
     */
    default void outboundCall(OutboundCall event) {}

    /**
     * Called when a guest has written a line to standard error, after it was passed to the {@link GuestLog}. Called by
     * the thread that runs the guest.
     *
     * @param event what happened
     */
    default void guestLogged(GuestLogged event) {}

    /**
     * Called when the host logs a warning about a request of a module: why there was no valid response, or what is
     * suspicious about one. Called before the client has its answer, as a rule.
     *
     * @param event what happened
     */
    default void requestWarned(RequestWarned event) {}

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
        private final boolean cached;

        private ModuleLoaded(String origin, Duration took, boolean cached) {
            this.origin = Objects.requireNonNull(origin, "origin");
            this.took = Objects.requireNonNull(took, "took");
            this.cached = cached;
        }

        /**
         * Creates an event for a module that was not in the cache, for tests of listeners.
         *
         * @param origin as in {@link #origin()}
         * @param took as in {@link #took()}
         * @return the event
         */
        public static ModuleLoaded of(String origin, Duration took) {
            return new ModuleLoaded(origin, took, false);
        }

        /**
         * {@return a copy with another {@link #isCached()}}
         *
         * @param value as in {@link #isCached()}
         */
        public ModuleLoaded withCached(boolean value) {
            return new ModuleLoaded(origin, took, value);
        }

        /** {@return where the bytes came from, as in {@link ModuleLoading}} */
        public String origin() {
            return origin;
        }

        /** {@return the time since {@link ModuleLoading}} */
        public Duration took() {
            return took;
        }

        /** {@return whether its compiled code was in the compile cache} */
        public boolean isCached() {
            return cached;
        }

        @Override
        public String toString() {
            return "ModuleLoaded[origin=" + origin + ", took=" + took + ", cached=" + cached + "]";
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

    /** The event of {@link #guestLogged}. Immutable. */
    final class GuestLogged {

        private final String module;
        private final String requestId;
        private final String line;

        private GuestLogged(String module, String requestId, String line) {
            this.module = Objects.requireNonNull(module, "module");
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.line = Objects.requireNonNull(line, "line");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param requestId as in {@link #requestId()}
         * @param line as in {@link #line()}
         * @return the event
         */
        public static GuestLogged of(String module, String requestId, String line) {
            return new GuestLogged(module, requestId, line);
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the request's id} */
        public String requestId() {
            return requestId;
        }

        /** {@return the line, as a {@link GuestLog} receives it; what the guest likes} */
        public String line() {
            return line;
        }

        @Override
        public String toString() {
            return "GuestLogged[module=" + module + ", requestId=" + requestId + "]";
        }
    }

    /** The event of {@link #requestWarned}. Immutable. */
    final class RequestWarned {

        private final String module;
        private final String requestId;
        private final String text;

        private RequestWarned(String module, String requestId, String text) {
            this.module = Objects.requireNonNull(module, "module");
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.text = Objects.requireNonNull(text, "text");
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param requestId as in {@link #requestId()}
         * @param text as in {@link #text()}
         * @return the event
         */
        public static RequestWarned of(String module, String requestId, String text) {
            return new RequestWarned(module, requestId, text);
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
         * {@return what the log says, without module and request, for instance {@code exited with code 1}; after a trap
         * a line for each frame of WebAssembly follows. What guests control in it is escaped and cut}
         */
        public String text() {
            return text;
        }

        @Override
        public String toString() {
            return "RequestWarned[module=" + module + ", requestId=" + requestId + "]";
        }
    }

    /** The event of {@link #requestStarted}. Immutable. */
    final class RequestStarted {

        private final String requestId;
        private final WagiRequest request;
        private final @Nullable String module;
        private final @Nullable String route;

        private RequestStarted(String requestId, WagiRequest request, @Nullable String module, @Nullable String route) {
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.request = Objects.requireNonNull(request, "request");
            this.module = module;
            this.route = route;
        }

        /**
         * The event of a request that reaches no guest, for tests of listeners.
         *
         * @param requestId as in {@link #requestId()}
         * @param request what {@link #method()} and the like are read from
         * @return the event
         */
        public static RequestStarted of(String requestId, WagiRequest request) {
            return new RequestStarted(requestId, request, null, null);
        }

        /**
         * {@return a copy of a request that is for a module}
         *
         * @param name as in {@link #module()}
         * @param pattern as in {@link #route()}
         */
        public RequestStarted withModule(String name, String pattern) {
            return new RequestStarted(requestId, request, name, pattern);
        }

        /**
         * {@return a copy of a request that is for static files}
         *
         * @param pattern as in {@link #route()}
         */
        public RequestStarted withRoute(String pattern) {
            return new RequestStarted(requestId, request, module, Objects.requireNonNull(pattern, "pattern"));
        }

        /** {@return the request's id, which its response has in X-Request-Id} */
        public String requestId() {
            return requestId;
        }

        /** {@return the module's name, or empty if no module answers} */
        public Optional<String> module() {
            return Optional.ofNullable(module);
        }

        /**
         * {@return the pattern of the route of the module or the static files, for instance {@code /hello/...}, if
         * there is one}
         */
        public Optional<String> route() {
            return Optional.ofNullable(route);
        }

        /** {@return the request's method as sent; any token} */
        public String method() {
            return request.method();
        }

        /** {@return {@code http} or {@code https}, as the client used it} */
        public String scheme() {
            return request.scheme();
        }

        /** {@return path and query as sent, one char per octet; what the client likes} */
        public String target() {
            return request.target();
        }

        /** {@return the protocol and its version, for instance {@code HTTP/1.1}} */
        public String protocol() {
            return request.protocol();
        }

        /** {@return the client's address; a trusted proxy is believed what it says of it} */
        public String remoteAddress() {
            return request.remoteAddress();
        }

        /** {@return the fields as sent, credentials too; what the client likes} */
        public Headers headers() {
            return request.headers();
        }

        @Override
        public String toString() {
            return "RequestStarted[requestId=" + requestId + ", module=" + module + ", route=" + route + "]";
        }
    }

    /** The event of {@link #requestEnded}. Immutable. */
    final class RequestEnded {

        private final String requestId;
        private final WagiRequest request;
        private final RequestOutcome outcome;
        private final @Nullable String module;
        private final @Nullable String route;
        private final int status;
        private final boolean brokenOff;
        private final @Nullable Boolean reused;
        private final @Nullable Integer exitCode;
        private final long queueNanos;
        private final long guestNanos;
        private final long totalNanos;
        private final long bytesIn;
        private final long bytesOut;

        private RequestEnded(Builder builder) {
            this.requestId = builder.requestId;
            this.request = builder.request;
            this.outcome = builder.outcome;
            this.module = builder.module;
            this.route = builder.route;
            this.status = builder.status;
            this.brokenOff = builder.brokenOff;
            this.reused = builder.reused;
            this.exitCode = builder.exitCode;
            this.queueNanos = builder.queueNanos;
            this.guestNanos = builder.guestNanos;
            this.totalNanos = builder.totalNanos;
            this.bytesIn = builder.bytesIn;
            this.bytesOut = builder.bytesOut;
        }

        /**
         * The event of a request that reached no guest, for tests of listeners.
         *
         * @param requestId as in {@link #requestId()}
         * @param request what {@link #method()} and the like are read from
         * @param outcome as in {@link #outcome()}
         * @return a builder, with 0 for all numbers
         */
        public static Builder builder(String requestId, WagiRequest request, RequestOutcome outcome) {
            return new Builder(requestId, request, outcome);
        }

        /** {@return the request's id, which its response has in X-Request-Id} */
        public String requestId() {
            return requestId;
        }

        /** {@return how the handling ended} */
        public RequestOutcome outcome() {
            return outcome;
        }

        /** {@return the name of the module that answered, after local redirects, or empty if there is none} */
        public Optional<String> module() {
            return Optional.ofNullable(module);
        }

        /**
         * {@return the pattern of the route of the module or the static files that answered, for instance
         * {@code /hello/...}, after local redirects, or empty if there is none; there are only as many as routes}
         */
        public Optional<String> route() {
            return Optional.ofNullable(route);
        }

        /** {@return the status that was sent, or 0 if none was} */
        public int status() {
            return status;
        }

        /** {@return whether the response was broken off, so that the client does not have all of it} */
        public boolean isBrokenOff() {
            return brokenOff;
        }

        /**
         * {@return whether the guest of {@link #module} ran in an instance that had served other requests; empty if it
         * did not run}
         */
        public Optional<Boolean> reused() {
            return Optional.ofNullable(reused);
        }

        /** {@return the exit code of the guest of {@link #module}; empty if it did not run to its end} */
        public OptionalInt exitCode() {
            return exitCode == null ? OptionalInt.empty() : OptionalInt.of(exitCode);
        }

        /** {@return how long the request waited for its turn} */
        public Duration queueTime() {
            return Duration.ofNanos(queueNanos);
        }

        /** {@return how long guests ran, including what they waited for themselves} */
        public Duration guestTime() {
            return Duration.ofNanos(guestNanos);
        }

        /** {@return the time from the request's arrival to the end of its response} */
        public Duration totalTime() {
            return Duration.ofNanos(totalNanos);
        }

        /** {@return how many bytes of the request body were read} */
        public long bytesIn() {
            return bytesIn;
        }

        /** {@return how many bytes of the response body were handed to the transport} */
        public long bytesOut() {
            return bytesOut;
        }

        /** {@return the request's method as sent; any token} */
        public String method() {
            return request.method();
        }

        /** {@return {@code http} or {@code https}, as the client used it} */
        public String scheme() {
            return request.scheme();
        }

        /** {@return path and query as sent, one char per octet; what the client likes} */
        public String target() {
            return request.target();
        }

        /** {@return the protocol and its version, for instance {@code HTTP/1.1}} */
        public String protocol() {
            return request.protocol();
        }

        /** {@return the client's address; a trusted proxy is believed what it says of it} */
        public String remoteAddress() {
            return request.remoteAddress();
        }

        /** {@return the user that the server has authenticated, if any} */
        public Optional<String> remoteUser() {
            return request.remoteUser();
        }

        /** {@return the fields as sent, credentials too; what the client likes} */
        public Headers headers() {
            return request.headers();
        }

        @Override
        public String toString() {
            return "RequestEnded[requestId=" + requestId + ", outcome=" + outcome + ", module=" + module + ", route="
                    + route + ", status=" + status + "]";
        }

        /** Collects the values of a {@link RequestEnded}. Not thread-safe. */
        public static final class Builder {
            private final String requestId;
            private final WagiRequest request;
            private final RequestOutcome outcome;
            private @Nullable String module;
            private @Nullable String route;
            private int status;
            private boolean brokenOff;
            private @Nullable Boolean reused;
            private @Nullable Integer exitCode;
            private long queueNanos;
            private long guestNanos;
            private long totalNanos;
            private long bytesIn;
            private long bytesOut;

            private Builder(String requestId, WagiRequest request, RequestOutcome outcome) {
                this.requestId = Objects.requireNonNull(requestId, "requestId");
                this.request = Objects.requireNonNull(request, "request");
                this.outcome = Objects.requireNonNull(outcome, "outcome");
            }

            /**
             * Sets what answered.
             *
             * @param name as in {@link RequestEnded#module()}
             * @param pattern as in {@link RequestEnded#route()}
             * @return this builder
             */
            public Builder module(String name, String pattern) {
                this.module = Objects.requireNonNull(name, "name");
                this.route = Objects.requireNonNull(pattern, "pattern");
                return this;
            }

            /**
             * Sets the route of static files, which have no module.
             *
             * @param pattern as in {@link RequestEnded#route()}
             * @return this builder
             */
            public Builder route(String pattern) {
                this.route = Objects.requireNonNull(pattern, "pattern");
                return this;
            }

            /**
             * Sets what the client got.
             *
             * @param code as in {@link RequestEnded#status()}
             * @param aborted as in {@link RequestEnded#isBrokenOff()}
             * @return this builder
             */
            public Builder response(int code, boolean aborted) {
                this.status = code;
                this.brokenOff = aborted;
                return this;
            }

            /**
             * Sets what kind of instance the guest ran in.
             *
             * @param value as in {@link RequestEnded#reused()}
             * @return this builder
             */
            public Builder reused(boolean value) {
                this.reused = value;
                return this;
            }

            /**
             * Sets how the guest ended.
             *
             * @param code as in {@link RequestEnded#exitCode()}
             * @return this builder
             */
            public Builder exitCode(int code) {
                this.exitCode = code;
                return this;
            }

            /**
             * Sets the times.
             *
             * @param queue as in {@link RequestEnded#queueTime()}, in nanoseconds
             * @param guest as in {@link RequestEnded#guestTime()}, in nanoseconds
             * @param total as in {@link RequestEnded#totalTime()}, in nanoseconds
             * @return this builder
             */
            public Builder nanos(long queue, long guest, long total) {
                this.queueNanos = queue;
                this.guestNanos = guest;
                this.totalNanos = total;
                return this;
            }

            /**
             * Sets the lengths of the bodies.
             *
             * @param in as in {@link RequestEnded#bytesIn()}
             * @param out as in {@link RequestEnded#bytesOut()}
             * @return this builder
             */
            public Builder bytes(long in, long out) {
                this.bytesIn = in;
                this.bytesOut = out;
                return this;
            }

            /** {@return the event} */
            public RequestEnded build() {
                return new RequestEnded(this);
            }
        }
    }

    /** The event of {@link #guestStarted}. Immutable. */
    final class GuestStarted {

        private final String requestId;
        private final WagiRequest request;
        private final String module;
        private final String route;

        private GuestStarted(String requestId, WagiRequest request, String module, String route) {
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.request = Objects.requireNonNull(request, "request");
            this.module = Objects.requireNonNull(module, "module");
            this.route = Objects.requireNonNull(route, "route");
        }

        /**
         * Creates an event; also for tests of listeners.
         *
         * @param requestId as in {@link #requestId()}
         * @param request what {@link #method()} and the like are read from
         * @param module as in {@link #module()}
         * @param route as in {@link #route()}
         * @return the event
         */
        public static GuestStarted of(String requestId, WagiRequest request, String module, String route) {
            return new GuestStarted(requestId, request, module, route);
        }

        /** {@return the request's id, which its response has in X-Request-Id} */
        public String requestId() {
            return requestId;
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the pattern of the route, for instance {@code /hello/...}} */
        public String route() {
            return route;
        }

        /** {@return the method that the guest sees: any token; GET after a local redirect} */
        public String method() {
            return request.method();
        }

        /** {@return {@code http} or {@code https}, as the client used it} */
        public String scheme() {
            return request.scheme();
        }

        /** {@return the fields as sent, including credentials; the client controls them} */
        public Headers headers() {
            return request.headers();
        }

        @Override
        public String toString() {
            return "GuestStarted[requestId=" + requestId + ", module=" + module + ", route=" + route + "]";
        }
    }

    /** The event of {@link #guestEnded}. Immutable. */
    final class GuestEnded {

        private final GuestStarted start;
        private final int status;
        private final @Nullable RequestOutcome outcome;

        private GuestEnded(GuestStarted start, int status, @Nullable RequestOutcome outcome) {
            this.start = Objects.requireNonNull(start, "start");
            this.status = status;
            this.outcome = outcome;
        }

        /**
         * Creates the event of a run that has ended with a local redirect; also for tests of listeners.
         *
         * @param start as in {@link #start()}
         * @return the event
         */
        public static GuestEnded of(GuestStarted start) {
            return new GuestEnded(start, 0, null);
        }

        /**
         * {@return a copy for a run that has answered the request}
         *
         * @param code as in {@link #status()}
         * @param how as in {@link #outcome()}
         */
        public GuestEnded withResponse(int code, RequestOutcome how) {
            return new GuestEnded(start, code, Objects.requireNonNull(how, "how"));
        }

        /** {@return the same object that {@link WagiListener#guestStarted} received} */
        public GuestStarted start() {
            return start;
        }

        /** {@return the status that was sent, by the guest or for it, or 0 if none was} */
        public int status() {
            return status;
        }

        /** {@return how the request ended, or empty if it continues elsewhere after a local redirect} */
        public Optional<RequestOutcome> outcome() {
            return Optional.ofNullable(outcome);
        }

        @Override
        public String toString() {
            return "GuestEnded[start=" + start + ", outcome=" + outcome + ", status=" + status + "]";
        }
    }

    /** The event of {@link #outboundHeaders}. Immutable. */
    final class OutboundStarted {

        private final String module;
        private final String requestId;
        private final String method;
        private final String host;
        private final int port;

        private OutboundStarted(String module, String requestId, String method, String host, int port) {
            this.module = Objects.requireNonNull(module, "module");
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.method = Objects.requireNonNull(method, "method");
            this.host = Objects.requireNonNull(host, "host");
            this.port = port;
        }

        /**
         * Creates an event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param requestId as in {@link #requestId()}
         * @param method as in {@link #method()}
         * @param host as in {@link #host()}
         * @param port as in {@link #port()}
         * @return the event
         */
        public static OutboundStarted of(String module, String requestId, String method, String host, int port) {
            return new OutboundStarted(module, requestId, method, host, port);
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the id of the request that the guest answers} */
        public String requestId() {
            return requestId;
        }

        /** {@return the method of the outbound request, in upper case; any token of up to 32 characters} */
        public String method() {
            return method;
        }

        /** {@return the host that is called, in lower case and ASCII} */
        public String host() {
            return host;
        }

        /** {@return the port that is called} */
        public int port() {
            return port;
        }

        @Override
        public String toString() {
            return "OutboundStarted[module=" + module + ", requestId=" + requestId + ", host=" + host + ", port=" + port
                    + "]";
        }
    }

    /** The event of {@link #outboundCall}. Immutable. */
    final class OutboundCall {

        private final String module;
        private final String requestId;
        private final String host;
        private final Verdict verdict;
        private final int status;
        private final Duration took;

        private OutboundCall(String module, String requestId, String host, Verdict verdict, int status, Duration took) {
            this.module = Objects.requireNonNull(module, "module");
            this.requestId = Objects.requireNonNull(requestId, "requestId");
            this.host = Objects.requireNonNull(host, "host");
            this.verdict = Objects.requireNonNull(verdict, "verdict");
            this.status = status;
            this.took = Objects.requireNonNull(took, "took");
        }

        /** What became of an outbound request. Constants may be added. */
        public enum Verdict {
            /** The head of a response arrived. */
            ANSWERED,
            /** Its destination or its address is not allowed; nothing was sent. */
            REFUSED,
            /** There was no response that counts, or no time for it. */
            FAILED
        }

        /**
         * An event, for tests of listeners.
         *
         * @param module as in {@link #module()}
         * @param requestId as in {@link #requestId()}
         * @param host as in {@link #host()}
         * @param verdict as in {@link #verdict()}
         * @param status as in {@link #status()}
         * @param took as in {@link #took()}
         * @return the event
         */
        public static OutboundCall of(
                String module, String requestId, String host, Verdict verdict, int status, Duration took) {
            return new OutboundCall(module, requestId, host, verdict, status, took);
        }

        /** {@return the module's name} */
        public String module() {
            return module;
        }

        /** {@return the id of the request that the guest answers} */
        public String requestId() {
            return requestId;
        }

        /** {@return the host that was called, in lower case and ASCII; what the guest likes if it was refused} */
        public String host() {
            return host;
        }

        /** {@return what became of the request} */
        public Verdict verdict() {
            return verdict;
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
            return "OutboundCall[module=" + module + ", requestId=" + requestId + ", host=" + host + ", verdict="
                    + verdict + ", status=" + status + ", took=" + took + "]";
        }
    }
}
