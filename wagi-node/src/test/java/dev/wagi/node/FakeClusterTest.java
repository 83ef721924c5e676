// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.node.api.NodeException;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract with our fake API server, and with the faults that it injects. */
@SuppressWarnings("try") // a node that only runs is not used
class FakeClusterTest extends NodeContract {

    private FakeApiServer cluster;

    @BeforeAll
    void start() throws IOException {
        cluster = new FakeApiServer(files);
    }

    @AfterAll
    void stop() throws IOException {
        cluster.close();
    }

    @Override
    Cluster cluster() {
        return cluster;
    }

    /**
     * Everything that fails once or a few times is done eventually. 403: the authorizer does not know yet that a pod is
     * here.
     */
    @ParameterizedTest
    @ValueSource(ints = {403, 409, 422, 429, 500, 503})
    void call_thatFailsAFewTimes_isRepeated(int status) throws Exception {
        String name = "fails-" + status;
        try (WagiNode node = node(name).start()) {
            await(node(name, "Ready", "True"));
            cluster.fail(call -> call.equals("PATCH " + PODS + "/" + name + "/status"), status, status == 422 ? 6 : 2);

            create(simple(name, name, freePort()));
            await(ready(name));
            cluster.fail(call -> call.equals("DELETE " + PODS + "/" + name), status == 409 ? 500 : status, 2);
            if (status == 422) {
                cluster.fail(call -> call.equals("PATCH " + PODS + "/" + name + "/status"), status, 1000);
            }
            delete(name, 30);

            await(gone(name));
        }
    }

    /** A patch would be another request to remove what has the name. */
    @Test
    void pod_thatIsBeingRemoved_isNotPatched() throws Exception {
        try (WagiNode node = node("removals").start()) {
            for (int i = 0; i < 10; i++) {
                create(simple("removal", "removals", freePort()));
                if (i % 2 == 0) {
                    await(ready("removal"));
                } else {
                    await(pod("removal", "to have a status", pod -> pod.getStatus() != null)); // and soon another
                }
                cluster.beginRemoval(path("removal"));

                await(gone("removal"));
            }
        }
        assertThat(cluster.latePatches()).isZero();
    }

    /** It stays until somebody has removed the finalizers, who may wait for the pod to have ended. */
    @Test
    void pod_thatIsBeingRemovedAndHasFinalizers_hasALastStatus() throws Exception {
        try (WagiNode node = node("finalizers").start()) {
            create(simple("final", "finalizers", freePort()));
            await(ready("final"));
            api().patch(
                            path("final"),
                            api().read("{\"metadata\": {\"finalizers\": [\"wagi.dev/test\"]}}", Map.class),
                            Pod.class);

            cluster.beginRemoval(path("final"));

            await(pod(
                    "final",
                    "to be ready no more",
                    pod -> condition(pod, "Ready").equals("False")));
            cluster.remove(path("final"));
        }
    }

    /** The status of a pod is written for the version of it that is known, which others change meanwhile. */
    @Test
    void status_ofAPodThatOthersChange_isWritten() throws Exception {
        String label = "{\"metadata\": {\"labels\": {\"a\": \"%d\"}}}";
        try (WagiNode node = node("changes").start()) {
            cluster.fail(call -> call.equals("PATCH " + PODS + "/changed/status"), 409, 1);
            create(simple("changed", "changes", freePort()));
            int[] count = {0};

            await("pod changed to be ready", () -> {
                api().patch(path("changed"), api().read(label.formatted(count[0]++), Map.class), Pod.class);
                Pod pod = api().get(path("changed"), Pod.class);
                return condition(pod, "Ready").equals("True") ? Optional.of(pod) : Optional.empty();
            });
            assertThat(cluster.count(call -> call.equals("GET " + PODS + "/changed")))
                    .isPositive();
            delete("changed", 0);
        }
    }

    /** What cannot be read is tried again, and said in the end. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void secret_thatTheNodeMayNotRead_isReported(boolean isForThePull) throws Exception {
        String name = isForThePull ? "unread-pull" : "unread-variable";
        cluster.fail(call -> call.equals("GET /api/v1/namespaces/default/secrets/" + name), 403, Integer.MAX_VALUE);
        Map<String, Object> container = new LinkedHashMap<>(container("a", hello));
        Map<String, Object> more = Map.of();
        if (isForThePull) {
            more = Map.of("imagePullSecrets", List.of(Map.of("name", name)));
        } else {
            container.put("envFrom", List.of(Map.of("secretRef", Map.of("name", name))));
        }
        try (WagiNode node = node(name).start()) {
            create(pod(name, name, TenantContract.at(freePort()), List.of(container), more));

            Pod waits = await(waitingWithMessage(name));

            assertThat(message(waits))
                    .contains("cannot be read: GET /api/v1/namespaces/default/secrets/" + name + ": 403");
            delete(name, 0);
        }
    }

    /**
     * Apart from certificates, what the API server dates is compared with its other dates, not with the node's clock.
     */
    @ParameterizedTest
    @ValueSource(longs = {-3600, 3600})
    void clockOfTheApiServer_isAnHourOff_nothingIsDifferent(long seconds) throws Exception {
        String name = seconds < 0 ? "behind" : "ahead";
        int port = freePort();
        Path data = files.resolve("data-" + name);
        cluster.skew(Duration.ofSeconds(seconds));
        try {
            for (int i = 0; i < 2; i++) { // the second time it is restarted
                try (WagiNode node = node(name, data).start()) {
                    await(node(name, "Ready", "True"));
                    if (i == 0) {
                        Map<String, Object> more = Map.of("activeDeadlineSeconds", 3000);
                        create(pod(
                                name,
                                name,
                                Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port),
                                List.of(container("a", hello)),
                                more));
                    }
                    await(ready(name));
                    assertThat(get(port, "/").body()).isEqualTo("hello world\n");
                    if (i == 1) {
                        delete(name, 30);
                        await(gone(name));
                    }
                }
            }
        } finally {
            cluster.skew(Duration.ZERO);
        }
    }

    /** Of two whose clocks differ by more than a lease lasts, the one whose clock is behind leaves. */
    @Test
    void rival_whoseClockIsOff_oneOfTheTwoLeaves() throws Exception {
        BlockingQueue<NodeException> lost = new LinkedBlockingQueue<>();
        try (WagiNode node = node("rivals").onLost(lost::add).start()) {
            await(node("rivals", "Ready", "True"));

            claim("rivals", Duration.ofHours(-1));
            node.beat(); // finds that the lease was written by another one
            node.beat();
            assertThat(lost).isEmpty();
            assertThat(holder("rivals")).isNotEqualTo("the rival");

            claim("rivals", Duration.ofHours(1));
            node.beat();
            node.beat();
            assertThat(lost.take()).hasMessageContaining("another process is the node rivals");
            assertThat(holder("rivals")).isEqualTo("the rival");
        }
        // What it leaves is the rival's: neither the name is free, nor is the node to be left alone.
        assertThat(holder("rivals")).isEqualTo("the rival");
        Node left = api().get(NODES + "/rivals", Node.class);
        assertThat(left.getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);
        assertThat(condition(left, "Ready"))
                .hasValueSatisfying(ready -> assertThat(ready.getStatus()).isEqualTo("True"));
        assertThatThrownBy(() -> node("rivals").start())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("another process is the node rivals");
    }

    /** It has not noticed, as it was paused, and its next heartbeat would have told. */
    @Test
    void rival_tookOverSinceTheLastHeartbeat_closeLeavesAllToIt() throws Exception {
        try (WagiNode node = node("paused").start()) {
            await(node("paused", "Ready", "True"));
            create(simple("of-paused", "paused", freePort()));
            await(ready("of-paused"));

            claim("paused", Duration.ofHours(1));
        }

        assertThat(holder("paused")).isEqualTo("the rival");
        Node left = api().get(NODES + "/paused", Node.class);
        assertThat(left.getSpec().getUnschedulable()).isNotEqualTo(Boolean.TRUE);
        assertThat(condition(left, "Ready"))
                .hasValueSatisfying(ready -> assertThat(ready.getStatus()).isEqualTo("True"));
        assertThat(condition(api().get(path("of-paused"), Pod.class), "Ready")).isEqualTo("True");
        delete("of-paused", 0);
    }

    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/";

    /** As a process does whose clock is so far ahead. */
    private void claim(String node, Duration ahead) {
        api().patch(
                        LEASES + node,
                        Map.of(
                                "metadata",
                                Map.of("annotations", Map.of("wagi.dev/process", "the rival")),
                                "spec",
                                Map.of("renewTime", MICROS.format(Instant.now().plus(ahead)))),
                        Lease.class);
    }

    private String holder(String node) {
        return api().get(LEASES + node, Lease.class)
                .getMetadata()
                .getAnnotations()
                .get("wagi.dev/process");
    }

    /** What a watchdog asks: a restart would not help against a cluster that cannot be reached. */
    @Test
    void isAnswering_kubeletApi_isLookedAt() throws Exception {
        Duration patience = Duration.ofMinutes(2);
        WagiNode node = node("answers").start();
        try (node) {
            await(node("answers", "Ready", "True"));

            assertThat(node.isAnswering(patience)).isTrue();
            assertThat(node.isAnswering(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
            assertThatThrownBy(() -> node.isAnswering(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(node.isAnswering(patience)).isFalse();
    }

    @Test
    void watch_thatIsCut_isResumed() throws Exception {
        try (WagiNode node = node("cut").start()) {
            await(node("cut", "Ready", "True"));
            cluster.cutWatches();

            create(simple("cut", "cut", freePort()));

            await(ready("cut"));
            delete("cut", 0);
        }
    }

    /** What the client makes of it is in {@code WatchText}. */
    @Test
    void watch_ofTextBeyondAscii_goesOn() throws Exception {
        Predicate<String> lists = call -> call.equals("GET /api/v1/pods");
        try (WagiNode node = node("text").start()) {
            await(node("text", "Ready", "True"));
            create(simple("text-before", "text", freePort()));
            await(ready("text-before"));
            long before = cluster.count(lists);

            int port = freePort();
            create(pod(
                    "text-after",
                    "text",
                    Map.of(
                            "alpha.wagi.krustlet.dev/default-host",
                            "127.0.0.1:" + port,
                            "note",
                            "5 \u20ac \ud83d\ude00"),
                    List.of(container("a", hello)),
                    Map.of()));
            await(ready("text-after"));
            delete("text-after", 0);
            await(closed(port));

            assertThat(cluster.count(lists)).isEqualTo(before);
            delete("text-before", 0);
        }
    }

    @Test
    void watch_thatIsCutWhileAPodIsDeletedByForce_missesNothing() throws Exception {
        int port = freePort();
        try (WagiNode node = node("missed").start()) {
            create(simple("missed", "missed", port));
            await(ready("missed"));

            cluster.cutWatches();
            delete("missed", 0);

            await(closed(port));
        }
    }

    @Test
    void watch_whoseHistoryIsGone_beginsAgainWithAList() throws Exception {
        try (WagiNode node = node("history").start()) {
            create(simple("history-old", "history", freePort()));
            await(ready("history-old"));
            delete("history-old", 30);
            await(gone("history-old"));

            cluster.forget();
            create(simple("history-new", "history", freePort()));

            await(ready("history-new"));
            delete("history-new", 0);
        }
    }

    @Test
    void start_whatTheApiForbids_isReportedAtOnce() {
        cluster.fail(call -> call.equals("POST /api/v1/nodes"), 403, 1);

        assertThatThrownBy(() -> node("forbidden").start())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("POST /api/v1/nodes: 403");
    }

    @Test
    void node_thatIsRemovedFromTheCluster_isThereAgain() throws Exception {
        try (WagiNode node = node("removed").start()) {
            await(node("removed", "Ready", "True"));
            api().delete("/api/v1/nodes/removed", 0);

            node.beat();

            assertThat(await(node("removed", "Ready", "True"))).isNotNull();
        }
    }

    /**
     * What a cluster of many nodes feels: a heartbeat reads the node and renews its lease, and writes nothing that is
     * there.
     */
    @Test
    void beat_atRest_isTwoCalls() throws Exception {
        Predicate<String> heartbeat = call -> call.equals("GET /api/v1/nodes/rest")
                || call.equals("PATCH /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/rest");
        try (WagiNode node = node("rest").start()) {
            await(node("rest", "Ready", "True"));
            create(simple("rest-pod", "rest", freePort()));
            await(ready("rest-pod"));
            node.beat();
            long beats = cluster.count(heartbeat);
            long others =
                    cluster.count(call -> call.contains("/rest") && !call.contains("/pods/") && !heartbeat.test(call));

            for (int i = 0; i < 10; i++) {
                node.beat();
            }

            assertThat(cluster.count(heartbeat) - beats).isGreaterThanOrEqualTo(20);
            assertThat(cluster.count(
                            call -> call.contains("/rest") && !call.contains("/pods/") && !heartbeat.test(call)))
                    .isEqualTo(others);
            delete("rest-pod", 0);
        }
    }
}
