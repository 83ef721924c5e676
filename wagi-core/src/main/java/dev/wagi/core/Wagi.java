// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.bindle.BindleSource;
import dev.wagi.core.bindle.internal.BindleReader;
import dev.wagi.core.cgi.HostPort;
import dev.wagi.core.config.ConfigurationDraft;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.config.ModuleDraft;
import dev.wagi.core.config.Problems;
import dev.wagi.core.config.VolumeDraft;
import dev.wagi.core.config.WagiConfiguration;
import dev.wagi.core.internal.cache.CompileCache;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.manifest.Manifest;
import dev.wagi.core.manifest.PodDirectories;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.sandbox.GuestCode;
import dev.wagi.core.sandbox.SandboxEngine;
import dev.wagi.core.sandbox.Watchdog;
import dev.wagi.core.spi.Extensions;
import dev.wagi.core.spi.OutboundHttpClientProvider;
import dev.wagi.core.volume.Mount;
import dev.wagi.core.volume.Volume;
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
import java.util.concurrent.atomic.AtomicBoolean;
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
    private final PodDirectories directories;
    private final Mount.Table mounts;
    private Engine engine; // guarded by this
    private volatile Deployment deployment;
    private volatile boolean closed;

    private Wagi(
            Engine engine, Admission admission, PodDirectories directories, Mount.Table mounts, Deployment deployment) {
        this.engine = engine;
        this.admission = admission;
        this.directories = directories;
        this.mounts = mounts;
        this.deployment = deployment;
    }

    /** How modules are run. */
    public enum Engine {
        /** Compiled to JVM bytecode when they are loaded. The default. */
        COMPILER,
        /** Interpreted: loaded at once, run 10 to 100 times slower. */
        INTERPRETER
    }

    /** Starts a configuration. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * A host for a {@code modules.toml}.
     *
     * @throws WagiConfigException if something is wrong with the file or a module it names; it lists all of it
     */
    public static Wagi load(Path configuration) {
        return builder().addConfiguration(configuration).build();
    }

    /**
     * A host for a Kubernetes manifest; see {@link Builder#manifest}.
     *
     * @throws WagiConfigException if something is wrong with the manifest or a module it names; it lists all of it
     */
    public static Wagi loadManifest(Path manifest) {
        return builder().manifest(manifest).build();
    }

    /**
     * Where the manifests want requests to come in, {@code ip:port}: their default-host annotation. Empty if there is none,
     * or {@link Builder#listenAddress} was called. Nothing listens there until somebody does.
     */
    public Optional<String> manifestAddress() {
        return deployment.manifestAddress();
    }

    /** The routing table in the order of the configuration. */
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
        Deployment next = configuration.deploy(known, old, mounts, admission, directories);
        engine = configuration.engine;
        deployment = next;
        old.close(next);
        if (closed) {
            // It may have closed the one before.
            next.close(null);
            directories.close();
            checkOpen();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this host is closed; build another one");
        }
    }

    /**
     * Answers a request with a response in memory: for tests, and for callers that have no stream to write to. The body
     * is collected whole.
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
     * @param executor runs a task, once at most for each request, on a thread that may be held up; if it throws instead, the
     *     sink is aborted on whichever thread that was found. It must not run it on the thread that hands it over, which may
     *     be the one that stops guests
     */
    public void handle(WagiRequest request, ResponseSink sink, Executor executor) {
        new Exchange(deployment, request, sink, gate).answer(executor);
    }

    /** How many requests of all modules together may run at the same time, each on a thread. */
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
     * @return false if it could not be done; the sink was not called then, and {@link #handle(WagiRequest, ResponseSink)}
     *     must follow on a thread that may be held up
     */
    public boolean tryHandle(WagiRequest request, ResponseSink sink) {
        if (request.contentLength() != 0
                || Thread.currentThread().isInterrupted()
                || admission.strays().wasAttempt()) {
            return false;
        }
        AtomicBoolean inside = new AtomicBoolean();
        Runnable ended = () -> {
            if (inside.compareAndSet(true, false)) {
                gate.leave();
            }
        };
        if (!gate.enter()) {
            return false;
        }
        inside.set(true);
        try {
            return attempt(deployment, request, sink, ended);
        } finally {
            ended.run();
        }
    }

    private static boolean attempt(Deployment deployment, WagiRequest request, ResponseSink sink, Runnable ended) {
        Attempt attempt = new Attempt();
        String id = RequestId.next();
        boolean head = request.method().equals("HEAD");
        try {
            deployment.handle(deployment.parse(request, id), id, attempt, head, System.nanoTime(), false, ended);
        } catch (IOException | RuntimeException e) {
            // Given up; and what is a bug is found and logged when it happens again.
            return false;
        }
        try {
            attempt.commit(sink);
        } catch (IOException e) {
            LOG.debug("the client of a request is gone", e);
            sink.abort();
        }
        return true;
    }

    /**
     * Lets no new request in (they are answered with 503) and waits for those in flight.
     *
     * @param grace how long to wait at most; negative is like zero
     * @return whether all of them had ended by then
     */
    public boolean close(Duration grace) {
        closed = true;
        try {
            return gate.close(grace);
        } finally {
            deployment.close(null);
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
        private final ConfigurationDraft draft = new ConfigurationDraft();
        private final List<Path> manifests = new ArrayList<>();
        private final List<String> bindles = new ArrayList<>();
        private final List<ModuleResolver> resolvers = new ArrayList<>();
        private @Nullable BindleSource bindleSource;
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

        /** Serves the modules of a {@code modules.toml}, in addition to those of other calls. */
        public Builder addConfiguration(Path file) {
            draft.files.add(Objects.requireNonNull(file, "file"));
            return this;
        }

        /**
         * Serves the containers of a Kubernetes manifest, in addition to the modules of other calls: of Pods with the
         * annotation {@code alpha.wagi.krustlet.dev/modules}, and of the Pod templates of Deployments and their like. The
         * files of several calls are one manifest. Images come from a registry: {@code wagi-oci} must be on the class path.
         *
         * <p>The annotation {@code alpha.wagi.krustlet.dev/default-host} is the default host unless something else names one,
         * and {@link Wagi#manifestAddress}. What a manifest asks for and cannot have without a cluster is a problem if it
         * could do harm to run without it, and else a warning in the log. The files of ConfigMaps and Secrets that are
         * mounted, and emptyDir volumes, are in a private temporary directory until the host is closed. docs/configuration.md
         * says what becomes of each field.
         */
        public Builder manifest(Path file) {
            manifests.add(Objects.requireNonNull(file, "file"));
            return this;
        }

        /**
         * Serves a module, in addition to those of other calls:
         * {@code .addModule(m -> m.route("/hello/...").source(Path.of("hello.wasm")))}.
         */
        public Builder addModule(Consumer<ModuleBuilder> settings) {
            ModuleDraft module = new ModuleDraft(
                    "Wagi.builder(), module " + (draft.modules.size() + 1),
                    Path.of("").toAbsolutePath());
            settings.accept(new ModuleBuilder(module));
            draft.modules.add(module);
            return this;
        }

        /** Where bindles come from: those of {@link #bindle}, and {@code bindle:name/version} references. */
        public Builder bindleSource(BindleSource source) {
            this.bindleSource = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * Serves the modules of a bindle; {@link #bindleSource} says where it is. Deprecated by WAGI.
         *
         * @param id name and version, for instance {@code example.com/hello/1.0.0}
         */
        public Builder bindle(String id) {
            bindles.add(Objects.requireNonNull(id, "id"));
            return this;
        }

        /**
         * SERVER_NAME and SERVER_PORT of requests without a Host header; overrides a file's {@code default_host}. By
         * default {@code 127.0.0.1:3000}, as in WAGI.
         *
         * @param host {@code host} or {@code host:port}
         */
        public Builder defaultHost(String host) {
            draft.defaultHost = Objects.requireNonNull(host, "host");
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
         */
        public Builder addTrustedProxies(String... addresses) {
            return addTrustedProxies(List.of(addresses));
        }

        /** {@link #addTrustedProxies(String...)} with a collection. */
        public Builder addTrustedProxies(Collection<String> addresses) {
            draft.trustedProxies.addAll(List.copyOf(addresses));
            return this;
        }

        /**
         * Where requests come in: the default host if neither {@link #defaultHost} nor a file names one.
         *
         * @param address {@code host:port}
         */
        public Builder listenAddress(String address) {
            draft.listenAddress = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Where the built-in health check answers 200 {@code OK}, before any module; overrides a file's
         * {@code health_path}. By default {@code /healthz}; the empty string switches it off.
         */
        public Builder healthPath(String path) {
            draft.healthPath = Objects.requireNonNull(path, "path");
            return this;
        }

        /** Sets a variable for all modules; a module's own variable of the same name wins. */
        public Builder addEnvironment(String name, String value) {
            draft.environment.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /** Sets variables for all modules; see {@link #addEnvironment(String, String)}. */
        public Builder addEnvironment(Map<String, String> variables) {
            variables.forEach(this::addEnvironment);
            return this;
        }

        /** How modules are run; {@link Engine#COMPILER} by default. */
        public Builder engine(Engine choice) {
            this.engine = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /**
         * Keeps compiled modules in this directory, so that the next start need not compile them. By default nothing is
         * kept. What is in it runs in this JVM, outside of the sandbox, so nobody else may be able to write to it: a
         * directory that is a link, belongs to another user or is writable by others is not used, and a warning says
         * so. It is made when it is needed, holds 512 MiB at most, and may be shared by several processes of one user.
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
         */
        public Builder reuse(boolean allowed) {
            draft.reuse = allowed;
            return this;
        }

        /**
         * Changes what the guests of each module may take, unless the module or a file's {@code [defaults]} says otherwise:
         * {@code .limits(l -> l.withTimeout(Duration.ofSeconds(5)))}. {@link Limits#defaults} until it is called; a later call
         * changes what earlier ones left.
         */
        public Builder limits(UnaryOperator<Limits> change) {
            draft.limits = Objects.requireNonNull(change.apply(draft.limits), "the limits that change returned");
            return this;
        }

        /**
         * How many requests of all modules together run at the same time; 16 for each processor by default. Overrides a
         * file's {@code max_concurrency}. Each takes a thread while it runs. For each module see
         * {@link Limits#withMaxConcurrency}.
         *
         * @throws IllegalArgumentException if it is not 1 to 65536
         */
        public Builder maxTotalConcurrency(int requests) {
            draft.totals.add(total(limits -> limits.withMaxConcurrency(requests)));
            return this;
        }

        /**
         * How many requests of all modules together wait for their turn; 256 by default, more are answered 503. Overrides
         * a file's {@code max_queue}. For each module see {@link Limits#withMaxQueue}.
         *
         * @throws IllegalArgumentException if it is not 0 to 65536
         */
        public Builder maxTotalQueue(int requests) {
            draft.totals.add(total(limits -> limits.withMaxQueue(requests)));
            return this;
        }

        /**
         * How long a module may take to be fetched, and then to be compiled; 5 minutes each by default. Overrides a file's
         * {@code load_timeout}. What a module runs while it is loaded has its own {@code timeout}.
         *
         * @throws IllegalArgumentException if it is not between a second and a day
         */
        public Builder loadTimeout(Duration time) {
            try {
                draft.loadTimeout = WagiConfiguration.checkLoadTimeout(time);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(time + " " + e.getMessage(), e);
            }
            return this;
        }

        /**
         * Serves what can be served: a module that cannot be fetched, compiled or instantiated is an error in the log, and its
         * route answers 503 until a {@linkplain Wagi#reload reload} loads it. Otherwise, and for what is wrong with the
         * configuration itself, {@link #build} throws. A reload is refused all the same if it would take a module out of
         * service that is served now.
         */
        public Builder keepGoing(boolean choice) {
            this.keepGoing = choice;
            return this;
        }

        private static UnaryOperator<Limits> total(UnaryOperator<Limits> change) {
            change.apply(Limits.defaults());
            return change;
        }

        /**
         * Loads references of the resolver's scheme; asked before those of earlier calls and the built-in ones. A scheme that
         * none of them takes is left to the resolvers that {@link java.util.ServiceLoader} finds: {@code wagi-oci} on the
         * class path is enough for {@code oci:}.
         */
        public Builder addResolver(ModuleResolver resolver) {
            resolvers.add(0, Objects.requireNonNull(resolver, "resolver"));
            return this;
        }

        /** Where guests' standard error goes; by default to SLF4J loggers named {@code dev.wagi.guest.<module name>}. */
        public Builder guestLog(GuestLog log) {
            this.guestLog = Objects.requireNonNull(log, "log");
            return this;
        }

        /**
         * Writes guests' standard error to {@code <directory>/<module name>/module.stderr}, as WAGI does, instead of to
         * loggers. A file is rotated at 10 MiB, five old ones are kept. The directory is made when it is needed.
         */
        public Builder logDirectory(Path directory) {
            return guestLog(new FileGuestLog(directory));
        }

        /**
         * Carries guests' outbound requests in place of the client of {@code wagi-outbound}, for instance through a proxy.
         * What guests may connect to is checked before it is called. It is not closed with the host.
         */
        public Builder outboundHttpClient(OutboundHttpClient client) {
            this.outboundHttpClient = Objects.requireNonNull(client, "client");
            return this;
        }

        /**
         * Whom the client of {@code wagi-outbound} trusts, for instance a company's own certificate authority; by default
         * whom the JVM trusts. Its key managers are used too, for all modules.
         */
        public Builder outboundSslContext(SSLContext context) {
            this.outboundSslContext = Objects.requireNonNull(context, "context");
            return this;
        }

        /** Who is told what happens; nobody by default. */
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
         * @throws WagiConfigException if anything is wrong; it lists all of it
         */
        public Wagi build() {
            Admission admission = new Admission(new Strays(patience, watchdog));
            PodDirectories directories = new PodDirectories();
            Mount.Table mounts = new Mount.Table();
            Deployment deployed = null;
            try {
                deployed = deploy(Map.of(), null, mounts, admission, directories);
                return new Wagi(engine, admission, directories, mounts, deployed);
            } finally {
                if (deployed == null) {
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
         * @param directories keeps what volumes of manifests hold
         */
        private Deployment deploy(
                Map<String, GuestCode> known,
                @Nullable Deployment old,
                Mount.Table mounts,
                Admission admission,
                PodDirectories directories) {
            Problems problems = new Problems();
            GuestLog oldLog = old == null ? null : old.guestLog();
            GuestLog log = oldLog != null && guestLog instanceof FileGuestLog files && files.isSameAs(oldLog)
                    ? oldLog
                    : guestLog;
            if (log != oldLog && log instanceof FileGuestLog files) {
                files.check(problems);
            }
            // One for each deployment: it remembers what it has read.
            BindleReader bindleReader =
                    bindleSource == null ? null : new BindleReader(bindleSource, directories::filled);
            // First, because it begins another reading of directories, which the files of bindles belong to as well.
            Manifest manifest = Manifest.read(manifests, directories, problems);
            List<ModuleDraft> more = bindleModules(bindleReader, problems);
            manifest.warnings().forEach(LOG::warn);
            more.addAll(manifest.modules());
            HostPort address = address(manifest, problems);
            WagiConfiguration configuration = draft.check(more, address, problems);
            List<ModuleResolver> all = new ArrayList<>(resolvers);
            if (bindleReader != null) {
                all.add(bindleReader);
            }
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
                    address,
                    problems);
            admission.limit(
                    configuration.maxConcurrency(),
                    configuration.maxQueue(),
                    configuration.modules().size());
            manifest.keep();
            return deployed;
        }

        /** Where the Pods want to be reached, all in one place as they are served by one process. */
        private @Nullable HostPort address(Manifest manifest, Problems problems) {
            List<HostPort> addresses = manifest.addresses();
            if (addresses.isEmpty() || draft.listenAddress != null) {
                return null;
            }
            if (addresses.size() > 1) {
                problems.add(
                        String.join(", ", manifests.stream().map(Path::toString).toList()),
                        "the Pods want different default-hosts, " + addresses.get(0) + " and " + addresses.get(1)
                                + ", and one process serves them",
                        Remedy.NAME_LISTEN_ADDRESS);
            }
            return addresses.get(0);
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

        private List<ModuleDraft> bindleModules(@Nullable BindleReader reader, Problems problems) {
            if (draft.modules.isEmpty() && draft.files.isEmpty() && manifests.isEmpty() && bindles.isEmpty()) {
                problems.add("Wagi.builder()", "there is no module", Remedy.NAME_MODULES);
            }
            List<ModuleDraft> modules = new ArrayList<>();
            for (String id : bindles) {
                if (reader == null) {
                    problems.add("bindle " + id, "there is no place to take it from", Remedy.NAME_BINDLE_SOURCE);
                } else {
                    modules.addAll(reader.read(id, problems));
                }
            }
            return modules;
        }
    }

    /** The settings of one module, the same as the keys of {@code [[module]]} in {@code modules.toml}. */
    public static final class ModuleBuilder {
        private final ModuleDraft draft;

        private ModuleBuilder(ModuleDraft draft) {
            this.draft = draft;
        }

        /** The paths it answers: {@code /exact}, or {@code /prefix/...}. Required. */
        public ModuleBuilder route(String pattern) {
            draft.route = Objects.requireNonNull(pattern, "pattern");
            return this;
        }

        /** The file it is in, WebAssembly binary or text. This or {@link #source(String)} is required. */
        public ModuleBuilder source(Path file) {
            return source(file.toString());
        }

        /** Where it is, as a reference; see {@link ModuleReference}. */
        public ModuleBuilder source(String reference) {
            draft.module = Objects.requireNonNull(reference, "reference");
            return this;
        }

        /** Its name in logs; by default the file's name without its ending. */
        public ModuleBuilder name(String text) {
            draft.name = Objects.requireNonNull(text, "text");
            return this;
        }

        /** The exported function to call, without parameters and results; {@code _start} by default. */
        public ModuleBuilder entrypoint(String function) {
            draft.entrypoint = Objects.requireNonNull(function, "function");
            return this;
        }

        /**
         * Its command line as a template; {@code ${SCRIPT_NAME}} and {@code ${ARGS}} are replaced. By default the path and
         * one argument for each item of the query.
         */
        public ModuleBuilder argv(String... template) {
            return argv(List.of(template));
        }

        /** {@link #argv(String...)} with a list. */
        public ModuleBuilder argv(List<String> template) {
            draft.argv = List.copyOf(template);
            return this;
        }

        /**
         * Whether query items that begin with {@code -} pass through a template; false by default. Only for guests that treat
         * them as data.
         */
        public ModuleBuilder argvAllowOptions(boolean allowed) {
            draft.argvAllowOptions = allowed;
            return this;
        }

        /** Sets a variable of its own environment. */
        public ModuleBuilder addEnvironment(String name, String value) {
            draft.environment.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
            return this;
        }

        /** Sets variables of its own environment. */
        public ModuleBuilder addEnvironment(Map<String, String> variables) {
            variables.forEach(this::addEnvironment);
            return this;
        }

        /** The virtual hosts it answers to, without port; all by default. */
        public ModuleBuilder hosts(String... names) {
            return hosts(List.of(names));
        }

        /** {@link #hosts(String...)} with a collection. */
        public ModuleBuilder hosts(Collection<String> names) {
            draft.hosts = List.copyOf(names);
            return this;
        }

        /** The methods it answers; all by default. GET includes HEAD. */
        public ModuleBuilder methods(String... names) {
            return methods(List.of(names));
        }

        /** {@link #methods(String...)} with a collection. */
        public ModuleBuilder methods(Collection<String> names) {
            draft.methods = List.copyOf(names);
            return this;
        }

        /** Whether it sees the Authorization header as HTTP_AUTHORIZATION; false by default. */
        public ModuleBuilder passAuthorization(boolean passed) {
            draft.authorization = passed;
            return this;
        }

        /**
         * Whether it runs before a request body of unknown length (chunked, or HTTP/2 without {@code content-length}) is
         * complete: it reads the body as it arrives and has no CONTENT_LENGTH. False by default: such a body is collected
         * first, up to 64 KiB in memory and the rest in a private temporary file.
         */
        public ModuleBuilder streamRequestBody(boolean streamed) {
            draft.requestBody = streamed ? ModuleDraft.STREAM : ModuleDraft.COLLECT;
            return this;
        }

        /**
         * Takes everything that it prints for a body of this type, so that a program need know nothing of CGI. It is answered
         * 200 if it exits with code 0, else 502, or broken off if the response has begun.
         *
         * @param mediaType for instance {@code image/svg+xml}
         */
        public ModuleBuilder contentType(String mediaType) {
            draft.contentType = Objects.requireNonNull(mediaType, "mediaType");
            return this;
        }

        /** Whether an instance serves one request after another; true by default. See {@link Builder#reuse}. */
        public ModuleBuilder reuse(boolean allowed) {
            draft.reuse = allowed;
            return this;
        }

        /**
         * Changes what its guests may take: {@code m.limits(l -> l.withTimeout(Duration.ofSeconds(5)))}. What is not changed
         * is as {@link Builder#limits} says; a later call changes what earlier ones left.
         */
        public ModuleBuilder limits(UnaryOperator<Limits> change) {
            draft.limits.add(Objects.requireNonNull(change, "change"));
            return this;
        }

        /**
         * Lets it read what is in a host directory. It sees nothing else of the host's files; see RATIONALE.md, "How is a
         * volume confined?".
         *
         * @param guest where it finds the directory, for instance {@code /data}
         * @param host the directory; it must be there when the host is built
         */
        public ModuleBuilder addVolume(String guest, Path host) {
            return volume(guest, host, false, Volume.UNLIMITED, Volume.UNLIMITED);
        }

        /**
         * Lets it read and change what is in a host directory, without limit: it may fill the disk. Otherwise as {@link #addVolume}.
         */
        public ModuleBuilder addWritableVolume(String guest, Path host) {
            return volume(guest, host, true, Volume.UNLIMITED, Volume.UNLIMITED);
        }

        /**
         * Lets it read and change what is in a host directory, up to a quota. What is there already counts; where several
         * modules write to one directory, each is held to its own quota for the whole of it. Otherwise as {@link #addVolume}.
         *
         * @param maxBytes how many bytes the files in it may have together, 0 or more
         * @param maxFiles how many files and directories may be in it, 0 or more
         */
        public ModuleBuilder addWritableVolume(String guest, Path host, long maxBytes, long maxFiles) {
            if (maxBytes < 0 || maxFiles < 0) {
                throw new IllegalArgumentException(
                        "a quota is negative: " + maxBytes + " bytes, " + maxFiles + " files");
            }
            return volume(guest, host, true, maxBytes, maxFiles);
        }

        /**
         * Lets it make and rename symbolic links in a writable volume: relative ones that stay within it, whoever follows
         * them. Without this it can make none; it follows those that are there all the same.
         *
         * @param guest the guest's name of a volume that was added before
         * @throws IllegalArgumentException if there is no such volume, or it is read-only
         */
        public ModuleBuilder allowLinks(String guest) {
            Objects.requireNonNull(guest, "guest");
            for (int i = 0; i < draft.volumes.size(); i++) {
                VolumeDraft volume = draft.volumes.get(i);
                if (volume.guest().equals(guest) && volume.writable()) {
                    draft.volumes.set(
                            i, new VolumeDraft(guest, volume.host(), true, volume.maxBytes(), volume.maxFiles(), true));
                    return this;
                }
            }
            throw new IllegalArgumentException("there is no writable volume \"" + guest + "\"; add it first");
        }

        private ModuleBuilder volume(String guest, Path host, boolean writable, long maxBytes, long maxFiles) {
            Objects.requireNonNull(guest, "guest");
            draft.volumes.add(new VolumeDraft(guest, host.toString(), writable, maxBytes, maxFiles));
            return this;
        }

        /**
         * Keeps its guests from answering with the page of any other route, {@code Location: /path} without more (RFC 3875,
         * section 6.2.2): everywhere by default. A route may be guarded by something in front of this host that does not
         * see such a redirect.
         *
         * @param paths where they may still redirect to, as in {@link #route}; none for nowhere. Others are answered 502
         */
        public ModuleBuilder localRedirects(String... paths) {
            return localRedirects(List.of(paths));
        }

        /** {@link #localRedirects(String...)} with a collection. */
        public ModuleBuilder localRedirects(Collection<String> paths) {
            draft.localRedirects = List.copyOf(paths);
            return this;
        }

        /**
         * Leaves out fields of its guests' responses that count for more than this response, such as {@code Set-Cookie}: none
         * by default. SECURITY.md lists them.
         */
        public ModuleBuilder denyResponseHeaders(String... names) {
            return denyResponseHeaders(List.of(names));
        }

        /** {@link #denyResponseHeaders(String...)} with a collection. */
        public ModuleBuilder denyResponseHeaders(Collection<String> names) {
            draft.deniedResponseHeaders = List.copyOf(names);
            return this;
        }

        /**
         * Where it may connect to; nowhere by default. {@code https://api.example.org} is that scheme, host and port,
         * {@code https://*.example.org} every name below that one, {@code insecure:allow-all} everything. Hosts with private
         * addresses are refused all the same; see {@link #allowedPrivateHosts}.
         */
        public ModuleBuilder allowedHosts(String... hosts) {
            return allowedHosts(List.of(hosts));
        }

        /** {@link #allowedHosts(String...)} with a collection. */
        public ModuleBuilder allowedHosts(Collection<String> hosts) {
            draft.allowedHosts = List.copyOf(hosts);
            return this;
        }

        /**
         * Where else it may connect to, also if the address is this machine's or one of its network: the key
         * {@code allow_private}. {@code scheme://host[:port]} each, without wildcards.
         */
        public ModuleBuilder allowedPrivateHosts(String... hosts) {
            return allowedPrivateHosts(List.of(hosts));
        }

        /** {@link #allowedPrivateHosts(String...)} with a collection. */
        public ModuleBuilder allowedPrivateHosts(Collection<String> hosts) {
            draft.privateHosts = List.copyOf(hosts);
            return this;
        }
    }
}
