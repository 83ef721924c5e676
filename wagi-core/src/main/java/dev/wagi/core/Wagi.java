// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.configuration.ConfigurationFormat;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.admission.Gate;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.cache.CompileCache;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.config.ConfigurationDraft;
import dev.wagi.core.internal.config.Description;
import dev.wagi.core.internal.config.InstalledFormat;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.config.WagiConfiguration;
import dev.wagi.core.internal.headroom.HeapCheck;
import dev.wagi.core.internal.loading.ModuleLoader;
import dev.wagi.core.internal.log.FileGuestLog;
import dev.wagi.core.internal.request.Deployment;
import dev.wagi.core.internal.request.Exchange;
import dev.wagi.core.internal.request.MemorySink;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import dev.wagi.core.internal.sandbox.Watchdog;
import dev.wagi.core.internal.spi.Extensions;
import dev.wagi.core.internal.spi.OutboundHttpClientProvider;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.VolumeDirectories;
import dev.wagi.core.module.ModuleResolver;
import java.io.IOException;
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
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WAGI host: routes requests to WebAssembly modules and runs them as CGI programs.
 *
 * <p>Made by {@link #builder} or {@link #load}, both of which fail at one place, with everything that is wrong. Thread-safe;
 * guests run on the threads that call {@code handle}. It opens no port: {@code wagi-server} does.
 *
 * <p>A guest sees its arguments, its environment and three streams. It has no file system but the volumes, and no
 * network but the hosts that its configuration allows, no clock but time of day and a monotonic one, and nothing of this
 * JVM's environment or system properties.
 */
public final class Wagi implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Wagi.class);

    /** How long {@link #close()} waits for requests in flight. */
    public static final Duration DEFAULT_GRACE = Duration.ofSeconds(30);

    private final Gate gate = new Gate();
    private final Admission admission;
    private final VolumeDirectories directories;
    private final Mount.Table mounts;
    private Engine engine; // guarded by this
    private volatile Deployment deployment;
    private volatile List<ConfigurationSource> sources;
    private volatile WagiListener listener;
    private volatile boolean closed;

    /** Held here, so that it lives as long as the host. */
    private final HeapCheck.Host heapWatch = this::heapExhausted;

    private Wagi(
            Engine engine,
            Admission admission,
            VolumeDirectories directories,
            Mount.Table mounts,
            List<ConfigurationSource> sources,
            Deployment deployment,
            WagiListener listener) {
        this.listener = listener;
        this.engine = engine;
        this.admission = admission;
        this.directories = directories;
        this.mounts = mounts;
        this.sources = sources;
        this.deployment = deployment;
    }

    /** How modules are run. */
    public enum Engine {
        /** Compiled to JVM bytecode when they are loaded. The default. */
        COMPILER,
        /** Interpreted: loaded at once, run 10 to 100 times slower. */
        INTERPRETER
    }

    /**
     * Starts a configuration.
     *
     * @return settings with their defaults
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A host for a configuration file; see {@link Builder#addConfiguration}.
     *
     * @param configuration the file, in a format that is on the class path
     * @return the host, which the caller closes
     * @throws WagiConfigException if something is wrong with the file or a module it names; it lists all of it
     */
    public static Wagi load(Path configuration) {
        return builder().addConfiguration(configuration).build();
    }

    /** {@return the routing table in the order of the configuration} */
    public List<RouteInfo> routes() {
        return deployment.routes();
    }

    /**
     * Replaces what is served, at once: requests that are in flight finish with what they began with, later ones see the
     * new configuration only. Modules whose bytes did not change are not loaded again.
     *
     * @param configuration a builder as for a new host
     * @throws WagiConfigException if something is wrong with it; what was served goes on being served
     * @throws IllegalStateException if the host is closed, or was closed in the meantime
     */
    public synchronized void reload(Builder configuration) {
        checkOpen();
        Map<String, GuestCode> known = configuration.engine == engine ? deployment.modules() : Map.of();
        Deployment old = deployment;
        List<ConfigurationSource> oldSources = sources;
        List<ConfigurationSource> nextSources = List.copyOf(configuration.sources);
        Deployment next = null;
        try {
            next = configuration.deploy(known, old, mounts, admission, directories);
        } finally {
            if (next == null) {
                closeSources(nextSources, oldSources);
            }
        }
        engine = configuration.engine;
        listener = configuration.listener;
        deployment = next;
        sources = nextSources;
        old.close(next);
        closeSources(oldSources, nextSources);
        if (closed) {
            // It may have closed the one before.
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

    /** The listener comes first: to log takes heap. */
    private void heapExhausted() {
        listener.heapExhausted();
        LOG.error("the heap is exhausted and does not recover; requests fail until it does. Raise -Xmx");
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this host is closed; build another one");
        }
    }

    /**
     * Answers a request with a response in memory: for tests, and for callers that have no stream to write to. The body
     * is collected whole.
     *
     * @param request the request; its body is read here
     * @return the response, also if the guest failed: its status says so
     */
    public WagiResponse handle(WagiRequest request) {
        MemorySink sink = new MemorySink();
        handle(request, sink);
        return sink.response();
    }

    /**
     * Answers a request as the guest produces the response; what transports with a thread for each request call. Returns
     * when the sink was ended or aborted. Whatever a guest or a client does wrong is answered, it does not throw. A request
     * that must wait for its turn holds up the thread. Should a guest not end after its timeout and its interrupts, the sink
     * is called by another thread, and this one returns when the guest ends.
     *
     * @param request the request
     * @param sink takes the response
     */
    public void handle(WagiRequest request, ResponseSink sink) {
        new Exchange(deployment, request, sink, gate).answer();
    }

    /**
     * The same for transports that have no thread for each request: returns at once, and answers on threads of the executor.
     * A request that must wait for its turn takes none until then, so {@link #maxTotalConcurrency} threads that may be held up,
     * and a few more, are enough for requests that run, and for those that are refused; 256 more if guests may take a place
     * only as long as they can be stopped (see {@link WagiListener#guestAbandoned}).
     *
     * @param request the request
     * @param sink takes the response
     * @param executor runs a task, once at most for each request, on a thread that may be held up; if it throws instead, the
     *     sink is aborted on whichever thread that was found. It must not run it on the thread that hands it over, which may
     *     be the one that stops guests
     */
    public void handle(WagiRequest request, ResponseSink sink, Executor executor) {
        new Exchange(deployment, request, sink, gate).answer(executor);
    }

    /** {@return how many requests of all modules together may run at the same time, each on a thread} */
    public int maxTotalConcurrency() {
        return admission.maxRunning();
    }

    /**
     * Answers a request on a thread that others wait for, such as one that serves many connections, if that can be done at
     * once: it has no body, and needs no guest or one that has been quick lately. Such a guest is stopped after two
     * milliseconds. Its run counts only if it ends well and writes nothing to standard error; until then nothing is sent or
     * logged, so that it can be run again from the start.
     *
     * <p>Nothing in here blocks but the sink: it is called after the guest has ended, to {@code start}, at most once to
     * {@code write}, and to {@code end}. The array that is written is not used again.
     *
     * @param request the request
     * @param sink takes the response, on this thread
     * @return false if it could not be done; the sink was not called then, and {@link #handle(WagiRequest, ResponseSink)}
     *     must follow on a thread that may be held up
     */
    public boolean tryHandle(WagiRequest request, ResponseSink sink) {
        if (request.contentLength() != 0
                || Thread.currentThread().isInterrupted()
                || admission.strays().wasAttempt()) {
            return false;
        }
        return new Exchange(deployment, request, sink, gate).tryAnswer();
    }

    /**
     * Lets no new request in (they are answered with 503) and waits for those in flight.
     *
     * @param grace how long to wait at most; negative is like zero
     * @return whether all of them had ended by then
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

    /** {@link #close(Duration)} with {@link #DEFAULT_GRACE}. */
    @Override
    public void close() {
        close(DEFAULT_GRACE);
    }

    /** Collects what is to be served. Not thread-safe. Setters only note things down; {@link #build} checks and fails. */
    public static final class Builder {
        private final ConfigurationDraft draft = new ConfigurationDraft("Wagi.builder()");
        private final List<ConfigurationSource> sources = new ArrayList<>();
        private final List<ModuleResolver> resolvers = new ArrayList<>();
        private Engine engine = Engine.COMPILER;
        private boolean keepGoing;
        private @Nullable Path compileCache;
        private @Nullable OutboundHttpClient outboundHttpClient;
        private @Nullable SSLContext outboundSslContext;
        private WagiListener listener = new WagiListener() {};
        private GuestLog guestLog = (module, requestId, line) ->
                LoggerFactory.getLogger("dev.wagi.guest." + module).info("[{}] {}", requestId, line);

        private long patience = Strays.PATIENCE;
        private Watchdog watchdog = Watchdog.SHARED;
        private @Nullable SandboxEngine sandboxEngine;

        private final ClassLoader application;

        private Builder() {
            ClassLoader context = Thread.currentThread().getContextClassLoader();
            application = context == null ? Wagi.class.getClassLoader() : context;
            resolvers.add(ModuleResolver.classpath(application));
        }

        /**
         * Serves the modules of a configuration file, in addition to those of other calls. What reads it must be on the class path:
         * {@code wagi-config} for TOML, JSON and YAML, or another {@link ConfigurationFormat}.
         *
         * @param file the file, of any file system
         * @return this builder
         */
        public Builder addConfiguration(Path file) {
            return addSource(new InstalledFormat(Objects.requireNonNull(file, "file"), application));
        }

        /**
         * Serves the modules of a source, in addition to those of other calls. It is {@linkplain ConfigurationSource#close closed}
         * with the host, by a reload without it, and if the host cannot be built.
         *
         * @param source describes the modules, when the host is built and at each reload
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
         * SERVER_NAME and SERVER_PORT of requests without a Host header; overrides a file's {@code default_host}. By
         * default {@code 127.0.0.1:3000}, as in WAGI.
         *
         * @param host {@code host} or {@code host:port}
         * @return this builder
         */
        public Builder defaultHost(String host) {
            draft.defaultHost(host);
            return this;
        }

        /**
         * Takes the word of these proxies for where a request came from and for the URL that it was sent to: the fields
         * {@code X-Forwarded-For}, {@code -Proto}, {@code -Host}, {@code -Port} and {@code -Prefix}, and {@code Forwarded} (RFC
         * 7239) where the first is missing. They must set or remove all of them. A client that they do not tell an address
         * of is {@code unknown}. In addition to a file's {@code trusted_proxies}; by default nobody is trusted. Of no use in
         * servlets, whose containers have settings of their own for this.
         *
         * @param addresses IP addresses, or networks such as {@code 10.0.0.0/8}
         * @return this builder
         */
        public Builder addTrustedProxies(String... addresses) {
            return addTrustedProxies(List.of(addresses));
        }

        /**
         * {@link #addTrustedProxies(String...)} with a collection.
         *
         * @param addresses IP addresses, or networks such as {@code 10.0.0.0/8}
         * @return this builder
         */
        public Builder addTrustedProxies(Collection<String> addresses) {
            draft.addTrustedProxies(addresses);
            return this;
        }

        /**
         * Where requests come in: the default host if neither {@link #defaultHost} nor a file names one.
         *
         * @param address {@code host:port}
         * @return this builder
         */
        public Builder listenAddress(String address) {
            draft.listenAddress(address);
            return this;
        }

        /**
         * Where the built-in health check answers 200 {@code OK}, before any module; overrides a file's
         * {@code health_path}. By default {@code /healthz}; the empty string switches it off.
         *
         * @param path an absolute path such as {@code /healthz}, or the empty string
         * @return this builder
         */
        public Builder healthPath(String path) {
            draft.healthPath(path);
            return this;
        }

        /**
         * Sets a variable for all modules; a module's own variable of the same name wins.
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
         * Sets variables for all modules; see {@link #addEnvironment(String, String)}.
         *
         * @param variables values by name
         * @return this builder
         */
        public Builder addEnvironment(Map<String, String> variables) {
            variables.forEach(this::addEnvironment);
            return this;
        }

        /**
         * How modules are run; {@link Engine#COMPILER} by default.
         *
         * @param choice the engine of all modules
         * @return this builder
         */
        public Builder engine(Engine choice) {
            this.engine = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /**
         * Keeps compiled modules in this directory, so that the next start need not compile them. By default nothing is
         * kept. What is in it runs in this JVM, outside of the sandbox, so nobody else may be able to write to it: a
         * directory that is a link, belongs to another user or is writable by others is not used, and a warning says
         * so. It is made when it is needed, holds 512 MiB at most, and may be shared by several processes of one user.
         *
         * @param directory the directory; processes of other users must not be able to write to it
         * @return this builder
         */
        public Builder compileCache(Path directory) {
            this.compileCache = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Whether an instance serves one request after another; true by default. Between two requests everything that a
         * guest can change is put back to what it was before its first one: memory, globals, tables, descriptors. When it
         * is false every request gets a new instance, which takes 10 to 100 times longer; {@link ModuleBuilder#reuse}
         * switches it off for one module.
         *
         * @param allowed true to reuse instances, false for a new one per request
         * @return this builder
         */
        public Builder reuse(boolean allowed) {
            draft.reuse(allowed);
            return this;
        }

        /**
         * Changes what the guests of each module may take, unless the module or a file's {@code [defaults]} says otherwise:
         * {@code .limits(l -> l.withTimeout(Duration.ofSeconds(5)))}. {@link Limits#defaults} until it is called; a later call
         * changes what earlier ones left.
         *
         * @param change gets the limits so far and returns those to use
         * @return this builder
         */
        public Builder limits(UnaryOperator<Limits> change) {
            draft.limits(change);
            return this;
        }

        /**
         * How many requests of all modules together run at the same time; 16 for each processor by default. Overrides a
         * file's {@code max_concurrency}. Each takes a thread while it runs. For each module see
         * {@link Limits#withMaxConcurrency}.
         *
         * @param requests the number of requests, 1 to 65536
         * @return this builder
         * @throws IllegalArgumentException if it is not 1 to 65536
         */
        public Builder maxTotalConcurrency(int requests) {
            draft.maxTotalConcurrency(requests);
            return this;
        }

        /**
         * How many requests of all modules together wait for their turn; 256 by default, more are answered 503. Overrides
         * a file's {@code max_queue}. For each module see {@link Limits#withMaxQueue}.
         *
         * @param requests the number of requests, 0 to 65536
         * @return this builder
         * @throws IllegalArgumentException if it is not 0 to 65536
         */
        public Builder maxTotalQueue(int requests) {
            draft.maxTotalQueue(requests);
            return this;
        }

        /**
         * How long a module may take to be fetched, and then to be compiled; 5 minutes each by default. Overrides a file's
         * {@code load_timeout}. What a module runs while it is loaded has its own {@code timeout}.
         *
         * @param time the time for each of the two steps, one second to one day
         * @return this builder
         * @throws IllegalArgumentException if it is not between a second and a day
         */
        public Builder loadTimeout(Duration time) {
            draft.loadTimeout(time);
            return this;
        }

        /**
         * Serves what can be served: a module that cannot be fetched, compiled or instantiated is an error in the log, and its
         * route answers 503 until a {@linkplain Wagi#reload reload} loads it. Otherwise, and for what is wrong with the
         * configuration itself, {@link #build} throws. A reload is refused all the same if it would take a module out of
         * service that is served now.
         *
         * @param choice true to serve without the modules that fail
         * @return this builder
         */
        public Builder keepGoing(boolean choice) {
            this.keepGoing = choice;
            return this;
        }

        /**
         * Loads references of the resolver's scheme; asked before those of earlier calls and the built-in ones. A scheme that
         * none of them takes is left to the resolvers that {@link java.util.ServiceLoader} finds: {@code wagi-oci} on the
         * class path is enough for {@code oci:}.
         *
         * @param resolver the resolver; it is called by several threads
         * @return this builder
         */
        public Builder addResolver(ModuleResolver resolver) {
            resolvers.add(0, Objects.requireNonNull(resolver, "resolver"));
            return this;
        }

        /**
         * Where guests' standard error goes; by default to SLF4J loggers named {@code dev.wagi.guest.<module name>}.
         *
         * @param log takes the lines; it is called by several threads
         * @return this builder
         */
        public Builder guestLog(GuestLog log) {
            this.guestLog = Objects.requireNonNull(log, "log");
            return this;
        }

        /**
         * Writes guests' standard error to {@code <directory>/<module name>/module.stderr}, as WAGI does, instead of to
         * loggers. A file is rotated at 10 MiB, five old ones are kept. The directory is made when it is needed.
         *
         * @param directory the directory above those of the modules
         * @return this builder
         */
        public Builder logDirectory(Path directory) {
            return guestLog(new FileGuestLog(directory));
        }

        /**
         * Carries guests' outbound requests in place of the client of {@code wagi-outbound}, for instance through a proxy.
         * What guests may connect to is checked before it is called. It is not closed with the host.
         *
         * @param client the client; it is called by several threads
         * @return this builder
         */
        public Builder outboundHttpClient(OutboundHttpClient client) {
            this.outboundHttpClient = Objects.requireNonNull(client, "client");
            return this;
        }

        /**
         * Whom the client of {@code wagi-outbound} trusts, for instance a company's own certificate authority; by default
         * whom the JVM trusts. Its key managers are used too, for all modules.
         *
         * @param context the TLS context of outbound connections
         * @return this builder
         */
        public Builder outboundSslContext(SSLContext context) {
            this.outboundSslContext = Objects.requireNonNull(context, "context");
            return this;
        }

        /**
         * Who is told what happens; nobody by default.
         *
         * @param observer the listener; it is called by several threads
         * @return this builder
         */
        public Builder listener(WagiListener observer) {
            this.listener = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /** For tests: another engine. */
        Builder sandboxEngine(SandboxEngine stub) {
            this.sandboxEngine = stub;
            return this;
        }

        /** For tests: how long a guest may take to end after it was interrupted. */
        Builder patience(Duration limit) {
            this.patience = limit.toNanos();
            return this;
        }

        /** For tests: what interrupts guests. */
        Builder watchdog(Watchdog other) {
            this.watchdog = other;
            return this;
        }

        /**
         * Checks everything, loads and compiles the modules. Takes about half a second per module when it compiles.
         *
         * @return the host, which the caller closes
         * @throws WagiConfigException if anything is wrong; it lists all of it
         */
        public Wagi build() {
            Admission admission = new Admission(new Strays(patience, watchdog));
            VolumeDirectories directories = new VolumeDirectories();
            Mount.Table mounts = new Mount.Table();
            Deployment deployed = null;
            try {
                deployed = deploy(Map.of(), null, mounts, admission, directories);
                Wagi wagi = new Wagi(engine, admission, directories, mounts, List.copyOf(sources), deployed, listener);
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
         * Puts the configuration to work.
         *
         * @param known modules that need not be loaded again, by digest
         * @param old what was served so far, null for nothing: files of its log that are written on stay open
         * @param mounts the volumes so far: what their quotas have counted, and who changes them
         * @param admission gets the bounds of the configuration
         * @param directories keeps what volumes of sources hold
         */
        private Deployment deploy(
                Map<String, GuestCode> known,
                @Nullable Deployment old,
                Mount.Table mounts,
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
                    && !draft.hasModules()
                    && described.stream().noneMatch(ConfigurationDraft::hasModules)) {
                problems.add("Wagi.builder()", "there is no module", Remedy.NAME_MODULES);
            }
            WagiConfiguration configuration = draft.check(described, problems);
            CompileCache cache = compileCache == null ? null : new CompileCache(compileCache);
            SandboxEngine sandboxes = sandboxEngine == null
                    ? new ChicoryEngine(engine == Engine.COMPILER, cache, application)
                    : sandboxEngine;
            ModuleLoader loader = new ModuleLoader(
                    all,
                    application,
                    sandboxes,
                    listener,
                    admission.strays(),
                    configuration.loadTimeout(),
                    module -> keepGoing && (old == null || !old.serves(module)));
            Deployment deployed = Deployment.of(
                    configuration,
                    loader.load(configuration.modules(), known, problems),
                    log,
                    http(configuration, problems),
                    outboundHttpClient == null,
                    listener,
                    mounts,
                    admission,
                    problems);
            admission.limit(
                    configuration.maxConcurrency(),
                    configuration.maxQueue(),
                    configuration.modules().size());
            directories.keep();
            return deployed;
        }

        /** The client of all modules; an extension is looked for only if one of them needs it. */
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
                            "needs an HTTP client, and the one that is there cannot be used (" + e.getMessage()
                                    + "); correct the class path");
                }
            }
            return request -> {
                throw new IOException("there is no client");
            };
        }
    }
}
