// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.registration;

import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.cluster.ApiException;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintains a Node object and its lease. One thread calls {@link #beat}; {@link #start} is called before it, and
 * {@link #cordon} and {@link #release} after it.
 *
 * @see <a href="https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats">Kubernetes, node
 *     heartbeats</a>
 */
public final class Registration {

    /** The interval of a kubelet. */
    public static final Duration INTERVAL = Duration.ofSeconds(10);

    private static final int LEASE_SECONDS = 40;
    private static final Duration STATUS_INTERVAL = Duration.ofMinutes(5);

    private static final String NODES = "/api/v1/nodes";
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

    /**
     * The annotation of the lease that identifies the process. Two processes with the same node name have the same
     * holder.
     */
    private static final String PROCESS = "wagi.dev/process";

    /** The annotation of the node that records that it was made unschedulable by a stop. */
    private static final String CORDONED = "wagi.dev/cordoned-by-stop";

    private static final DateTimeFormatter MICROS = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'");

    private static final Logger LOG = LoggerFactory.getLogger(Registration.class);

    private final Api api;
    private final NodeSettings settings;
    private final NodeObject object;
    private final Capacity capacity;
    private final String process;
    private final Clock clock;
    private final Consumer<NodeException> lost;

    private Instant statusWritten = Instant.MIN; // guarded by this
    private @Nullable Lease lease; // as it was written last, guarded by this
    private NodeObject.Readiness readiness = NodeObject.Readiness.STARTING; // guarded by this
    private boolean failing; // guarded by this
    private boolean stopped; // guarded by this
    private boolean taken; // by another process; guarded by this

    /**
     * Creates the registration without contacting the API.
     *
     * @param version the version of this program
     * @param process identifies the data directory of this node; the same after a restart
     * @param lost called when another process has taken over the node's name
     */
    public Registration(
            Api api,
            NodeSettings settings,
            Capacity capacity,
            String version,
            String process,
            Clock clock,
            Consumer<NodeException> lost) {
        this.api = api;
        this.settings = settings;
        this.object = new NodeObject(settings, capacity, version, process);
        this.capacity = capacity;
        this.process = process;
        this.clock = clock;
        this.lost = lost;
    }

    /**
     * Creates the node, or takes it over from an earlier run.
     *
     * @throws NodeException if another process is this node, or the API refuses it
     */
    public synchronized void start() {
        refuseIfTaken();
        Node node = register();
        renewLease(node);
        List<String> missing = NodeObject.missingTaints(node);
        if (!missing.isEmpty()) {
            LOG.warn(
                    "the node {} lacks the taints {}, so ordinary pods may be scheduled to it, and a node may not set"
                            + " them itself; run: kubectl taint nodes {} {}",
                    settings.name(),
                    missing,
                    settings.name(),
                    String.join(" ", missing));
        }
    }

    private void refuseIfTaken() {
        Lease lease;
        try {
            lease = api.get(LEASES + "/" + settings.name(), Lease.class);
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return;
            }
            throw e;
        }
        if (isOthers(lease) && isFresh(lease)) {
            throw taken();
        }
    }

    private NodeException taken() {
        return new NodeException("another process is the node " + settings.name()
                + " and is alive; stop it, or choose another --node-name (a node that died can be replaced after "
                + LEASE_SECONDS + " seconds)");
    }

    private boolean isOthers(Lease lease) {
        Map<String, String> annotations = lease.getMetadata().getAnnotations();
        String other = annotations == null ? null : annotations.get(PROCESS);
        return other == null ? hasHolder(lease) : !other.isEmpty() && !other.equals(process);
    }

    private static boolean hasHolder(Lease lease) {
        return lease.getSpec() != null
                && lease.getSpec().getHolderIdentity() != null
                && !lease.getSpec().getHolderIdentity().isEmpty();
    }

    private boolean isFresh(Lease lease) {
        return lease.getSpec() != null
                && lease.getSpec().getRenewTime() != null
                && lease.getSpec()
                        .getRenewTime()
                        .toInstant()
                        .plusSeconds(LEASE_SECONDS)
                        .isAfter(clock.instant());
    }

    /** Creates or updates the object, with its status. */
    private Node register() {
        Node node;
        try {
            node = api.get(NODES + "/" + settings.name(), Node.class);
        } catch (ApiException e) {
            if (!e.isNotFound()) {
                throw e;
            }
            node = create();
        }
        Map<String, Object> metadata = new LinkedHashMap<>();
        Map<String, String> labels = object.missingLabels(node);
        if (!labels.isEmpty()) {
            metadata.put("labels", labels);
        }
        Map<String, Object> patch = new LinkedHashMap<>();
        if (isCordonedByStop(node)) {
            Map<String, Object> none = new LinkedHashMap<>();
            none.put(CORDONED, null);
            metadata.put("annotations", none);
            patch.put("spec", Map.of("unschedulable", false));
        }
        if (!metadata.isEmpty()) {
            patch.put("metadata", metadata);
            api.patch(NODES + "/" + settings.name(), patch, Node.class);
        }
        return writeStatus(node);
    }

    private Node create() {
        try {
            return api.post(NODES, object.create(), Node.class);
        } catch (ApiException e) {
            if (e.isConflict()) {
                return api.get(NODES + "/" + settings.name(), Node.class);
            }
            throw e;
        }
    }

    private static boolean isCordonedByStop(Node node) {
        Map<String, String> annotations = node.getMetadata().getAnnotations();
        return annotations != null && annotations.containsKey(CORDONED);
    }

    private Node writeStatus(@Nullable Node known) {
        Instant now = clock.instant();
        Node written = api.patch(
                NODES + "/" + settings.name() + "/status",
                Map.of("status", object.status(known, readiness, capacity.isDiskFull(), now)),
                Node.class);
        statusWritten = now;
        return written;
    }

    private void renewLease(Node node) {
        String path = LEASES + "/" + settings.name();
        Lease last = lease;
        lease = null;
        try {
            if (last == null) {
                last = api.get(path, Lease.class);
                if (isOthers(last) && isFresh(last)) {
                    NodeException reason = taken();
                    taken = true;
                    stopped = true;
                    lost.accept(reason);
                    throw reason;
                }
            }
            lease = api.patch(path, lease(node, last.getMetadata().getResourceVersion()), Lease.class);
        } catch (ApiException e) {
            if (e.isConflict()) {
                return; // another writer was faster: the next beat identifies it
            }
            if (!e.isNotFound()) {
                throw e;
            }
            lease = api.post(LEASES, lease(node, null), Lease.class);
        }
    }

    private Map<String, Object> lease(Node node, @Nullable String version) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        if (version != null) {
            metadata.put("resourceVersion", version); // a concurrent write is a conflict
        }
        metadata.put("name", settings.name());
        metadata.put("namespace", "kube-node-lease");
        metadata.put("annotations", Map.of(PROCESS, process));
        metadata.put(
                "ownerReferences",
                List.of(Map.of(
                        "apiVersion",
                        "v1",
                        "kind",
                        "Node",
                        "name",
                        settings.name(),
                        "uid",
                        node.getMetadata().getUid())));
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("apiVersion", "coordination.k8s.io/v1");
        object.put("kind", "Lease");
        object.put("metadata", metadata);
        object.put(
                "spec",
                Map.of(
                        "holderIdentity",
                        settings.name(),
                        "leaseDurationSeconds",
                        LEASE_SECONDS,
                        "renewTime",
                        OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC)
                                .format(MICROS)));
        return object;
    }

    /** Reports that the pods of the node are known, so that it accepts others. */
    public synchronized void ready() {
        if (stopped || readiness == NodeObject.Readiness.READY) {
            return;
        }
        readiness = NodeObject.Readiness.READY;
        statusWritten = Instant.MIN;
        beat();
    }

    /**
     * Renews the lease, and writes the status if it is due or the API has a different one, for example after the
     * cluster lost contact with this node. Failures are logged; the next beat tries again.
     */
    public synchronized void beat() {
        if (stopped) {
            return;
        }
        try {
            Node node;
            try {
                node = api.get(NODES + "/" + settings.name(), Node.class);
            } catch (ApiException e) {
                if (!e.isNotFound()) {
                    throw e;
                }
                LOG.warn("the node {} was deleted from the cluster; registering it again", settings.name());
                node = register();
            }
            renewLease(node);
            if (!NodeObject.says(node, readiness, capacity.isDiskFull())
                    || statusWritten.equals(Instant.MIN)
                    || statusWritten.plus(STATUS_INTERVAL).isBefore(clock.instant())) {
                writeStatus(node);
            }
            if (failing) {
                LOG.info("the API server is reachable again");
                failing = false;
            }
        } catch (NodeException e) {
            // Only the first failure is logged, because an outage may last for hours.
            if (!failing) {
                LOG.warn(
                        "the node's heartbeat failed, trying again every {} s: {}",
                        INTERVAL.toSeconds(),
                        e.getMessage());
            }
            failing = true;
        }
    }

    /**
     * Makes the node unschedulable and not ready, unless it is another process's now. That may have happened since the
     * last heartbeat, for instance while this process was paused.
     *
     * @return whether it was this process's, or the API did not say
     */
    public synchronized boolean cordon() {
        readiness = NodeObject.Readiness.STOPPING;
        stopped = true;
        try {
            if (isTakenNow()) {
                return false;
            }
            Node node = api.get(NODES + "/" + settings.name(), Node.class);
            boolean already =
                    node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
            if (!already) {
                api.patch(
                        NODES + "/" + settings.name(),
                        Map.of(
                                "metadata",
                                Map.of("annotations", Map.of(CORDONED, "true")),
                                "spec",
                                Map.of("unschedulable", true)),
                        Node.class);
            }
            writeStatus(node);
        } catch (NodeException e) {
            LOG.warn("the cluster could not be informed that this node is stopping: {}", e.getMessage());
        }
        return true;
    }

    /** Whether another process has the node, by the lease as it is now, which is kept. */
    private boolean isTakenNow() {
        if (!taken) {
            try {
                lease = api.get(LEASES + "/" + settings.name(), Lease.class);
                taken = isOthers(lease) && isFresh(lease);
            } catch (ApiException e) {
                if (!e.isNotFound()) {
                    throw e;
                }
                lease = null;
            }
        }
        return taken;
    }

    /** Releases the name, so that another process can take it over immediately, unless one has done so already. */
    public synchronized void release() {
        try {
            if (isTakenNow() || lease == null) {
                return;
            }
            Map<String, Object> metadata = new LinkedHashMap<>();
            metadata.put(
                    "resourceVersion", lease.getMetadata().getResourceVersion()); // a concurrent write is a conflict
            metadata.put("annotations", Map.of(PROCESS, ""));
            api.patch(LEASES + "/" + settings.name(), Map.of("metadata", metadata), Lease.class);
        } catch (NodeException e) {
            LOG.debug("the lease could not be released", e);
        }
    }
}
