// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.cluster.ApiException;
import dev.wagi.node.internal.cluster.PodWatch;
import dev.wagi.node.internal.log.ContainerLog;
import dev.wagi.node.internal.registration.Capacity;
import dev.wagi.node.internal.registration.NodeSettings;
import dev.wagi.node.internal.serving.Listeners;
import dev.wagi.node.internal.serving.Served;
import dev.wagi.node.internal.serving.Served.ModuleFile;
import dev.wagi.node.internal.serving.ServingException;
import dev.wagi.node.internal.serving.Traffic;
import dev.wagi.node.internal.volume.MissingException;
import dev.wagi.node.internal.volume.PodVolumes;
import dev.wagi.node.internal.volume.References;
import dev.wagi.oci.OciException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manages the pods of this node. The desired state of each pod is compared with its actual state, and the difference is
 * worked on by one thread per pod at a time. These threads never wait for registries, modules or clients; background
 * threads do, and schedule the pod again when they are done. Thread-safe.
 */
public final class Pods implements PodWatch.Handler, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Pods.class);

    private static final int WORKERS = 4;
    private static final int PULLS = 16;
    private static final int PULLS_OF_ONE = 5;

    /** How often mounted ConfigMaps and Secrets are looked at, as a kubelet does by default. */
    private static final Duration REFRESH = Duration.ofSeconds(60);

    private static final Duration PROBE = Duration.ofSeconds(1);

    /** Of one tenant: each takes a processor. */
    private static final int STARTS = Math.max(2, Runtime.getRuntime().availableProcessors());

    /** The message of failures that the pod's author cannot fix; their details may disclose what is on the node. */
    private static final String INTERNAL = "internal error of the node; it retries, and its log has the details";

    /** A container that has run so long is not punished for failures before. */
    private static final Duration FORGIVEN = Duration.ofMinutes(10);

    /** It is the name of a directory. */
    private static final Pattern UID = Pattern.compile("[A-Za-z0-9-]{1,100}");

    private static final String MODULES = "modules";

    private static final Duration SHORTLY = Duration.ofSeconds(1);

    /** The time that an authorizer may take to learn that a pod is on this node. */
    private static final Duration AUTHORIZER = Duration.ofSeconds(5);

    /** How often a status is written again because the pod has changed. */
    private static final int MAX_CONFLICTS = 2;

    /** The code of an API server that refuses what an object would be. */
    private static final int INVALID = 422;

    private final Api api;
    private final NodeSettings node;
    private final Events events;
    private final References references;
    private final PodVolumes volumes;
    private final Listeners listeners;
    private final ModuleResolver registry;
    private final boolean offline;
    private final boolean privateHosts;
    private final PodStatuses statuses;
    private final Path directory;
    private final Clock clock;
    private final KeyedQueue queue;
    private final Map<String, Pod> known = new ConcurrentHashMap<>();
    private final Map<String, PodRun> runs = new ConcurrentHashMap<>();
    private final Map<String, ContainerLog> logs = new ConcurrentHashMap<>();
    private final Traffic traffic = new Traffic();
    private final Turns pulls = new Turns("wagi-node-pull", PULLS, PULLS_OF_ONE);
    private final Turns starts = new Turns("wagi-node-start", 2 * STARTS, STARTS);

    /** They wait for addresses that are changed, and not for requests. */
    private final Turns stops = new Turns("wagi-node-stop", 2 * STARTS, STARTS);

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(task -> thread(task, "wagi-node-timer"));
    private final Probes probes;
    private final Room room;
    private volatile boolean closing;

    /** Whether all pods of the node are known. None is started before, as an older pod may have its address. */
    private volatile boolean complete;

    /**
     * None yet.
     *
     * @param directory the directory for the pods' files
     * @param compiled the directory for compiled modules
     * @param hostPaths what pods may mount of this machine
     * @param registry fetches {@code oci:} references
     * @param offline whether images must be here already
     * @param privateHosts whether pods may allow their guests to reach private addresses
     * @param observers get all events of all modules
     */
    public Pods(
            Api api,
            NodeSettings node,
            Capacity capacity,
            Path directory,
            Path compiled,
            List<Path> hostPaths,
            ModuleResolver registry,
            boolean offline,
            boolean privateHosts,
            List<WagiListener> observers,
            Clock clock) {
        this.api = api;
        this.node = node;
        this.directory = directory;
        this.clock = clock;
        this.registry = registry;
        this.offline = offline;
        this.privateHosts = privateHosts;
        this.events = new Events(api, node.name(), clock);
        this.references = new References(api);
        this.volumes = new PodVolumes(api, references, capacity, hostPaths, clock);
        this.listeners = new Listeners(this::append, traffic, observers, compiled, this::addressFreed);
        this.statuses = new PodStatuses(node);
        this.queue = new KeyedQueue("wagi-node-pods", WORKERS, this::reconcile);
        this.room = new Room(capacity);
        this.probes = new Probes(
                new Probes.Host() {
                    @Override
                    public Optional<WagiResponse> ask(String uid, WagiRequest request) {
                        return listeners.ask(uid, request);
                    }

                    @Override
                    public boolean isServed(String uid) {
                        return listeners.isServed(uid);
                    }
                },
                this::probed,
                clock);
        PeriodicTasks.start(timer, "probing containers", PROBE, PROBE, this::probe);
        PeriodicTasks.start(timer, "starting threads", PROBE, PROBE, this::resume);
        PeriodicTasks.start(timer, "refreshing volumes", REFRESH, REFRESH, this::refresh);
    }

    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void onAdd(Pod pod) {
        if (isWellFormed(pod)) {
            known.put(uid(pod), pod);
            queue.add(uid(pod));
        }
    }

    private static boolean isWellFormed(Pod pod) {
        boolean matches = pod.getMetadata() != null
                && uid(pod) != null
                && UID.matcher(uid(pod)).matches();
        if (!matches) {
            LOG.warn("ignored a pod whose uid is malformed");
        }
        return matches;
    }

    @Override
    public void onUpdate(Pod before, Pod pod) {
        if (isWellFormed(before) && !uid(before).equals(uid(pod))) {
            onDelete(before, false); // deleted and created again between two events
        }
        onAdd(pod);
    }

    @Override
    public void onDelete(Pod pod, boolean unknownState) {
        if (!isWellFormed(pod)) {
            return;
        }
        room.leaving(pod);
        known.remove(uid(pod));
        queue.add(uid(pod));
    }

    @Override
    public void onList(Supplier<? extends Collection<Pod>> all) {
        List<Pod> before = list();
        Set<String> uids =
                all.get().stream().filter(Pods::isWellFormed).map(Pods::uid).collect(Collectors.toSet());
        for (Pod pod : before) {
            if (!uids.contains(uid(pod))) {
                onDelete(pod, true);
            }
        }
    }

    private static final Comparator<Pod> AGE = Comparator.comparing(
                    (Pod pod) -> String.valueOf(pod.getMetadata().getCreationTimestamp()))
            .thenComparing(Pods::uid);

    private static String namespace(PodRun run) {
        return run.pod.getMetadata().getNamespace();
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    /** Returns the pods as the API has them. */
    public List<Pod> list() {
        return List.copyOf(known.values());
    }

    /** Returns the log of a container. */
    public Optional<ContainerLog> log(String namespace, String pod, String container) {
        return Optional.ofNullable(logs.get(namespace + "_" + pod + "_" + container));
    }

    /** Whether a pod exists. */
    public boolean has(String namespace, String name) {
        return known.values().stream()
                .anyMatch(pod -> namespace.equals(pod.getMetadata().getNamespace())
                        && name.equals(pod.getMetadata().getName()));
    }

    private void append(String module, String requestId, String line) {
        ContainerLog log = logs.get(module);
        if (log != null) {
            log.append(line);
        }
    }

    /**
     * Takes all pods that the node has, begins, and removes the files of pods that went while the node was down. Until
     * it has returned once, no pod is served; call it again if it throws.
     *
     * @param all lists the existing pods, again each time: a pod may be deleted while it is taken from the list
     */
    public void begin(Supplier<? extends Collection<Pod>> all) {
        for (Pod pod : all.get()) {
            if (isWellFormed(pod)) {
                known.putIfAbsent(uid(pod), pod);
            }
        }
        onList(all);
        Instant now = clock.instant();
        for (Pod pod : list()) {
            try {
                if (!runs.containsKey(uid(pod))) {
                    begin(pod, now);
                }
            } catch (RuntimeException | Error e) {
                LOG.warn("pod {} cannot begin, trying again", uid(pod), e);
            }
        }
        complete = true;
        known.keySet().forEach(queue::add);
        runs.keySet().forEach(queue::add); // some were deleted meanwhile
        try {
            if (Files.isDirectory(directory)) {
                removeForgotten();
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("files of deleted pods cannot be removed", e);
        }
    }

    private void removeForgotten() throws IOException {
        List<Path> all;
        try (Stream<Path> there = Files.list(directory)) {
            all = there.toList();
        }
        for (Path path : all) {
            if (!known.containsKey(String.valueOf(path.getFileName()))) {
                Directories.remove(path);
            }
        }
    }

    // --- one pod

    private void reconcile(String uid) {
        if (!complete) {
            return;
        }
        Pod pod = known.get(uid);
        PodRun run = runs.get(uid);
        if (run == null) {
            if (pod == null) {
                return;
            }
            run = begin(pod, clock.instant());
        }
        synchronized (run) {
            if (pod == null) {
                removed(run);
                return;
            }
            if (pod != run.pod) {
                run.update(pod, clock.instant());
            }
            if (run.deleted) {
                return;
            }
            if (run.isDeleting()) {
                terminate(run);
                return;
            }
            if (closing) {
                return;
            }
            String phase = pod.getStatus() == null ? "" : pod.getStatus().getPhase();
            if ("Succeeded".equals(phase) || "Failed".equals(phase)) {
                stop(run, 0, "Completed");
                return;
            }
            if (!run.admitted && run.failure == null && !admit(run)) {
                queue.addAfter(uid, SHORTLY);
                return;
            }
            expire(run);
            if (run.failure == null) {
                advance(run);
            } else {
                stop(run, 137, "Error");
            }
            writeStatus(run);
        }
    }

    private PodRun begin(Pod pod, Instant now) {
        Path own = directory.resolve(uid(pod));
        Directories.createPrivate(own.resolve("logs"));
        Directories.createPrivate(own.resolve(MODULES));
        PodRun run = new PodRun(
                pod,
                own,
                clock,
                Admission.check(pod, () -> api.convert(pod, Map.class)).orElse(null));
        run.startedAt = startedAt(pod, now);
        if (run.refusal == null) {
            run.claim = AddressClaim.of(own, PodAnnotations.of(pod).address(pod), now);
        }
        runs.put(run.uid, run);
        String namespace = pod.getMetadata().getNamespace();
        run.containers.forEach((name, container) -> {
            String module = PodManifest.moduleName(pod, name);
            logs.put(module, container.log);
            traffic.add(module, namespace, pod.getMetadata().getName(), name, container);
        });
        return run;
    }

    private static Instant startedAt(Pod pod, Instant now) {
        String time = pod.getStatus() == null ? null : pod.getStatus().getStartTime();
        try {
            Instant started = time == null ? now : Instant.parse(time);
            return started.isAfter(now) ? now : started;
        } catch (DateTimeParseException e) {
            return now;
        }
    }

    /** Returns false if the pod is to wait until others have gone. */
    private boolean admit(PodRun run) {
        Admission.Refusal refusal =
                run.refusal != null ? run.refusal : room.take(run.pod).orElse(null);
        if (refusal != null) {
            fail(run, refusal.reason(), refusal.message());
            return true;
        }
        run.admitted = room.has(run.pod);
        return run.admitted;
    }

    private void fail(PodRun run, String reason, String message) {
        run.failure = reason;
        run.failureMessage = message;
        events.warning(run.pod, null, reason, message);
        LOG.info("pod {} failed: {}", run.name(), reason);
        stop(run, 137, "Error");
    }

    private void expire(PodRun run) {
        Long seconds = run.pod.getSpec().getActiveDeadlineSeconds();
        if (seconds == null || run.failure != null || run.startedAt == null) {
            return;
        }
        // Kubernetes allows no more, and from far more nobody can count.
        Instant end = run.startedAt.plusSeconds(Math.max(0, Math.min(seconds, Integer.MAX_VALUE)));
        if (end.isAfter(clock.instant())) {
            queue.addAfter(run.uid, Duration.between(clock.instant(), end).plusMillis(1));
            return;
        }
        fail(run, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
    }

    /** Starts pulls and containers that are due. */
    private void advance(PodRun run) {
        Instant now = clock.instant();
        boolean pulling = false;
        boolean ready = run.stale;
        Duration next = null;
        for (ContainerRun container : run.containers.values()) {
            if (container.image == null && !container.pulling && container.pulls.isDue(now)) {
                container.pulling = true;
                pulls.submit(namespace(run), () -> pull(run, container));
            }
            pulling |= container.pulling;
            if (container.image == null && !container.pulling) {
                backOffPulling(run, container);
                next = earlier(next, container.pulls.remaining(now));
            }
            if (container.image != null && !container.isRunning()) {
                if (container.starts.isDue(now)) {
                    ready = true;
                } else {
                    next = earlier(next, container.starts.remaining(now));
                }
            }
            if (container.isRunning()
                    && !container.starts.pause().isZero()
                    && container.startedAt != null
                    && container.startedAt.plus(FORGIVEN).isBefore(now)) {
                container.starts.reset();
            }
        }
        boolean some = run.containers.values().stream().anyMatch(container -> container.image != null);
        if (ready && some && !pulling && !run.starting) {
            run.starting = true;
            run.stale = false;
            starts.submit(namespace(run), () -> start(run));
        }
        if (next != null) {
            queue.addAfter(run.uid, next.plusMillis(1));
        }
    }

    private static @Nullable Duration earlier(@Nullable Duration a, Duration b) {
        return a == null || b.compareTo(a) < 0 ? b : a;
    }

    /** The failure itself is shown first, as a kubelet does, and then the back-off. */
    private void backOffPulling(PodRun run, ContainerRun container) {
        if (container.waitingReason.equals("ErrImagePull")) {
            if (statusShows(run, container.name, "ErrImagePull")) {
                container.waiting(
                        "ImagePullBackOff",
                        "Back-off pulling image \"" + container.spec.getImage() + "\": " + container.waitingMessage);
                events.normal(
                        run.pod,
                        container.name,
                        "BackOff",
                        "Back-off pulling image \"" + container.spec.getImage() + "\"");
            } else {
                queue.addAfter(run.uid, SHORTLY);
            }
        }
    }

    private static boolean statusShows(PodRun run, String container, String reason) {
        return run.pod.getStatus() != null
                && run.pod.getStatus().getContainerStatuses() != null
                && run.pod.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> status.getName().equals(container)
                                && status.getState() != null
                                && status.getState().getWaiting() != null
                                && reason.equals(status.getState().getWaiting().getReason()));
    }

    // --- in the background

    private void pull(PodRun run, ContainerRun container) {
        Pod pod;
        Container spec;
        synchronized (run) {
            pod = run.pod;
            spec = container.spec;
            if (run.stopping) {
                container.pulling = false;
                return;
            }
        }
        String image = spec.getImage() == null ? "" : spec.getImage();
        Instant begun = clock.instant();
        String reason = null;
        String message = "";
        ModuleFile file = null;
        String found = null;
        try {
            References.PullSecrets secrets = references.pullSecrets(pod);
            synchronized (run) {
                container.forbiddenSince = null;
            }
            if (!secrets.missing().isEmpty()) {
                events.warning(
                        pod,
                        container.name,
                        "FailedToRetrieveImagePullSecret",
                        "Unable to retrieve some image pull secrets (" + String.join(", ", secrets.missing())
                                + "); attempting to pull the image may not succeed.");
            }
            PullOptions options = PullOptions.none().withPullSecrets(secrets.texts());
            Optional<PullPolicy> policy = offline ? Optional.of(PullPolicy.NEVER) : policy(spec);
            if (policy.isPresent()) {
                options = options.withPolicy(policy.get());
            }
            ModuleReference reference = reference(image);
            events.normal(pod, container.name, "Pulling", "Pulling image \"" + image + "\"");
            ResolvedModule module = registry.resolve(reference, options);
            byte[] bytes = module.bytes();
            file = PulledModules.keep(run.directory.resolve(MODULES), container.name, bytes);
            found = module.origin();
            events.normal(
                    pod,
                    container.name,
                    "Pulled",
                    "Successfully pulled image \"" + image + "\" in "
                            + Duration.between(begun, clock.instant()).toMillis() + "ms. Image size: "
                            + bytes.length + " bytes.");
        } catch (OciException.NeverPulled e) {
            reason = "ErrImageNeverPull";
            message = "Container image \"" + image + "\" is not present with pull policy of Never";
        } catch (InvalidImageException e) {
            reason = "InvalidImageName";
            message = String.valueOf(e.getMessage());
        } catch (ModuleLoadException | IOException e) {
            reason = "ErrImagePull";
            message = String.valueOf(e.getMessage());
        } catch (ApiException e) {
            synchronized (run) {
                container.forbiddenSince = forbiddenSince(e, container.forbiddenSince);
                if (!isForbiddenForLong(container.forbiddenSince)) {
                    container.pulling = false;
                    queue.addAfter(run.uid, SHORTLY);
                    return;
                }
            }
            reason = "ErrImagePull";
            message = unread(e);
        } catch (RuntimeException | Error e) {
            reason = "ErrImagePull";
            message = INTERNAL;
            LOG.warn("an image of pod {} could not be pulled for an unexpected reason", run.name(), e);
        }
        synchronized (run) {
            container.pulling = false;
            if (!Objects.equals(container.spec.getImage(), spec.getImage())) {
                container.image = null; // it has changed in the meantime
            } else if (found != null) {
                container.image = found;
                container.module = file;
                container.pulls.reset();
            } else if (reason != null) {
                container.pulls.failed(clock.instant());
                container.waiting(reason, message);
                events.warning(run.pod, container.name, "Failed", "Failed to pull image \"" + image + "\": " + message);
            }
        }
        queue.add(run.uid);
    }

    /** The image name is invalid. */
    private static final class InvalidImageException extends RuntimeException {

        private static final long serialVersionUID = 1;

        InvalidImageException(String message) {
            super(message, null, false, false);
        }
    }

    /** Returns the reference of an image, as in manifests: a name without a registry belongs to Docker Hub. */
    private static ModuleReference reference(String image) {
        try {
            dev.wagi.oci.OciReference.parse(image);
            return ModuleReference.parse(
                    (image.matches("(?s)(localhost|[^/]*[.:][^/]*)/.*") ? "oci://" : "oci:") + image);
        } catch (IllegalArgumentException e) {
            throw new InvalidImageException(
                    "Failed to apply default image tag \"" + Admission.cut(image) + "\": it " + e.getMessage());
        }
    }

    private static Optional<PullPolicy> policy(Container container) {
        String policy = container.getImagePullPolicy() == null ? "" : container.getImagePullPolicy();
        return switch (policy) {
            case "Always" -> Optional.of(PullPolicy.ALWAYS);
            case "IfNotPresent" -> Optional.of(PullPolicy.IF_NOT_PRESENT);
            case "Never" -> Optional.of(PullPolicy.NEVER);
            default -> Optional.empty();
        };
    }

    /** The reason why a container cannot be started now. */
    private record Problem(String reason, String message) {}

    private void start(PodRun run) {
        Duration pause = Duration.ZERO;
        try {
            load(run);
        } catch (ApiException e) {
            LOG.debug("pod {} cannot be started yet", run.name(), e);
            pause = SHORTLY;
            synchronized (run) {
                run.forbiddenSince = forbiddenSince(e, run.forbiddenSince);
                boolean isTold = isForbiddenForLong(run.forbiddenSince) && !run.isRunning();
                if (isTold) {
                    failed(run, new Problem("CreateContainerConfigError", unread(e)));
                } else {
                    run.stale = true;
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.warn("pod {} could not be started", run.name(), e);
            failed(run, new Problem("RunContainerError", INTERNAL));
        } finally {
            again(run, pause);
        }
    }

    private void failed(PodRun run, Problem problem) {
        synchronized (run) {
            for (ContainerRun container : run.containers.values()) {
                if (!container.isRunning() && container.image != null && container.starts.isDue(clock.instant())) {
                    failed(run, container, problem);
                }
            }
        }
    }

    private @Nullable Instant forbiddenSince(ApiException failure, @Nullable Instant before) {
        if (!failure.isForbidden()) {
            return null; // the API server is away, or busy
        }
        return before == null ? clock.instant() : before;
    }

    /** In every cluster, the authorizer learns a little later than the node that a pod is here. */
    private boolean isForbiddenForLong(@Nullable Instant since) {
        return since != null && since.plus(AUTHORIZER).isBefore(clock.instant());
    }

    private static String unread(ApiException failure) {
        return "what the pod refers to cannot be read: " + failure.getMessage();
    }

    private void again(PodRun run, Duration pause) {
        synchronized (run) {
            run.starting = false;
        }
        if (pause.isZero()) {
            queue.add(run.uid);
        } else {
            queue.addAfter(run.uid, pause);
        }
    }

    private void load(PodRun run) throws IOException {
        Pod pod;
        Map<String, ContainerRun> containers = new LinkedHashMap<>();
        Map<String, String> images = new LinkedHashMap<>();
        Map<String, ModuleFile> modules = new HashMap<>();
        long revision;
        Duration grace;
        String address;
        AddressClaim claim;
        synchronized (run) {
            if (run.stopping) {
                return;
            }
            pod = run.pod;
            claim = Objects.requireNonNull(run.claim);
            revision = ++run.revision;
            grace = run.grace();
            address = run.address(node);
            for (ContainerRun container : run.containers.values()) {
                boolean due = container.isRunning() || container.starts.isDue(clock.instant());
                if (container.image != null && container.module != null && due) {
                    containers.put(container.name, container);
                    images.put(container.name, container.image);
                    modules.put(container.image, container.module);
                }
            }
        }
        Map<String, Problem> problems = new HashMap<>();
        PodManifest manifests = new PodManifest(api, address);
        Map<String, Map<String, Object>> settings;
        List<Map<String, Object>> mounts;
        References source = references.once(); // a container may refer to one Secret ten thousand times
        try {
            settings = manifests.settings(pod, privateHosts);
            mounts = volumes.make(pod, run.directory, address);
        } catch (PodManifest.InvalidAnnotationException e) {
            finish(run, containers, images, all(containers, new Problem("CreateContainerConfigError", e.getMessage())));
            return;
        } catch (MissingException e) {
            events.warning(pod, null, e.reason(), e.getMessage());
            finish(run, containers, images, all(containers, new Problem("ContainerCreating", e.getMessage())));
            return;
        }
        Map<String, Map<String, Object>> objects = new LinkedHashMap<>();
        String where = claim.address();
        Path file = run.directory.resolve("manifest-" + revision + ".json");
        for (ContainerRun container : containers.values()) {
            try {
                Map<String, Map<String, Object>> own = source.environment(
                        pod, container.spec, pod.getMetadata().getUid());
                manifests.write(
                        file,
                        pod,
                        settings,
                        Map.of(container.name, Objects.requireNonNull(images.get(container.name))),
                        used(container.spec, mounts),
                        own.values());
                listeners.check(served(run, pod, revision, where, file, modules, grace));
                objects.putAll(own);
            } catch (MissingException e) {
                problems.put(container.name, new Problem(e.reason(), e.getMessage()));
            } catch (ServingException e) {
                problems.put(container.name, new Problem(e.reason(), e.getMessage()));
            }
        }
        Map<String, String> good = new LinkedHashMap<>(images);
        good.keySet().removeAll(problems.keySet());
        boolean isElsewhere;
        synchronized (run) {
            isElsewhere = run.servedAt != null && !run.servedAt.equals(where);
        }
        if (good.isEmpty() || isElsewhere) {
            detach(run, grace);
        }
        if (!good.isEmpty()) {
            manifests.write(file, pod, settings, good, mounts, objects.values());
            try {
                refuseIfClaimed(pod, claim);
                listeners.attach(served(run, pod, revision, where, file, modules, grace));
                synchronized (run) {
                    run.servedAt = where;
                }
            } catch (ServingException e) {
                good.keySet().forEach(name -> problems.put(name, new Problem(e.reason(), e.getMessage())));
            }
        }
        finish(run, containers, images, problems);
        removeOldFiles(run);
    }

    /** An address is its pod's while that is only away, as when the node is started again. */
    private void refuseIfClaimed(Pod pod, AddressClaim claim) throws ServingException {
        String namespace = pod.getMetadata().getNamespace();
        String where = claim.address();
        if (listeners.serves(where, namespace)) {
            return; // those who wait for the address, of whatever age, wait for all pods of the namespace
        }
        for (PodRun other : runs.values()) {
            boolean claims;
            synchronized (other) {
                AddressClaim that = other.claim;
                claims = that != null
                        && !other.stopping
                        && other.failure == null
                        && !other.pod.getMetadata().getNamespace().equals(namespace)
                        && isBefore(that, other.pod, claim, pod)
                        && Listeners.overlap(that.address(), where);
            }
            if (claims) {
                throw Listeners.inUse(where);
            }
        }
    }

    /** The pods' ages decide between claims of which the node learnt at once. */
    private static boolean isBefore(AddressClaim one, Pod ofOne, AddressClaim other, Pod ofOther) {
        int order = one.since().compareTo(other.since());
        return order < 0 || order == 0 && AGE.compare(ofOne, ofOther) < 0;
    }

    private static List<Map<String, Object>> used(Container container, List<Map<String, Object>> mounts) {
        return mounts.stream()
                .filter(volume -> container.getVolumeMounts() != null
                        && container.getVolumeMounts().stream()
                                .anyMatch(mount -> mount.getName().equals(volume.get("name"))))
                .toList();
    }

    private static Served served(
            PodRun run,
            Pod pod,
            long revision,
            String where,
            Path file,
            Map<String, ModuleFile> modules,
            Duration grace) {
        return new Served(
                run.uid,
                revision,
                pod.getMetadata().getNamespace(),
                run.family(),
                pod.getMetadata().getCreationTimestamp(),
                where,
                file,
                modules,
                grace);
    }

    /**
     * Removes the manifests and modules that the pod is not served from. What is served is read again when a pod at the
     * same address changes, also if the pod could not be served as it is now.
     */
    private void removeOldFiles(PodRun run) throws IOException {
        Optional<Served> served = listeners.served(run.uid);
        Set<Path> modules = new HashSet<>();
        List<Path> old;
        synchronized (run) {
            served.ifPresent(serving -> serving.modules().values().forEach(module -> modules.add(module.path())));
            boolean pulling = false;
            for (ContainerRun container : run.containers.values()) {
                pulling |= container.pulling;
                if (container.module != null) {
                    modules.add(container.module.path());
                }
            }
            if (!pulling) {
                PulledModules.removeOthers(run.directory.resolve(MODULES), modules);
            }
            try (Stream<Path> files = Files.list(run.directory)) {
                old = files.filter(path -> String.valueOf(path.getFileName()).startsWith("manifest-"))
                        .filter(path ->
                                served.isEmpty() || !path.equals(served.get().manifest()))
                        .toList();
            }
        }
        for (Path path : old) {
            Files.deleteIfExists(path);
        }
    }

    private static Map<String, Problem> all(Map<String, ContainerRun> containers, Problem problem) {
        Map<String, Problem> problems = new HashMap<>();
        containers.keySet().forEach(name -> problems.put(name, problem));
        return problems;
    }

    /** Records the result of a start. */
    private void finish(
            PodRun run,
            Map<String, ContainerRun> containers,
            Map<String, String> images,
            Map<String, Problem> problems) {
        boolean late;
        synchronized (run) {
            Instant now = clock.instant();
            run.waitsForAddress = false;
            late = run.stopping;
            if (!containers.isEmpty()) {
                run.forbiddenSince = null;
            }
            for (ContainerRun container : containers.values()) {
                Problem problem = problems.get(container.name);
                if (problem != null) {
                    failed(run, container, problem);
                } else if (!late && !container.isRunning()) {
                    container.startedAt = now;
                    container.waiting("", "");
                    container.started = container.spec.getStartupProbe() == null;
                    container.probedReady = container.spec.getReadinessProbe() == null;
                    Probes.begin(container, now);
                    events.normal(run.pod, container.name, "Created", "Container created");
                    events.normal(run.pod, container.name, "Started", "Container started");
                } else if (!late && !Objects.equals(images.get(container.name), container.lastImage())) {
                    container.restarts++;
                    container.startedAt = now;
                }
                container.served(images.get(container.name));
            }
        }
        if (late) {
            detach(run, Duration.ZERO);
        }
    }

    private void failed(PodRun run, ContainerRun container, Problem problem) {
        Instant now = clock.instant();
        container.starts.failed(now);
        run.waitsForAddress |=
                problem.reason().equals("AddressInUse") || problem.reason().equals("RouteConflict");
        boolean crashed = problem.reason().equals("CrashLoopBackOff");
        if (container.isRunning() || crashed) {
            Map<String, Object> terminated = new LinkedHashMap<>();
            terminated.put("exitCode", 1);
            terminated.put("reason", "Error");
            terminated.put("message", Admission.cut(problem.message()));
            terminated.put("startedAt", PodStatuses.time(container.startedAt == null ? now : container.startedAt));
            terminated.put("finishedAt", PodStatuses.time(now));
            container.lastState = Map.of("terminated", terminated);
            container.restarts++;
        }
        container.startedAt = null;
        container.waiting(
                problem.reason(),
                crashed
                        ? "back-off " + container.starts.pause().toSeconds() + "s restarting failed container="
                                + container.name + " pod="
                                + run.pod.getMetadata().getName() + ": " + problem.message()
                        : problem.message());
        events.warning(run.pod, container.name, crashed ? "BackOff" : "Failed", problem.message());
    }

    /** Serves a pod no more, and waits until that is done. */
    private void detach(PodRun run, Duration grace) {
        startAgain(listeners.detach(run.uid, grace).join());
    }

    /** Starts pods again that are not served any more without another. */
    private void startAgain(Set<String> uids) {
        for (String uid : uids) {
            PodRun other = runs.get(uid);
            if (other != null) {
                synchronized (other) {
                    other.stale = true;
                }
                queue.add(uid);
            }
        }
    }

    /** Retries pods that wait for routes or a port, which may be free now. */
    private void addressFreed() {
        for (PodRun run : runs.values()) {
            synchronized (run) {
                if (!run.waitsForAddress || run.stopping) {
                    continue;
                }
                run.containers.values().forEach(container -> container.starts.skip());
            }
            queue.add(run.uid);
        }
    }

    /** Starts tasks for which there was no thread. */
    private void resume() {
        pulls.resume();
        starts.resume();
        stops.resume();
        probes.resume();
    }

    // --- probes and mounted content

    private void probe() {
        for (PodRun run : runs.values()) {
            synchronized (run) {
                if (run.stopping || run.failure != null) {
                    continue;
                }
                run.containers.values().stream()
                        .filter(ContainerRun::isRunning)
                        .forEach(container -> probes.ask(run, container));
            }
        }
    }

    /** Handles a result of a probe that changes the state of a container. */
    private void probed(PodRun run, ContainerRun container, @Nullable String failure) {
        synchronized (run) {
            if (failure != null && container.isRunning()) {
                events.warning(run.pod, container.name, "Unhealthy", failure);
                if (!failure.startsWith("Readiness")) {
                    events.normal(
                            run.pod,
                            container.name,
                            "Killing",
                            "Container " + container.name + " failed "
                                    + failure.replaceFirst(" .*", "").toLowerCase(Locale.ROOT)
                                    + " probe, will be restarted");
                    Instant now = clock.instant();
                    Map<String, Object> terminated = new LinkedHashMap<>();
                    terminated.put("exitCode", 137);
                    terminated.put("reason", "Error");
                    terminated.put("message", Admission.cut(failure));
                    terminated.put("startedAt", PodStatuses.time(Objects.requireNonNull(container.startedAt)));
                    terminated.put("finishedAt", PodStatuses.time(now));
                    container.lastState = Map.of("terminated", terminated);
                    container.restarts++;
                    container.startedAt = null;
                    container.starts.failed(now);
                    container.log.restart();
                    container.waiting("CrashLoopBackOff", failure);
                    run.stale = true; // the other containers are served without it
                }
            }
        }
        queue.add(run.uid);
    }

    /** Brings what the pods mount of ConfigMaps, Secrets and tokens up to date. Called every minute. */
    public void refresh() {
        References source = references.once();
        for (PodRun run : runs.values()) {
            Pod pod;
            String address;
            synchronized (run) {
                if (!run.isRunning() || run.stopping) {
                    continue;
                }
                pod = run.pod;
                address = run.address(node);
            }
            try {
                volumes.refresh(pod, run.directory, address, source);
            } catch (IOException | RuntimeException e) {
                LOG.debug("the volumes of {} could not be refreshed", run.name(), e);
            }
        }
    }

    // --- the end

    /** Stops serving a pod, in the background, because requests in flight may finish. Called with the run's lock. */
    private void stop(PodRun run, int exitCode, String reason) {
        if (run.stopping) {
            return;
        }
        run.stopping = true;
        boolean begun = false;
        try {
            room.leaving(run.pod);
            run.containers.values().stream().filter(ContainerRun::isRunning).forEach(container -> {
                events.normal(run.pod, container.name, "Killing", "Stopping container " + container.name);
                container.exitCode = exitCode;
                container.endReason = reason;
            });
            Duration grace = run.grace();
            stops.submit(namespace(run), () -> end(run, grace));
            begun = true;
        } finally {
            run.stopping = begun; // if that failed, the queue tries again
        }
    }

    private void end(PodRun run, Duration grace) {
        CompletableFuture<Set<String>> detached;
        try {
            detached = listeners.detach(run.uid, grace);
        } catch (RuntimeException | Error e) {
            detached = CompletableFuture.failedFuture(e);
        }
        detached.whenComplete((others, failure) -> {
            if (failure == null) {
                startAgain(others);
            } else {
                LOG.warn("pod {} could not be detached from its address", run.name(), failure);
            }
            ended(run);
        });
    }

    private void ended(PodRun run) {
        room.leave(run.pod);
        synchronized (run) {
            Instant now = clock.instant();
            run.containers.values().stream()
                    .filter(ContainerRun::isRunning)
                    .forEach(container -> container.finishedAt = now);
            run.stopped = true;
        }
        addressFreed();
        queue.add(run.uid);
    }

    /** Ends a pod that is being deleted. */
    private void terminate(PodRun run) {
        if (!run.stopping) {
            stop(run, 0, "Completed");
            if (run.isRunning()) {
                writeStatus(run); // not ready, so Services stop using it while it finishes
            }
        }
        if (!run.stopped || run.starting) {
            return;
        }
        String path = path(run);
        String phase = run.pod.getStatus() == null ? "" : run.pod.getStatus().getPhase();
        if (!"Succeeded".equals(phase) && !"Failed".equals(phase)) {
            try {
                writeStatus(run);
            } catch (ApiException e) {
                if (e.code() != INVALID) {
                    throw e;
                }
                LOG.warn("the last status of pod {} was refused: {}", run.name(), e.getMessage());
            }
        }
        try {
            api.delete(path, run.uid);
        } catch (ApiException e) {
            // The pod was deleted, or another one has the same name now.
            if (!e.isNotFound() && !e.isConflict()) {
                throw e;
            }
        }
        run.deleted = true;
        release(run);
    }

    /** Ends a pod whose object was deleted. */
    private void removed(PodRun run) {
        stop(run, 137, "Error");
        if (!run.stopped || run.starting) {
            return;
        }
        release(run);
        runs.remove(run.uid);
        queue.forget(run.uid);
    }

    private void release(PodRun run) {
        if (run.filesGone) {
            return;
        }
        run.filesGone = true;
        volumes.forget(run.uid);
        run.containers.forEach((name, container) -> {
            container.log.close();
            String module = PodManifest.moduleName(run.pod, name);
            logs.remove(module, container.log);
            traffic.remove(module, container);
        });
        Directories.remove(run.directory);
        LOG.info("pod {} was removed", run.name());
    }

    // --- status

    private static String path(PodRun run) {
        return "/api/v1/namespaces/" + run.pod.getMetadata().getNamespace() + "/pods/"
                + run.pod.getMetadata().getName();
    }

    /** Writes the status if the API has a different one. Called with the run's lock. */
    private void writeStatus(PodRun run) {
        if (isBeingRemoved(run.pod)) {
            return;
        }
        Map<String, Object> status = statuses.of(run, clock.instant());
        Map<?, ?> there = run.pod.getStatus() == null ? Map.of() : api.convert(run.pod.getStatus(), Map.class);
        if (PodStatuses.covers(there, status)) {
            return;
        }
        // An older API server drops fields that it does not know; these must not cause the status to be sent
        // repeatedly.
        if (run.sent != null && PodStatuses.covers(run.sent, status) && there.equals(run.answered)) {
            return;
        }
        try {
            Pod written = patchStatus(run, status);
            if (written == null) {
                return; // the watch will report it
            }
            run.sent = status;
            run.pod.setStatus(written.getStatus());
            run.version = written.getMetadata().getResourceVersion();
            run.answered = api.convert(written.getStatus(), Map.class);
        } catch (ApiException e) {
            if (e.isNotFound() || e.code() == INVALID && !exists(run)) {
                return; // deleted, or another of the same name: the watch will report it
            }
            throw e;
        }
    }

    /**
     * Returns the pod as it is then; null if it is another or being removed.
     *
     * <p>An API server that is removing a pod takes every patch of it for a request to remove it. It carries that out
     * by name, which another pod may have by then. So a patch is for one version of the pod, and never for its last.
     */
    private @Nullable Pod patchStatus(PodRun run, Map<String, Object> status) {
        String version = run.version;
        for (int conflicts = 0; ; conflicts++) {
            Map<String, Object> metadata = new LinkedHashMap<>();
            metadata.put("uid", run.uid);
            if (version != null) {
                metadata.put("resourceVersion", version);
            }
            try {
                return api.patch(path(run) + "/status", Map.of("metadata", metadata, "status", status), Pod.class);
            } catch (ApiException e) {
                if (!e.isConflict() || conflicts == MAX_CONFLICTS) {
                    throw e;
                }
            }
            Pod now = api.get(path(run), Pod.class);
            if (!run.uid.equals(uid(now)) || isBeingRemoved(now)) {
                return null;
            }
            version = now.getMetadata().getResourceVersion();
        }
    }

    /** A pod with finalizers is not removed before those are gone. */
    private static boolean isBeingRemoved(Pod pod) {
        Long grace = pod.getMetadata().getDeletionGracePeriodSeconds();
        List<String> finalizers = pod.getMetadata().getFinalizers();
        return pod.getMetadata().getDeletionTimestamp() != null
                && grace != null
                && grace == 0
                && (finalizers == null || finalizers.isEmpty());
    }

    private boolean exists(PodRun run) {
        try {
            return run.uid.equals(uid(api.get(path(run), Pod.class)));
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return false;
            }
            throw e;
        }
    }

    /** Returns the number of running pods, for metrics. */
    public int running() {
        return (int) runs.values().stream()
                .filter(run -> {
                    synchronized (run) {
                        return run.isRunning() && !run.stopping;
                    }
                })
                .count();
    }

    /** Returns the hosts that serve pods now, by address. */
    public Map<String, Wagi> hosts() {
        return listeners.hosts();
    }

    /** Returns what the containers answered, in the text format of Prometheus. */
    public String traffic() {
        return traffic.text();
    }

    /** Returns the names of a pod's containers that are served, and since when, as its status says. */
    public Map<String, String> runningContainers(Pod pod) {
        PodRun run = runs.get(uid(pod));
        Map<String, String> since = new LinkedHashMap<>();
        if (run != null) {
            synchronized (run) {
                run.containers.values().forEach(container -> {
                    if (container.isRunning() && container.startedAt != null) {
                        since.put(container.name, PodStatuses.time(container.startedAt));
                    }
                });
            }
        }
        return since;
    }

    /**
     * Ends serving: every pod is reported as not ready, its requests in flight may finish. The objects stay, as this is
     * the end of the node and not theirs.
     *
     * @param limit how long they may take, whatever grace their pods have
     * @param own whether the node is still this process's; otherwise the status of its pods is another one's
     */
    public void drain(Duration limit, boolean own) {
        closing = true;
        for (PodRun run : own ? runs.values() : List.<PodRun>of()) {
            synchronized (run) {
                if (run.stopping) {
                    continue;
                }
                try {
                    for (ContainerRun container : run.containers.values()) {
                        container.probedReady = false;
                    }
                    writeStatus(run);
                } catch (NodeException e) {
                    LOG.debug("the status of {} could not be written", run.name(), e);
                }
            }
        }
        listeners.close(limit);
    }

    /**
     * Returns the numbers of open addresses, pods, logs, counted containers and queued keys, for tests that look for
     * leaks.
     */
    public List<Integer> held() {
        return List.of(listeners.size(), runs.size(), logs.size(), traffic.size(), queue.size());
    }

    @Override
    public void close() {
        closing = true;
        queue.close();
        timer.shutdownNow();
        probes.close();
        pulls.close();
        starts.close();
        listeners.close(Duration.ZERO);
        stops.close();
        logs.values().forEach(ContainerLog::close);
        events.close();
    }
}
