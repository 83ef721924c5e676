// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.body.BodyStore;
import dev.wagi.core.body.CollectedBody;
import dev.wagi.core.cgi.CgiEnvironment;
import dev.wagi.core.cgi.CgiRequest;
import dev.wagi.core.cgi.CgiResponse;
import dev.wagi.core.cgi.GuestOutputException;
import dev.wagi.core.cgi.HeaderMemory;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.outbound.Outbound;
import dev.wagi.core.route.RequestPath;
import dev.wagi.core.route.Route;
import dev.wagi.core.route.RoutePattern;
import dev.wagi.core.sandbox.GuestOutput;
import dev.wagi.core.sandbox.GuestTrapException;
import dev.wagi.core.sandbox.NoRoomException;
import dev.wagi.core.sandbox.Sandbox;
import dev.wagi.core.sandbox.SandboxPool;
import dev.wagi.core.sandbox.Watchdog;
import dev.wagi.core.volume.Mount;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a route leads to: a module with its settings, run once per request. Thread-safe. */
final class GuestHandler {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    /** Of a module that could not be loaded: somebody has to correct it first. */
    private static final Headers NOT_SOON = Headers.of("Retry-After", "60");

    /** A warning about too many requests is written once in this time. */
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ModuleConfiguration configuration;
    private final SandboxPool pool;
    private final List<Mount> volumes;
    private final Endpoint own;
    private final List<Endpoint> declared;
    private final Outbound outbound;
    private final GuestLog guestLog;
    private final WagiListener listener;
    private final Admission.Lane lane;
    private final HeaderMemory headerMemory;
    private final BodyStore.Share bodies = BodyStore.SHARED.share();
    private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());

    /** Whether its guests have no effects but their response, so that a run can be done twice, and do not read disks. */
    private final boolean mayBeTried;

    /**
     * For a module.
     *
     * @param volumes the host directories that its guests may use
     * @param declared the routes that it declares, in their order
     * @param lane what its requests enter to run
     */
    GuestHandler(
            ModuleConfiguration configuration,
            SandboxPool pool,
            List<Mount> volumes,
            List<RouteDeclarations.Declaration> declared,
            HostPort server,
            Outbound outbound,
            GuestLog guestLog,
            WagiListener listener,
            Admission.Lane lane) {
        this.outbound = outbound;
        this.configuration = configuration;
        this.listener = listener;
        this.lane = lane;
        this.headerMemory = configuration
                .contentType()
                .map(HeaderMemory::ofType)
                .orElseGet(() ->
                        new HeaderMemory(configuration.limits().maxHeaders(), configuration.deniedResponseHeaders()));
        this.pool = pool;
        this.volumes = volumes;
        this.guestLog = guestLog;
        this.mayBeTried = configuration.allowedHosts().isEmpty() && volumes.isEmpty();
        this.own = endpoint(configuration.route(), configuration.entrypoint(), server);
        this.declared = declared.stream()
                .map(line -> endpoint(line.pattern(), line.entrypoint(), server))
                .toList();
    }

    private Endpoint endpoint(RoutePattern pattern, String entrypoint, HostPort server) {
        CgiEnvironment environment =
                new CgiEnvironment(pattern, configuration.environment(), configuration.passAuthorization(), server);
        // Once now: what classes it takes is not to be loaded when a guest asks, with as little stack left as it likes.
        String path = pattern.scriptName().isEmpty() ? "/" : pattern.scriptName();
        WagiRequest any = WagiRequest.builder("GET", path)
                .addHeader("Host", "localhost")
                .addHeader("X-Any", "any")
                .build();
        CgiRequest.parse(any, RequestId.next()).ifPresent(environment::encode);
        return new Endpoint(pattern, entrypoint, environment, new Pace());
    }

    /** Of the routes that the module declares the last that matches; else its own. */
    private Endpoint endpoint(RequestPath path) {
        for (int i = declared.size() - 1; i >= 0; i--) {
            if (declared.get(i).pattern().matches(path)) {
                return declared.get(i);
            }
        }
        return own;
    }

    RouteInfo describe(Route<?> route) {
        return RouteInfo.of(
                        route.pattern().toString(),
                        configuration.name(),
                        configuration.source().toString())
                .withEntrypoint(entrypoint(route.pattern()))
                .withHosts(route.hosts().stream().sorted().toList())
                .withMethods(route.methods().stream().sorted().toList());
    }

    private String entrypoint(RoutePattern pattern) {
        String entrypoint = own.entrypoint();
        for (Endpoint endpoint : declared) {
            if (endpoint.pattern().equals(pattern)) {
                entrypoint = endpoint.entrypoint();
            }
        }
        return entrypoint;
    }

    /** What requests enter before they run. */
    Admission.Lane lane() {
        return lane;
    }

    /** How long a request may take, from its arrival. */
    long timeoutNanos() {
        return configuration.limits().timeout().toNanos();
    }

    /** Whether there is a module; without one all requests are answered 503. */
    boolean isLoaded() {
        return pool != SandboxPool.NONE;
    }

    /** Whether no more of its guests are run: the module could not be loaded, or too many of them did not end. */
    boolean isOutOfService() {
        return !isLoaded() || lane.strays().isFull();
    }

    /** Whether its guests may redirect a request to a path inside of the host. */
    boolean mayRedirectTo(RequestPath path) {
        return configuration.localRedirects().isEmpty()
                || configuration.localRedirects().get().stream().anyMatch(pattern -> pattern.matches(path));
    }

    /** Whether a request is within the module's limits, as far as its header tells. */
    boolean takes(CgiRequest request) {
        return hasFewFields(request)
                && request.request().contentLength() <= configuration.limits().maxRequestBodyBytes();
    }

    private boolean hasFewFields(CgiRequest request) {
        return request.request().headers().fields().size()
                <= configuration.limits().maxRequestHeaders();
    }

    /** Answers a request that the module does not {@linkplain #takes take}. */
    private void reject(CgiRequest request, ResponseSink sink, boolean head) throws IOException {
        boolean few = hasFewFields(request);
        limit(request, few ? "max_request_body" : "max_request_headers");
        (few ? Failure.BODY_TOO_LONG : Failure.TOO_MANY_FIELDS).send(sink, request.id(), head, Headers.none());
    }

    /** Whether the guest wants to know how long the body is, and nobody knows that before it is read. */
    boolean collects(CgiRequest request) {
        return request.request().contentLength() < 0 && !configuration.streamsRequestBody();
    }

    /**
     * How long a client may still leave its body unfinished, in nanoseconds.
     *
     * @param arrived how many bytes of it have come
     * @param since how long the client has had for them
     * @throws RequestBody.TooSlowException if they came too slowly
     */
    long bodyPatience(long arrived, long since) throws RequestBody.TooSlowException {
        long rest = timeoutNanos() - since;
        int rate = configuration.limits().minRequestBodyRate();
        if (rate == 0 || rest <= 0) {
            return rest;
        }
        long patience = RequestBody.patience(arrived, configuration.limits()) - since;
        if (patience <= 0) {
            throw new RequestBody.TooSlowException(rate, null);
        }
        return Math.min(rest, patience);
    }

    /**
     * Whether the client has announced how long its body is, and sends it without being asked for it. Where it has not, the
     * body is collected, or the module wants to see its beginning itself and may have something to say before that.
     */
    static boolean announces(CgiRequest request) {
        return request.request().contentLength() > 0
                && request.request().headers().first("Expect").isEmpty();
    }

    /**
     * Begins to wait for the body of a request, without a thread; {@link #arrived} must follow.
     *
     * @throws BodyStore.FullException if too many are waited for already; then it must not
     */
    void await() throws BodyStore.FullException {
        BodyStore.SHARED.await(bodies);
    }

    /** One is not waited for any more. */
    void arrived() {
        BodyStore.SHARED.arrived(bodies);
    }

    /** Begins to read the body of a request; must be closed when the request has ended. */
    Collecting collecting(CgiRequest request) {
        return new Collecting(
                request.request(), configuration.limits().maxRequestBodyBytes(), BodyStore.SHARED.begin(bodies));
    }

    /** Answers a request whose body could not be read to its end. */
    void notCollected(CgiRequest request, IOException failure, ResponseSink sink, boolean head) throws IOException {
        if (failure instanceof BodyStore.FullException) {
            if (warnsNow()) {
                LOG.warn(
                        "the body of a request for guest '{}' (route \"{}\", request {}) cannot be collected: {}; this is"
                                + " said once a minute",
                        configuration.name(),
                        configuration.route(),
                        request.id(),
                        failure.getCause() == null
                                ? failure.getMessage()
                                : failure.getMessage() + ": " + failure.getCause());
            }
            limit(request, "request_body");
            Failure.sendUnavailable(sink, request.id(), head);
        } else {
            clientFailure(request, failure).send(sink, request.id(), head, Headers.none());
        }
    }

    /**
     * What a client is answered that did not send its body as it should.
     *
     * @throws IOException the failure, if it is not the client's
     */
    private Failure clientFailure(CgiRequest request, IOException failure) throws IOException {
        if (failure instanceof RequestBody.TooLongException) {
            limit(request, "max_request_body");
            return Failure.BODY_TOO_LONG;
        }
        if (failure instanceof RequestBody.TooSlowException) {
            LOG.debug("request {}: {}", request.id(), failure.getMessage());
            limit(request, "min_request_body_rate");
            return Failure.TOO_SLOW;
        }
        if (failure instanceof RequestBody.BrokenException) {
            LOG.debug("request {}: {}", request.id(), failure.getMessage(), failure);
            return Failure.BAD_REQUEST;
        }
        throw failure;
    }

    /** Answers a request whose body did not arrive in time. */
    void bodyTooLate(CgiRequest request, ResponseSink sink, boolean head) throws IOException {
        warnLate(request, "waited for the request body longer than ");
        Failure.TIMEOUT.send(sink, request.id(), head, Headers.none());
    }

    /**
     * Runs the guest when it is its turn and answers the request.
     *
     * @param head whether the client sent a HEAD
     * @param began when the request arrived, in terms of {@link System#nanoTime}
     * @param entered whether it has entered {@link #lane} already; it is left
     * @param ended is run if the request is taken from this thread and was answered by another one
     * @return the path and query of a local redirect; then nothing was answered yet
     * @throws Custody.LostException if the request was taken from this thread; then the sink is not this thread's any more
     * @throws IOException if the client is gone
     * @throws Attempt.GivenUpException if the sink is an attempt, and the run takes too long or does not end well
     */
    Optional<String> handle(
            CgiRequest request, ResponseSink sink, boolean head, long began, boolean entered, Runnable ended)
            throws IOException {
        long deadline = began + timeoutNanos();
        if (isOutOfService()) {
            if (entered) {
                lane.leave();
            }
            LOG.debug("request {} was refused: guest '{}' is out of service", request.id(), configuration.name());
            if (isLoaded()) {
                Failure.sendUnavailable(sink, request.id(), head);
            } else {
                Failure.UNAVAILABLE.send(sink, request.id(), head, NOT_SOON);
            }
            return Optional.empty();
        }
        if (!entered) {
            if (!takes(request)) {
                reject(request, sink, head);
                return Optional.empty();
            }
            if (!enter(request, sink, head, deadline)) {
                return Optional.empty();
            }
        }
        Run run = null;
        try {
            run = new Run(request, sink, head, ended);
            return handle(run, deadline);
        } finally {
            if (run == null) {
                lane.leave(); // there was no heap for it
            } else {
                run.leave();
            }
        }
    }

    private boolean enter(CgiRequest request, ResponseSink sink, boolean head, long deadline) throws IOException {
        if (sink instanceof Attempt) {
            if (lane.tryEnter()) {
                return true;
            }
            if (!lane.isFull()) {
                throw Attempt.GivenUpException.INSTANCE;
            }
            refuse(request, sink, head);
            return false;
        }
        switch (lane.enter(deadline)) {
            case ADMITTED -> {
                return true;
            }
            case REFUSED -> refuse(request, sink, head);
            case WAITS -> expire(request, sink, head);
        }
        return false;
    }

    /** Answers a request for which there is no room to wait. */
    void refuse(CgiRequest request, ResponseSink sink, boolean head) throws IOException {
        if (warnsNow()) {
            warn(request, "was refused, too many requests wait already; this is said once a minute", null);
        }
        limit(request, "max_queue");
        Failure.sendUnavailable(sink, request.id(), head);
    }

    private boolean warnsNow() {
        long now = System.nanoTime();
        long until = quietUntil.get();
        return now - until >= 0 && quietUntil.compareAndSet(until, now + QUIET_NANOS);
    }

    /** Answers a request that has waited for as long as it may. */
    void expire(CgiRequest request, ResponseSink sink, boolean head) throws IOException {
        if (Thread.interrupted()) {
            // The host is stopping. The answer can be written only without the interrupt.
            try {
                Failure.sendUnavailable(sink, request.id(), head);
            } finally {
                Thread.currentThread().interrupt();
            }
            return;
        }
        warnLate(request, "waited for its turn longer than ");
        Failure.TIMEOUT.send(sink, request.id(), head, Headers.none());
    }

    private Optional<String> handle(Run run, long deadline) throws IOException {
        CgiRequest request = run.request;
        Endpoint endpoint = endpoint(request.path());
        if (run.sink instanceof Attempt) {
            attempt(run, endpoint);
            return Optional.empty();
        }
        StderrLog stderr = new StderrLog(
                guestLog,
                configuration.name(),
                request.id(),
                configuration.limits().maxStderrBytes());
        boolean late = false;
        try {
            Watchdog.Watch watch = lane.strays()
                    .watchdog()
                    .begin(deadline - System.nanoTime(), lane.strays().patience(), run);
            try {
                int code = run(run, endpoint, stderr, deadline);
                if (code != 0) {
                    warn(request, "exited with code " + code, null);
                    if (configuration.contentType().isPresent()) {
                        // It cannot say so in a Status.
                        run.keep();
                        if (isOver(deadline)) {
                            late(run);
                        } else {
                            fail(Failure.BAD_GUEST, run);
                        }
                        return Optional.empty();
                    }
                }
                Optional<String> redirect = run.response.finish();
                run.response.lengthMismatch().ifPresent(text -> warn(request, text, null));
                run.keep();
                return redirect;
            } finally {
                late = watch.end();
            }
        } catch (IOException | RuntimeException e) {
            run.keep();
            if (late || isOver(deadline)) {
                LOG.debug("how request {} was stopped", request.id(), e);
                late(run);
            } else {
                failed(run, e);
            }
            return Optional.empty();
        } finally {
            stderr.finish();
        }
    }

    /**
     * Whether a failure is that of the timeout, even if nothing has interrupted the guest: what it waits in has deadlines of
     * its own, and the watchdog may be late on a busy machine.
     */
    private static boolean isOver(long deadline) {
        return System.nanoTime() - deadline >= 0;
    }

    private void late(Run run) throws IOException {
        warnLate(run.request, "took longer than ");
        fail(Failure.TIMEOUT, run);
    }

    /** One run of a guest, and what it holds: a place in the lane, a thread, the request's transport. */
    private final class Run implements Runnable {
        private final CgiRequest request;
        private final ResponseSink sink;
        private final boolean head;
        private final Runnable ended;
        private final Thread thread = Thread.currentThread();
        private final Custody custody;
        private final CgiResponse response;
        private boolean placeGiven; // guarded by this

        Run(CgiRequest request, ResponseSink sink, boolean head, Runnable ended) {
            this.request = request;
            this.sink = sink;
            this.head = head;
            this.ended = ended;
            this.custody = new Custody(sink);
            this.response = new CgiResponse(
                    sink instanceof Attempt ? sink : custody,
                    Headers.of(RequestId.HEADER, request.id()),
                    request.request().mountPath(),
                    head,
                    headerMemory,
                    configuration.limits());
        }

        /** The guest has ended: what it held is the thread's alone, or not any more. */
        void keep() throws Custody.LostException {
            if (!custody.release()) {
                throw new Custody.LostException();
            }
        }

        /** At the end of the run, whoever has the request. */
        void leave() {
            if (custody.release()) {
                lane.leave();
                return;
            }
            try {
                custody.lost();
            } finally {
                boolean holdsPlace;
                synchronized (this) {
                    lane.strays().remove();
                    holdsPlace = !placeGiven;
                }
                if (holdsPlace) {
                    lane.leave();
                }
                LOG.warn(
                        "guest '{}' (route \"{}\", request {}) has ended after all; its thread is free again",
                        configuration.name(),
                        configuration.route(),
                        request.id());
            }
        }

        /** The guest does not end: takes from it all but its thread. On the thread that watches all. */
        @Override
        public void run() {
            boolean givesPlace;
            synchronized (this) {
                if (!custody.take()) {
                    return;
                }
                givesPlace = lane.strays().add(sink instanceof Attempt);
                placeGiven = givesPlace;
            }
            if (givesPlace) {
                lane.leave();
            }
            // To answer may block, and so may to ask for the stack of a thread that reaches no safepoint.
            try {
                Thread helper = new Thread(this::answer, "wagi-abandon");
                helper.setDaemon(true);
                helper.start();
            } catch (RuntimeException | Error e) {
                ended.run();
                throw e;
            }
        }

        private void answer() {
            try {
                if (!(sink instanceof Attempt) && !custody.isStuck()) {
                    fail(Failure.TIMEOUT, this);
                }
            } catch (IOException e) {
                LOG.debug("request {}: the client is gone", request.id(), e);
                sink.abort();
            } finally {
                ended.run();
                report();
            }
        }

        private void report() {
            int count = lane.strays().count();
            Throwable stack = new Throwable("the stack of " + thread.getName());
            stack.setStackTrace(thread.getStackTrace());
            LOG.error(
                    "guest '{}' (route \"{}\", request {}) did not end after its timeout and its interrupts; its thread"
                            + " {} is left to it, thread {} of {} after which the module is out of service. This is a bug"
                            + " of the host or its engine; please report it, with the stack",
                    configuration.name(),
                    configuration.route(),
                    request.id(),
                    thread.getName(),
                    count,
                    Strays.MOST_OF_MODULE,
                    stack);
            try {
                listener.guestAbandoned(WagiListener.GuestAbandoned.of(configuration.name(), request.id()));
            } catch (RuntimeException e) {
                LOG.error("a listener failed", e);
            }
        }
    }

    private void failed(Run run, Exception failure) throws IOException {
        CgiRequest request = run.request;
        if (failure instanceof GuestTrapException) {
            warn(request, "trapped: " + failure.getMessage(), failure);
            fail(Failure.BAD_GUEST, run);
        } else if (failure instanceof GuestOutputException) {
            warn(request, "gave no valid response: " + failure.getMessage(), null);
            fail(Failure.BAD_GUEST, run);
        } else if (failure instanceof NoRoomException) {
            warn(request, "did not run: " + failure.getMessage(), null);
            limit(request, "max_memory");
            // It has not begun, so neither has its response.
            Failure.sendUnavailable(run.sink, request.id(), run.head);
        } else if (failure instanceof BodyStore.FullException full) {
            notCollected(request, full, run.sink, run.head);
        } else if (failure instanceof IOException input) {
            fail(clientFailure(request, input), run);
        } else {
            throw (RuntimeException) failure;
        }
    }

    private int run(Run run, Endpoint endpoint, GuestOutput stderr, long deadline) throws IOException {
        if (!collects(run.request)) {
            return run(run, run.request, endpoint, stderr, deadline);
        }
        // The transport has a thread for it anyway.
        WagiRequest request = run.request.request();
        try (CollectedBody body = BodyStore.SHARED.begin(bodies)) {
            RequestBody source = new RequestBody(request, configuration.limits(), run.custody);
            byte[] buffer = Collecting.buffer();
            for (int count = source.read(buffer, 0, buffer.length);
                    count >= 0;
                    count = source.read(buffer, 0, buffer.length)) {
                body.add(buffer, 0, count);
            }
            WagiRequest whole = request.withBody(body.stream(), body.length());
            return run(run, run.request.with(whole), endpoint, stderr, deadline);
        }
    }

    private int run(Run run, CgiRequest whole, Endpoint endpoint, GuestOutput stderr, long deadline)
            throws IOException {
        long began = System.nanoTime();
        Sandbox sandbox = pool.borrow();
        boolean clean = false;
        // What it leaves open is closed here, however it ends.
        try (Invocation io = io(run, whole, endpoint, stderr, deadline, false)) {
            int code = sandbox.run(endpoint.entrypoint(), io);
            clean = true;
            return code;
        } finally {
            pool.release(sandbox, clean);
            if (!clean) {
                endpoint.pace().failed();
            } else if (whole.request().contentLength() == 0 && !run.response.isStarted()) {
                // Otherwise the time may have been the client's.
                endpoint.pace().ended(System.nanoTime() - began);
            }
        }
    }

    /** The same on a thread that others wait for. Only a run that ends well counts, and only if it had no effect else. */
    private void attempt(Run run, Endpoint endpoint) throws IOException {
        Sandbox sandbox = mayBeTried && endpoint.pace().isQuick() ? pool.borrowIdle() : null;
        if (sandbox == null) {
            throw Attempt.GivenUpException.INSTANCE;
        }
        CgiResponse response = run.response;
        long began = System.nanoTime();
        boolean clean = false;
        boolean good = false;
        Watchdog.Watch watch =
                lane.strays().watchdog().begin(Pace.BUDGET, lane.strays().patience(), run);
        try {
            int code;
            try {
                code = sandbox.run(
                        endpoint.entrypoint(),
                        io(run, run.request, endpoint, Attempt.NoLog.INSTANCE, began + Pace.BUDGET, true));
                clean = true;
            } finally {
                watch.end();
            }
            good = code == 0
                    && response.finish().isEmpty()
                    && response.lengthMismatch().isEmpty();
        } catch (GuestTrapException | GuestOutputException e) {
            LOG.trace("an attempt for request {} failed", run.request.id(), e);
        } finally {
            pool.release(sandbox, clean);
            long nanos = System.nanoTime() - began;
            if (good && nanos <= Pace.BUDGET) {
                endpoint.pace().ended(nanos);
            } else {
                endpoint.pace().overran();
            }
        }
        if (!good) {
            throw Attempt.GivenUpException.INSTANCE;
        }
    }

    private Invocation io(
            Run run, CgiRequest request, Endpoint endpoint, GuestOutput stderr, long deadline, boolean attempt) {
        return new Invocation(
                request,
                configuration.arguments(),
                endpoint.environment(),
                new RequestBody(request.request(), configuration.limits(), run.custody),
                run.response,
                stderr,
                deadline,
                outbound,
                volumes,
                configuration.limits().maxOpenFiles(),
                attempt);
    }

    private static void fail(Failure failure, Run run) throws IOException {
        if (run.response.isStarted()) {
            run.sink.abort();
        } else {
            failure.send(run.sink, run.request.id(), run.head, Headers.none());
        }
    }

    private void warnLate(CgiRequest request, String what) {
        warn(
                request,
                what + configuration.limits().timeout().toMillis() + " ms, the timeout; raise it, or answer earlier",
                null);
        limit(request, "timeout");
    }

    private void limit(CgiRequest request, String key) {
        try {
            listener.limitReached(WagiListener.LimitReached.of(configuration.name(), request.id(), key));
        } catch (RuntimeException e) {
            LOG.error("a listener failed; the request goes on", e);
        }
    }

    /** What a guest did wrong; the stack trace only for whoever debugs. */
    private void warn(CgiRequest request, String what, @Nullable Throwable cause) {
        LOG.warn(
                "guest '{}' (route \"{}\", request {}) {}",
                configuration.name(),
                configuration.route(),
                request.id(),
                what);
        if (cause != null) {
            LOG.debug("the trap of request {}", request.id(), cause);
        }
    }
}
