// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.wagi.node.internal.cluster.Api;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * As much of a Kubernetes API server as a node calls, with the faults that real ones have: it keeps objects by path,
 * merges patches, ends pods gracefully and lets them be watched. What it does was observed with a real one, which the
 * same tests run on.
 */
final class FakeApiServer implements Cluster {

    private static final int DEFAULT_GRACE_SECONDS = 30;

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Path directory;
    private final Api admin;
    private final Map<String, Map<String, Object>> objects = new LinkedHashMap<>(); // guarded by this
    private final List<Watch> watches = new ArrayList<>(); // guarded by this
    private final List<Event> events = new ArrayList<>(); // of pods, guarded by this
    private final List<Fault> faults = new ArrayList<>(); // guarded by this
    private final List<String> calls = new ArrayList<>(); // guarded by this
    private long version = 1; // guarded by this
    private boolean forgotten; // guarded by this
    private int latePatches; // guarded by this
    private Duration skew = Duration.ZERO; // guarded by this

    private record Watch(OutputStream out, String query, Object ended) {

        void send(Event event) throws IOException {
            if (selects(query, event.node())) {
                out.write(event.line().getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        }
    }

    /**
     * A change of a pod. A watch that begins later than the version it asks for is sent what it missed, deletions too.
     */
    private record Event(long version, String node, String line) {}

    private record Fault(Predicate<String> call, int status, AtomicInteger left) {}

    FakeApiServer(Path directory) throws IOException {
        this.directory = directory;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
        admin = Api.of(Api.kubeconfig(identity("admin").toFile()));
    }

    @Override
    public Api admin() {
        return admin;
    }

    @Override
    public Path identity(String node) throws IOException {
        Path file = directory.resolve(node + ".kubeconfig");
        Files.writeString(file, """
                apiVersion: v1
                kind: Config
                current-context: fake
                clusters: [{name: fake, cluster: {server: "http://127.0.0.1:%d"}}]
                contexts: [{name: fake, context: {cluster: fake, user: node}}]
                users: [{name: node, user: {token: "%s"}}]
                """.formatted(server.getAddress().getPort(), node));
        return file;
    }

    /** The administrator's. */
    @Override
    public String token() {
        return "admin";
    }

    @Override
    public void namespace(String name) {
        // Nothing here asks for them.
    }

    @Override
    public synchronized List<String> deletions(String pod) {
        return calls.stream()
                .filter(call -> call.startsWith("DELETE ") && call.endsWith("/" + pod))
                .toList();
    }

    /** Keeps an object as it is, which no API server would. */
    synchronized void put(String path, Map<String, Object> object) throws IOException {
        changed(path, object, "ADDED");
    }

    /** Removes an object at once, whatever it says. */
    synchronized void remove(String path) throws IOException {
        changed(path, objects.remove(path), "DELETED");
    }

    /** Answers the next calls that fit, {@code METHOD /path}, with an error. */
    synchronized void fail(Predicate<String> call, int status, int times) {
        faults.add(new Fault(call, status, new AtomicInteger(times)));
    }

    /**
     * Begins to remove a pod: it is marked, and gone after the next call that changes it, or {@link #remove}. A patch
     * of it removes what has its name.
     */
    synchronized void beginRemoval(String path) throws IOException {
        mark(path, get(path), 0);
    }

    /** How many patches there were of pods that were being removed. */
    synchronized int latePatches() {
        return latePatches;
    }

    /** Ends all watches, as a proxy does after a while. */
    synchronized void cutWatches() throws IOException {
        watches.forEach(this::end);
        watches.clear();
    }

    /** Ends all watches, and knows nothing of the past: who wants to go on is told 410. */
    synchronized void forget() throws IOException {
        forgotten = true;
        version += 1000;
        cutWatches();
    }

    /** Has a clock that is so far ahead of the nodes' ones from now on. */
    synchronized void skew(Duration ahead) {
        skew = ahead;
    }

    private synchronized Instant now() {
        return Instant.now().plus(skew);
    }

    /** How many calls there were that fit. */
    synchronized long count(Predicate<String> call) {
        return calls.stream().filter(call).count();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String method = exchange.getRequestMethod();
        // As proxies in front of API servers do.
        URI uri = URI.create(exchange.getRequestURI()
                        .toString()
                        .replaceAll("(?i)%2e", ".")
                        .replaceAll("(?i)%2f", "/"))
                .normalize();
        String path = uri.getPath();
        String query = uri.getQuery() == null ? "" : uri.getQuery();
        try (exchange) {
            if ("websocket".equalsIgnoreCase(exchange.getRequestHeaders().getFirst("Upgrade"))) {
                // Watches over HTTP are enough for the client, too.
                exchange.sendResponseHeaders(503, -1);
                return;
            }
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean isNode = !"Bearer admin".equals(exchange.getRequestHeaders().getFirst("Authorization"));
            if (isNode) {
                int status = fault(method + " " + path);
                if (status != 0) {
                    send(exchange, status, status(status, "a fault that a test asked for"));
                    return;
                }
            }
            if (query.contains("watch=true")) {
                watch(exchange, path, query);
                return;
            }
            try {
                send(exchange, method.equals("POST") ? 201 : 200, answer(method, path, query, body));
            } catch (Refused e) {
                send(exchange, e.status, status(e.status, e.getMessage()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized int fault(String call) {
        calls.add(call);
        for (Iterator<Fault> all = faults.iterator(); all.hasNext(); ) {
            Fault fault = all.next();
            if (fault.call().test(call)) {
                if (fault.left().decrementAndGet() == 0) {
                    all.remove();
                }
                return fault.status();
            }
        }
        return 0;
    }

    private static Map<String, Object> status(int code, String message) {
        return Map.of("kind", "Status", "apiVersion", "v1", "status", "Failure", "code", code, "message", message);
    }

    /** Written while nobody changes the object: without an answer the client would try again, and be told 409. */
    private synchronized String answer(String method, String path, String query, String body) throws IOException {
        return JSON.asJson(call(method, path, query, body));
    }

    private static void send(HttpExchange exchange, int status, Object body) throws IOException {
        send(exchange, status, JSON.asJson(body));
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int status;

        Refused(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    @SuppressWarnings("unchecked")
    private Object call(String method, String path, String query, String text) throws IOException {
        Map<String, Object> body = text.isEmpty() ? Map.of() : JSON.unmarshal(text, Map.class);
        if (method.equals("GET") && path.equals("/api/v1/pods")) {
            return Map.of(
                    "kind",
                    "PodList",
                    "apiVersion",
                    "v1",
                    "metadata",
                    Map.of("resourceVersion", String.valueOf(version)),
                    "items",
                    pods(query));
        }
        if (method.equals("GET") && path.endsWith("/events")) {
            return Map.of(
                    "kind",
                    "EventList",
                    "apiVersion",
                    "v1",
                    "items",
                    objects.entrySet().stream()
                            .filter(entry -> entry.getKey().startsWith(path + "/"))
                            .map(Map.Entry::getValue)
                            .toList());
        }
        switch (method) {
            case "GET":
                return get(path);
            case "POST":
                if (path.endsWith("/tokenreviews")) {
                    return reviewed(
                            body, "authenticated", "admin".equals(specOf(body).get("token")));
                } else if (path.endsWith("/subjectaccessreviews")) {
                    return reviewed(body, "allowed", true); // who has a token that is good
                }
                return path.endsWith("/token") ? token(path) : create(path, body);
            case "PATCH":
                String target = path.replaceFirst("/status$", "");
                Map<String, Object> object = get(target);
                Object uid = metadata(body).get("uid");
                if (uid != null && !uid.equals(metadata(object).get("uid"))) {
                    throw new Refused(422, "metadata.uid: field is immutable");
                }
                Object expected = metadata(body).get("resourceVersion");
                if (expected != null && !expected.equals(metadata(object).get("resourceVersion"))) {
                    throw new Refused(409, "the object has been modified");
                }
                if (Integer.valueOf(0).equals(metadata(object).get("deletionGracePeriodSeconds"))
                        && !metadata(object).containsKey("finalizers")) {
                    latePatches++;
                    remove(target);
                    return object;
                }
                checkAddresses(body);
                merge(object, body);
                changed(target, object, "MODIFIED");
                return object;
            case "DELETE":
                return delete(path, body);
            default:
                throw new Refused(405, "no such method");
        }
    }

    /** What a real one says of a pod's status. */
    private static void checkAddresses(Map<String, Object> patch) {
        if (patch.get("status") instanceof Map<?, ?> status && status.get("podIP") instanceof String address) {
            if (!isIp(address)) {
                throw new Refused(
                        422, "status.podIPs[0]: Invalid value: \"" + address + "\": must be a valid IP address");
            }
        }
    }

    private static boolean isIp(String text) {
        try {
            return text.matches(
                            "((0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])([.](?!$)|$)){4}|[0-9a-fA-F:]*:[0-9a-fA-F:]*")
                    && !InetAddress.getByName(text).isAnyLocalAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static Map<?, ?> specOf(Map<String, Object> object) {
        return (Map<?, ?>) object.getOrDefault("spec", Map.of());
    }

    private static Object reviewed(Map<String, Object> review, String what, boolean answer) {
        Map<String, Object> answered = new LinkedHashMap<>(review);
        answered.put("status", Map.of(what, answer, "user", Map.of("username", "admin")));
        return answered;
    }

    private List<Map<String, Object>> pods(String query) {
        List<Map<String, Object>> found = new ArrayList<>();
        objects.forEach((path, object) -> {
            if (path.contains("/pods/") && selects(query, nodeOf(object))) {
                found.add(object);
            }
        });
        return found;
    }

    private static boolean selects(String query, String node) {
        return query.contains("spec.nodeName=" + node);
    }

    @SuppressWarnings("unchecked")
    private static String nodeOf(Map<String, Object> pod) {
        return String.valueOf(((Map<String, Object>) pod.getOrDefault("spec", Map.of())).get("nodeName"));
    }

    private Map<String, Object> get(String path) {
        Map<String, Object> object = objects.get(path);
        if (object == null) {
            throw new Refused(404, path + " not found");
        }
        return object;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> metadata(Map<String, Object> object) {
        return (Map<String, Object>) object.getOrDefault("metadata", Map.of());
    }

    /** Of a service account, and as useful as it must be: it says whose it is. */
    private Object token(String path) {
        String[] names = path.split("/");
        String subject = JSON.asJson(Map.of("sub", "system:serviceaccount:" + names[4] + ":" + names[6]));
        String text = Stream.of("{}", subject, "signature")
                .map(part ->
                        Base64.getUrlEncoder().withoutPadding().encodeToString(part.getBytes(StandardCharsets.UTF_8)))
                .collect(Collectors.joining("."));
        return Map.of(
                "kind",
                "TokenRequest",
                "apiVersion",
                "authentication.k8s.io/v1",
                "status",
                Map.of(
                        "token",
                        text,
                        "expirationTimestamp",
                        now().plusSeconds(3600).toString()));
    }

    private Map<String, Object> create(String path, Map<String, Object> body) throws IOException {
        Map<String, Object> object = new LinkedHashMap<>(body);
        Map<String, Object> metadata = new LinkedHashMap<>(metadata(body));
        object.put("metadata", metadata);
        metadata.putIfAbsent(
                "name",
                metadata.getOrDefault("generateName", "") + UUID.randomUUID().toString());
        metadata.put("uid", UUID.randomUUID().toString());
        metadata.put("generation", 1);
        metadata.put("creationTimestamp", now().truncatedTo(ChronoUnit.SECONDS).toString());
        String own = path + "/" + metadata.get("name");
        if (objects.containsKey(own)) {
            throw new Refused(409, own + " already exists");
        }
        if (path.endsWith("/pods")) {
            checkTypes(object);
        }
        changed(own, object, "ADDED");
        return object;
    }

    /** Refuses what a client cannot read, and what is on no node. */
    private static void checkTypes(Map<String, Object> pod) throws Refused {
        Pod typed;
        try {
            typed = JSON.unmarshal(JSON.asJson(pod), Pod.class);
        } catch (RuntimeException e) {
            throw new Refused(400, "a field has another type");
        }
        if (typed.getSpec() == null) {
            throw new Refused(422, "spec: required");
        }
    }

    /** A pod that runs on a node is asked to end; with a grace of zero it is gone. */
    private Object delete(String path, Map<String, Object> body) throws IOException {
        Map<String, Object> object = get(path);
        Object grace = body.get("gracePeriodSeconds");
        Object expected = ((Map<?, ?>) body.getOrDefault("preconditions", Map.of())).get("uid");
        if (expected != null && !expected.equals(metadata(object).get("uid"))) {
            throw new Refused(409, "the uid is another");
        }
        boolean stays = !Integer.valueOf(0).equals(grace) || metadata(object).containsKey("finalizers");
        if (path.contains("/pods/") && stays) {
            mark(path, object, grace instanceof Integer seconds ? seconds : DEFAULT_GRACE_SECONDS);
        } else {
            remove(path);
        }
        return object;
    }

    /** Notes that a pod is to end, and until when. */
    private void mark(String path, Map<String, Object> pod, int grace) throws IOException {
        Map<String, Object> metadata = metadata(pod);
        metadata.put(
                "deletionTimestamp",
                now().plusSeconds(grace).truncatedTo(ChronoUnit.SECONDS).toString());
        metadata.put("deletionGracePeriodSeconds", grace);
        changed(path, pod, "MODIFIED");
    }

    private void changed(String path, Map<String, Object> object, String type) throws IOException {
        metadata(object).put("resourceVersion", String.valueOf(++version));
        if (!type.equals("DELETED")) {
            objects.put(path, object);
        }
        if (path.contains("/pods/")) {
            Event event =
                    new Event(version, nodeOf(object), JSON.asJson(Map.of("type", type, "object", object)) + "\n");
            events.add(event);
            for (Iterator<Watch> all = watches.iterator(); all.hasNext(); ) {
                Watch watch = all.next();
                try {
                    watch.send(event);
                } catch (IOException e) {
                    all.remove();
                    end(watch); // a client that is still there begins another one
                }
            }
        }
    }

    private void end(Watch watch) {
        threads.execute(() -> {
            synchronized (watch.ended()) {
                watch.ended().notifyAll();
            }
        });
    }

    /** Objects are merged, conditions by their type, other lists are replaced. */
    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> into, Map<String, Object> patch) {
        patch.forEach((key, value) -> {
            Object there = into.get(key);
            if (value == null) {
                into.remove(key);
            } else if (value instanceof Map<?, ?> map && there instanceof Map<?, ?> old) {
                Map<String, Object> copy = new LinkedHashMap<>((Map<String, Object>) old);
                merge(copy, (Map<String, Object>) map);
                into.put(key, copy);
            } else if (key.equals("conditions") && there instanceof List<?> old) {
                Map<Object, Object> byType = new LinkedHashMap<>();
                old.forEach(each -> byType.put(((Map<?, ?>) each).get("type"), each));
                ((List<?>) value).forEach(each -> byType.put(((Map<?, ?>) each).get("type"), each));
                into.put(key, new ArrayList<>(byType.values()));
            } else if (value instanceof List<?> list) {
                into.put(
                        key,
                        new ArrayList<>(list.stream()
                                .filter(each -> !(each instanceof Map<?, ?> map && map.containsKey("$patch")))
                                .toList()));
            } else {
                into.put(key, value);
            }
        });
    }

    private void watch(HttpExchange exchange, String path, String query) throws IOException, InterruptedException {
        if (!path.equals("/api/v1/pods")) {
            send(exchange, 404, status(404, "only pods are watched"));
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        Object ended = new Object();
        synchronized (ended) {
            synchronized (this) {
                long from = Long.parseLong(query.replaceFirst("(?s)^(?:.*&)?resourceVersion=([0-9]+).*$", "$1"));
                if (forgotten && from < version) {
                    forgotten = false;
                    out.write((JSON.asJson(Map.of("type", "ERROR", "object", status(410, "too old resource version")))
                                    + "\n")
                            .getBytes(StandardCharsets.UTF_8));
                    return;
                }
                Watch watch = new Watch(out, query, ended);
                for (Event event : events) {
                    if (event.version() > from) {
                        watch.send(event);
                    }
                }
                out.flush();
                watches.add(watch);
            }
            ended.wait();
        }
    }

    @Override
    public void close() throws IOException {
        admin.close();
        cutWatches();
        server.stop(0);
        threads.shutdownNow();
    }
}
