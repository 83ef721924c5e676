// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.GuestLog;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.kubernetes.KubernetesManifests;
import dev.wagi.server.IoThreads;
import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server for each address that pods want to be reached at. Pods of one namespace may share an address if their routes
 * do not clash; of pods of one family the newest serves, and when it goes, the one before. Thread-safe.
 */
public final class Listeners {

    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

    private static final Pattern ADDRESS = Pattern.compile(
            "(?:\\[([0-9A-Fa-f:.]{1,45}(?:%[A-Za-z0-9._-]{1,64})?)]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})");

    /** The threads that stop servers whose requests have ended; each server takes about a second at most. */
    private static final int STOPS = 4;

    private static final int IDLE_SECONDS = 10;

    /** How long the servers may take to stop after their requests have ended, before the node waits no more. */
    private static final Duration STOPPING = Duration.ofSeconds(10);

    private final GuestLog log;
    private final Traffic traffic;
    private final List<WagiListener> observers;
    private final Path compiled;
    private final Runnable freed;
    private final IoThreads io = IoThreads.start();
    private final ThreadPoolExecutor stops;
    private final Map<String, Listener> listeners = new HashMap<>(); // guarded by this
    private final Map<String, Listener> byPod = new HashMap<>(); // guarded by this
    private volatile boolean closed; // changed by the holder of the lock

    private static final class Listener {
        private final String address;
        private Map<String, Served> pods = new LinkedHashMap<>(); // guarded by this
        private List<Served> active = List.of(); // guarded by this
        private Map<Served, KubernetesManifests> manifests = new HashMap<>(); // of active pods, guarded by this
        private volatile @Nullable Wagi wagi; // changed by the holder of the lock
        private volatile @Nullable WagiServer server; // changed by the holder of the lock
        private volatile boolean closed;

        Listener(String address) {
            this.address = address;
        }
    }

    /**
     * Creates listeners without pods.
     *
     * @param log receives the standard error output of guests
     * @param traffic counts requests
     * @param observers get all events of all modules
     * @param compiled the directory for compiled modules
     * @param freed called when a pod has ended, so that another can use its routes or its port
     */
    public Listeners(GuestLog log, Traffic traffic, List<WagiListener> observers, Path compiled, Runnable freed) {
        this.log = log;
        this.traffic = traffic;
        this.observers = List.copyOf(observers);
        this.compiled = compiled;
        this.freed = freed;
        this.stops = new ThreadPoolExecutor(
                STOPS, STOPS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "wagi-node-close");
                    thread.setDaemon(true);
                    return thread;
                });
        stops.allowCoreThreadTimeOut(true);
    }

    /**
     * Loads a pod without serving it, to check whether that is possible.
     *
     * @throws ServingException with everything that is wrong
     */
    public void check(Served pod) throws ServingException {
        parse(pod.address());
        try {
            builder(pod.address(), Map.of(pod, KubernetesManifests.of(pod.manifest())))
                    .build()
                    .close(Duration.ZERO);
        } catch (WagiConfigException e) {
            throw new ServingException("CrashLoopBackOff", text(e, List.of(pod)), e);
        }
    }

    /**
     * Serves a pod, or updates how it is served. Blocks while modules are loaded.
     *
     * @throws ServingException if that is not possible; what was served before continues to be served
     */
    public void attach(Served pod) throws ServingException {
        while (!tryAttach(pod)) {
            // The listener was closed in the meantime; another one is created.
            Thread.onSpinWait();
        }
    }

    private boolean tryAttach(Served pod) throws ServingException {
        HostAndPort address = parse(pod.address());
        Listener listener;
        synchronized (this) {
            if (closed) {
                throw stopping(null);
            }
            listener = listeners.computeIfAbsent(pod.address(), Listener::new);
        }
        synchronized (listener) {
            if (listener.closed) {
                return false;
            }
            for (Served other : listener.pods.values()) {
                if (!other.namespace().equals(pod.namespace())) {
                    throw inUse(pod.address());
                }
            }
            Map<String, Served> pods = new LinkedHashMap<>(listener.pods);
            pods.put(pod.uid(), pod);
            List<Served> active = active(pods);
            try {
                serve(listener, address, active);
            } catch (IllegalStateException e) {
                if (closed) {
                    throw stopping(e);
                }
                throw e;
            } finally {
                if (listener.wagi == null) {
                    remove(listener);
                }
            }
            listener.pods = pods;
            listener.active = active;
            boolean late;
            synchronized (this) {
                late = closed;
                byPod.put(pod.uid(), listener);
            }
            if (late) { // close() may not have seen the server
                end(listener, Duration.ZERO);
                throw stopping(null);
            }
        }
        return true;
    }

    private static ServingException stopping(@Nullable Exception cause) {
        return new ServingException("NodeShutdown", "the node is stopping", cause);
    }

    /** Returns whether pods of a namespace are served at an address. */
    public boolean serves(String address, String namespace) {
        Listener listener;
        synchronized (this) {
            listener = listeners.get(address);
        }
        if (listener == null) {
            return false;
        }
        synchronized (listener) {
            return listener.pods.values().stream()
                    .anyMatch(pod -> pod.namespace().equals(namespace));
        }
    }

    /** The failure of a pod whose address belongs to pods of another namespace. */
    public static ServingException inUse(String address) {
        return new ServingException(
                "AddressInUse",
                "the address " + address
                        + " serves pods of another namespace; choose another port in the annotation default-host",
                null);
    }

    /** Returns whether two addresses cannot both be listened on. A malformed address overlaps with none. */
    public static boolean overlap(String one, String other) {
        try {
            HostAndPort a = parse(one);
            HostAndPort b = parse(other);
            return a.port() == b.port() && (a.host().equals(b.host()) || a.isWide() || b.isWide());
        } catch (ServingException e) {
            return false;
        }
    }

    /** Puts the pods that serve to work. Called with the listener's lock. */
    private void serve(Listener listener, HostAndPort address, List<Served> active) throws ServingException {
        if (active.equals(listener.active)) {
            return;
        }
        // Sources that stay remember what they have read.
        Map<Served, KubernetesManifests> manifests = new LinkedHashMap<>();
        for (Served pod : active) {
            KubernetesManifests known = listener.manifests.get(pod);
            manifests.put(pod, known == null ? KubernetesManifests.of(pod.manifest()) : known);
        }
        Wagi.Builder builder = builder(listener.address, manifests);
        observers.forEach(builder::addListener);
        try {
            Wagi serving = listener.wagi;
            if (serving != null) {
                serving.reload(builder);
                listener.manifests = manifests;
                return;
            }
            Wagi wagi = builder.build();
            try {
                listener.server = WagiServer.builder(wagi)
                        .host(address.host())
                        .port(address.port())
                        .grace(active.get(0).grace())
                        .ioThreads(io)
                        .start();
                listener.wagi = wagi;
                listener.manifests = manifests;
            } finally {
                if (listener.wagi == null) {
                    wagi.close(Duration.ZERO);
                }
            }
        } catch (WagiConfigException e) {
            // Each pod was checked to load on its own.
            throw new ServingException("RouteConflict", text(e, active), e);
        } catch (WagiServerException e) {
            throw new ServingException("AddressInUse", String.valueOf(e.getMessage()), e);
        }
    }

    /** Returns the newest pod of each family. */
    private static List<Served> active(Map<String, Served> pods) {
        Map<String, Served> newest = new LinkedHashMap<>();
        Comparator<Served> order = Comparator.comparing(Served::created).thenComparing(Served::uid);
        for (Served pod : pods.values()) {
            newest.merge(pod.family(), pod, (a, b) -> order.compare(a, b) < 0 ? b : a);
        }
        return List.copyOf(newest.values());
    }

    private Wagi.Builder builder(String address, Map<Served, KubernetesManifests> pods) {
        Map<String, Served.ModuleFile> modules = new HashMap<>();
        pods.keySet().forEach(pod -> modules.putAll(pod.modules()));
        Wagi.Builder builder = Wagi.builder()
                .addResolver(new Modules(modules))
                .guestLog(log)
                .addListener(traffic)
                .compileCache(compiled)
                .lazy(false) // a container that is said to run can answer
                .listenAddress(address);
        pods.values().forEach(builder::addSource);
        return builder;
    }

    /** Returns the hosts that serve pods now, by address; sorted. */
    public Map<String, Wagi> hosts() {
        List<Listener> all;
        synchronized (this) {
            all = List.copyOf(listeners.values());
        }
        Map<String, Wagi> hosts = new TreeMap<>();
        for (Listener listener : all) {
            Wagi wagi = listener.wagi;
            if (wagi != null && !listener.closed) {
                hosts.put(listener.address, wagi);
            }
        }
        return hosts;
    }

    /** Returns all problems, without the paths of this machine. */
    private static String text(WagiConfigException failure, List<Served> pods) {
        String text = String.join("; ", failure.problems());
        for (Served pod : pods) {
            text = text.replace(pod.manifest() + ", document 1, ", "").replace(pod.manifest() + ", ", "");
        }
        return text;
    }

    /**
     * Serves a pod no more: its requests in flight may finish, its port is closed unless others share it. Blocks while
     * an address is changed, and not while requests finish.
     *
     * <p>If the others cannot be loaded without it, the address is closed: nobody reaches a pod that is gone.
     *
     * @param grace how long they may take
     * @return completes when that is done, with the uids of the other pods that are not served any more either, to be
     *     attached again; usually none
     */
    public CompletableFuture<Set<String>> detach(String uid, Duration grace) {
        Listener listener;
        synchronized (this) {
            listener = byPod.remove(uid);
        }
        if (listener == null) {
            return CompletableFuture.completedFuture(Set.of());
        }
        Set<String> others = Set.of();
        CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);
        synchronized (listener) {
            listener.pods.remove(uid);
            if (listener.pods.isEmpty() || !canServeRest(listener)) {
                others = Set.copyOf(listener.pods.keySet());
                listener.pods.clear();
                ended = end(listener, grace);
            }
        }
        Set<String> rest = others;
        return ended.thenApply(none -> {
            freed.run();
            return rest;
        });
    }

    /** Closes an address. Does not wait until that is done. */
    private CompletableFuture<Void> end(Listener listener, Duration grace) {
        remove(listener);
        WagiServer server = listener.server;
        CompletableFuture<Void> stopped =
                server == null ? CompletableFuture.completedFuture(null) : server.closeAsync(grace, stops);
        return stopped.handle((none, failure) -> {
            if (failure != null && server != null) {
                server.close(Duration.ZERO); // there was no thread for it
            }
            Wagi wagi = listener.wagi;
            if (wagi != null) {
                wagi.close(Duration.ZERO); // the server has waited
            }
            return null;
        });
    }

    /** Serves the pods that are left at an address. Called with the listener's lock. */
    private boolean canServeRest(Listener listener) {
        try {
            List<Served> active = active(listener.pods);
            serve(listener, parse(listener.address), active);
            listener.active = active;
            return true;
        } catch (ServingException | RuntimeException | Error e) {
            LOG.warn("what is left at {} cannot be served; its pods are started again", listener.address, e);
            return false;
        }
    }

    private void remove(Listener listener) {
        listener.closed = true;
        synchronized (this) {
            listeners.remove(listener.address, listener);
            byPod.values().removeIf(listener::equals);
        }
    }

    /** Sends a request to the host that serves a pod, as a client does; returns empty if it is not served. */
    public Optional<WagiResponse> ask(String uid, WagiRequest request) {
        return wagi(uid).map(wagi -> wagi.handle(request));
    }

    /** Whether the pod is served. */
    public boolean isServed(String uid) {
        return wagi(uid).isPresent();
    }

    private Optional<Wagi> wagi(String uid) {
        return look(uid, listener -> listener.closed ? null : listener.wagi);
    }

    /** Returns the pod as it is served, which may be as it was before a change with which it could not be. */
    public Optional<Served> served(String uid) {
        return look(uid, listener -> listener.pods.get(uid));
    }

    /** Looks at the listener of a pod, with its lock; returns empty if there is none, or nothing there. */
    private <T> Optional<T> look(String uid, Function<Listener, @Nullable T> what) {
        Listener listener;
        synchronized (this) {
            listener = byPod.get(uid);
        }
        if (listener == null) {
            return Optional.empty();
        }
        synchronized (listener) {
            return Optional.ofNullable(what.apply(listener));
        }
    }

    /** Returns the number of addresses. */
    public synchronized int size() {
        return listeners.size();
    }

    /**
     * Serves nothing any more, and no pod can be attached again. Waits for no address whose modules are being loaded:
     * its port is closed at once, and if it has none yet, it gets none.
     *
     * @param limit how long requests may take to finish, if their pods allow as much
     */
    public void close(Duration limit) {
        List<Listener> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(listeners.values());
        }
        try {
            CompletableFuture.allOf(
                            all.stream().map(listener -> end(listener, limit)).toArray(CompletableFuture[]::new))
                    .orTimeout(Math.min(limit.toSeconds(), Integer.MAX_VALUE) + STOPPING.toSeconds(), TimeUnit.SECONDS)
                    .get();
        } catch (ExecutionException e) {
            LOG.warn("not all addresses could be closed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stops.shutdown();
            io.close(); // the threads end with the last server
        }
    }

    /** An address, checked. */
    private record HostAndPort(String host, int port) {

        /** Returns whether it is every address, or a name, which may be any address. */
        boolean isWide() {
            return host.equals("0.0.0.0") || host.matches("[0:]+") || !host.matches("[0-9.]+|[0-9A-Fa-f:.%]*:.*");
        }
    }

    private static HostAndPort parse(String text) throws ServingException {
        Matcher matcher = ADDRESS.matcher(text);
        int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
        if (port < 1 || port > 0xffff) {
            throw new ServingException(
                    "InvalidAddress",
                    "the annotation default-host is not ip:port; write for instance \"0.0.0.0:3001\"",
                    null);
        }
        return new HostAndPort(matcher.group(1) == null ? matcher.group(2) : matcher.group(1), port);
    }

    /** Resolves the images that were pulled, by their reference. */
    private static final class Modules implements ModuleResolver {
        private final Map<String, Served.ModuleFile> files;

        Modules(Map<String, Served.ModuleFile> files) {
            this.files = files;
        }

        @Override
        public String scheme() {
            return "oci";
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference) {
            String image = reference.location().replaceFirst("^//", "");
            Served.ModuleFile file = files.get(image);
            if (file == null) {
                throw new ModuleLoadException("the image " + image + " was not pulled");
            }
            return ResolvedModule.of(file.sha256(), () -> read(file.path(), image), image);
        }

        private static byte[] read(Path file, String image) {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                throw new ModuleLoadException("the image " + image + " cannot be read: " + e, e);
            }
        }
    }
}
