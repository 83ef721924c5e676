// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.node.api.NodeException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    @ValueSource(ints = {403, 409, 429, 500, 503})
    void call_thatFailsAFewTimes_isRepeated(int status) throws Exception {
        String name = "fails-" + status;
        try (WagiNode node = node(name).start()) {
            await(node(name, "Ready", "True"));
            cluster.fail(call -> call.equals("PATCH " + PODS + "/" + name + "/status"), status, 2);

            create(simple(name, name, freePort()));
            await(ready(name));
            cluster.fail(call -> call.equals("DELETE " + PODS + "/" + name), status == 409 ? 500 : status, 2);
            delete(name, 30);

            await(gone(name));
        }
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
