// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestInput;
import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.api.WagiUsage;
import dev.wagi.core.configuration.ConfigurationFormat;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.configuration.StaticFilesBuilder;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.admission.Gate;
import dev.wagi.core.internal.admission.Seats;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.cache.CompileCache;
import dev.wagi.core.internal.cache.PackagedCode;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.config.ConfigurationDraft;
import dev.wagi.core.internal.config.Description;
import dev.wagi.core.internal.config.InstalledFormat;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.config.WagiConfiguration;
import dev.wagi.core.internal.headroom.HeapCheck;
import dev.wagi.core.internal.loading.ModuleLoader;
import dev.wagi.core.internal.log.FileGuestLog;
import dev.wagi.core.internal.log.LogContext;
import dev.wagi.core.internal.request.Deployment;
import dev.wagi.core.internal.request.Exchange;
import dev.wagi.core.internal.request.Listeners;
import dev.wagi.core.internal.request.MemorySink;
import dev.wagi.core.internal.request.Transfers;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import dev.wagi.core.internal.sandbox.Watchdog;
import dev.wagi.core.internal.spi.Extensions;
import dev.wagi.core.internal.spi.OutboundHttpClientProvider;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.VolumeDirectories;
import dev.wagi.core.module.ModuleResolver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WAGI host: routes HTTP requests to WebAssembly modules and runs them as CGI programs.
 *
 * <p>Create one with {@link #builder} or {@link #load}; both report everything that is wrong in a single exception.
 * Thread-safe; guests run on the threads that call {@code handle}. It opens no port; use {@code wagi-server} for that.
 *
 * <p>A guest sees its arguments, its environment and the three standard streams. It has no file system except its
 * volumes, no network except the hosts that its configuration allows, no clocks except wall-clock time and a monotonic
 * clock, and no access to this JVM's environment variables or system properties.
 */
public final class Wagi implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    /** How long {@link #close()} waits for requests in flight: 30 seconds. */
    public static final Duration DEFAULT_GRACE = Duration.ofSeconds(30);

    private final Gate gate = new Gate();
    private final Admission admission;
    private final VolumeDirectories directories;
    private final Mount.Table mounts;
    private final Transfers transfers;
    private Engine engine; // guarded by this
    private volatile Deployment deployment;
    private volatile List<ConfigurationSource> sources;
    private volatile Listeners listeners;
    private volatile boolean closed;

    /** A strong reference, so that the listener lives as long as the host. */
    private final HeapCheck.Host heapWatch = this::heapExhausted;

    private Wagi(
            Engine engine,
            Admission admission,
            VolumeDirectories directories,
            Mount.Table mounts,
            Transfers transfers,
            List<ConfigurationSource> sources,
            Deployment deployment,
            Listeners listeners) {
        this.listeners = listeners;
        this.engine = engine;
        this.admission = admission;
        this.directories = directories;
        this.mounts = mounts;
        this.transfers = transfers;
        this.sources = sources;
        this.deployment = deployment;
    }

    /** How modules are run. */
    public enum Engine {
        /** Compiles modules to JVM bytecode when they are loaded. The default. */
        COMPILER,
        /** Interprets modules: they load at once, but run 10 to 100 times slower. */
        INTERPRETER
    }

    /**
     * Starts a configuration.
     *
     * @return a builder with default settings
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Creates a host from a configuration file; see {@link Builder#addConfiguration}.
     *
     * @param configuration the file, in a format that is available on the class path
     * @return the host, which the caller closes
     * @throws WagiConfigException if the file or a module that it names cannot be used; it lists all problems
     */
    public static Wagi load(Path configuration) {
        return builder().addConfiguration(configuration).build();
    }

    /** {@return the routing table in the order of the configuration} */
    public List<RouteInfo> routes() {
        return deployment.routes();
    }

    /**
     * {@return the modules in the order of the configuration, each with what became of it and what its guests may do}
     */
    public List<ModuleInfo> modules() {
        return deployment.describe();
    }

    /**
     * Replaces the configuration atomically: requests in flight finish with the old configuration, later requests see
     * only the new one. Modules whose bytes have not changed are not loaded again; with the same limits they keep their
     * idle instances.
     *
     * @param configuration a builder, as for a new host
     * @throws WagiConfigException if the new configuration cannot be used; the old one stays in service
     * @throws IllegalStateException if the host is closed, or is closed during the call
     */
    public synchronized void reload(Builder configuration) {
        checkOpen();
        ModuleLoader.Known known = configuration.engine == engine ? deployment.modules() : ModuleLoader.Known.NOTHING;
        Deployment old = deployment;
        List<ConfigurationSource> oldSources = sources;
        List<ConfigurationSource> nextSources = List.copyOf(configuration.sources);
        Deployment next = null;
        try {
            next = configuration.deploy(known, old, mounts, transfers, admission, directories);
        } finally {
            if (next == null) {
                closeSources(nextSources, oldSources);
            }
        }
        engine = configuration.engine;
        listeners = configuration.listeners();
        deployment = next;
        sources = nextSources;
        old.close(next);
        closeSources(oldSources, nextSources);
        if (closed) {
            // This close may already have closed the previous deployment.
            next.close(null);
            closeSources(nextSources, List.of());
            directories.close();
            checkOpen();
        }
    }

    private static void closeSources(List<ConfigurationSource> sources, List<ConfigurationSource> except) {
        for (ConfigurationSource source : sources) {
            if (except.stream().noneMatch(other -> other == source)) {
                try {
                    source.close();
                } catch (RuntimeException e) {
                    LOG.warn("cannot close {}", source.getClass().getName(), e);
                }
            }
        }
    }

    /** Call the listener first, because logging needs heap. */
    private void heapExhausted() {
        listeners.heapExhausted();
        LOG.error("the heap is exhausted and does not recover; requests fail until it does. Raise -Xmx");
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this host is closed; build another one");
        }
    }

    /**
     * Answers a request with a complete response in memory, for tests and for callers without a stream to write to.
     *
     * @param request the request; its body is read during the call
     * @return the response; if the guest fails, its status code says so
     */
    public WagiResponse handle(WagiRequest request) {
        MemorySink sink = new MemorySink();
        handle(request, sink);
        return sink.response();
    }

    /**
     * Answers a request and streams the response as the guest produces it, for transports with one thread per request.
     * Returns when the sink has been ended or aborted. Errors of a guest or client become responses, not exceptions. A
     * request that must wait for its turn blocks the thread. If a guest does not end after its timeout and its
     * interrupts, another thread calls the sink, and this method returns when the guest ends.
     *
     * @param request the request
     * @param sink receives the response
     */
    public void handle(WagiRequest request, ResponseSink sink) {
        new Exchange(deployment, request, sink, gate, listeners).answer();
    }

    /**
     * Answers a request asynchronously, for transports without one thread per request: returns at once, and answers on
     * threads of the executor. A request that waits for its turn occupies no thread, so {@link #maxTotalConcurrency}
     * blocking threads, plus a few for requests that are refused, are enough. Add 256 if guests that cannot be stopped,
     * which keep their threads (see {@link WagiListener#guestAbandoned}), must not reduce that number.
     *
     * @param request the request
     * @param sink receives the response
     * @param executor runs a task, at most once per request, on a thread that may block; if it throws instead, the sink
     *     is aborted on the thread that submitted the task. It must not run the task on the submitting thread, which
     *     may be the one that stops guests
     */
    public void handle(WagiRequest request, ResponseSink sink, Executor executor) {
        new Exchange(deployment, request, sink, gate, listeners).answer(executor);
    }

    /**
     * Shows what a module would get for a request, without loading the module or running its guest: for tools, and to
     * look for a fault in a configuration. The values of variables may be secrets.
     *
     * @param request the request; its body is not read
     * @return what the guest would see; empty if no module answers the request
     */
    public Optional<GuestInput> preview(WagiRequest request) {
        return deployment.preview(request);
    }

    /**
     * Loads a module that is loaded on demand (see {@link Builder#loadOnDemand} and {@link ModuleBuilder#lazy}) ahead
     * of its next request, and returns when it is loaded. Compiling may take {@link Builder#loadTimeout}, while a
     * request that waits for the module waits no longer than its own timeout. Does nothing if the module is loaded.
     * Blocks.
     *
     * @param name the module's name, as in {@link GuestInput#module} and {@link ModuleInfo}
     * @throws WagiConfigException if the module cannot be loaded; the reason is not logged
     * @throws IllegalArgumentException if there is no module of this name
     * @throws IllegalStateException if the host is closed, or is closed during the call, or the thread is interrupted
     */
    public void loadModule(String name) {
        checkOpen();
        deployment.load(Objects.requireNonNull(name, "name"));
    }

    /**
     * What the host uses now: the requests, instances, memory and threads of all modules and of each. Not free: reads
     * counters of every module, with a lock for each.
     *
     * @return the values, which do not change
     */
    public WagiUsage usage() {
        return WagiUsage.builder()
                .requests(gate.count(), admission.running(), admission.waiting())
                .abandonedThreads(admission.strays().count())
                .memory(ChicoryEngine.guestHeapBytes(), deployment.pooledBytes())
                .modules(deployment.usage())
                .build();
    }

    /** {@return how many requests of all modules together may run at the same time, each on a thread of its own} */
    public int maxTotalConcurrency() {
        return admission.maxRunning();
    }

    /**
     * Tries to answer a request on a thread that must not block, such as an I/O thread that serves many connections.
     * This works if the request has no body and needs no guest, or needs a guest that has been fast recently. Such a
     * guest is stopped after two milliseconds. Its run counts only if it succeeds and writes nothing to standard error;
     * until then nothing is sent or logged, so that the request can be run again from the start.
     *
     * <p>This method does not block, except in the sink, which is called after the guest has ended: {@code start}, at
     * most one {@code write}, and {@code end}. The array passed to {@code write} is not reused.
     *
     * @param request the request
     * @param sink receives the response, on this thread
     * @return false if the request was not answered; then the sink was not called, and the caller must call
     *     {@link #handle(WagiRequest, ResponseSink)} on a thread that may block
     */
    public boolean tryHandle(WagiRequest request, ResponseSink sink) {
        if (request.contentLength() != 0
                || Thread.currentThread().isInterrupted()
                || admission.strays().wasAttempt()
                || listeners.wantStarts()) {
            return false;
        }
        return new Exchange(deployment, request, sink, gate, listeners).tryAnswer();
    }

    /**
     * Stops accepting requests (new ones are answered with 503) and waits for those in flight.
     *
     * @param grace how long to wait at most; a negative time means zero
     * @return whether all requests had ended by then
     */
    public boolean close(Duration grace) {
        closed = true;
        HeapCheck.SHARED.end(heapWatch);
        try {
            return gate.close(grace);
        } finally {
            deployment.close(null);
            closeSources(sources, List.of());
            directories.close();
        }
    }

    /** Calls {@link #close(Duration)} with {@link #DEFAULT_GRACE}. */
    @Override
    public void close() {
        close(DEFAULT_GRACE);
    }

    /**
     * Collects the settings of a host. Not thread-safe. Setters only record their arguments; {@link #build} checks
     * them.
     */
    public static final class Builder {
        private final ConfigurationDraft draft = new ConfigurationDraft("Wagi.builder()");
        private final List<ConfigurationSource> sources = new ArrayList<>();
        private final List<ModuleResolver> resolvers = new ArrayList<>();
        private Engine engine = Engine.COMPILER;
        private boolean keepGoing;
        private @Nullable Path compileCache;
        private @Nullable PackagedCode precompiled;
        private @Nullable OutboundHttpClient outboundHttpClient;
        private @Nullable SSLContext outboundSslContext;
        private final List<WagiListener> listeners = new ArrayList<>();
        private GuestLog guestLog = (module, requestId, line) -> LogContext.about(
                module,
                null,
                requestId,
                () -> LoggerFactory.getLogger("dev.wagi.guest." + module).info("[{}] {}", requestId, line));

        private long patience = Strays.PATIENCE;
        private Watchdog watchdog = Watchdog.SHARED;
        private Supplier<Seats> seats = Seats::new;
        private @Nullable SandboxEngine sandboxEngine;

        private final ClassLoader application;

        private Builder() {
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            application = context == null ? Wagi.class.getClassLoader() : context;
            resolvers.add(ModuleResolver.classpath(application));
        }

        /**
         * Serves the modules of a configuration file, in addition to those of other calls. A
         * {@link ConfigurationFormat} that reads the file must be on the class path: {@code wagi-config} for TOML, JSON
         * and YAML.
         *
         * @param file the file, of any file system
         * @return this builder
         */
        public Builder addConfiguration(Path file) {
            return addSource(new InstalledFormat(Objects.requireNonNull(file, "file"), application));
        }

        /**
         * Serves the modules of a source, in addition to those of other calls. The source is
         * {@linkplain ConfigurationSource#close closed} when the host is closed, when a reload omits it, and when the
         * host cannot be built.
         *
         * @param source describes the modules when the host is built, and again at each reload
         * @return this builder
         */
        public Builder addSource(ConfigurationSource source) {
            sources.add(Objects.requireNonNull(source, "source"));
            return this;
        }

        /**
         * Serves a module: {@code .addModule(m -> m.route("/hello/...").source(Path.of("hello.wasm")))}.
         *
         * @param settings sets up the module
         * @return this builder
         */
        public Builder addModule(Consumer<ModuleBuilder> settings) {
            draft.addModule(settings);
            return this;
        }

        /**
         * Serves files without a module: {@code .addStaticFiles(s -> s.route("/assets/...").path(Path.of("public")))}.
         *
         * @param settings sets up the files
         * @return this builder
         */
        public Builder addStaticFiles(Consumer<StaticFilesBuilder> settings) {
            draft.addStaticFiles(settings);
            return this;
        }

        /**
         * Sets SERVER_NAME and SERVER_PORT of requests without a Host header; overrides a file's {@code default_host}.
         * The default is {@code 127.0.0.1:3000}, as in WAGI.
         *
         * @param host {@code host} or {@code host:port}
         * @return this builder
         */
        public Builder defaultHost(String host) {
            draft.defaultHost(host);
            return this;
        }

        /**
         * Trusts these proxies to report a request's origin and original URL in the fields {@code X-Forwarded-For},
         * {@code -Proto}, {@code -Host}, {@code -Port} and {@code -Prefix}, or {@code Forwarded} (RFC 7239) if the
         * first is missing. A trusted proxy must set or remove all of these fields. If it reports no address for a
         * client, the address is {@code unknown}. Adds to a file's {@code trusted_proxies}; by default no proxy is
         * trusted. Has no use in servlets, whose containers have their own settings for this.
         *
         * @param addresses IP addresses, networks such as {@code 10.0.0.0/8}, or {@code unix} for clients of a Unix
         *     domain socket
         * @return this builder
         */
        public Builder addTrustedProxies(String... addresses) {
            return addTrustedProxies(List.of(addresses));
        }

        /**
         * Does the same as {@link #addTrustedProxies(String...)}, with a collection.
         *
         * @param addresses IP addresses, or networks such as {@code 10.0.0.0/8}
         * @return this builder
         */
        public Builder addTrustedProxies(Collection<String> addresses) {
            draft.addTrustedProxies(addresses);
            return this;
        }

        /**
         * Sets the address at which requests arrive. It is the default host if neither {@link #defaultHost} nor a file
         * sets one.
         *
         * @param address {@code host:port}
         * @return this builder
         */
        public Builder listenAddress(String address) {
            draft.listenAddress(address);
            return this;
        }

        /**
         * Sets the path at which the built-in health check answers 200 {@code OK}; it takes precedence over all
         * modules. Overrides a file's {@code health_path}. The default is {@code /healthz}; the empty string disables
         * the check.
         *
         * @param path an absolute path such as {@code /healthz}, or the empty string
         * @return this builder
         */
        public Builder healthPath(String path) {
            draft.healthPath(path);
            return this;
        }

        /**
         * Sets an environment variable for all modules; a module's own variable of the same name takes precedence.
         *
         * @param name the variable's name
         * @param value the variable's value
         * @return this builder
         */
        public Builder addEnvironment(String name, String value) {
            draft.addEnvironment(name, value);
            return this;
        }

        /**
         * Sets environment variables for all modules; see {@link #addEnvironment(String, String)}.
         *
         * @param variables values by name
         * @return this builder
         */
        public Builder addEnvironment(Map<String, String> variables) {
            variables.forEach(this::addEnvironment);
            return this;
        }

        /**
         * Sets how modules are run; {@link Engine#COMPILER} by default.
         *
         * @param choice the engine of all modules
         * @return this builder
         */
        public Builder engine(Engine choice) {
            this.engine = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /**
         * Caches compiled modules in this directory, so that the next start need not compile them. By default nothing
         * is cached. The contents run in this JVM outside the sandbox, so no other user may be able to write to the
         * directory: one that is a symbolic link, belongs to another user or is writable by others is not used, and a
         * warning says so. The directory is created when needed, holds at most 512 MiB, and may be shared by several
         * processes of one user.
         *
         * @param directory the directory; processes of other users must not be able to write to it
         * @return this builder
         */
        public Builder compileCache(Path directory) {
            this.compileCache = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Sets whether modules may be loaded at their first request; true by default. If false, all modules are loaded
         * when the host is built, whatever {@link ModuleBuilder#lazy} says: for checks, and for hosts that must not
         * start with a module that cannot be loaded.
         *
         * @param allowed true to load modules as their settings say, false to load all of them at once
         * @return this builder
         */
        public Builder lazy(boolean allowed) {
            draft.lazy(allowed);
            return this;
        }

        /**
         * Loads each module at its first request, whatever {@link ModuleBuilder#lazy} says: for programs that answer
         * one request and end. When the host is built, modules are still checked, and those that declare routes are
         * loaded. The last call of this method or {@link #lazy} counts.
         *
         * @return this builder
         */
        public Builder loadOnDemand() {
            draft.loadOnDemand();
            return this;
        }

        /**
         * Sets whether an instance serves several requests, one after another; true by default. Between two requests
         * all state that a guest can change is reset to what it was before the first: memory, globals, tables,
         * descriptors. If false, every request gets a new instance, which takes 10 to 100 times longer;
         * {@link ModuleBuilder#reuse} disables reuse for one module.
         *
         * @param allowed true to reuse instances, false for a new one per request
         * @return this builder
         */
        public Builder reuse(boolean allowed) {
            draft.reuse(allowed);
            return this;
        }

        /**
         * Changes the limits of each module's guests, except where the module or a file's {@code [defaults]} sets its
         * own: {@code .limits(l -> l.withTimeout(Duration.ofSeconds(5)))}. The limits are {@link Limits#defaults} at
         * first; each call changes the result of the previous one.
         *
         * @param change receives the current limits and returns the new ones
         * @return this builder
         */
        public Builder limits(UnaryOperator<Limits> change) {
            draft.limits(change);
            return this;
        }

        /**
         * Sets how many requests of all modules together run at the same time; 16 per processor by default. Overrides a
         * file's {@code max_concurrency}. Each request occupies a thread while it runs.
         * {@link Limits#withMaxConcurrency} sets the number for one module.
         *
         * @param requests the number of requests, 1 to 65536
         * @return this builder
         * @throws IllegalArgumentException if the number is not 1 to 65536
         */
        public Builder maxTotalConcurrency(int requests) {
            draft.maxTotalConcurrency(requests);
            return this;
        }

        /**
         * Sets how many requests of all modules together wait for their turn; 256 by default. Further requests are
         * answered with 503. Overrides a file's {@code max_queue}. {@link Limits#withMaxQueue} sets the number for one
         * module.
         *
         * @param requests the number of requests, 0 to 65536
         * @return this builder
         * @throws IllegalArgumentException if the number is not 0 to 65536
         */
        public Builder maxTotalQueue(int requests) {
            draft.maxTotalQueue(requests);
            return this;
        }

        /**
         * Sets how long fetching a module may take, and then how long compiling it may take; 5 minutes each by default.
         * Overrides a file's {@code load_timeout}. Code that a module runs while it is loaded is limited by its
         * {@code timeout}.
         *
         * @param time the time for each of the two steps, one second to one day
         * @return this builder
         * @throws IllegalArgumentException if the time is not between one second and one day
         */
        public Builder loadTimeout(Duration time) {
            draft.loadTimeout(time);
            return this;
        }

        /**
         * Sets whether the host starts even if some modules fail; false by default. If true, a module that cannot be
         * fetched, compiled or instantiated is logged as an error, and its route answers 503 until a
         * {@linkplain Wagi#reload reload} loads it. If false, or if the configuration itself is wrong, {@link #build}
         * throws. In both cases a reload is refused if it would take a module out of service that is being served.
         *
         * @param choice true to serve without the modules that fail
         * @return this builder
         */
        public Builder keepGoing(boolean choice) {
            this.keepGoing = choice;
            return this;
        }

        /**
         * Adds a resolver for references of its scheme. It takes precedence over the resolvers of earlier calls and the
         * built-in ones. References that none of them accepts go to the resolvers that {@link java.util.ServiceLoader}
         * finds: for {@code oci:} it is enough that {@code wagi-oci} is on the class path.
         *
         * @param resolver the resolver; several threads call it
         * @return this builder
         */
        public Builder addResolver(ModuleResolver resolver) {
            resolvers.add(0, Objects.requireNonNull(resolver, "resolver"));
            return this;
        }

        /**
         * Sets where the guests' standard error is written; by default to SLF4J loggers named
         * {@code dev.wagi.guest.<module name>}.
         *
         * @param log receives the lines; several threads call it
         * @return this builder
         */
        public Builder guestLog(GuestLog log) {
            this.guestLog = Objects.requireNonNull(log, "log");
            return this;
        }

        /**
         * Writes the guests' standard error to {@code <directory>/<module name>/module.stderr}, as WAGI does, instead
         * of to loggers. Files are rotated at 10 MiB, and five old ones are kept. The directory is created when needed.
         *
         * @param directory the parent of the modules' log directories
         * @return this builder
         * @throws IllegalArgumentException if the directory is not of the default file system
         */
        public Builder logDirectory(Path directory) {
            return guestLog(new FileGuestLog(directory));
        }

        /**
         * Sets the client for the guests' outbound requests, in place of the one in {@code wagi-outbound}, for instance
         * to use a proxy. The host checks what guests may connect to before it calls the client. It does not close the
         * client.
         *
         * @param client the client; several threads call it
         * @return this builder
         */
        public Builder outboundHttpClient(OutboundHttpClient client) {
            this.outboundHttpClient = Objects.requireNonNull(client, "client");
            return this;
        }

        /**
         * Sets the TLS context of the client in {@code wagi-outbound}, for instance to trust a company's own
         * certificate authority; by default the client trusts what the JVM trusts. The context's key managers are used
         * too, for all modules.
         *
         * @param context the TLS context of outbound connections
         * @return this builder
         */
        public Builder outboundSslContext(SSLContext context) {
            this.outboundSslContext = Objects.requireNonNull(context, "context");
            return this;
        }

        /**
         * Sets the only listener for events of the host, replacing those of earlier calls; none by default.
         *
         * @param observer the listener; several threads call it
         * @return this builder
         */
        public Builder listener(WagiListener observer) {
            Objects.requireNonNull(observer, "observer");
            listeners.clear();
            return addListener(observer);
        }

        /**
         * Adds a listener. Each is called in the order of the calls, whatever the others do.
         *
         * @param observer the listener; it is called by several threads
         * @return this builder
         */
        public Builder addListener(WagiListener observer) {
            listeners.add(Objects.requireNonNull(observer, "observer"));
            return this;
        }

        private Listeners listeners() {
            return new Listeners(listeners);
        }

        /** Sets the engine, for tests. */
        Builder sandboxEngine(SandboxEngine stub) {
            this.sandboxEngine = stub;
            return this;
        }

        /** Sets how long a guest may take to end after it was interrupted, for tests. */
        Builder patience(Duration limit) {
            this.patience = limit.toNanos();
            return this;
        }

        /** Sets what the guests of a module compute on, for tests. */
        Builder seats(Supplier<Seats> other) {
            this.seats = other;
            return this;
        }

        /** Sets the watchdog that interrupts guests, for tests. */
        Builder watchdog(Watchdog other) {
            this.watchdog = other;
            return this;
        }

        /**
         * Compiles the modules for later instead of serving them: writes what {@link #build} would compile to files in
         * {@code META-INF/wagi/compiled}, and removes files of other modules there. When this directory is in a root of
         * the application's class path, or in its jar, the application starts without compiling these modules. A module
         * whose bytes are others by then, and all modules if the version of this library is another, are compiled at
         * the start as usual, and a warning says so. Modules that the files have already are not compiled again.
         *
         * @param root a root of the class path that is being built, such as {@code target/classes}
         * @return how many files there are for these modules
         * @throws WagiConfigException if anything is wrong; it lists all problems
         * @throws UncheckedIOException if a file cannot be written or removed
         * @throws IllegalStateException if the {@link #engine} is the interpreter
         */
        public int precompile(Path root) {
            if (engine != Engine.COMPILER) {
                throw new IllegalStateException("the interpreter compiles nothing; leave out engine(INTERPRETER)");
            }
            PackagedCode written = PackagedCode.writingTo(root);
            precompiled = written;
            try {
                build().close();
                return written.finish();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } finally {
                precompiled = null;
            }
        }

        /**
         * Checks the whole configuration, then loads and compiles the modules. Compilation takes about half a second
         * per module.
         *
         * @return the host, which the caller closes
         * @throws WagiConfigException if anything is wrong; it lists all problems
         */
        public Wagi build() {
            Admission admission = new Admission(new Strays(patience, watchdog), seats);
            VolumeDirectories directories = new VolumeDirectories();
            Mount.Table mounts = new Mount.Table();
            Transfers transfers = new Transfers();
            Deployment deployed = null;
            try {
                deployed = deploy(ModuleLoader.Known.NOTHING, null, mounts, transfers, admission, directories);
                Wagi wagi = new Wagi(
                        engine, admission, directories, mounts, transfers, List.copyOf(sources), deployed, listeners());
                HeapCheck.SHARED.begin(wagi.heapWatch);
                return wagi;
            } finally {
                if (deployed == null) {
                    closeSources(sources, List.of());
                    directories.close();
                }
            }
        }

        /**
         * Puts the configuration into service.
         *
         * @param known modules that need not be loaded again, by digest
         * @param old the deployment to replace, null if there is none; log files that the new one also writes stay open
         * @param mounts the current volumes, with the usage that their quotas have counted and their writers
         * @param transfers counts the files that are being sent
         * @param admission receives the bounds of the configuration
         * @param directories keeps the volumes that sources have created
         */
        private Deployment deploy(
                ModuleLoader.Known known,
                @Nullable Deployment old,
                Mount.Table mounts,
                Transfers transfers,
                Admission admission,
                VolumeDirectories directories) {
            Problems problems = Problems.none();
            GuestLog oldLog = old == null ? null : old.guestLog();
            GuestLog log = oldLog != null && guestLog instanceof FileGuestLog files && files.isSameAs(oldLog)
                    ? oldLog
                    : guestLog;
            if (log != oldLog && log instanceof FileGuestLog files) {
                files.check(problems);
            }
            directories.begin();
            List<ConfigurationDraft> described = new ArrayList<>();
            List<ModuleResolver> all = new ArrayList<>(resolvers);
            for (ConfigurationSource source : sources) {
                Description description = Description.of(source, draft.hasListenAddress(), directories, problems);
                described.add(description.draft());
                all.addAll(description.resolvers());
            }
            if (problems.isEmpty()
                    && !draft.hasRoutes()
                    && described.stream().noneMatch(ConfigurationDraft::hasRoutes)) {
                problems.add("Wagi.builder()", "there is no module", Remedy.NAME_MODULES);
            }
            WagiConfiguration configuration = draft.check(described, problems);
            CompileCache cache = compileCache == null ? null : new CompileCache(compileCache);
            SandboxEngine sandboxes = sandboxEngine == null
                    ? new ChicoryEngine(
                            engine == Engine.COMPILER,
                            cache,
                            precompiled == null ? PackagedCode.of(application) : precompiled,
                            application)
                    : sandboxEngine;
            Listeners told = listeners();
            ModuleLoader loader = new ModuleLoader(
                    all,
                    application,
                    sandboxes,
                    told,
                    admission.strays(),
                    configuration.loadTimeout(),
                    module -> keepGoing && (old == null || !old.serves(module)),
                    precompiled == null ? configuration.lazy() : Optional.of(false),
                    module -> old != null && old.hasInMemory(module));
            Deployment deployed = Deployment.of(
                    configuration,
                    loader.load(configuration.modules(), known, problems),
                    log,
                    http(configuration, problems),
                    outboundHttpClient == null,
                    told,
                    old,
                    mounts,
                    transfers,
                    admission,
                    problems);
            admission.limit(
                    configuration.maxConcurrency(),
                    configuration.maxQueue(),
                    Math.max(1, configuration.modules().size()));
            directories.keep();
            return deployed;
        }

        /** Returns the client of all modules; an extension is looked up only if a module needs it. */
        private OutboundHttpClient http(WagiConfiguration configuration, Problems problems) {
            if (outboundHttpClient != null) {
                return outboundHttpClient;
            }
            Optional<ModuleConfiguration> user = configuration.modules().stream()
                    .filter(module -> !module.allowedHosts().isEmpty())
                    .findFirst();
            if (user.isPresent()) {
                String place = user.get().place() + ", key 'allowed_hosts'";
                try {
                    Optional<OutboundHttpClientProvider> provider =
                            Extensions.find(OutboundHttpClientProvider.class, application);
                    if (provider.isPresent()) {
                        return provider.get().create(outboundSslContext);
                    }
                    problems.add(place, "needs an HTTP client, and there is none", Remedy.ADD_OUTBOUND_CLIENT);
                } catch (ServiceConfigurationError e) {
                    problems.add(
                            place,
                            "needs an HTTP client, and the installed one cannot be used (" + e.getMessage()
                                    + "); correct the class path");
                }
            }
            return request -> {
                throw new IOException("there is no client");
            };
        }
    }
}
