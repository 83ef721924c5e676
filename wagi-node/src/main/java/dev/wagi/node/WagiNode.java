// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.cluster.Certificates;
import dev.wagi.node.internal.cluster.Identity;
import dev.wagi.node.internal.cluster.PodWatch;
import dev.wagi.node.internal.kubelet.KubeletServer;
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
 * A node of a Kubernetes cluster that runs WAGI modules: it registers itself, serves the containers of the pods that are
 * scheduled to it, and reports on them as a kubelet does. Thread-safe.
 *
 * <pre>
 * WagiNode node = WagiNode.builder(kubeconfig, data).name("wagi-0").start();
 * </pre>
 */
public final class WagiNode implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WagiNode.class);

    private static final int CERTIFICATE_SECONDS = 5;

    private final NodeSettings settings;
    private final Api api;
    private final Registration registration;
    private final Pods pods;
    private final PodWatch watch;
    private final ScheduledExecutorService heartbeat;
    private final KubeletServer kubelet;
    private final DataDirectory data;
    private boolean closed; // guarded by this

    private WagiNode(
            NodeSettings settings,
            Api api,
            Registration registration,
            Pods pods,
            PodWatch watch,
            ScheduledExecutorService heartbeat,
            KubeletServer kubelet,
            DataDirectory data) {
        this.settings = settings;
        this.api = api;
        this.registration = registration;
        this.pods = pods;
        this.watch = watch;
        this.heartbeat = heartbeat;
        this.kubelet = kubelet;
        this.data = data;
    }

    /**
     * Starts the settings of a node.
     *
     * @param kubeconfig who the node is: a user {@code system:node:NAME} of the group {@code system:nodes}
     * @param data a directory for its files, which no other node uses at the same time; made if it is missing
     * @return settings with their defaults
     */
    public static Builder builder(Path kubeconfig, Path data) {
        return new Builder(kubeconfig, false, data);
    }

    /**
     * Starts the settings of a node that gets its certificate from the cluster when it starts for the first time, and renews it.
     *
     * @param bootstrapKubeconfig a user that may ask for certificates of nodes: a bootstrap token
     * @param data as for {@link #builder}; the certificate is kept there
     * @return settings with their defaults
     */
    public static Builder bootstrapBuilder(Path bootstrapKubeconfig, Path data) {
        return new Builder(bootstrapKubeconfig, true, data);
    }

    /** {@return the name of the Node object} */
    public String name() {
        return settings.name();
    }

    /** {@return where its pods are reached: an IP address} */
    public String address() {
        return settings.address();
    }

    /** For tests: one heartbeat. */
    void beat() {
        registration.beat();
    }

    /** For tests: what is open. */
    List<Integer> held() {
        return pods.held();
    }

    /**
     * Leaves the cluster: takes no more pods, lets requests in flight finish, and reports that it is not ready. The Node
     * object stays, as a node may not remove it; pods stay as well, and are served again if the node comes back before the
     * cluster moves them.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        heartbeat.shutdownNow();
        registration.cordon();
        watch.stop();
        pods.drain();
        kubelet.close();
        pods.close();
        registration.release();
        api.close();
        data.close();
        LOG.info("the node {} has stopped", settings.name());
    }

    /** The settings of a node. Not thread-safe. */
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
         * The name of the Node object; by default the name of this machine, in lower case.
         *
         * @param text a name that Kubernetes accepts for a Node
         * @return this builder
         */
        public Builder name(String text) {
            this.name = Objects.requireNonNull(text, "text");
            return this;
        }

        /**
         * The address at which others reach the pods and the kubelet API; by default the one towards the API server.
         *
         * @param ip an IP address
         * @return this builder
         */
        public Builder address(String ip) {
            this.address = Objects.requireNonNull(ip, "ip");
            return this;
        }

        /**
         * The port of the kubelet API; 10250 by default.
         *
         * @param number the port, which the Node object reports as its daemon endpoint
         * @return this builder
         */
        public Builder kubeletPort(int number) {
            this.port = number;
            return this;
        }

        /**
         * The address that the kubelet API listens on; by default the node's own, {@code 0.0.0.0} for all.
         *
         * @param ip an IP address
         * @return this builder
         */
        public Builder listenAddress(String ip) {
            this.listen = Objects.requireNonNull(ip, "ip");
            return this;
        }

        /**
         * The certificate authority of the callers of the kubelet API, PEM; by default the one of the kubeconfig.
         *
         * @param pem a file with certificates
         * @return this builder
         */
        public Builder callersAuthority(Path pem) {
            this.callers = Objects.requireNonNull(pem, "pem");
            return this;
        }

        /**
         * Labels of the Node object, in addition to those that every WAGI node has.
         *
         * @param more values by key
         * @return this builder
         */
        public Builder labels(Map<String, String> more) {
            this.labels = Map.copyOf(more);
            return this;
        }

        /**
         * How many pods the node takes; 110 by default.
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
         * Lets pods mount this directory of the machine and what is in it, with hostPath; none by default. Whoever may create
         * pods can read and write there.
         *
         * @param directory the directory of the machine
         * @return this builder
         */
        public Builder addHostPath(Path directory) {
            hostPaths.add(Objects.requireNonNull(directory, "directory"));
            return this;
        }

        /**
         * Fetches images; by default as {@link OciModuleResolver#standard} does.
         *
         * @param client pulls the images
         * @return this builder
         */
        public Builder modules(OciClient client) {
            this.modules = Objects.requireNonNull(client, "client");
            return this;
        }

        /**
         * Whether no registry is asked, whatever a pod's pull policy is; false by default. Images must be in the store of the
         * {@link #modules} client then.
         *
         * @param only true to use what the store has
         * @return this builder
         */
        public Builder offline(boolean only) {
            this.offline = only;
            return this;
        }

        /**
         * Where compiled modules are kept; by default in the node's own directory.
         *
         * @param directory the directory of the compiled modules
         * @return this builder
         */
        public Builder compileCache(Path directory) {
            this.compiled = Objects.requireNonNull(directory, "directory");
            return this;
        }

        /**
         * Is called when another process has become this node; this one should be closed then.
         *
         * @param observer gets the reason
         * @return this builder
         */
        public Builder onLost(Consumer<NodeException> observer) {
            this.lost = Objects.requireNonNull(observer, "observer");
            return this;
        }

        /**
         * Joins the cluster. Returns when the node is registered; it takes pods as soon as it knows those that it has.
         *
         * @return the node, which the caller closes
         * @throws NodeException if that is not possible
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
                WagiNode running = follow(settings, api, registration, pods, kubelet, certificates, directory);
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

        /** Secrets of all pods are below the data directory. */
        private List<Path> refuseOwn(Path own) {
            for (Path path : hostPaths) {
                Path absolute = path.toAbsolutePath().normalize();
                Path data = own.toAbsolutePath().normalize();
                if (absolute.startsWith(data) || data.startsWith(absolute)) {
                    throw new NodeException("the directory " + path + " for hostPath volumes and the node's own, " + own
                            + ", contain one another, and pods would read each other's Secrets; name another");
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
                DataDirectory directory) {
            ScheduledExecutorService heartbeat = Executors.newScheduledThreadPool(2, task -> {
                Thread thread = new Thread(task, "wagi-node-heartbeat");
                thread.setDaemon(true);
                return thread;
            });
            PodWatch watch = api.pods(settings.name(), pods);
            long seconds = Registration.INTERVAL.toSeconds();
            heartbeat.scheduleWithFixedDelay(registration::beat, seconds, seconds, TimeUnit.SECONDS);
            heartbeat.execute(() -> awaitPods(watch, registration, pods));
            heartbeat.scheduleWithFixedDelay(
                    () -> certificates.forEach(Certificates::look), 0, CERTIFICATE_SECONDS, TimeUnit.SECONDS);
            return new WagiNode(settings, api, registration, pods, watch, heartbeat, kubelet, directory);
        }

        private static void awaitPods(PodWatch watch, Registration registration, Pods pods) {
            try {
                while (!watch.hasSynced()) {
                    registration.beat();
                    TimeUnit.MILLISECONDS.sleep(100);
                }
                pods.removeForgotten();
                registration.ready();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                LOG.warn("files of pods that are gone could not be removed: {}", e.toString());
                registration.ready();
            }
        }

        private static String hostname() {
            try {
                return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
            } catch (UnknownHostException e) {
                throw new NodeException("this machine does not know its name; write one with --node-name", e);
            }
        }

        /** The address that packets to the API server would have; none is sent. */
        private static String addressTowards(Api api) {
            try (DatagramSocket socket = new DatagramSocket()) {
                int port = api.server().getPort();
                socket.connect(new InetSocketAddress(api.server().getHost(), port < 0 ? 443 : port));
                return socket.getLocalAddress().getHostAddress().replaceFirst("%.*", "");
            } catch (IOException | RuntimeException e) {
                throw new NodeException(
                        "this machine does not know its address towards " + api.server() + "; write it with --node-ip",
                        e);
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

    /** The node's own files; locked while it runs. */
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
