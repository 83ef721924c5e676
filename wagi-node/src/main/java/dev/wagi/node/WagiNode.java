// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.internal.transport.Knock;
import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.cluster.Certificates;
import dev.wagi.node.internal.cluster.Identity;
import dev.wagi.node.internal.cluster.PodWatch;
import dev.wagi.node.internal.kubelet.KubeletServer;
import dev.wagi.node.internal.pod.PeriodicTasks;
import dev.wagi.node.internal.pod.Pods;
import dev.wagi.node.internal.registration.Capacity;
import dev.wagi.node.internal.registration.NodeSettings;
import dev.wagi.node.internal.registration.Registration;
import dev.wagi.oci.client.OciClient;
import dev.wagi.oci.client.OciModuleResolver;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of a Kubernetes cluster that runs WAGI modules: it registers itself, serves the containers of the pods that
 * are scheduled to it, and reports their status as a kubelet does. Thread-safe.
 *
 * <pre>
 * WagiNode node = WagiNode.builder(kubeconfig, data).name("wagi-0").start();
 * </pre>
 */
public final class WagiNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WagiNode.class);

    private static final Duration CERTIFICATE_INTERVAL = Duration.ofSeconds(5);

    private final NodeSettings settings;
    private final Api api;
    private final Registration registration;
    private final Pods pods;
    private final PodWatch watch;
    private final ScheduledExecutorService heartbeat;
    private final KubeletServer kubelet;
    private final DataDirectory data;
    private final Duration drainTimeout;
    private boolean closed; // guarded by this

    private WagiNode(
            NodeSettings settings,
            Api api,
            Registration registration,
            Pods pods,
            PodWatch watch,
            ScheduledExecutorService heartbeat,
            KubeletServer kubelet,
            DataDirectory data,
            Duration drainTimeout) {
        this.settings = settings;
        this.api = api;
        this.registration = registration;
        this.pods = pods;
        this.watch = watch;
        this.heartbeat = heartbeat;
        this.kubelet = kubelet;
        this.data = data;
        this.drainTimeout = drainTimeout;
    }

    /**
     * Returns a builder for a node with its own kubeconfig.
     *
     * @param kubeconfig the kubeconfig of the node, with a user {@code system:node:NAME} of the group
     *     {@code system:nodes}
     * @param data the directory for the node's files, which no other node may use at the same time; created if it does
     *     not exist
     * @return a builder with the default settings
     */
    public static Builder builder(Path kubeconfig, Path data) {
        return new Builder(kubeconfig, false, data);
    }

    /**
     * Returns a builder for a node that obtains its certificate from the cluster at its first start, and renews it.
     *
     * @param bootstrapKubeconfig the kubeconfig of a user that may request node certificates: a bootstrap token
     * @param data as for {@link #builder}; the certificate is stored there
     * @return a builder with the default settings
     */
    public static Builder bootstrapBuilder(Path bootstrapKubeconfig, Path data) {
        return new Builder(bootstrapKubeconfig, true, data);
    }

    /** {@return the name of the Node object} */
    public String name() {
        return settings.name();
    }

    /** {@return the IP address at which its pods are reached} */
    public String address() {
        return settings.address();
    }

    /**
     * Looks whether the kubelet API of this node answers, for a watchdog that starts a process again that hangs.
     * Whether the cluster can be reached does not matter. Blocks for the time that this takes.
     *
     * @param limit how long it may take at most, above 0
     * @return whether it answered; false if the node is closed
     * @throws IllegalArgumentException if the limit is not above 0
     */
    public boolean isAnswering(Duration limit) {
        return kubelet.isAnswering(Knock.limit(limit));
    }

    /**
     * Returns the hosts that serve pods now, to look at routes, modules and what is in use. Their modules are called
     * {@code NAMESPACE_POD_CONTAINER}. A host may end at any time; it is not the caller's to close.
     *
     * @return a copy, by the address that they listen on, for instance {@code 0.0.0.0:3001}; sorted by it
     */
    public Map<String, Wagi> hosts() {
        return pods.hosts();
    }

    /** Sends one heartbeat, for tests. */
    void beat() {
        registration.beat();
    }

    /** Updates mounted ConfigMaps, Secrets and tokens, for tests. */
    void refresh() {
        pods.refresh();
    }

    /** Returns counts of the resources in use, for tests. */
    List<Integer> held() {
        return pods.held();
    }

    /**
     * Leaves the cluster: accepts no more pods, lets requests in flight finish, and reports that the node is not ready.
     * The Node object stays, because a node may not delete it; its pods stay as well, and are served again if the node
     * returns before the cluster moves them.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        heartbeat.shutdownNow();
        boolean own = registration.cordon();
        watch.stop();
        pods.drain(drainTimeout, own);
        kubelet.close();
        pods.close();
        registration.release();
        api.close();
        data.close();
        LOG.info("the node {} has stopped", settings.name());
    }

    /** Builds a {@link WagiNode}. Not thread-safe. */
    public static final class Builder {

        private final Path kubeconfig;
        private final boolean bootstrap;
        private final Path data;
        private @Nullable String name;
        private @Nullable String address;
        private int port = 10250;
        private @Nullable String listen;
        private @Nullable Path callers;
        private Map<String, String> labels = Map.of();
        private int maxPods = 110;
        private final List<Path> hostPaths = new ArrayList<>();
        private boolean privateHosts;
        private final List<WagiListener> listeners = new ArrayList<>();
        private Duration drainTimeout = Duration.ofSeconds(30);
        private @Nullable OciClient modules;
        private boolean offline;
        private @Nullable Path compiled;
        private Consumer<NodeException> lost = failure -> {};

        private Builder(Path kubeconfig, boolean bootstrap, Path data) {
            this.bootstrap = bootstrap;
            this.kubeconfig = Objects.requireNonNull(kubeconfig, "kubeconfig");
            this.data = Objects.requireNonNull(data, "data");
        }

        /**
         * Sets the name of the Node object; by default the host name of this machine, in lower case.
         *
         * @param text a name that Kubernetes accepts for a Node
         * @return this builder
         */
        public Builder name(String text) {
            this.name = Objects.requireNonNull(text, "text");
            return this;
        }

        /**
         * Sets the address at which others reach the pods and the kubelet API; by default the address used to reach the
         * API server.
         *
         * @param ip an IP address
         * @return this builder
         */
        public Builder address(String ip) {
            this.address = Objects.requireNonNull(ip, "ip");
            return this;
        }

        /**
         * Sets the port of the kubelet API; 10250 by default.
         *
         * @param number the port, which the Node object reports as its daemon endpoint
         * @return this builder
         */
        public Builder kubeletPort(int number) {
            this.port = number;
            return this;
        }

        /**
         * Sets the address on which the kubelet API listens; by default the node's own. {@code 0.0.0.0} stands for all
         * addresses.
         *
         * @param ip an IP address
         * @return this builder
         */
        public Builder listenAddress(String ip) {
            this.listen = Objects.requireNonNull(ip, "ip");
            return this;
        }

        /**
         * Sets the certificate authority for callers of the kubelet API; by default the one in the kubeconfig.
         *
         * @param pem a PEM file with certificates
         * @return this builder
         */
        public Builder callersAuthority(Path pem) {
            this.callers = Objects.requireNonNull(pem, "pem");
            return this;
        }

        /**
         * Sets labels of the Node object, in addition to those that every WAGI node has.
         *
         * @param more values by key
         * @return this builder
         */
        public Builder labels(Map<String, String> more) {
            this.labels = Map.copyOf(more);
            return this;
        }

        /**
         * Sets the maximum number of pods of the node; 110 by default.
         *
         * @param number the number of pods
         * @return this builder
         */
        public Builder maxPods(int number) {
            if (number < 1) {
                throw new IllegalArgumentException("number must be above 0, not " + number);
            }
            this.maxPods = number;
            return this;
        }

        /**
         * Lets pods mount this directory of the machine and its content with hostPath; none by default. Anyone who can
         * create pods can read and write there.
         *
         * @param directory the directory of the machine
         * @return this builder
         */
        public Builder addHostPath(Path directory) {
            hostPaths.add(Objects.requireNonNull(directory, "directory"));
            return this;
        }

        /**
         * Whether a module's {@code allowed_hosts} may have {@code allow_private}, with which its guests reach private
         * addresses: this machine's loopback, its neighbours, a cloud's metadata service. False by default, because
         * otherwise the authors of pods would decide it.
         *
         * @param allowed true to let pods reach private addresses that they name
         * @return this builder
         */
        public Builder allowPrivateHosts(boolean allowed) {
            this.privateHosts = allowed;
            return this;
        }

        /**
         * How long requests in flight may take to finish when the node stops, at most; a pod's own grace period may be
         * shorter. 30 seconds by default.
         *
         * @param time 0 or more
         * @return this builder
         * @throws IllegalArgumentException if it is negative
         */
        public Builder drainTimeout(Duration time) {
            if (time.isNegative()) {
                throw new IllegalArgumentException("time must not be negative");
            }
            this.drainTimeout = time;
            return this;
        }

        /**
         * Fetches images; by default as {@link OciModuleResolver#standard} does.
         *
         * @param client the client
         * @return this builder
         */
        public Builder modules(OciClient client) {
            this.modules = Objects.requireNonNull(client, "client");
            return this;
        }

        /**
         * Sets whether registries are never contacted, regardless of a pod's pull policy; false by default. If true,
         * images must be in the store of the {@link #modules} client.
         *
         * @param only true to use only stored images
         * @return this builder
         */
        public Builder offline(boolean only) {
            this.offline = only;
            return this;
        }

        /**
         * Sets where compiled modules are stored; by default in the node's data directory.
         *
         * @param directory the directory of the compiled modules
         * @return this builder
         */
        public Builder compileCache(Path directory) {
            this.compiled = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Adds a listener for the events of all modules of all pods, which are called {@code NAMESPACE_POD_CONTAINER}.
         *
         * @param listener called by the threads that serve requests, as with {@link Wagi.Builder#addListener}
         * @return this builder
         */
        public Builder addListener(WagiListener listener) {
            listeners.add(Objects.requireNonNull(listener, "listener"));
            return this;
        }

        /**
         * Sets a callback for when another process has taken over this node; this one should then be closed.
         *
         * @param observer receives the reason
         * @return this builder
         */
        public Builder onLost(Consumer<NodeException> observer) {
            this.lost = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Joins the cluster. Returns when the node is registered; the node accepts new pods once it knows its existing
         * ones.
         *
         * @return the node, which the caller must close
         * @throws NodeException if the node cannot start
         */
        public WagiNode start() {
            DataDirectory directory = DataDirectory.open(data);
            Clock clock = Clock.systemUTC();
            String node = name == null ? hostname() : name;
            Api api = null;
            Pods pods = null;
            KubeletServer kubelet = null;
            boolean started = false;
            try {
                Identity identity = bootstrap
                        ? Identity.bootstrap(kubeconfig, node, directory.path(), clock)
                        : Identity.of(kubeconfig, directory.path(), clock);
                api = identity.api();
                NodeSettings settings =
                        new NodeSettings(node, address == null ? addressTowards(api) : address, port, labels);
                Capacity capacity = Capacity.measure(directory.path(), maxPods);
                Registration registration =
                        new Registration(api, settings, capacity, version(), directory.id(), clock, lost);
                registration.start();
                pods = new Pods(
                        api,
                        settings,
                        capacity,
                        directory.path().resolve("pods"),
                        compiled == null ? directory.path().resolve("compiled") : compiled,
                        refuseOwn(directory.path()),
                        modules == null ? OciModuleResolver.standard() : OciModuleResolver.of(modules),
                        offline,
                        privateHosts,
                        listeners,
                        clock);
                Identity.Serving serving = identity.serving(node, settings.address(), callers);
                kubelet = KubeletServer.start(
                        settings,
                        listen == null ? settings.address() : listen,
                        serving.context(),
                        api,
                        pods,
                        directory.path(),
                        clock);
                List<Certificates> certificates = new ArrayList<>(List.of(serving.renewal()));
                identity.renewal(node).ifPresent(certificates::add);
                WagiNode running =
                        follow(settings, api, registration, pods, kubelet, certificates, directory, drainTimeout);
                started = true;
                return running;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new NodeException("interrupted", e);
            } finally {
                if (!started) {
                    if (kubelet != null) {
                        kubelet.close();
                    }
                    if (pods != null) {
                        pods.close();
                    }
                    if (api != null) {
                        api.close();
                    }
                    directory.close();
                }
            }
        }

        /** Refuses directories that overlap with the data directory, which contains the Secrets of all pods. */
        private List<Path> refuseOwn(Path own) {
            for (Path path : hostPaths) {
                Path absolute = path.toAbsolutePath().normalize();
                Path data = own.toAbsolutePath().normalize();
                if (absolute.startsWith(data) || data.startsWith(absolute)) {
                    throw new NodeException("the directory " + path + " for hostPath volumes and the node's own, " + own
                            + ", overlap, so pods could read each other's Secrets; name another");
                }
            }
            return List.copyOf(hostPaths);
        }

        private static WagiNode follow(
                NodeSettings settings,
                Api api,
                Registration registration,
                Pods pods,
                KubeletServer kubelet,
                List<Certificates> certificates,
                DataDirectory directory,
                Duration drain) {
            ScheduledExecutorService heartbeat = Executors.newScheduledThreadPool(2, task -> {
                Thread thread = new Thread(task, "wagi-node-heartbeat");
                thread.setDaemon(true);
                return thread;
            });
            PodWatch watch = api.pods(settings.name(), pods);
            PeriodicTasks.start(
                    heartbeat, "the heartbeat", Registration.INTERVAL, Registration.INTERVAL, registration::beat);
            heartbeat.execute(() -> awaitPods(watch, registration, pods));
            for (Certificates each : certificates) {
                PeriodicTasks.start(
                        heartbeat, "reloading a certificate", Duration.ZERO, CERTIFICATE_INTERVAL, each::look);
            }
            return new WagiNode(settings, api, registration, pods, watch, heartbeat, kubelet, directory, drain);
        }

        private static void awaitPods(PodWatch watch, Registration registration, Pods pods) {
            Runnable beat = PeriodicTasks.guarded("the heartbeat", registration::beat);
            try {
                while (!watch.hasSynced()) {
                    beat.run();
                    TimeUnit.MILLISECONDS.sleep(100);
                }
                while (!hasBegun(watch, pods)) {
                    beat.run();
                    TimeUnit.SECONDS.sleep(1);
                }
                registration.ready();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private static boolean hasBegun(PodWatch watch, Pods pods) {
            try {
                pods.begin(watch::list);
                return true;
            } catch (RuntimeException | Error e) {
                LOG.warn("the pods of this node cannot be taken, trying again", e);
                return false;
            }
        }

        private static String hostname() {
            try {
                return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
            } catch (UnknownHostException e) {
                throw new NodeException("the host name of this machine is unknown; set a name with --node-name", e);
            }
        }

        /** Returns the local address of packets to the API server; none is sent. */
        private static String addressTowards(Api api) {
            try (DatagramSocket socket = new DatagramSocket()) {
                int port = api.server().getPort();
                socket.connect(new InetSocketAddress(api.server().getHost(), port < 0 ? 443 : port));
                return socket.getLocalAddress().getHostAddress().replaceFirst("%.*", "");
            } catch (IOException | RuntimeException e) {
                throw new NodeException(
                        "there is no local address for connections to " + api.server() + "; set it with --node-ip", e);
            }
        }

        private static String version() {
            try (InputStream in = Objects.requireNonNull(WagiNode.class.getResourceAsStream("version.txt"))) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
            } catch (IOException e) {
                throw new IllegalStateException("BUG: the version is missing", e);
            }
        }
    }

    /** The data directory of the node, which is locked while it runs. */
    private record DataDirectory(Path path, FileChannel lock, String id) {

        static DataDirectory open(Path path) {
            try {
                if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                    Files.createDirectories(
                            path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                } else {
                    Files.createDirectories(path);
                }
                FileChannel channel =
                        FileChannel.open(path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (!lock(channel)) {
                    channel.close();
                    throw new NodeException(
                            "another process uses " + path + "; stop it, or name another directory with --data-dir");
                }
                Path id = path.resolve("id");
                if (!Files.exists(id)) {
                    Files.writeString(id, UUID.randomUUID().toString());
                }
                return new DataDirectory(path, channel, Files.readString(id).strip());
            } catch (IOException e) {
                throw new NodeException(
                        "the data directory " + path + " cannot be used: " + e + "; name another with --data-dir", e);
            }
        }

        private static boolean lock(FileChannel channel) throws IOException {
            try {
                FileLock lock = channel.tryLock();
                return lock != null;
            } catch (OverlappingFileLockException e) {
                return false;
            }
        }

        void close() {
            try {
                lock.close();
            } catch (IOException e) {
                LOG.debug("the lock was not released cleanly", e);
            }
        }
    }
}
