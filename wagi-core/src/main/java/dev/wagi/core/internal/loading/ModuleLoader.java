// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.Problems;
import dev.wagi.core.api.Remedy;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutline;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.ModuleLabels;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches and loads the modules of a configuration, several at a time; modules with equal bytes are loaded once. */
public final class ModuleLoader {

    private static final Logger LOG = LoggerFactory.getLogger(ModuleLoader.class);

    /**
     * The number of different modules that are loaded at the start unless they say otherwise. With a warm cache each
     * takes 10 ms of a processor, so that these take as long as the start of the JVM.
     */
    static final int MOST_EAGER = 64;

    /** A step of loading, with the text for the message if it takes too long. */
    enum Step {
        FETCH("to be fetched; does its server answer?"),
        COMPILE("to be compiled; it is very large, or the machine is busy"),
        RUN("to be instantiated; does its start function or _routes end?");

        private final String text;

        Step(String text) {
            this.text = text;
        }
    }

    private static final int MAX_NAMES = 10;

    /**
     * Exports without parameters and results that are not entrypoints: the constructors of a reactor, and Wizer's
     * initialiser.
     */
    private static final Set<String> NO_ENTRYPOINTS = Set.of("_initialize", "wizer.initialize", "wizer-initialize");

    private final List<ModuleResolver> resolvers;
    private final SandboxEngine engine;
    private final WagiListener listener;
    private final ClassLoader application;
    private final Strays strays;
    private final Duration patience;
    private final Predicate<ModuleConfiguration> mayFail;
    private final Optional<Boolean> allLazy;
    private final Predicate<ModuleConfiguration> isInUse;
    private final Map<String, ModuleResolver> installed = new ConcurrentHashMap<>();

    /**
     * Creates a loader with explicit resolvers.
     *
     * @param application where further resolvers may be installed
     * @param strays counts threads that modules do not give back
     * @param patience how long one step of loading may take
     * @param mayFail whether a module that cannot be loaded is logged instead of being a problem
     * @param allLazy whether all modules are loaded later, or none; empty if each module says so itself
     * @param isInUse whether a module takes the place of one that is loaded now; it is loaded at once
     */
    public ModuleLoader(
            List<ModuleResolver> resolvers,
            ClassLoader application,
            SandboxEngine engine,
            WagiListener listener,
            Strays strays,
            Duration patience,
            Predicate<ModuleConfiguration> mayFail,
            Optional<Boolean> allLazy,
            Predicate<ModuleConfiguration> isInUse) {
        this.allLazy = allLazy;
        this.isInUse = isInUse;
        this.strays = strays;
        this.patience = patience;
        this.mayFail = mayFail;
        this.resolvers = List.copyOf(resolvers);
        this.application = application;
        this.engine = engine;
        this.listener = listener;
    }

    /** A module and its digest; its bytes are checked if they are read later. */
    private record Fetched(ResolvedModule module, String digest) {}

    /**
     * A module that is ready to run, or to be loaded.
     *
     * @param digest the SHA-256 of its bytes
     * @param bytes how many these are
     * @param labels what it says about itself
     * @param code its code, for later configurations
     * @param guest null if it is not loaded
     * @param loading loads it, as often as it is needed; null if it stays loaded
     * @param declarations the routes that it declares
     */
    public record Loaded(
            String digest,
            int bytes,
            ModuleLabels labels,
            KnownCode code,
            @Nullable LoadedGuest guest,
            @Nullable Loading loading,
            List<RouteDeclarations.Declaration> declarations) {}

    /**
     * Code that a later configuration of the same engine can use.
     *
     * @param loaded null unless it is loaded for good
     * @param lazy null unless it is loaded when it is needed
     * @param outline null if it was not needed
     * @param bytes the size of the module
     */
    public record KnownCode(
            @Nullable GuestCode loaded,
            @Nullable LazyCode lazy,
            @Nullable GuestOutline outline,
            int bytes) {

        /** Returns both for configurations of the same bytes. */
        public KnownCode and(KnownCode other) {
            return new KnownCode(
                    loaded == null ? other.loaded : loaded,
                    lazy == null ? other.lazy : lazy,
                    outline == null ? other.outline : outline,
                    bytes);
        }

        /** Returns the code if it is loaded now. */
        @Nullable
        GuestCode now() {
            return loaded != null ? loaded : lazy == null ? null : lazy.loaded();
        }
    }

    /**
     * What the same engine has loaded for the configuration before.
     *
     * @param codes by the digest of the bytes
     * @param started by the name of the module
     */
    public record Known(Map<String, KnownCode> codes, Map<String, Started> started) {

        /** Nothing. */
        public static final Known NOTHING = new Known(Map.of(), Map.of());

        /** Copies the maps. */
        public Known {
            codes = Map.copyOf(codes);
            started = Map.copyOf(started);
        }
    }

    /**
     * A module as it was configured and loaded.
     *
     * @param configuration the configuration
     * @param loaded what was loaded
     */
    public record Started(ModuleConfiguration configuration, Loaded loaded) {

        /** Returns the routes that it has declared, unless a module may declare others; null for those. */
        private @Nullable List<RouteDeclarations.Declaration> declarations(ModuleConfiguration other, String digest) {
            boolean same = digest.equals(loaded.digest)
                    && other.route().equals(configuration.route())
                    && other.environment().equals(configuration.environment())
                    && other.limits().equals(configuration.limits());
            return same ? loaded.declarations : null;
        }
    }

    /**
     * Loads all modules. Modules that cannot be loaded are missing from the result; each has a problem or a log entry.
     *
     * @param known what the same engine has loaded before
     * @return the module of each configuration, by identity
     */
    public Map<ModuleConfiguration, Loaded> load(
            List<ModuleConfiguration> configurations, Known known, Problems problems) {
        int threads = Math.min(Runtime.getRuntime().availableProcessors(), Math.max(configurations.size(), 1));
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), ModuleLoader::thread);
        try {
            List<Future<Fetched>> fetching = new ArrayList<>();
            for (ModuleConfiguration configuration : configurations) {
                fetching.add(executor.submit(() -> fetch(configuration, known.codes())));
            }
            Map<ModuleConfiguration, String> digests = new IdentityHashMap<>();
            Map<String, ResolvedModule> distinct = new LinkedHashMap<>();
            for (int i = 0; i < configurations.size(); i++) {
                ModuleConfiguration configuration = configurations.get(i);
                Fetched fetched = await(executor, Step.FETCH, fetching.get(i), configuration, problems);
                if (fetched != null) {
                    digests.put(configuration, fetched.digest());
                    distinct.put(fetched.digest(), fetched.module());
                }
            }
            Map<ModuleConfiguration, Loaded> loaded = new IdentityHashMap<>();
            Set<ModuleConfiguration> done =
                    postpone(executor, configurations, digests, distinct, known.codes(), loaded, problems);
            Set<String> eager = configurations.stream()
                    .filter(configuration -> !done.contains(configuration))
                    .map(digests::get)
                    .filter(Objects::nonNull)
                    .collect(Collectors.toSet());
            Map<String, Future<GuestCode>> loading = new HashMap<>();
            known.codes().forEach((digest, code) -> {
                GuestCode now = code.now();
                if (now != null) {
                    loading.put(digest, CompletableFuture.completedFuture(now));
                }
            });
            // The slowest come first, so that none of them runs alone at the end.
            distinct.entrySet().stream()
                    .filter(entry -> eager.contains(entry.getKey()) && !loading.containsKey(entry.getKey()))
                    .sorted(Comparator.comparingLong(entry -> -weight(entry.getKey(), distinct, known.codes())))
                    .forEach(entry -> loading.computeIfAbsent(
                            entry.getKey(), digest -> executor.submit(() -> load(entry.getValue(), digest, false))));
            for (ModuleConfiguration configuration : configurations) {
                if (done.contains(configuration)) {
                    continue;
                }
                String digest = digests.get(configuration);
                Future<GuestCode> future = digest == null ? null : loading.get(digest);
                GuestCode code = future == null ? null : await(executor, Step.COMPILE, future, configuration, problems);
                GuestModule module = code == null ? null : start(executor, configuration, code, problems);
                if (digest == null
                        || code == null
                        || module == null
                        || !checkEntrypoint(configuration, module.entrypoints(), problems)) {
                    continue;
                }
                var declarations = declarations(executor, configuration, digest, module, known.started(), problems);
                if (declarations != null) {
                    int bytes = bytes(digest, distinct, known.codes());
                    loaded.put(
                            configuration,
                            new Loaded(
                                    digest,
                                    bytes,
                                    code.labels(),
                                    new KnownCode(code, null, null, bytes),
                                    new LoadedGuest(code, module),
                                    null,
                                    declarations));
                }
            }
            return loaded;
        } finally {
            executor.shutdownNow();
        }
    }

    /** Returns the module of a configuration; one that was started before with these limits is not started again. */
    private @Nullable GuestModule start(
            ThreadPoolExecutor executor, ModuleConfiguration configuration, GuestCode code, Problems problems) {
        GuestModule known = code.known(SandboxLimits.of(configuration.limits()));
        return known != null
                ? known
                : await(
                        executor,
                        Step.RUN,
                        executor.submit(() -> module(configuration, code, strays)),
                        configuration,
                        problems);
    }

    /** Returns the routes that a module declares; one for which nothing has changed is not asked again. */
    private @Nullable List<RouteDeclarations.Declaration> declarations(
            ThreadPoolExecutor executor,
            ModuleConfiguration configuration,
            String digest,
            GuestModule module,
            Map<String, Started> before,
            Problems problems) {
        if (!module.exports(RouteDeclarations.FUNCTION)) {
            return List.of();
        }
        Started started = before.get(configuration.name());
        List<RouteDeclarations.Declaration> known =
                started == null ? null : started.declarations(configuration, digest);
        return known != null
                ? known
                : await(
                        executor,
                        Step.RUN,
                        executor.submit(() -> RouteDeclarations.read(configuration, module, strays)),
                        configuration,
                        problems);
    }

    /** Returns the size of a module, for which known ones are not read. */
    private static int bytes(String digest, Map<String, ResolvedModule> distinct, Map<String, KnownCode> known) {
        KnownCode code = known.get(digest);
        return code == null ? Objects.requireNonNull(distinct.get(digest)).bytes().length : code.bytes();
    }

    /**
     * Validates the modules that are loaded later. A module that declares routes is not among them, because its routes
     * are needed now.
     *
     * @param loaded receives them
     * @return the modules that need not be loaded now: these, and those that have a problem
     */
    private Set<ModuleConfiguration> postpone(
            ThreadPoolExecutor executor,
            List<ModuleConfiguration> configurations,
            Map<ModuleConfiguration, String> digests,
            Map<String, ResolvedModule> distinct,
            Map<String, KnownCode> known,
            Map<ModuleConfiguration, Loaded> loaded,
            Problems problems) {
        Set<ModuleConfiguration> done = Collections.newSetFromMap(new IdentityHashMap<>());
        boolean many = distinct.size() > MOST_EAGER;
        Map<String, Future<GuestOutline>> outlines = new HashMap<>();
        Map<String, LazyCode> codes = new HashMap<>();
        List<ModuleConfiguration> later = configurations.stream()
                .filter(configuration -> digests.containsKey(configuration)
                        && allLazy.or(configuration::lazy).orElse(many))
                .toList();
        for (ModuleConfiguration configuration : later) {
            String digest = digests.get(configuration);
            ResolvedModule module = Objects.requireNonNull(distinct.get(digest));
            KnownCode before = known.get(digest);
            outlines.computeIfAbsent(
                    digest,
                    key -> before != null && before.outline() != null
                            ? CompletableFuture.completedFuture(before.outline())
                            : executor.submit(() -> engine.outline(module.origin(), module.bytes(), key)));
        }
        for (ModuleConfiguration configuration : later) {
            String digest = Objects.requireNonNull(digests.get(configuration));
            Future<GuestOutline> future = Objects.requireNonNull(outlines.get(digest));
            GuestOutline outline = await(executor, Step.COMPILE, future, configuration, problems);
            if (outline == null || !outline.exports().test(RouteDeclarations.FUNCTION)) {
                done.add(configuration);
            }
            if (outline == null
                    || !done.contains(configuration)
                    || !checkEntrypoint(configuration, outline.entrypoints(), problems)) {
                continue;
            }
            LazyCode code = codes.computeIfAbsent(digest, key -> lazyCode(key, distinct, known));
            boolean starts = code.loaded() != null || isInUse.test(configuration);
            LazyModule lazy = new LazyModule(configuration, code, strays, patience);
            LoadedGuest first =
                    starts ? await(executor, Step.COMPILE, executor.submit(lazy::load), configuration, problems) : null;
            if (!starts || first != null) {
                loaded.put(
                        configuration,
                        new Loaded(
                                digest,
                                code.bytes(),
                                outline.labels(),
                                new KnownCode(null, code, outline, code.bytes()),
                                first,
                                lazy,
                                List.of()));
            }
        }
        return done;
    }

    private LazyCode lazyCode(String digest, Map<String, ResolvedModule> distinct, Map<String, KnownCode> known) {
        KnownCode before = known.get(digest);
        if (before != null && before.lazy() != null) {
            return before.lazy();
        }
        ResolvedModule module = Objects.requireNonNull(distinct.get(digest));
        GuestCode now = before == null ? null : before.loaded();
        return new LazyCode(() -> load(module, digest, true), bytes(digest, distinct, known), now);
    }

    /** Fetches a module, without its bytes if code of their digest is known. */
    private Fetched fetch(ModuleConfiguration configuration, Map<String, KnownCode> known) {
        ModuleReference reference = configuration.source();
        ResolvedModule module = resolver(configuration).resolve(reference, configuration.pull());
        Fetched fetched = module.sha256()
                .filter(known::containsKey)
                .map(digest -> new Fetched(
                        ResolvedModule.of(digest, () -> read(module).module().bytes(), module.origin()), digest))
                .orElseGet(() -> read(module));
        if (!reference.sha256().orElse(fetched.digest()).equals(fetched.digest())) {
            throw new ModuleLoadException(module.origin() + " has the SHA-256 " + fetched.digest()
                    + ", not the one in its reference; the file was changed, or the pin is out of date");
        }
        return fetched;
    }

    private static Fetched read(ResolvedModule module) {
        byte[] bytes = module.bytes();
        String digest = ModuleDigest.of(bytes);
        if (!module.sha256().orElse(digest).equals(digest)) {
            throw new ModuleLoadException(module.origin() + " has the SHA-256 " + digest
                    + ", not the one that its resolver has named; the file was changed, or the resolver is wrong");
        }
        return new Fetched(ResolvedModule.of(bytes, module.origin()), digest);
    }

    private ModuleResolver resolver(ModuleConfiguration configuration) {
        String scheme = configuration.source().scheme();
        for (ModuleResolver resolver : resolvers) {
            if (takes(resolver, configuration)) {
                return resolver;
            }
        }
        if (scheme.equals("file")) {
            return configuration.files();
        }
        ModuleResolver known = installed.computeIfAbsent(scheme, this::installed);
        if (known.takes(configuration.source(), configuration.pull())) {
            return known;
        }
        throw new UnknownSchemeException(scheme);
    }

    private static boolean takes(ModuleResolver resolver, ModuleConfiguration configuration) {
        return resolver.scheme().equals(configuration.source().scheme())
                && resolver.takes(configuration.source(), configuration.pull());
    }

    /** Resolvers on the class path are asked last, and only for schemes that no other resolver accepts. */
    private ModuleResolver installed(String scheme) {
        try {
            for (ModuleResolver resolver : ServiceLoader.load(ModuleResolver.class, application)) {
                if (resolver.scheme().equals(scheme)) {
                    return resolver;
                }
            }
        } catch (ServiceConfigurationError e) {
            throw new ModuleLoadException(
                    "the resolver of '" + scheme + ":' references cannot be used (" + e.getMessage()
                            + "); correct the class path",
                    e);
        }
        throw new UnknownSchemeException(scheme);
    }

    /** Thrown for a reference that no resolver accepts. */
    private static final class UnknownSchemeException extends ModuleLoadException {
        private static final long serialVersionUID = 1L;

        private final Remedy remedy;

        UnknownSchemeException(String scheme) {
            super("no resolver loads '" + scheme + ":' references");
            this.remedy = switch (scheme) {
                case "bindle" -> Remedy.NAME_BINDLE_SOURCE;
                case "oci" -> Remedy.ADD_OCI;
                default -> Remedy.ADD_RESOLVER;
            };
        }
    }

    /**
     * Estimates how long a module takes to load: text must be assembled first, otherwise size decides. Known modules
     * are not read for it.
     */
    private static long weight(String digest, Map<String, ResolvedModule> distinct, Map<String, KnownCode> known) {
        KnownCode code = known.get(digest);
        if (code != null) {
            return code.bytes();
        }
        byte[] bytes = Objects.requireNonNull(distinct.get(digest)).bytes();
        boolean binary = bytes.length > 0 && bytes[0] == 0;
        return binary ? bytes.length : Long.MAX_VALUE - Integer.MAX_VALUE + bytes.length;
    }

    /** Runs the module's code that runs before its first request, within the timeout of a request. */
    static GuestModule module(ModuleConfiguration configuration, GuestCode code, Strays strays) {
        return InTime.call(
                configuration,
                InTime.Step.INSTANTIATE,
                strays,
                () -> code.module(SandboxLimits.of(configuration.limits())));
    }

    /** @param alone whether requests need the other processors */
    private GuestCode load(ResolvedModule module, String digest, boolean alone) {
        listener.moduleLoading(WagiListener.ModuleLoading.of(module.origin()));
        long began = System.nanoTime();
        GuestCode loaded = alone
                ? engine.loadAlone(module.origin(), module.bytes(), digest)
                : engine.load(module.origin(), module.bytes(), digest);
        listener.moduleLoaded(WagiListener.ModuleLoaded.of(module.origin(), Duration.ofNanos(System.nanoTime() - began))
                .withCached(loaded.isCached()));
        return loaded;
    }

    private boolean checkEntrypoint(ModuleConfiguration configuration, Set<String> entrypoints, Problems problems) {
        if (entrypoints.contains(configuration.entrypoint())) {
            return true;
        }
        fail(
                configuration,
                "entrypoint",
                problems,
                "the module exports no function \"" + configuration.entrypoint()
                        + "\" without parameters and results; "
                        + (names(entrypoints).isEmpty()
                                ? "it exports none at all: build it as a command, with a main function"
                                : "it exports " + names(entrypoints)));
        return false;
    }

    /**
     * Lists the entrypoints of a module, for a message; their names are the module author's choice. Exports that tools
     * create for their own use are left out, and an empty name is quoted.
     */
    static String names(Set<String> entrypoints) {
        List<String> names = entrypoints.stream()
                .filter(name -> !NO_ENTRYPOINTS.contains(name))
                .map(name -> name.isEmpty() ? "\"\"" : Escape.text(name))
                .limit(MAX_NAMES + 1L)
                .collect(Collectors.toCollection(ArrayList::new));
        if (names.size() > MAX_NAMES) {
            names.set(MAX_NAMES, "...");
        }
        return String.join(", ", names);
    }

    /** Records that a module cannot be loaded. */
    private void fail(ModuleConfiguration configuration, String key, Problems problems, String problem) {
        String place = configuration.place() + ", key '" + key + "'";
        if (mayFail.test(configuration)) {
            LOG.error("{}: {}; {} answers 503 until a reload can load it", place, problem, configuration.route());
        } else {
            problems.add(place, problem);
        }
    }

    private void failLate(ModuleConfiguration configuration, Step step, Problems problems) {
        fail(configuration, "module", problems, late(configuration, patience, step));
    }

    static String late(ModuleConfiguration configuration, Duration patience, Step step) {
        return configuration.source() + " took longer than " + patience.toSeconds() + " s, the load_timeout, "
                + step.text;
    }

    private <T> @Nullable T await(
            ThreadPoolExecutor executor,
            Step step,
            Future<T> future,
            ModuleConfiguration configuration,
            Problems problems) {
        try {
            return future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownSchemeException cause) {
                // This is a problem of the configuration, not of the module.
                problems.add(
                        configuration.place() + ", key 'module'",
                        Objects.requireNonNull(cause.getMessage()),
                        cause.remedy);
                return null;
            }
            if (e.getCause() instanceof ModuleLoadException cause) {
                fail(configuration, "module", problems, String.valueOf(cause.getMessage()));
                return null;
            }
            if (e.getCause() instanceof OutOfMemoryError) {
                fail(
                        configuration,
                        "module",
                        problems,
                        configuration.source() + " needs more memory to be compiled; raise the JVM's -Xmx");
                return null;
            }
            String bug = "BUG: loading " + configuration.source() + " failed; please report this";
            if (!mayFail.test(configuration)) {
                throw new IllegalStateException(bug, e);
            }
            LOG.error("{}: {}; {} answers 503", configuration.place(), bug, configuration.route(), e.getCause());
            return null;
        } catch (CancellationException e) {
            // Another module has the same bytes and has waited for them.
            failLate(configuration, step, problems);
            return null;
        } catch (TimeoutException e) {
            future.cancel(true);
            // The step may not end in spite of the interrupt, and the others need its thread.
            executor.setMaximumPoolSize(executor.getMaximumPoolSize() + 1);
            executor.setCorePoolSize(executor.getMaximumPoolSize());
            failLate(configuration, step, problems);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while modules were loaded", e);
        }
    }

    /** A daemon thread that ends with the loading for this host, whose resolvers may need its context class loader. */
    private static Thread thread(Runnable task) {
        Thread thread = new Thread(null, task, LoadThreads.name(), LoadThreads.STACK_BYTES);
        thread.setDaemon(true);
        return thread;
    }
}
