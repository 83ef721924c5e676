// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiListener;
import dev.wagi.node.api.NodeException;
import dev.wagi.node.internal.cluster.ApiException;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node does in any cluster: our fake one in every build, a real one with {@code -Pcluster}. */
@SuppressWarnings("try") // a node that only runs is not used
abstract class NodeContract extends ClusterWords {

    private static final Logger LOG = LoggerFactory.getLogger(NodeContract.class);

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    // --- becoming a node

    @Test
    void start_registersWithTheArticlesLabelsAndTaintsAndBecomesReady() throws Exception {
        try (WagiNode node =
                node("register").labels(Map.of("agentpool", "mywasipool")).start()) {
            Node ready = await(node("register", "Ready", "True"));

            assertThat(ready.getMetadata().getLabels())
                    .containsAllEntriesOf(Map.of(
                            "agentpool", "mywasipool",
                            "kubernetes.io/arch", "wasm32-wagi",
                            "kubernetes.io/os", "wasm32-wagi",
                            "kubernetes.io/hostname", "register"));
            assertThat(ready.getSpec().getTaints())
                    .extracting(taint -> taint.getKey() + "=" + taint.getValue() + ":" + taint.getEffect())
                    .contains("kubernetes.io/arch=wasm32-wagi:NoExecute", "kubernetes.io/arch=wasm32-wagi:NoSchedule");
            assertThat(ready.getStatus().getAllocatable()).containsKeys("cpu", "memory", "ephemeral-storage", "pods");
            Lease lease =
                    api().get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/register", Lease.class);
            assertThat(lease.getSpec().getLeaseDurationSeconds()).isEqualTo(40);
            assertThat(lease.getMetadata().getOwnerReferences())
                    .extracting("name", "uid")
                    .containsExactly(org.assertj.core.groups.Tuple.tuple(
                            "register", ready.getMetadata().getUid()));
        }
        Node stopped = api().get(NODES + "/register", Node.class);
        assertThat(stopped.getSpec().getUnschedulable()).isTrue();
        assertThat(condition(stopped, "Ready")).hasValueSatisfying(ready -> {
            assertThat(ready.getStatus()).isEqualTo("False");
            assertThat(ready.getReason()).isEqualTo("NodeShutdown");
        });
    }

    @Test
    void start_anotherOfTheSameName_refusesUntilTheFirstHasStopped() throws Exception {
        try (WagiNode first = node("twice").start()) {
            assertThatThrownBy(() -> node("twice").start())
                    .isInstanceOf(NodeException.class)
                    .hasMessageContaining("another process is the node twice")
                    .hasMessageContaining("--node-name");
            await(node("twice", "Ready", "True"));
        }
        try (WagiNode second = node("twice").start()) {
            Node ready = await(node("twice", "Ready", "True"));

            // It was the first that made it unschedulable when it stopped, not an operator.
            assertThat(ready.getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);
        }
    }

    // --- pods

    @Test
    void pod_ofTheArticlesKind_isServedUntilItIsDeleted() throws Exception {
        int port = freePort();
        try (WagiNode node = node("serve").start()) {
            create(pod(
                    "serve",
                    "serve",
                    Map.of(
                            "alpha.wagi.krustlet.dev/default-host",
                            "127.0.0.1:" + port,
                            "alpha.wagi.krustlet.dev/modules",
                            "{\"hello\": {\"route\": \"/hello/...\"}, \"log\": {\"route\": \"/log\"}}"),
                    List.of(container("hello", hello), container("log", log)),
                    Map.of()));

            Pod ready = await(ready("serve"));

            assertThat(get(port, "/hello/x").body()).isEqualTo("hello world\n");
            assertThat(get(port, "/log").statusCode()).isEqualTo(200);
            assertThat(get(port, "/nope").statusCode()).isEqualTo(404);
            assertThat(ready.getStatus().getPhase()).isEqualTo("Running");
            assertThat(ready.getStatus().getContainerStatuses()).hasSize(2).allSatisfy(status -> {
                assertThat(status.getReady()).isTrue();
                assertThat(status.getImageID()).contains("@sha256:");
                assertThat(status.getState().getRunning()).isNotNull();
            });
            assertThat(ready.getStatus().getConditions())
                    .extracting(PodCondition::getType)
                    .contains("Ready", "ContainersReady", "Initialized", "PodScheduled", "PodReadyToStartContainers");

            delete("serve", 30);

            await(gone("serve"));
            assertThatThrownBy(() -> get(port, "/hello")).isInstanceOf(IOException.class);
        }
    }

    @Test
    void pod_deletedByForce_isStopped() throws Exception {
        int port = freePort();
        try (WagiNode node = node("force").start()) {
            create(simple("force", "force", port));
            await(ready("force"));

            delete("force", 0);

            await(closed(port));
        }
    }

    @Test
    void pod_deletedWhileTheNodeIsDown_isEndedWhenItIsBack() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-offline");
        try (WagiNode node = node("offline", data).start()) {
            create(simple("offline", "offline", port));
            await(ready("offline"));
        }
        delete("offline", 30);

        try (WagiNode node = node("offline", data).start()) {
            await(gone("offline"));
            await(
                    "its files to be removed",
                    () -> isEmpty(data.resolve("pods")) ? Optional.of(true) : Optional.empty());
        }
    }

    @Test
    void pod_ofARestartedNode_isServedAgainAndCounted() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-back");
        try (WagiNode node = node("back", data).start()) {
            create(simple("back", "back", port));
            await(ready("back"));
        }
        assertThat(condition(api().get(PODS + "/back", Pod.class), "Ready")).isEqualTo("False");

        try (WagiNode node = node("back", data).start()) {
            Pod again = await(ready("back"));

            assertThat(get(port, "/").body()).isEqualTo("hello world\n");
            assertThat(again.getStatus().getContainerStatuses().get(0).getRestartCount())
                    .isEqualTo(1);
            assertThat(again.getStatus()
                            .getContainerStatuses()
                            .get(0)
                            .getLastState()
                            .getTerminated()
                            .getReason())
                    .isEqualTo("NodeRestarted");
            delete("back", 0);
        }
    }

    @Test
    void pod_whoseImageIsMissing_waitsAsToolsExpect() throws Exception {
        try (WagiNode node = node("image").start()) {
            create(pod("image", "image", Map.of(), List.of(container("a", registry.name() + "/nothing:v1")), Map.of()));

            Pod waiting = await(waiting("image", "ImagePullBackOff"));

            assertThat(waiting.getStatus().getPhase()).isEqualTo("Pending");
            assertThat(waiting.getStatus()
                            .getContainerStatuses()
                            .get(0)
                            .getState()
                            .getWaiting()
                            .getMessage())
                    .contains("registry answered 404");
            delete("image", 30);
            await(gone("image"));
        }
    }

    @Test
    void pod_thatIsNoModule_isReportedAndTheOthersOfThePodAreServed() throws Exception {
        int port = freePort();
        String broken = registry.put("broken", "v1", new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 99, 1, 1});
        try (WagiNode node = node("broken").start()) {
            create(pod(
                    "broken",
                    "broken",
                    Map.of(
                            "alpha.wagi.krustlet.dev/default-host",
                            "127.0.0.1:" + port,
                            "alpha.wagi.krustlet.dev/modules",
                            "{\"good\": {\"route\": \"/good\"}, \"bad\": {\"route\": \"/bad\"}}"),
                    List.of(container("good", hello), container("bad", broken)),
                    Map.of()));

            await(waiting("broken", "CrashLoopBackOff"));

            assertThat(get(port, "/good").body()).isEqualTo("hello world\n");
            assertThat(get(port, "/bad").statusCode()).isEqualTo(404);
            delete("broken", 0);
        }
    }

    @Test
    void pod_thatModulesCannotBe_failsWithTheReason() throws Exception {
        try (WagiNode node = node("privileged").start()) {
            Map<String, Object> container = new LinkedHashMap<>(container("a", hello));
            container.put("securityContext", Map.of("privileged", true));
            create(pod("privileged", "privileged", Map.of(), List.of(container), Map.of()));

            Pod failed = await(phase("privileged", "Failed"));

            assertThat(failed.getStatus().getReason()).isEqualTo("UnsupportedPodSpec");
            assertThat(failed.getStatus().getMessage()).contains("container a is privileged");
            delete("privileged", 0);
        }
    }

    /** Probes ask the host itself, whatever the address is. */
    @Test
    void probes_thatFail_areWhatToolsExpect() throws Exception {
        Map<String, Object> good = probe("/a", 1);
        Map<String, Object> bad = probe("/nope", 1);
        try (WagiNode node = node("probes").start()) {
            create(probed("probes-good", Map.of("startupProbe", good, "readinessProbe", good, "livenessProbe", good)));
            create(probed("probes-unready", Map.of("readinessProbe", bad, "livenessProbe", good)));
            create(probed("probes-dead", Map.of("livenessProbe", bad)));
            create(probed("probes-unstarted", Map.of("startupProbe", probe("/nope", 1000), "readinessProbe", good)));

            await(ready("probes-good"));
            assertThat(await(event("default/probes-unready", "Unhealthy")).getMessage())
                    .isEqualTo("Readiness probe failed: HTTP probe failed with statuscode: 404");
            Pod unready = await(phase("probes-unready", "Running"));
            assertThat(condition(unready, "Ready")).isEqualTo("False");
            Pod dead = await(waiting("probes-dead", "CrashLoopBackOff"));
            assertThat(dead.getStatus().getContainerStatuses().get(0).getRestartCount())
                    .isPositive();
            assertThat(await(event("default/probes-dead", "Killing")).getMessage())
                    .isEqualTo("Container a failed liveness probe, will be restarted");
            ContainerStatus unstarted = await(phase("probes-unstarted", "Running"))
                    .getStatus()
                    .getContainerStatuses()
                    .get(0);
            assertThat(unstarted.getStarted()).isFalse();
            assertThat(unstarted.getReady()).isFalse();
            for (String name : List.of("good", "unready", "dead", "unstarted")) {
                delete("probes-" + name, 0);
            }
        }
    }

    private static Map<String, Object> probe(String path, int failures) {
        return Map.of(
                "httpGet",
                Map.of("path", path, "port", 80),
                "periodSeconds",
                1,
                "timeoutSeconds",
                600,
                "failureThreshold",
                failures);
    }

    private Map<String, Object> probed(String name, Map<String, Object> probes) {
        Map<String, Object> container = new LinkedHashMap<>(container("a", hello));
        container.putAll(probes);
        return pod(
                name,
                "probes",
                Map.of(
                        "alpha.wagi.krustlet.dev/default-host",
                        "127.0.0.1:" + freePort(),
                        "alpha.wagi.krustlet.dev/modules",
                        "{\"a\": {\"route\": \"/a\"}}"),
                List.of(container),
                Map.of());
    }

    /** Guests read mounted files anew for each request. */
    @Test
    void configMap_thatIsChanged_isSeenByGuests() throws Exception {
        int port = freePort();
        String reader = registry.put("files", "v1", sample("files"));
        String maps = "/api/v1/namespaces/default/configmaps";
        api().post(
                        maps,
                        Map.of(
                                "apiVersion",
                                "v1",
                                "kind",
                                "ConfigMap",
                                "metadata",
                                Map.of("name", "site", "namespace", "default"),
                                "data",
                                Map.of("page", "before")),
                        Map.class);
        try (WagiNode node = node("mounts").start()) {
            Map<String, Object> container = new LinkedHashMap<>(container("a", reader));
            container.put("volumeMounts", List.of(Map.of("name", "v", "mountPath", "/site")));
            create(pod(
                    "mounts",
                    "mounts",
                    Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port),
                    List.of(container),
                    Map.of("volumes", List.of(Map.of("name", "v", "configMap", Map.of("name", "site"))))));
            await(ready("mounts"));
            assertThat(get(port, "/page").body()).isEqualTo("before");

            api().patch(maps + "/site", Map.of("data", Map.of("page", "after")), Map.class);
            node.refresh();

            assertThat(get(port, "/page").body()).isEqualTo("after");
            delete("mounts", 0);
        } finally {
            api().delete(maps + "/site", 0);
        }
    }

    /** Four of the checks that virtual-kubelet's suite makes. */
    @ParameterizedTest
    @ValueSource(strings = {"secretKeyRef", "configMapKeyRef"})
    void pod_whoseObjectIsMissing_waitsUnlessItIsOptional(String source) throws Exception {
        String objects = source.equals("secretKeyRef") ? "secrets" : "configmaps";
        try (WagiNode node = node(objects).start()) {
            for (boolean optional : new boolean[] {true, false}) {
                Map<String, Object> container = new LinkedHashMap<>(container("a", hello));
                container.put(
                        "env",
                        List.of(Map.of(
                                "name",
                                "A",
                                "valueFrom",
                                Map.of(source, Map.of("name", "nothing", "key", "k", "optional", optional)))));
                String name = objects + "-" + optional;
                create(pod(
                        name,
                        objects,
                        Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + freePort()),
                        List.of(container),
                        Map.of()));

                await(optional ? ready(name) : waiting(name, "CreateContainerConfigError"));
                delete(name, 0);
            }
        }
    }

    /** Pods, statistics, metrics: three more of them. */
    @Test
    void kubeletApi_tellsWhatIsOnTheNode() throws Exception {
        int kubelet = freePort();
        String token = cluster().token();
        Set<String> modules = ConcurrentHashMap.newKeySet();
        WagiListener listener = new WagiListener() {
            @Override
            public void requestEnded(RequestEnded event) {
                event.module().ifPresent(modules::add);
            }
        };
        try (WagiNode node =
                node("told").kubeletPort(kubelet).addListener(listener).start()) {
            int port = freePort();
            create(simple("told", "told", port));
            Pod ready = await(ready("told"));
            get(port, "/");
            get(port, "/x");
            String started = ready.getStatus()
                    .getContainerStatuses()
                    .get(0)
                    .getState()
                    .getRunning()
                    .getStartedAt();

            PodList pods = JSON.unmarshal(answered(kubelet, "/pods", token), PodList.class);
            Summary summary = JSON.unmarshal(answered(kubelet, "/stats/summary", token), Summary.class);
            String metrics = answered(kubelet, "/metrics/resource", token);

            assertThat(pods.getItems())
                    .extracting(pod -> pod.getMetadata().getUid())
                    .containsExactly(ready.getMetadata().getUid());
            assertThat(summary.node())
                    .containsEntry("nodeName", "told")
                    .containsKeys("startTime", "cpu", "memory", "fs");
            assertThat(summary.pods()).singleElement().satisfies(entry -> {
                assertThat(entry.get("podRef"))
                        .isEqualTo(Map.of(
                                "name",
                                "told",
                                "namespace",
                                "default",
                                "uid",
                                ready.getMetadata().getUid()));
                assertThat(entry.get("containers")).isEqualTo(List.of(Map.of("name", "a", "startTime", started)));
            });
            assertThat(metrics)
                    .containsPattern("(?m)^node_cpu_usage_seconds_total [0-9.]+$")
                    .containsPattern("(?m)^node_memory_working_set_bytes [0-9]+$")
                    .contains("\nresource_scrape_error 0\n", "\nwagi_node_pods 1\n");
            // The client may have the response before it is counted.
            await(
                    "both requests to be counted",
                    () -> Optional.of(answered(kubelet, "/metrics", token))
                            .filter(
                                    text -> text.contains(
                                            "wagi_requests_total{namespace=\"default\",pod=\"told\",container=\"a\",route=\"/...\",status=\"2xx\"} 2\n")));
            await("the listener to be told", () -> modules.isEmpty() ? Optional.empty() : Optional.of(modules));
            assertThat(modules).containsExactly("default_told_a");
            assertThat(node.hosts()).containsOnlyKeys("127.0.0.1:" + port);
            assertThat(node.hosts().get("127.0.0.1:" + port).routes())
                    .extracting(RouteInfo::module)
                    .containsExactly("default_told_a");
            assertThat(ask(kubelet, "/exec/default/told/a", token).statusCode()).isEqualTo(501);
            for (String path :
                    List.of("/pods", "/stats/summary", "/metrics", "/metrics/resource", "/exec/default/told/a")) {
                assertThat(ask(kubelet, path, "a stranger's").statusCode())
                        .as(path)
                        .isEqualTo(401);
            }
            for (String path : List.of("/healthz", "/readyz")) {
                assertThat(ask(kubelet, path, "a stranger's").statusCode())
                        .as(path)
                        .isEqualTo(200);
            }
            delete("told", 0);
        }
    }

    private record Summary(Map<String, Object> node, List<Map<String, Object>> pods) {}

    private static String answered(int kubelet, String path, String token) throws Exception {
        HttpResponse<String> answer = ask(kubelet, path, token);
        assertThat(answer.statusCode()).as(path).isEqualTo(200);
        return answer.body();
    }

    /** As many as may follow logs at the same time. */
    private static final int FOLLOWERS = 40;

    /** Who leaves while nothing is logged makes room for others. */
    @Test
    void followersOfAQuietLog_thatHaveLeft_makeRoomForOthers() throws Exception {
        int kubelet = freePort();
        String token = cluster().token();
        String follow = "/containerLogs/default/quiet/a?follow=true";
        try (WagiNode node = node("quiet").kubeletPort(kubelet).start()) {
            create(simple("quiet", "quiet", freePort()));
            await(ready("quiet"));
            List<InputStream> followers = new ArrayList<>();
            for (int i = 0; i < FOLLOWERS; i++) {
                HttpResponse<InputStream> answer =
                        ask(kubelet, follow, token, HttpResponse.BodyHandlers.ofInputStream());
                assertThat(answer.statusCode()).isEqualTo(200);
                followers.add(answer.body());
            }
            HttpResponse<String> more = ask(kubelet, follow, token);
            assertThat(more.statusCode()).isEqualTo(429);

            for (InputStream follower : followers) {
                follower.close(); // and its connection
            }

            await("room", () -> {
                HttpResponse<InputStream> answer =
                        ask(kubelet, follow, token, HttpResponse.BodyHandlers.ofInputStream());
                answer.body().close();
                return answer.statusCode() == 200 ? Optional.of(true) : Optional.empty();
            });
            delete("quiet", 0);
        }
    }

    /** Strangers' pods: what reaches into the node is refused. */
    @Test
    void pod_thatReachesIntoTheNode_isNotServed() throws Exception {
        try (WagiNode node = node("hostile").start()) {
            create(pod(
                    "hostile-path",
                    "hostile",
                    Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + freePort()),
                    List.of(Map.of(
                            "name",
                            "a",
                            "image",
                            hello,
                            "volumeMounts",
                            List.of(Map.of("name", "v", "mountPath", "/v")))),
                    Map.of("volumes", List.of(Map.of("name", "v", "hostPath", Map.of("path", "/"))))));
            create(pod(
                    "hostile-annotation",
                    "hostile",
                    Map.of(
                            "alpha.wagi.krustlet.dev/default-host",
                            "127.0.0.1:" + freePort(),
                            "alpha.wagi.krustlet.dev/modules",
                            "{\"a\": {\"route\": \"/\", \"volumes\": {\"/\": \"/\"}}}"),
                    List.of(container("a", hello)),
                    Map.of()));

            assertThat(message(await(waitingWithMessage("hostile-path")))).contains("--allow-host-path");
            assertThat(message(await(waitingWithMessage("hostile-annotation")))).contains("'volumes'");
            delete("hostile-path", 0);
            delete("hostile-annotation", 0);
        }
    }

    /** The longest route wins, so a pod of another namespace could take requests. */
    @Test
    void pods_atOneAddress_shareItOnlyWithinTheirNamespaceAndWithoutClashes() throws Exception {
        int port = freePort();
        try (WagiNode node = node("share").start()) {
            create(atRoute("share-a", "share", "/a", port));
            create(atRoute("share-b", "share", "/b", port));
            await(ready("share-a"));
            await(ready("share-b"));
            create(atRoute("share-c", "share", "/a", port));
            Map<String, Object> stranger = new LinkedHashMap<>(atRoute("share-d", "share", "/a/longer", port));
            stranger.put(
                    "metadata",
                    Map.of(
                            "name",
                            "share-d",
                            "namespace",
                            "kube-public",
                            "annotations",
                            ((Map<?, ?>) stranger.get("metadata")).get("annotations")));
            String others = "/api/v1/namespaces/kube-public/pods";
            api().post(others, stranger, Pod.class);

            await(waiting("share-c", "RouteConflict"));
            await(
                    "the stranger to wait",
                    () -> Optional.of(api().get(others + "/share-d", Pod.class))
                            .filter(pod ->
                                    waits(pod).stream().anyMatch(state -> "AddressInUse".equals(state.getReason()))));
            assertThat(get(port, "/a").body()).isEqualTo("hello world\n");
            assertThat(get(port, "/b").body()).isEqualTo("hello world\n");

            delete("share-a", 30);
            await(ready("share-c"));
            assertThat(get(port, "/a").body()).isEqualTo("hello world\n");
            delete("share-b", 0);
            delete("share-c", 0);
            api().delete(others + "/share-d", 0);
        }
    }

    private Optional<String> served(int port, String path) throws InterruptedException {
        try {
            return Optional.of(get(port, path).body());
        } catch (IOException e) {
            return Optional.empty(); // nobody listens there now
        }
    }

    /** What is left is read again when one of them goes, and may be gone itself. */
    @Test
    void pod_whoseNeighbourCannotBeServedAnyMore_isEndedAllTheSameAndTheNeighbourStartedAgain() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-neighbour");
        try (WagiNode node = node("neighbour", data).start()) {
            create(atRoute("neighbour-a", "neighbour", "/a", port));
            create(atRoute("neighbour-b", "neighbour", "/b", port));
            await(ready("neighbour-a"));
            String uid = await(ready("neighbour-b")).getMetadata().getUid();
            try (Stream<Path> own = Files.list(data.resolve("pods").resolve(uid))) {
                for (Path manifest :
                        own.filter(path -> path.toString().endsWith(".json")).toList()) {
                    Files.delete(manifest);
                }
            }

            delete("neighbour-a", 30);

            await(gone("neighbour-a"));
            await(
                    "the neighbour to be served again",
                    () -> served(port, "/b").filter(body -> body.equals("hello world\n")));
            assertThat(get(port, "/a").statusCode()).isEqualTo(404);
            delete("neighbour-b", 0);
        }
    }

    /** It is served as it was, also while others at its address come and go. */
    @Test
    void pod_whoseChangeClashes_doesNotKeepOthersFromTheirAddress() throws Exception {
        int port = freePort();
        try (WagiNode node = node("clash").start()) {
            create(atRoute("clash-a", "clash", "/a", port));
            create(atRoute("clash-b", "clash", "/b", port));
            await(ready("clash-a"));
            await(ready("clash-b"));
            api().patch(
                            path("clash-a"),
                            Map.of(
                                    "metadata",
                                    Map.of(
                                            "annotations",
                                            Map.of("alpha.wagi.krustlet.dev/modules", "{\"a\": {\"route\": \"/b\"}}"))),
                            Pod.class);
            await(waiting("clash-a", "RouteConflict"));

            create(atRoute("clash-c", "clash", "/c", port));

            await(ready("clash-c"));
            assertThat(get(port, "/a").body()).isEqualTo("hello world\n");
            assertThat(get(port, "/b").body()).isEqualTo("hello world\n");
            assertThat(get(port, "/c").body()).isEqualTo("hello world\n");
            delete("clash-b", 30);
            await(ready("clash-a"));
            assertThat(get(port, "/b").body()).isEqualTo("hello world\n");
            assertThat(get(port, "/a").statusCode()).isEqualTo(404);
            delete("clash-a", 0);
            delete("clash-c", 0);
        }
    }

    private Map<String, Object> atRoute(String name, String node, String route, int port) {
        return pod(
                name,
                node,
                Map.of(
                        "alpha.wagi.krustlet.dev/default-host",
                        "127.0.0.1:" + port,
                        "alpha.wagi.krustlet.dev/modules",
                        "{\"a\": {\"route\": \"" + route + "\"}}"),
                List.of(container("a", hello)),
                Map.of());
    }

    /** So many pods have come and gone before what is in use is looked at for the first time. */
    private static final int FIRST_CYCLES = 4;

    /** What comes and goes by itself, such as connections; less than one for each cycle. */
    private static final int SOME = 12;

    private static final long KIBIBYTES_FOR_A_POD = 20;

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS) // a long run has a thousand
    void pods_createdAndDeletedOverAndOver_leaveNothing() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-cycles");
        try (WagiNode node = node("cycles", data).start()) {
            cycle(port, FIRST_CYCLES);
            Usage first = Usage.measure();
            cycle(port, cycles());

            await(
                    "nothing to be held",
                    () -> node.held().equals(List.of(0, 0, 0, 0, 0)) ? Optional.of(true) : Optional.empty());
            assertThat(isEmpty(data.resolve("pods"))).isTrue();
            Usage last = await(
                    "threads and descriptors to be given back",
                    () -> Optional.of(Usage.measure())
                            .filter(now -> now.threads() <= first.threads() + SOME
                                    && now.descriptors() <= first.descriptors() + SOME));
            LOG.info("after {} pods {}, after {} more {}", FIRST_CYCLES, first, cycles(), last);
            if (cycles() >= 250) { // of fewer it cannot be told
                assertThat((last.heapBytes() - first.heapBytes()) / 1024 / cycles())
                        .as("KiB of heap for each pod that has gone")
                        .isLessThan(KIBIBYTES_FOR_A_POD);
            }
        }
    }

    private void cycle(int port, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            create(simple("cycle", "cycles", port));
            Pod ready = await(readyUnlessDeleted("cycle"));
            delete(ready, i % 2 == 0 ? 30 : 0);
            await(gone("cycle"));
        }
    }

    /** It is not deleted before; if it is all the same, who did it is part of the failure. */
    private Awaited<Pod> readyUnlessDeleted(String name) {
        Awaited<Pod> ready = ready(name);
        return new Awaited<>(ready.what(), () -> {
            Optional<Pod> found = ready.look().look();
            if (found.isEmpty() && gone(name).look().look().isPresent()) {
                throw new AssertionError("pod " + name + " was deleted before it was ready: "
                        + cluster().deletions(name));
            }
            return found;
        });
    }

    /**
     * By its uid: the client repeats a call that is not answered in time, and the first one, late, must not delete the
     * next pod of this name.
     */
    private void delete(Pod pod, int grace) {
        try {
            api().delete(path(pod.getMetadata().getName()), pod.getMetadata().getUid(), grace);
        } catch (ApiException e) {
            assertThat(e.code()).isIn(404, 409); // the call before has done it
        }
    }

    /** What this JVM uses, its garbage left out; no descriptors are counted where the system does not show them. */
    private record Usage(int threads, int descriptors, long heapBytes) {

        static Usage measure() {
            System.gc();
            String[] open = Path.of("/proc/self/fd").toFile().list();
            return new Usage(
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    open == null ? 0 : open.length,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
    }

    int cycles() {
        return 20;
    }
}
