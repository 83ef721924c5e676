// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.node.internal.cluster.ApiException;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Strangers share a node: tenant-a is the one to be protected, tenant-b the one who tries. A pod never reads another
 * tenant's Secret, volume, log or route, takes nobody's turn, and whatever a manifest says, the node stays Ready.
 */
@SuppressWarnings("try") // a node that only runs is not used
abstract class TenantContract extends ClusterWords {

    private static final String SECRET = "the secret of tenant-a";

    /** {@code (module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))}. */
    private static final String ENDLESS = "0061736d01000000" + "010401600000" + "03020100" + "0503010001" + "0713020"
            + "66d656d6f7279" + "0200" + "065f7374617274" + "0000" + "0a09010700034" + "00c000b0b";

    /** A message of a status is for people, and is sent with every status. */
    private static final int LONGEST_MESSAGE = 3000;

    String env;
    String file;
    String endless;
    String book;

    /** Called when the cluster runs. */
    void prepare() throws Exception {
        env = registry.put("env", "v1", sample("env"));
        file = registry.put("files", "v1", sample("files"));
        endless = registry.put("endless", "v1", HexFormat.of().parseHex(ENDLESS));
        cluster().namespace("tenant-a");
        cluster().namespace("tenant-b");
        secret("tenant-a", "shared", SECRET);
        secret("tenant-b", "own", "the secret of tenant-b");
        book = registry.put("guestbook", "v1", sample("guestbook"));
        configMap("tenant-a", "shared", SECRET);
        for (String tenant : TENANTS) {
            secret(tenant, "same", "of " + tenant);
            configMap(tenant, "same", "of " + tenant);
        }
    }

    private static final List<String> TENANTS = List.of("tenant-a", "tenant-b");

    private void configMap(String namespace, String name, String value) {
        api().post(
                        "/api/v1/namespaces/" + namespace + "/configmaps",
                        Map.of(
                                "apiVersion",
                                "v1",
                                "kind",
                                "ConfigMap",
                                "metadata",
                                Map.of("name", name, "namespace", namespace),
                                "data",
                                Map.of("key", value)),
                        Map.class);
    }

    private void secret(String namespace, String name, String value) {
        secret(namespace, name, "Opaque", "key", value);
    }

    private void secret(String namespace, String name, String type, String key, String value) {
        api().post(
                        "/api/v1/namespaces/" + namespace + "/secrets",
                        Map.of(
                                "apiVersion",
                                "v1",
                                "kind",
                                "Secret",
                                "type",
                                type,
                                "metadata",
                                Map.of("name", name, "namespace", namespace),
                                "data",
                                Map.of(
                                        key,
                                        Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)))),
                        Map.class);
    }

    static Map<String, String> at(int port) {
        return Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port);
    }

    private static Map<String, Object> with(Map<String, Object> container, String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(container);
        more.put(key, value);
        return more;
    }

    private static Map<String, Object> fromSecret(String name) {
        return Map.of("name", "A", "valueFrom", Map.of("secretKeyRef", Map.of("name", name, "key", "key")));
    }

    // --- Secrets

    /** What a pod reads of objects, and how. */
    record Way(String name, boolean isVolume, Map<String, Object> source) {

        Map<String, Object> container(String env, String file) {
            return isVolume
                    ? with(
                            ClusterWords.container("a", file),
                            "volumeMounts",
                            List.of(Map.of("name", "v", "mountPath", "/site")))
                    : merged(ClusterWords.container("a", env), source);
        }

        Map<String, Object> more() {
            return isVolume ? Map.of("volumes", List.of(with(source, "name", "v"))) : Map.of();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Map<String, Object> merged(Map<String, Object> container, Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(container);
        all.putAll(more);
        return all;
    }

    private static Way variable(String name, Map<String, Object> source) {
        return new Way(name, false, Map.of("env", List.of(Map.of("name", "A", "valueFrom", source))));
    }

    private static Way projected(String name, Map<String, Object> source) {
        return new Way(name, true, Map.of("projected", Map.of("sources", List.of(source))));
    }

    /** Everything that reads objects by their name. */
    static Stream<Way> ways(String object) {
        return Stream.of(
                variable("secretKeyRef", Map.of("secretKeyRef", Map.of("name", object, "key", "key"))),
                variable("configMapKeyRef", Map.of("configMapKeyRef", Map.of("name", object, "key", "key"))),
                new Way(
                        "envFrom secretRef",
                        false,
                        Map.of("envFrom", List.of(Map.of("secretRef", Map.of("name", object))))),
                new Way(
                        "envFrom configMapRef",
                        false,
                        Map.of("envFrom", List.of(Map.of("configMapRef", Map.of("name", object))))),
                new Way("secret", true, Map.of("secret", Map.of("secretName", object))),
                new Way("configMap", true, Map.of("configMap", Map.of("name", object))),
                projected("projected secret", Map.of("secret", Map.of("name", object))),
                projected("projected configMap", Map.of("configMap", Map.of("name", object))));
    }

    /** Those, and what reads of the pod itself. */
    static Stream<Way> ownWays() {
        Map<String, Object> field = Map.of("fieldRef", Map.of("fieldPath", "metadata.namespace"));
        Map<String, Object> items = Map.of("items", List.of(with(field, "path", "key")));
        return Stream.concat(
                ways("same"),
                Stream.of(
                        variable("fieldRef", field),
                        new Way("downwardAPI", true, Map.of("downwardAPI", items)),
                        projected("projected downwardAPI", Map.of("downwardAPI", items)),
                        projected(
                                "projected serviceAccountToken",
                                Map.of("serviceAccountToken", Map.of("path", "key")))));
    }

    /**
     * Pods of two tenants have everything in common but the namespace: their own name, their objects', volumes' and
     * containers'.
     */
    @ParameterizedTest
    @MethodSource("ownWays")
    void content_ofTheSameNames_isOfEachTenantsOwn(Way way) throws Exception {
        strangers();
        Map<String, Integer> ports = createSame(way.container(env, file), way.more());
        for (String tenant : TENANTS) {
            await(ready(tenant + "/same"));

            String body = readable(get(ports.get(tenant), "/key").body());

            assertThat(body).contains(tenant).doesNotContain(TENANTS.get(1 - TENANTS.indexOf(tenant)));
        }
        for (String tenant : TENANTS) {
            delete(tenant + "/same", 0);
            await(gone(tenant + "/same"));
        }
        assertNothingIsLeftOfStrangers();
    }

    /** Creates a pod of the same name for each tenant; returns their ports. */
    private Map<String, Integer> createSame(Map<String, Object> container, Map<String, Object> more) throws Exception {
        Map<String, Integer> ports = new LinkedHashMap<>();
        for (String tenant : TENANTS) {
            ports.put(tenant, freePort());
            create(pod(tenant + "/same", "strangers", at(ports.get(tenant)), List.of(container), more));
        }
        return ports;
    }

    /** A token says whose it is in its middle part (RFC 7519, section 3). */
    private static String readable(String content) {
        String[] parts = content.strip().split("\\.");
        return parts.length == 3
                ? new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
                : content;
    }

    /** Neither a pod beside it, nor one that comes after it under the same name, finds what a guest has written. */
    @Test
    void emptyDir_ofTheSameName_isOfEachPodsOwn() throws Exception {
        strangers();
        for (int round = 0; round < 2; round++) {
            Map<String, Integer> ports = createSame(
                    with(container("a", book), "volumeMounts", List.of(Map.of("name", "v", "mountPath", "/data"))),
                    Map.of("volumes", List.of(Map.of("name", "v", "emptyDir", Map.of()))));
            for (String tenant : TENANTS) {
                await(ready(tenant + "/same"));
                assertThat(get(ports.get(tenant), "/").body()).isEqualTo("Nobody was here yet.\n");
                post(ports.get(tenant), "by " + tenant);
            }
            for (String tenant : TENANTS) {
                assertThat(get(ports.get(tenant), "/").body()).isEqualTo("by " + tenant + "\n");
                delete(tenant + "/same", 0);
                await(gone(tenant + "/same"));
            }
        }
        assertNothingIsLeftOfStrangers();
    }

    private void post(int port, String body) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(201);
    }

    /** The victim's pod is on the node too, so the node may read its objects. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "shared",
                "../../tenant-a/secrets/shared",
                "../../tenant-a/configmaps/shared",
                "own/../../../tenant-a/secrets/shared",
                "..%2f..%2ftenant-a%2fsecrets%2fshared",
                "own?/../../../tenant-a/secrets/shared",
                "own#",
                "own\nshared",
                "",
            })
    void object_ofAnotherTenant_isNotRead(String name) throws Exception {
        int port = freePort();
        try (WagiNode node = node("secret").start()) {
            create(pod(
                    "tenant-a/victim",
                    "secret",
                    at(port),
                    List.of(merged(
                            container("a", env),
                            Map.of(
                                    "env",
                                    List.of(fromSecret("shared")),
                                    "envFrom",
                                    List.of(Map.of("configMapRef", Map.of("name", "shared")))))),
                    Map.of()));
            await(ready("tenant-a/victim"));
            assertThat(get(port, "/").body()).contains("A=" + SECRET, "key=" + SECRET);

            List<Way> ways = ways(name).toList();
            Map<String, Way> asked = new LinkedHashMap<>();
            for (int i = 0; i < ways.size(); i++) {
                Way way = ways.get(i);
                if (tryCreate(pod(
                        "tenant-b/by-" + i, "secret", at(freePort()), List.of(way.container(env, file)), way.more()))) {
                    asked.put("tenant-b/by-" + i, way);
                }
            }

            for (Map.Entry<String, Way> each : asked.entrySet()) {
                Pod waits = await(waitingWithMessage(each.getKey()));
                assertThat(message(waits))
                        .as(each.getValue().name())
                        .doesNotContain("unexpected")
                        .contains("not found");
                delete(each.getKey(), 0);
            }
            delete("tenant-a/victim", 0);
        }
    }

    /** Whether the API server takes a pod: it refuses some of those that strangers write. */
    boolean tryCreate(Map<String, Object> pod) {
        try {
            create(pod);
            return true;
        } catch (ApiException e) {
            assertThat(e.code()).isBetween(400, 500); // 500: some of what is mistyped it cannot judge
            return false;
        }
    }

    // --- images

    private static final String PULL_SECRET = "kubernetes.io/dockerconfigjson";

    /** Tenants share the node's store of images, but not the access to those of private repositories. */
    @Test
    void image_ofAPrivateRepository_isOnlyForPodsWithItsPullSecret() throws Exception {
        String image = registry.put("private", "v1", sample("hello"));
        registry.lock("private", "user:the-password");
        String secret = registry.pullSecret("user:the-password");
        secret("tenant-a", "pull", PULL_SECRET, ".dockerconfigjson", secret);
        secret("tenant-b", "wrong", PULL_SECRET, ".dockerconfigjson", registry.pullSecret("user:guessed"));
        secret("tenant-b", "odd", "Opaque", ".dockerconfigjson", "{the-password");
        int port = freePort();
        try (WagiNode node = node("pull-secrets").start()) {
            create(pulling("tenant-a/private", image, "IfNotPresent", port, "missing", "pull"));
            Pod pulled = await(ready("tenant-a/private"));
            assertThat(get(port, "/").body()).isEqualTo("hello world\n");
            String digest = pulled.getStatus()
                    .getContainerStatuses()
                    .get(0)
                    .getImageID()
                    .replaceFirst(".*@", image.replace(":v1", "") + "@");
            await(event("tenant-a/private", "FailedToRetrieveImagePullSecret"));

            for (String policy : List.of("Always", "IfNotPresent", "Never")) {
                for (String name : List.of(image, digest)) {
                    for (String from : List.of("", "pull", "../../tenant-a/secrets/pull", "wrong", "odd")) {
                        if (!tryCreate(pulling("tenant-b/private", name, policy, freePort(), from))) {
                            continue;
                        }
                        Pod waits = await(waitingWithMessage("tenant-b/private"));
                        assertThat(waits(waits).get(0).getReason())
                                .as(policy + " " + name + " " + from)
                                .isIn("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull");
                        assertThat(message(waits)).doesNotContain("the-password", "guessed");
                        delete("tenant-b/private", 0);
                        await(gone("tenant-b/private"));
                    }
                }
            }

            // Who is given the secret afterwards, is served: the pull is tried again.
            create(pulling("tenant-b/private", image, "IfNotPresent", freePort(), "pull"));
            await(waitingWithMessage("tenant-b/private"));
            secret("tenant-b", "pull", PULL_SECRET, ".dockerconfigjson", secret);
            await(ready("tenant-b/private"));
            delete("tenant-a/private", 0);
            delete("tenant-b/private", 0);
        }
    }

    private Map<String, Object> pulling(String pod, String image, String policy, int port, String... secrets) {
        return pod(
                pod,
                "pull-secrets",
                at(port),
                List.of(with(container("a", image), "imagePullPolicy", policy)),
                Map.of(
                        "imagePullSecrets",
                        Stream.of(secrets)
                                .filter(name -> !name.isEmpty())
                                .map(name -> Map.of("name", name))
                                .toList()));
    }

    // --- volumes

    @Test
    void volumes_ofPodsThatShareAnAddress_areEachTheirOwn() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-volumes");
        secret("tenant-a", "one", "of one");
        secret("tenant-a", "two", "of two");
        try (WagiNode node = node("volumes", data).start()) {
            for (String name : List.of("one", "two")) {
                create(pod(
                        "tenant-a/" + name,
                        "volumes",
                        Map.of(
                                "alpha.wagi.krustlet.dev/default-host",
                                "127.0.0.1:" + port,
                                "alpha.wagi.krustlet.dev/modules",
                                "{\"a\": {\"route\": \"/" + name + "/...\"}}"),
                        List.of(with(
                                container("a", file),
                                "volumeMounts",
                                List.of(Map.of("name", "v", "mountPath", "/site")))),
                        Map.of("volumes", List.of(Map.of("name", "v", "secret", Map.of("secretName", name))))));
                await(ready("tenant-a/" + name));
            }
            String uid =
                    api().get(path("tenant-a/two"), Pod.class).getMetadata().getUid();

            assertThat(get(port, "/one/key").body()).isEqualTo("of one");
            assertThat(get(port, "/two/key").body()).isEqualTo("of two");
            for (String way : List.of(
                    "/one/%2e%2e/%2e%2e/" + uid + "/volumes/v/key",
                    "/one/../../../" + uid + "/volumes/v/key",
                    "/one/" + data.toAbsolutePath() + "/pods/" + uid + "/volumes/v/key")) {
                assertThat(get(port, way).body()).as(way).doesNotContain("of two");
            }
            delete("tenant-a/one", 0);
            delete("tenant-a/two", 0);
        }
    }

    /** Whatever the operator allows: what is in the node's own directory is nobody's. */
    @Test
    void hostPath_thatLeadsToThePodsOfOthers_isRefused() throws Exception {
        Path data = Files.createDirectories(files.resolve("data-hostpath"));
        Path allowed = Files.createDirectories(files.resolve("allowed"));
        Files.createSymbolicLink(allowed.resolve("link"), data);
        try (WagiNode node = node("hostpath", data).addHostPath(allowed).start()) {
            for (String path : List.of(
                    data + "/pods",
                    allowed + "/link/pods",
                    allowed + "/../data-hostpath/pods",
                    "/proc/self/root" + data.toAbsolutePath())) {
                boolean asked = tryCreate(pod(
                        "tenant-b/host",
                        "hostpath",
                        at(freePort()),
                        List.of(with(
                                container("a", file),
                                "volumeMounts",
                                List.of(Map.of("name", "v", "mountPath", "/site")))),
                        Map.of(
                                "volumes",
                                List.of(Map.of(
                                        "name", "v", "hostPath", Map.of("path", path, "type", "DirectoryOrCreate"))))));
                if (asked) {
                    assertThat(message(await(waitingWithMessage("tenant-b/host"))))
                            .contains("allow");
                    delete("tenant-b/host", 0);
                    await(gone("tenant-b/host"));
                }
            }
            // Nothing may be made there either.
            boolean asked = tryCreate(pod(
                    "tenant-b/host",
                    "hostpath",
                    at(freePort()),
                    List.of(with(
                            container("a", file), "volumeMounts", List.of(Map.of("name", "v", "mountPath", "/site")))),
                    Map.of(
                            "volumes",
                            List.of(Map.of(
                                    "name",
                                    "v",
                                    "hostPath",
                                    Map.of("path", allowed + "/link/made", "type", "DirectoryOrCreate"))))));
            assertThat(asked).isTrue();
            assertThat(message(await(waitingWithMessage("tenant-b/host")))).contains("allow");
            assertThat(data.resolve("made")).doesNotExist();
            delete("tenant-b/host", 0);
        }
    }

    // --- routes

    /** Who waits for an address does not get it while its owner is only away, as when the node is started again. */
    @Test
    void address_ofAPodThatWasThereFirst_isItsOwnAgainAfterARestart() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-address");
        try (WagiNode node = node("address", data).start()) {
            create(simple("tenant-a/owner", "address", port));
            await(ready("tenant-a/owner"));
            create(pod(
                    "tenant-b/squatter",
                    "address",
                    Map.of("alpha.wagi.krustlet.dev/default-host", "0.0.0.0:" + port),
                    List.of(container("a", log)),
                    Map.of()));
            await(waiting("tenant-b/squatter", "AddressInUse"));
        }
        // The owner's image takes a while, the squatter's none.
        CountDownLatch gate = registry.hold("hello");
        try (WagiNode node = node("address", data).start()) {
            await(waiting("tenant-b/squatter", "AddressInUse"));
            gate.countDown();
            await(ready("tenant-a/owner"));
            assertThat(get(port, "/").body()).isEqualTo("hello world\n");

            delete("tenant-a/owner", 30);
            await(ready("tenant-b/squatter"));
            delete("tenant-b/squatter", 0);
        } finally {
            gate.countDown();
        }
    }

    /** An author may change an old pod's address at any time. */
    @Test
    void address_thatAnOldPodTakesUpLater_isStillItsOwnersAfterARestart() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-moved");
        try (WagiNode node = node("moved", data).start()) {
            create(pod("tenant-b/mover", "moved", at(freePort()), List.of(container("a", log)), Map.of()));
            await(ready("tenant-b/mover"));
            create(simple("tenant-a/resident", "moved", port));
            await(ready("tenant-a/resident"));
            api().patch(
                            path("tenant-b/mover"),
                            Map.of(
                                    "metadata",
                                    Map.of(
                                            "annotations",
                                            Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port))),
                            Pod.class);
            await(waiting("tenant-b/mover", "AddressInUse"));
        }
        CountDownLatch gate = registry.hold("hello");
        try (WagiNode node = node("moved", data).start()) {
            await(waiting("tenant-b/mover", "AddressInUse"));
            gate.countDown();
            await(ready("tenant-a/resident"));
            assertThat(get(port, "/").body()).isEqualTo("hello world\n");
            delete("tenant-a/resident", 0);
            delete("tenant-b/mover", 0);
        } finally {
            gate.countDown();
        }
    }

    /** The node's loopback and its neighbours are not reached through outbound calls. */
    @Test
    void allowedHosts_withPrivateAddresses_areTheOperatorsToAllow() throws Exception {
        String modules = "{\"a\": {\"route\": \"/\", \"allowed_hosts\": [{\"host\": \"http://127.0.0.1:1\","
                + " \"allow_private\": true}]}}";
        Map<String, String> annotations = new LinkedHashMap<>(at(freePort()));
        annotations.put("alpha.wagi.krustlet.dev/modules", modules);
        try (WagiNode node = node("private").start()) {
            create(pod("tenant-b/private", "private", annotations, List.of(container("a", hello)), Map.of()));
            assertThat(message(await(waitingWithMessage("tenant-b/private")))).contains("--allow-private-hosts");
        }
        try (WagiNode node = node("private").allowPrivateHosts(true).start()) {
            // There is no client for outbound requests on this class path.
            Pod waits = await(waiting("tenant-b/private", "CrashLoopBackOff"));
            assertThat(message(waits)).doesNotContain("--allow-private-hosts");
            delete("tenant-b/private", 0);
        }
    }

    // --- turns

    /** Registries that never answer, and guests that never end, cost their own tenant time only. */
    @Test
    void pods_ofATenantThatOccupiesTheNode_doNotKeepOthersFromBeingReady() throws Exception {
        Map<String, Object> probe = Map.of("httpGet", Map.of("path", "/", "port", 80), "timeoutSeconds", 3600);
        try (ServerSocket silent = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
                WagiNode node = node("turns")
                        .modules(registry.client(files.resolve("store-turns"), "127.0.0.1:" + silent.getLocalPort()))
                        .start()) {
            for (int i = 0; i < 12; i++) {
                Map<String, String> annotations = new LinkedHashMap<>(at(freePort()));
                annotations.put(
                        "alpha.wagi.krustlet.dev/modules", "{\"a\": {\"route\": \"/...\", \"timeout\": \"1h\"}}");
                create(pod(
                        "tenant-b/probe-" + i,
                        "turns",
                        annotations,
                        List.of(with(container("a", endless), "readinessProbe", probe)),
                        Map.of()));
            }
            for (int i = 0; i < 12; i++) {
                await(phase("tenant-b/probe-" + i, "Running"));
            }
            for (int i = 0; i < 12; i++) {
                create(pod(
                        "tenant-b/pull-" + i,
                        "turns",
                        at(freePort()),
                        List.of(container("a", "127.0.0.1:" + silent.getLocalPort() + "/a:v" + i)),
                        Map.of()));
            }

            create(pod(
                    "tenant-a/web",
                    "turns",
                    at(freePort()),
                    List.of(with(container("a", hello), "readinessProbe", probe)),
                    Map.of()));

            await(ready("tenant-a/web"));
            delete("tenant-a/web", 0);
            for (int i = 0; i < 12; i++) {
                delete("tenant-b/pull-" + i, 0);
                delete("tenant-b/probe-" + i, 0);
            }
        }
    }

    /** Who names a node itself goes past the scheduler. */
    @Test
    void pods_moreThanTheNodeTakes_fail() throws Exception {
        try (WagiNode node = node("full").maxPods(2).start()) {
            for (int i = 0; i < 2; i++) {
                create(simple("tenant-b/full-" + i, "full", freePort()));
                await(ready("tenant-b/full-" + i));
            }
            create(simple("tenant-b/full-2", "full", freePort()));

            Pod failed = await(phase("tenant-b/full-2", "Failed"));
            assertThat(failed.getStatus().getReason()).isEqualTo("OutOfpods");

            Map<String, Object> greedy =
                    with(container("a", hello), "resources", Map.of("requests", Map.of("memory", "900Ti")));
            delete("tenant-b/full-0", 0);
            await(gone("tenant-b/full-0"));
            create(pod("tenant-b/full-3", "full", at(freePort()), List.of(greedy), Map.of()));
            failed = await(phase("tenant-b/full-3", "Failed"));
            assertThat(failed.getStatus().getReason()).isEqualTo("OutOfmemory");
            for (int i = 1; i < 4; i++) {
                delete("tenant-b/full-" + i, 0);
            }
        }
    }

    /** A guest that does not end does not keep the node from stopping, whatever its pod's grace period is. */
    @Test
    void stop_whileAGuestRunsForever_ends() throws Exception {
        int port = freePort();
        Map<String, String> annotations = new LinkedHashMap<>(at(port));
        annotations.put("alpha.wagi.krustlet.dev/modules", "{\"a\": {\"route\": \"/...\", \"timeout\": \"8760h\"}}");
        try (WagiNode node = node("stop").drainTimeout(Duration.ofMillis(100)).start()) {
            create(pod(
                    "tenant-b/stop",
                    "stop",
                    annotations,
                    List.of(container("a", endless)),
                    Map.of("terminationGracePeriodSeconds", 1_000_000_000)));
            await(ready("tenant-b/stop"));
            http.sendAsync(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                            .build(),
                    HttpResponse.BodyHandlers.discarding());
        }
        delete("tenant-b/stop", 0);
    }

    // --- hostile manifests

    /**
     * What a stranger writes.
     *
     * @param more of the pod's spec
     * @param outcome part of what its status says; empty if it is served
     */
    record Hostile(
            String name,
            Map<String, String> annotations,
            Map<String, Object> container,
            Map<String, Object> more,
            String outcome) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Hostile annotated(String name, String key, String value, String outcome) {
        return new Hostile(name, Map.of("alpha.wagi.krustlet.dev/" + key, value), Map.of(), Map.of(), outcome);
    }

    private static Hostile container(String name, Map<String, Object> more, String outcome) {
        return new Hostile(name, Map.of(), more, Map.of(), outcome);
    }

    private static Hostile mounting(String name, Map<String, Object> volume, String outcome) {
        return new Hostile(
                name,
                Map.of(),
                Map.of("volumeMounts", List.of(Map.of("name", "v", "mountPath", "/v"))),
                Map.of("volumes", List.of(volume)),
                outcome);
    }

    private static Hostile items(String name, List<String> paths, String outcome) {
        return mounting(
                name,
                Map.of(
                        "name",
                        "v",
                        "secret",
                        Map.of(
                                "secretName",
                                "own",
                                "items",
                                paths.stream()
                                        .map(path -> Map.of("key", "key", "path", path))
                                        .toList())),
                outcome);
    }

    static Stream<Hostile> hostilePods() {
        List<Map<String, Object>> doubled = new ArrayList<>(List.of(Map.of("name", "V0", "value", "x".repeat(100))));
        IntStream.range(1, 60)
                .forEach(i -> doubled.add(Map.of("name", "V" + i, "value", "$(V" + (i - 1) + ")$(V" + (i - 1) + ")")));
        List<Object> many = new ArrayList<>();
        List<Object> references = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            many.add(Map.of("name", "E" + i, "value", "$(E" + (i - 1) + ")"));
            references.add(
                    Map.of("name", "E" + i, "valueFrom", Map.of("secretKeyRef", Map.of("name", "own", "key", "key"))));
        }
        List<Object> others = IntStream.range(0, 3000)
                .<Object>mapToObj(i -> Map.of("secretRef", Map.of("name", "none-" + i, "optional", true)))
                .toList();
        List<Object> containers = IntStream.range(0, 500)
                .<Object>mapToObj(i -> Map.of("name", "c" + i, "image", "127.0.0.1:1/none:v1"))
                .toList();
        return Stream.of(
                annotated("no port", "default-host", "127.0.0.1", "is not ip:port"),
                annotated("port 0", "default-host", "127.0.0.1:0", "is not ip:port"),
                annotated("port 65536", "default-host", "127.0.0.1:65536", "is not ip:port"),
                annotated("a negative port", "default-host", "127.0.0.1:-1", "is not ip:port"),
                annotated("a long port", "default-host", "127.0.0.1:" + "9".repeat(200_000), "is not ip:port"),
                annotated("a long host", "default-host", "a".repeat(200_000) + ":3000", "is not ip:port"),
                annotated("dots", "default-host", "..", "is not ip:port"),
                annotated("dots and a port", "default-host", "1..2:3000", "Cannot serve on"),
                annotated("three numbers", "default-host", "203.0.113:3000", "Cannot serve on"),
                annotated("a large number", "default-host", "999.0.113.7:3000", "Cannot serve on"),
                annotated("a leading zero", "default-host", "010.0.113.7:3000", "Cannot serve on"),
                annotated("colons", "default-host", "[:::]:3000", "Cannot serve on"),
                annotated("IPv4 in IPv6", "default-host", "[::ffff:203.0.113.7]:3000", "Cannot serve on"),
                annotated("IPv6 with a zone", "default-host", "[fe80::1%1]:3000", "is not host or host:port"),
                annotated("IPv6 elsewhere", "default-host", "[2001:DB8::7]:3000", "Cannot"),
                annotated("a host elsewhere", "default-host", "203.0.113.7:3000", "Cannot"),
                annotated("a terminal's commands", "default-host", "\u001b[2J:3000", "is not ip:port"),
                annotated("deep JSON", "modules", "{\"a\": " + "[".repeat(200_000), "is not JSON"),
                annotated(
                        "deep objects", "modules", "{\"a\": ".repeat(30_000) + "1" + "}".repeat(30_000), "is not JSON"),
                annotated("no JSON", "modules", "a: &a [*a, *a]", "is not a JSON object"),
                annotated("aliases", "modules", aliases(), "is not a JSON object"),
                annotated("no object", "modules", "[1]", "is not a JSON object"),
                annotated("null", "modules", "null", "is not a JSON object"),
                annotated("a huge module list", "modules", hugeModules(), "there is no such container"),
                annotated(
                        "volumes", "modules", "{\"a\": {\"route\": \"/\", \"volumes\": {\"/\": \"/\"}}}", "'volumes'"),
                annotated(
                        "another module",
                        "modules",
                        "{\"a\": {\"route\": \"/\", \"module\": \"file:/etc/passwd\"}}",
                        "module"),
                annotated(
                        "another name",
                        "modules",
                        "{\"a\": {\"route\": \"/...\", \"name\": \"tenant-a_victim_a\"}}",
                        ""),
                annotated(
                        "an absurd limit",
                        "modules",
                        "{\"a\": {\"route\": \"/\", \"max_memory\": \"9EiB\"}}",
                        "max_memory"),
                annotated("no route", "modules", "{\"a\": {\"route\": \"/../...\"}}", "route"),
                annotated("a long route", "modules", "{\"a\": {\"route\": \"/" + "a/".repeat(100_000) + "\"}}", ""),
                container("10 000 variables", Map.of("env", many), ""),
                container("10 000 references", Map.of("env", references), ""),
                container("3000 Secrets", Map.of("envFrom", others), "more than 1000"),
                container("variables of variables", Map.of("env", doubled), "is longer than"),
                container("a huge argument", Map.of("args", List.of("$(".repeat(300_000))), "longer"),
                container("a huge cpu", Map.of("resources", Map.of("limits", Map.of("cpu", "1e400"))), "OutOfcpu"),
                container(
                        "a huge memory",
                        Map.of("resources", Map.of("limits", Map.of("memory", "1e30"))),
                        "OutOfmemory"),
                container("a negative limit", Map.of("resources", Map.of("limits", Map.of("memory", "-1"))), "memory"),
                container(
                        "a probe with odd fields",
                        Map.of(
                                "readinessProbe",
                                Map.of(
                                        "httpGet",
                                        Map.of(
                                                "path",
                                                "/\r\nX: y",
                                                "port",
                                                99999,
                                                "httpHeaders",
                                                List.of(Map.of("name", "a b\r\n", "value", "\u0000"))))),
                        "containers with unready status"),
                container(
                        "mounted over itself",
                        Map.of("volumeMounts", List.of(Map.of("name", "w", "mountPath", "/../etc"))),
                        "w"),
                new Hostile(
                        "10 000 pull secrets",
                        Map.of(),
                        Map.of(),
                        Map.of(
                                "imagePullSecrets",
                                IntStream.range(0, 10_000)
                                        .mapToObj(i -> Map.of("name", "none-" + i))
                                        .toList()),
                        "more than 100 imagePullSecrets"),
                new Hostile("500 containers", Map.of(), Map.of(), Map.of("containers", containers), "more than 100"),
                items("items that leave the volume", List.of("../../../escaped"), "leads out of it"),
                items("an absolute item", List.of("/etc/passwd"), "leads out of it"),
                items("an item with dots", List.of("a/../../b"), "leads out of it"),
                items("a file that is a directory too", List.of("a", "a/b"), "both a file and a directory"),
                items("a deep item", List.of("d/".repeat(5000) + "f"), "leads out of it"),
                items("a long item", List.of("f".repeat(5000)), "leads out of it"),
                items(
                        "10 001 items",
                        IntStream.range(0, 10_001).mapToObj(i -> "f" + i).toList(),
                        "more than 10000"),
                mounting(
                        "a volume of another kind",
                        Map.of("name", "v", "nfs", Map.of("server", "a", "path", "/")),
                        "of a kind"),
                mounting(
                        "an odd hostPath",
                        Map.of("name", "v", "hostPath", Map.of("path", "/\u0000")),
                        "allow-host-path"),
                mounting("a huge emptyDir", Map.of("name", "v", "emptyDir", Map.of("sizeLimit", "1e400")), "sizeLimit"),
                new Hostile(
                        "a subPath",
                        Map.of(),
                        Map.of("volumeMounts", List.of(Map.of("name", "v", "mountPath", "/v", "subPath", "../../.."))),
                        Map.of("volumes", List.of(Map.of("name", "v", "emptyDir", Map.of()))),
                        "subPath"),
                new Hostile(
                        "a volume whose name leaves its directory",
                        Map.of(),
                        Map.of("volumeMounts", List.of(Map.of("name", "../../x", "mountPath", "/v"))),
                        Map.of("volumes", List.of(Map.of("name", "../../x", "secret", Map.of("secretName", "own")))),
                        "malformed"),
                container("a container whose name leaves its directory", Map.of("name", "../../../x"), "malformed"),
                container("an image that is a path", Map.of("image", "../../../etc/passwd"), "image"),
                container("a huge image", Map.of("image", "a/".repeat(200_000)), "image"));
    }

    private static String aliases() {
        StringBuilder text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            text.append("a%d: &a%d [%s*a%d]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(8), i - 1));
        }
        return text.toString();
    }

    private static String hugeModules() {
        StringBuilder text = new StringBuilder("{\"a\": {\"route\": \"/...\"}");
        IntStream.range(0, 8000).forEach(i -> text.append(",\"b" + i + "\": {\"route\": \"/" + i + "\"}"));
        return text.append('}').toString();
    }

    private WagiNode shared;
    private Path sharedData;
    private int sharedPort;

    @ParameterizedTest
    @MethodSource("hostilePods")
    void pod_ofAStranger_isRefusedOrServedWithinBounds(Hostile hostile) throws Exception {
        strangers();
        Map<String, String> annotations = new LinkedHashMap<>(at(freePort()));
        annotations.putAll(hostile.annotations());
        Map<String, Object> container = new LinkedHashMap<>(container("a", hello));
        container.putAll(hostile.container());
        Map<String, Object> pod =
                new LinkedHashMap<>(pod("tenant-b/stranger", "strangers", annotations, List.of(container), Map.of()));
        Map<String, Object> spec = new LinkedHashMap<>(asMap(pod.get("spec")));
        spec.putAll(hostile.more());
        pod.put("spec", spec);

        if (tryCreate(pod)) {
            assertSays("tenant-b/stranger", hostile.outcome());
            delete("tenant-b/stranger", 0);
            await(gone("tenant-b/stranger"));
        }

        assertNothingIsLeftOfStrangers();
    }

    /** The node on which strangers' pods are tried, with a neighbour of theirs that is served all the time. */
    WagiNode strangers() throws Exception {
        if (shared == null) {
            sharedData = files.resolve("data-strangers");
            sharedPort = freePort();
            shared = node("strangers", sharedData).start();
            create(simple("tenant-a/neighbour", "strangers", sharedPort));
            await(ready("tenant-a/neighbour"));
        }
        return shared;
    }

    /** @param outcome part of what its status says; empty if it is served */
    void assertSays(String name, String outcome) throws Exception {
        Pod answered = await(pod(
                name,
                "to say: " + outcome,
                each -> outcome.isEmpty()
                        ? condition(each, "Ready").equals("True")
                        : said(each).stream().anyMatch(text -> text.contains(outcome))));
        assertIsForAuthors(answered);
    }

    void assertIsForAuthors(Pod pod) {
        assertThat(said(pod))
                .allSatisfy(text -> assertThat(text)
                        .hasSizeLessThan(LONGEST_MESSAGE)
                        .doesNotContain(sharedData.toString(), "Exception", "unexpected", "\u001b"));
    }

    void assertNothingIsLeftOfStrangers() throws Exception {
        assertThat(get(sharedPort, "/").body()).isEqualTo("hello world\n");
        shared.beat();
        await(node("strangers", "Ready", "True"));
        await(
                "nothing of it to be held",
                () -> shared.held().equals(List.of(1, 1, 1, 1, 0)) ? Optional.of(true) : Optional.empty());
        try (Stream<Path> left = Files.list(sharedData.resolve("pods"))) {
            assertThat(left).hasSize(1);
        }
        assertThat(sharedData.resolve("pods").resolve("escaped")).doesNotExist();
    }

    /** How many of a fuzzer's manifests are applied; {@code -Dwagi.mutations=5000} for a long run. */
    abstract int mutations();

    private static final int AT_ONCE = 50;

    /** Threads that come and go by themselves, such as those of connections; less than one for each pod. */
    private static final int SOME_THREADS = 12;

    /**
     * Whatever of a fuzzer's manifests the API server takes is served, waits for a reason, or has failed with one. The
     * neighbour is served meanwhile, and nothing is left: no port, no thread, no directory.
     */
    @Test
    void pods_ofAFuzzersCorpus_endInAPhaseAndLeaveNothing() throws Exception {
        strangers();
        PodMutations mutations = new PodMutations();
        int count = mutations();
        int taken = 0;
        int threads = 0;
        for (int first = 0; first < count; first += AT_ONCE) {
            Map<String, Integer> ports = new LinkedHashMap<>();
            for (int i = first; i < first + AT_ONCE; i++) {
                int port = freePort();
                if (tryCreate(mutations.pod(i, "mutation-" + i, "strangers", "127.0.0.1:" + port, hello))) {
                    ports.put("tenant-b/mutation-" + i, port);
                }
            }
            for (String name : ports.keySet()) {
                assertIsForAuthors(await(pod(name, "to be in a phase, with a reason", TenantContract::isDefined)));
                assertThat(get(sharedPort, "/").body()).isEqualTo("hello world\n");
            }
            for (String name : ports.keySet()) {
                delete(name, 0);
            }
            for (Map.Entry<String, Integer> each : ports.entrySet()) {
                await(gone(each.getKey()));
                await(closed(each.getValue()));
            }
            assertNothingIsLeftOfStrangers();
            taken += ports.size();
            int most = threads + SOME_THREADS;
            if (first == 0) {
                threads = ManagementFactory.getThreadMXBean().getThreadCount();
            } else {
                await(
                        "threads to end",
                        () -> Optional.of(ManagementFactory.getThreadMXBean().getThreadCount())
                                .filter(now -> now <= most));
            }
        }
        assertThat(taken).as("pods that the API server took").isGreaterThan(count / 10);
    }

    private static boolean isDefined(Pod pod) {
        if (pod.getStatus() == null || pod.getStatus().getPhase() == null) {
            return false;
        }
        if (pod.getStatus().getPhase().equals("Failed")) {
            return pod.getStatus().getReason() != null;
        }
        return condition(pod, "Ready").equals("True")
                || waits(pod).stream().anyMatch(state -> state.getMessage() != null)
                || pod.getStatus().getPhase().equals("Running"); // with a probe that fails, for example
    }

    /** Called while the cluster still runs. */
    void finish() {
        if (shared != null) {
            shared.close();
            delete("tenant-a/neighbour", 0);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> asMap(Object value) {
        return (Map<String, Object>) value;
    }

    /** Everything that a status says in words. */
    static List<String> said(Pod pod) {
        List<String> said = new ArrayList<>();
        if (pod.getStatus() == null) {
            return said;
        }
        said.add(String.valueOf(pod.getStatus().getReason()));
        said.add(String.valueOf(pod.getStatus().getMessage()));
        if (pod.getStatus().getConditions() != null) {
            pod.getStatus().getConditions().forEach(each -> said.add(String.valueOf(each.getMessage())));
        }
        if (pod.getStatus().getContainerStatuses() != null) {
            for (ContainerStatus status : pod.getStatus().getContainerStatuses()) {
                if (status.getState() != null && status.getState().getWaiting() != null) {
                    said.add(status.getState().getWaiting().getReason() + ": "
                            + status.getState().getWaiting().getMessage());
                }
            }
        }
        return said;
    }
}
