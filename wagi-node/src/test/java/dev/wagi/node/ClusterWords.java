// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.cluster.ApiException;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventList;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeCondition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What tests say about a node and its pods, whatever the cluster is. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
abstract class ClusterWords {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterWords.class);

    /** What {@link #await} looked at last, for its failure. */
    private static volatile Object seen;

    static final String PODS = "/api/v1/namespaces/default/pods";
    private static final long POLL_NANOS = 5_000_000;

    static final String NODES = "/api/v1/nodes";

    @TempDir
    static Path files;

    final HttpClient http = HttpClient.newHttpClient();
    TinyRegistry registry;
    String hello;
    String log;
    private int directories;

    abstract Cluster cluster();

    @BeforeAll
    void startRegistry() throws IOException {
        registry = new TinyRegistry();
        hello = registry.put("hello", "v1", sample("hello"));
        log = registry.put("log", "v1", sample("log"));
    }

    @AfterAll
    void stopRegistry() {
        registry.close();
    }

    static byte[] sample(String name) throws IOException {
        return Files.readAllBytes(Path.of("../samples/modules", name, name + ".wasm"));
    }

    Api api() {
        return cluster().admin();
    }

    WagiNode.Builder node(String name) throws Exception {
        return node(name, files.resolve("data-" + name + "-" + directories++));
    }

    WagiNode.Builder node(String name, Path data) throws Exception {
        return WagiNode.builder(cluster().identity(name), data)
                .name(name)
                .address("127.0.0.1")
                .kubeletPort(freePort())
                .modules(registry.client(files.resolve("store")));
    }

    private static final int PORTS = 20_000;

    /** Systems give connections that go out the ports from here on. */
    private static final int PORTS_END = 32_000;

    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    /**
     * A port that nobody listens on, that is given once, and that no outgoing connection gets before a pod listens on
     * it.
     */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(PORTS, PORTS_END);
            try (ServerSocket socket = new ServerSocket(port)) {
                if (GIVEN.add(socket.getLocalPort())) {
                    return port;
                }
            } catch (IOException e) {
                LOG.debug("port {} is in use", port, e);
            }
        }
    }

    HttpResponse<String> get(int port, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        // A connection that was accepted while the server stopped is not closed, and never answered.
                        .timeout(Duration.ofMinutes(2))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    static Map<String, Object> container(String name, String image) {
        return Map.of("name", name, "image", image, "imagePullPolicy", "Always");
    }

    Map<String, Object> simple(String name, String node, int port) {
        return pod(
                name,
                node,
                Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port),
                List.of(container("a", hello)),
                Map.of());
    }

    /** Names of pods here are those of the namespace default, or {@code NAMESPACE/NAME}. */
    private static String namespace(String name) {
        return name.contains("/") ? name.substring(0, name.indexOf('/')) : "default";
    }

    static String path(String name) {
        return "/api/v1/namespaces/" + namespace(name) + "/pods/" + name.substring(name.indexOf('/') + 1);
    }

    /** A pod that is on its node already, as after scheduling. */
    static Map<String, Object> pod(
            String name,
            String node,
            Map<String, String> annotations,
            List<Map<String, Object>> containers,
            Map<String, Object> more) {
        Map<String, Object> spec = new LinkedHashMap<>(more);
        spec.put("nodeName", node);
        spec.put("automountServiceAccountToken", false);
        spec.put("containers", containers);
        spec.put("tolerations", List.of(Map.of("operator", "Exists")));
        return Map.of(
                "apiVersion",
                "v1",
                "kind",
                "Pod",
                "metadata",
                Map.of(
                        "name",
                        name.substring(name.indexOf('/') + 1),
                        "namespace",
                        namespace(name),
                        "annotations",
                        annotations),
                "spec",
                spec);
    }

    void create(Map<String, Object> pod) {
        String namespace = (String) ((Map<?, ?>) pod.get("metadata")).get("namespace");
        api().post("/api/v1/namespaces/" + namespace + "/pods", pod, Pod.class);
    }

    void delete(String name, int grace) {
        api().delete(path(name), grace);
    }

    /** Looks until something is there. */
    interface Look<T> {
        Optional<T> look() throws Exception;
    }

    record Awaited<T>(String what, Look<T> look) {}

    <T> T await(Awaited<T> awaited) throws Exception {
        return await(awaited.what(), awaited.look());
    }

    /** Less than a test may take, whose time-out would not say what it waited for. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    static <T> T await(String what, Look<T> look) throws Exception {
        seen = null;
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            Optional<T> found = look.look();
            if (found.isPresent()) {
                return found.get();
            }
            LockSupport.parkNanos(POLL_NANOS); // leaves the processors to what is awaited
            if (Thread.interrupted() || System.nanoTime() - end > 0) {
                throw new AssertionError("still waiting for " + what + "; seen last: " + seen);
            }
        }
    }

    /** Nobody answers at a port any more. */
    Awaited<Boolean> closed(int port) {
        return new Awaited<>("the port to be closed", () -> {
            try {
                get(port, "/");
                return Optional.empty();
            } catch (IOException e) {
                return Optional.of(true);
            }
        });
    }

    Awaited<Pod> ready(String name) {
        return pod(name, "to be ready", pod -> condition(pod, "Ready").equals("True"));
    }

    Awaited<Pod> phase(String name, String phase) {
        return pod(
                name,
                "to be " + phase,
                pod -> pod.getStatus() != null && phase.equals(pod.getStatus().getPhase()));
    }

    Awaited<Pod> waiting(String name, String reason) {
        return pod(
                name,
                "to wait with " + reason,
                pod -> waits(pod).stream().anyMatch(state -> reason.equals(state.getReason())));
    }

    Awaited<Pod> waitingWithMessage(String name) {
        return pod(
                name,
                "to wait with a message",
                pod -> waits(pod).stream().anyMatch(state -> state.getMessage() != null));
    }

    static String message(Pod pod) {
        return waits(pod).get(0).getMessage();
    }

    static List<ContainerStateWaiting> waits(Pod pod) {
        return pod.getStatus() == null || pod.getStatus().getContainerStatuses() == null
                ? List.of()
                : pod.getStatus().getContainerStatuses().stream()
                        .filter(status ->
                                status.getState() != null && status.getState().getWaiting() != null)
                        .map(status -> status.getState().getWaiting())
                        .toList();
    }

    Awaited<Pod> pod(String name, String what, Predicate<Pod> wanted) {
        return new Awaited<>("pod " + name + " " + what, () -> {
            try {
                Pod pod = api().get(path(name), Pod.class);
                seen = pod.getStatus();
                return Optional.of(pod).filter(wanted);
            } catch (ApiException e) {
                seen = e;
                return Optional.empty(); // for example while the API server is away
            }
        });
    }

    /** An event about a pod. */
    Awaited<Event> event(String pod, String reason) {
        String[] names = pod.split("/");
        return new Awaited<>(
                "the event " + reason + " of " + pod,
                () -> api().get("/api/v1/namespaces/" + names[0] + "/events", EventList.class).getItems().stream()
                        .filter(event -> reason.equals(event.getReason())
                                && names[1].equals(event.getInvolvedObject().getName()))
                        .findFirst());
    }

    Awaited<Boolean> gone(String name) {
        return new Awaited<>("pod " + name + " to be gone", () -> {
            try {
                api().get(path(name), Pod.class);
                return Optional.empty();
            } catch (ApiException e) {
                return e.isNotFound() ? Optional.of(true) : Optional.empty();
            }
        });
    }

    Awaited<Node> node(String name, String type, String status) {
        return new Awaited<>(
                "node " + name + " to be " + type + "=" + status,
                () -> Optional.of(api().get(NODES + "/" + name, Node.class))
                        .filter(node -> condition(node, type)
                                .map(condition -> condition.getStatus().equals(status))
                                .orElse(false)));
    }

    static Optional<NodeCondition> condition(Node node, String type) {
        return node.getStatus() == null || node.getStatus().getConditions() == null
                ? Optional.empty()
                : node.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .findFirst();
    }

    static String condition(Pod pod, String type) {
        return pod.getStatus() == null || pod.getStatus().getConditions() == null
                ? ""
                : pod.getStatus().getConditions().stream()
                        .filter(condition -> condition.getType().equals(type))
                        .map(PodCondition::getStatus)
                        .findFirst()
                        .orElse("");
    }

    static boolean isEmpty(Path directory) {
        String[] names = directory.toFile().list();
        return names == null || names.length == 0;
    }

    private static final HttpClient CARELESS = careless();

    private static HttpClient careless() {
        try {
            SSLContext any = SSLContext.getInstance("TLS");
            any.init(null, new TrustManager[] {new TrustsAll()}, null);
            return HttpClient.newBuilder().sslContext(any).build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Calls the kubelet API. */
    static HttpResponse<String> ask(int kubelet, String path, String token) throws Exception {
        return ask(kubelet, path, token, HttpResponse.BodyHandlers.ofString());
    }

    static <T> HttpResponse<T> ask(int kubelet, String path, String token, HttpResponse.BodyHandler<T> body)
            throws Exception {
        return CARELESS.send(
                HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + kubelet + path))
                        .header("Authorization", "Bearer " + token)
                        .build(),
                body);
    }
}
