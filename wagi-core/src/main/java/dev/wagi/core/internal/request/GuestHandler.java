// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.GuestInput;
import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.body.BodyStore;
import dev.wagi.core.internal.cgi.CgiArguments;
import dev.wagi.core.internal.cgi.CgiEnvironment;
import dev.wagi.core.internal.cgi.CgiRequest;
import dev.wagi.core.internal.cgi.CgiResponse;
import dev.wagi.core.internal.cgi.HeaderMemory;
import dev.wagi.core.internal.cgi.HostPort;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.loading.ModuleLoader;
import dev.wagi.core.internal.loading.RouteDeclarations;
import dev.wagi.core.internal.log.LogContext;
import dev.wagi.core.internal.log.StderrLog;
import dev.wagi.core.internal.outbound.Outbound;
import dev.wagi.core.internal.route.RequestPath;
import dev.wagi.core.internal.route.Route;
import dev.wagi.core.internal.route.RoutePattern;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.InstanceCounts;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.sandbox.SandboxPool;
import dev.wagi.core.internal.sandbox.Watchdog;
import dev.wagi.core.internal.volume.Mount;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the guests of a module with its settings, one per request. Thread-safe. */
final class GuestHandler implements RouteTarget {

    private static final Logger LOG = LoggerFactory.getLogger(GuestHandler.class);

    /** The interval between warnings about too many requests. */
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final ModuleConfiguration configuration;
    private final SandboxPool fixedPool;

    /** Null if the module is loaded for good, or not at all. */
    private final @Nullable LazyGuest lazy;

    private final InstanceCounts counts;
    private final ModuleLoader.@Nullable Loaded loaded;
    private final List<Mount> volumes;
    private final Endpoint own;
    private final List<Endpoint> declared;
    private final Outbound outbound;
    private final GuestLog guestLog;
    private final Listeners listener;
    private final Admission.Lane lane;
    private final HeaderMemory headerMemory;
    private final BodyStore.Share bodies = BodyStore.SHARED.share();
    private final AtomicLong quietUntil = new AtomicLong(System.nanoTime());

    /**
     * Whether its guests have no effects other than their response, so that a run can be repeated, and do not read
     * disks.
     */
    private final boolean mayBeTried;

    /**
     * Creates the handler of a module.
     *
     * @param pool lends sandboxes unless {@code lazy} does
     * @param lazy null unless the module is loaded on demand
     * @param counts the instances of the module
     * @param volumes the host directories that its guests may use
     * @param loaded what was loaded, or will be; null if that failed
     * @param lane the lane that its requests enter to run
     */
    GuestHandler(
            ModuleConfiguration configuration,
            SandboxPool pool,
            @Nullable LazyGuest lazy,
            InstanceCounts counts,
            List<Mount> volumes,
            ModuleLoader.@Nullable Loaded loaded,
            HostPort server,
            Outbound outbound,
            GuestLog guestLog,
            Listeners listener,
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
        this.fixedPool = pool;
        this.lazy = lazy;
        this.counts = counts;
        this.loaded = loaded;
        this.volumes = volumes;
        this.guestLog = guestLog;
        this.mayBeTried = configuration.allowedHosts().isEmpty() && volumes.isEmpty();
        this.own = endpoint(configuration.route(), configuration.entrypoint(), server);
        this.declared = (loaded == null ? List.<RouteDeclarations.Declaration>of() : loaded.declarations())
                .stream()
                        .map(line -> endpoint(line.pattern(), line.entrypoint(), server))
                        .toList();
    }

    private Endpoint endpoint(RoutePattern pattern, String entrypoint, HostPort server) {
        CgiEnvironment environment =
                new CgiEnvironment(pattern, configuration.environment(), configuration.passAuthorization(), server);
        // Encode once now, so that no class has to be loaded for it while a guest calls with little stack left.
        String path = pattern.scriptName().isEmpty() ? "/" : pattern.scriptName();
        WagiRequest any = WagiRequest.builder("GET", path)
                .addHeader("Host", "localhost")
                .addHeader("X-Any", "any")
                .build();
        CgiRequest.parse(any, RequestId.next()).ifPresent(environment::encode);
        return new Endpoint(pattern, entrypoint, environment, new Pace());
    }

    /** Returns the last matching route that the module declares, else its own. */
    Endpoint endpoint(RequestPath path) {
        for (int i = declared.size() - 1; i >= 0; i--) {
            if (declared.get(i).pattern().matches(path)) {
                return declared.get(i);
            }
        }
        return own;
    }

    @Override
    public RouteInfo describe(Route<?> route) {
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

    /** Returns what a guest would get for a request. */
    GuestInput preview(CgiRequest request) {
        Endpoint endpoint = endpoint(request.path());
        GuestStrings strings = endpoint.environment().encode(request);
        Map<String, String> environment = new LinkedHashMap<>();
        for (int i = 0; i < strings.count(); i++) {
            String text = strings.get(i);
            int equals = text.indexOf('=');
            environment.put(text.substring(0, equals), text.substring(equals + 1));
        }
        GuestStrings words = arguments().encode(request, endpoint.environment().scriptName(request));
        return GuestInput.of(configuration.name(), endpoint.pattern().toString(), endpoint.entrypoint())
                .withEnvironment(environment, configuration.environment().keySet())
                .withArguments(
                        IntStream.range(0, words.count()).mapToObj(words::get).toList())
                .withBodyBytes(request.request().contentLength());
    }

    /** Returns the counts of the module's instances. */
    InstanceCounts counts() {
        return counts;
    }

    /** Returns what the module uses now. */
    ModuleUsage usage() {
        ModuleUsage.Builder usage = ModuleUsage.builder(configuration.name())
                .loaded(isInMemory())
                .requests(lane.running(), lane.waiting(), lane.strays().count());
        counts.describe(usage);
        return usage.build();
    }

    /** Returns how it is configured, and what became of it. */
    ModuleInfo describe() {
        ModuleInfo.Builder info = ModuleInfo.builder(
                        configuration.name(), configuration.source().toString())
                .state(state())
                .runs(configuration.limits(), lazy != null, configuration.reuse())
                .grants(
                        configuration.allowedHosts().describe(),
                        configuration.volumes().stream()
                                .map(volume -> ModuleInfo.Volume.of(volume.guest(), volume.writable()))
                                .toList(),
                        configuration.environment().keySet());
        if (loaded != null) {
            info.content(loaded.digest(), loaded.bytes())
                    .labels(loaded.labels().toolchain(), loaded.labels().imports());
        }
        return info.build();
    }

    /** Loads the module ahead of its requests if it is loaded on demand; see {@link LazyGuest#load}. */
    void load() {
        if (lazy != null) {
            lazy.load();
        } else if (!isLoaded()) {
            Problems problems = Problems.none();
            problems.add(
                    configuration.place() + ", key 'module'",
                    "could not be loaded when the host was built, as the log says; correct that, then reload");
            problems.throwIfAny();
        }
    }

    private ModuleInfo.State state() {
        if (lazy != null) {
            return lazy.describe();
        }
        return isLoaded() ? ModuleInfo.State.LOADED : ModuleInfo.State.FAILED;
    }

    /** Returns the lane that requests enter before they run. */
    Admission.Lane lane() {
        return lane;
    }

    /** Returns how long a request may take, from its arrival. */
    long timeoutNanos() {
        return configuration.limits().timeout().toNanos();
    }

    /** Returns whether there is a module; without one all requests are answered with 503. */
    boolean isLoaded() {
        return lazy == null ? fixedPool != SandboxPool.NONE : !lazy.isBroken();
    }

    /** Returns whether the module is in memory now. */
    boolean isInMemory() {
        SandboxPool now = pool();
        return now != null && now != SandboxPool.NONE;
    }

    private @Nullable SandboxPool pool() {
        return lazy == null ? fixedPool : lazy.pool();
    }

    /** Returns the pool for a request that has entered the lane, which keeps the module in memory. */
    private SandboxPool poolInUse() {
        if (lazy == null) {
            return fixedPool;
        }
        lazy.use();
        SandboxPool now = lazy.pool();
        if (now == null) {
            throw new IllegalStateException("BUG: the module of a running request is not loaded");
        }
        return now;
    }

    /** Returns whether a request that has entered the lane can run. */
    boolean isReady() {
        return isInMemory() && !lane.strays().isFull();
    }

    /** Returns whether its guests are no longer run: the module could not be loaded, or too many guests did not end. */
    boolean isOutOfService() {
        return !isLoaded() || lane.strays().isFull();
    }

    /** Returns whether its guests may send a local redirect to a path. */
    boolean mayRedirectTo(RequestPath path) {
        return configuration.localRedirects().isEmpty()
                || configuration.localRedirects().get().stream().anyMatch(pattern -> pattern.matches(path));
    }

    /** Returns whether the header of a request is within the module's limits. */
    boolean takes(CgiRequest request) {
        return hasFewFields(request)
                && request.request().contentLength() <= configuration.limits().maxRequestBodyBytes();
    }

    /** Returns whether the request has no more header fields than the module accepts. */
    boolean hasFewFields(CgiRequest request) {
        return request.request().headers().fields().size()
                <= configuration.limits().maxRequestHeaders();
    }

    /** Returns whether the guest needs the length of the body, which is not known before the body is read. */
    boolean collects(CgiRequest request) {
        return request.request().contentLength() < 0 && !configuration.streamsRequestBody();
    }

    /**
     * Returns how long a client may still take to send its body, in nanoseconds.
     *
     * @param arrived the number of bytes that have arrived
     * @param since how long the client has taken for them
     * @throws RequestBody.TooSlowException if they arrived too slowly
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
     * Returns whether the client has announced the length of its body and sends it without being asked. If not, the
     * body is collected, or the module reads it from its beginning and may print something before that.
     */
    static boolean announces(CgiRequest request) {
        return request.request().contentLength() > 0
                && request.request().headers().first("Expect").isEmpty();
    }

    /**
     * Starts to await the body of a request without a thread; {@link #arrived} must follow, unless this method throws.
     *
     * @throws BodyStore.FullException if too many bodies are awaited already
     */
    void await() throws BodyStore.FullException {
        BodyStore.SHARED.await(bodies);
    }

    /** Ends awaiting a body. */
    void arrived() {
        BodyStore.SHARED.arrived(bodies);
    }

    /** Starts to read the body of a request; must be closed when the request has ended. */
    Collecting collecting(CgiRequest request, Collecting.Source source) {
        return new Collecting(
                request.request(),
                source,
                configuration.limits().maxRequestBodyBytes(),
                BodyStore.SHARED.begin(bodies));
    }

    /** Returns the module's settings. */
    ModuleConfiguration configuration() {
        return configuration;
    }

    /** Returns the module's limits. */
    Limits limits() {
        return configuration.limits();
    }

    /** Returns whether the whole output of its guests is a body, so that only the exit code can report a failure. */
    boolean answersBody() {
        return configuration.contentType().isPresent();
    }

    /** Returns the cache of its responses' header blocks. */
    HeaderMemory headerMemory() {
        return headerMemory;
    }

    /** Returns how a request is converted to a command line. */
    CgiArguments arguments() {
        return configuration.arguments();
    }

    /** Returns its outbound permissions. */
    Outbound outbound() {
        return outbound;
    }

    /** Returns the host directories that its guests may use. */
    List<Mount> volumes() {
        return volumes;
    }

    /** Returns the standard error for one request. */
    StderrLog stderr(String requestId) {
        return new StderrLog(
                guestLog,
                configuration.name(),
                requestId,
                configuration.limits().maxStderrBytes());
    }

    /**
     * Runs the guest of a request that has entered the lane.
     *
     * @return its exit code
     * @throws IOException if reading the request or writing the response failed
     */
    int run(GuestRun run, CgiRequest request, Endpoint endpoint, GuestOutput stderr, long deadline) throws IOException {
        if (!collects(request)) {
            return runWhole(run, request, endpoint, stderr, deadline);
        }
        // Blocking is allowed here, because the transport has a thread for each request.
        RequestBody source = new RequestBody(request.request(), configuration.limits(), run.custody());
        try (Collecting body = collecting(request, source::read)) {
            byte[] buffer = Collecting.buffer();
            try {
                while (!body.read(buffer)) {
                    // Read on.
                }
            } finally {
                if (run.journal() != null) {
                    run.journal().read(body.length());
                }
            }
            return runWhole(run, request.with(body.whole()), endpoint, stderr, deadline);
        }
    }

    private int runWhole(GuestRun run, CgiRequest whole, Endpoint endpoint, GuestOutput stderr, long deadline)
            throws IOException {
        if (!volumes.isEmpty()) {
            return runSeated(run, whole, endpoint, stderr, deadline); // it may wait for a disk at any time
        }
        run.takeSeat();
        try {
            return runSeated(run, whole, endpoint, stderr, deadline);
        } finally {
            run.leaveSeat();
        }
    }

    private int runSeated(GuestRun run, CgiRequest whole, Endpoint endpoint, GuestOutput stderr, long deadline)
            throws IOException {
        long began = System.nanoTime();
        SandboxPool pool = poolInUse();
        Sandbox idle = pool.borrowIdle();
        Sandbox sandbox = idle == null ? pool.borrowNew() : idle;
        Journal journal = run.journal();
        if (journal != null) {
            journal.runs(idle != null);
        }
        Pace pace = endpoint.pace();
        long mark = pace.mark();
        boolean clean = false;
        boolean waited = false;
        // Closes what the guest leaves open, however it ends.
        try (Invocation io = new Invocation(run, whole, endpoint, stderr, deadline)) {
            int code = sandbox.run(endpoint.entrypoint(), io);
            clean = true;
            waited = io.hasTakenLong();
            if (journal != null) {
                journal.exited(code);
            }
            return code;
        } finally {
            if (journal != null) {
                journal.ran();
            }
            pool.release(sandbox, clean);
            if (!clean) {
                pace.failed();
            } else if (whole.request().contentLength() == 0 && !run.response().isStarted()) {
                // Otherwise the time may be that of the client.
                long nanos = System.nanoTime() - began;
                pace.ended(waited ? nanos : Pace.spent(nanos, mark));
            }
        }
    }

    /**
     * Runs the guest on a thread that must not block, for a short time.
     *
     * @return whether it succeeded in time and without effects other than its response
     * @throws Attempt.GivenUpException if it is not run, or must be given up
     * @throws IOException if writing the response failed
     */
    boolean attempt(GuestRun run, CgiRequest request, Endpoint endpoint) throws IOException {
        SandboxPool pool = poolInUse();
        Pace pace = endpoint.pace();
        Sandbox sandbox = mayBeTried && pace.isQuick() ? pool.borrowIdle() : null;
        if (sandbox == null) {
            throw Attempt.GivenUpException.INSTANCE;
        }
        CgiResponse response = run.response();
        long began = System.nanoTime();
        long mark = pace.recentMark(began);
        Journal journal = run.journal();
        if (journal != null) {
            journal.runs(true);
        }
        boolean clean = false;
        boolean good = false;
        Watchdog.Watch watch = lane.strays()
                .watchdog()
                .beginUntil(began + Pace.BUDGET, lane.strays().patience(), run);
        try {
            int code;
            try {
                code = sandbox.run(
                        endpoint.entrypoint(),
                        new Invocation(run, request, endpoint, Attempt.NoLog.INSTANCE, began + Pace.BUDGET));
                clean = true;
            } finally {
                watch.end();
                if (journal != null) {
                    journal.ran();
                }
            }
            good = code == 0
                    && response.finish().isEmpty()
                    && response.lengthMismatch().isEmpty();
            if (good && journal != null) {
                journal.exited(code);
            }
        } finally {
            pool.release(sandbox, clean);
            long nanos = System.nanoTime() - began;
            pace.attempted(good, nanos, Pace.spent(nanos, mark));
        }
        return good;
    }

    /** Returns whether a warning that is logged once a minute is due. */
    boolean warnsNow() {
        long now = System.nanoTime();
        long until = quietUntil.get();
        return now - until >= 0 && quietUntil.compareAndSet(until, now + QUIET_NANOS);
    }

    /** Notifies the listener that a request reached a limit. */
    void limitReached(String requestId, String key) {
        listener.limitReached(WagiListener.LimitReached.of(configuration.name(), requestId, key));
    }

    /** Logs the outcome of a request as a warning for the operator. */
    void warn(String requestId, String what) {
        String name = configuration.name();
        String route = configuration.route().toString();
        LogContext.about(
                name,
                route,
                requestId,
                () -> LOG.warn("guest '{}' (route \"{}\", request {}) {}", name, route, requestId, what));
        listener.requestWarned(WagiListener.RequestWarned.of(name, requestId, what));
    }

    /** Records that a guest did not end and keeps its thread. */
    void abandoned(String requestId, Thread thread) {
        int count = lane.strays().count();
        Throwable stack = new Throwable("the stack of " + thread.getName());
        stack.setStackTrace(thread.getStackTrace());
        LogContext.about(
                configuration.name(),
                configuration.route().toString(),
                requestId,
                () -> LOG.error(
                        "guest '{}' (route \"{}\", request {}) did not end after its timeout and its interrupts; its"
                                + " thread {} is left to it, thread {} of {} after which the module is out of service."
                                + " This is a bug of the host or its engine; please report it, with the stack",
                        configuration.name(),
                        configuration.route(),
                        requestId,
                        thread.getName(),
                        count,
                        Strays.MOST_OF_MODULE,
                        stack));
        listener.guestAbandoned(WagiListener.GuestAbandoned.of(configuration.name(), requestId));
    }
}
