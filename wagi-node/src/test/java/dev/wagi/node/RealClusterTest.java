// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.node.api.NodeException;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The contract on a real control plane, and what only that has: kubectl, controllers, certificates. Runs with
 * -Pcluster.
 */
@Tag("cluster")
@ExtendWith(RealCluster.Shared.class)
@SuppressWarnings("try") // a node that only runs is not used
class RealClusterTest extends NodeContract {

    private RealCluster cluster;

    @BeforeAll
    void start(RealCluster shared) {
        cluster = shared;
    }

    @Override
    Cluster cluster() {
        return cluster;
    }

    /** {@code -Dwagi.cycles=1000} for a long run. */
    @Override
    int cycles() {
        return Integer.getInteger("wagi.cycles", 100);
    }

    /** TLS bootstrap, then what the API server asks of the kubelet API with a certificate that an operator approved. */
    @Test
    void logs_ofABootstrappedNode_areWhatKubectlShows() throws Exception {
        int port = freePort();
        try (WagiNode node = WagiNode.bootstrapBuilder(cluster.bootstrap(), files.resolve("data-bootstrap"))
                .name("bootstrap")
                .address("127.0.0.1")
                .kubeletPort(freePort())
                .modules(registry.client(files.resolve("store")))
                .start()) {
            create(pod(
                    "logs",
                    "bootstrap",
                    Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port),
                    List.of(container("log", log)),
                    Map.of()));
            await(ready("logs"));
            cluster.approveServing("bootstrap");
            get(port, "/");
            get(port, "/");

            String all = await(
                    "kubectl logs to work",
                    () -> Optional.of(cluster.kubectl("logs", "logs")).filter(text -> text.startsWith("log: ")));

            assertThat(all.lines()).hasSize(6).allMatch(line -> line.startsWith("log: "));
            assertThat(cluster.kubectl("logs", "logs", "--tail=2").lines()).hasSize(2);
            assertThat(cluster.kubectl("logs", "logs", "--timestamps", "--tail=1"))
                    .matches("(?s)20[0-9T:.-]+Z log: .*");
            assertThat(cluster.kubectl("logs", "logs", "--limit-bytes=5")).isEqualTo("log: ");
            assertThat(cluster.kubectl("logs", "logs", "--since=1h").lines()).hasSize(6);
            assertThat(cluster.kubectl("logs", "logs", "--previous")).contains("not found");
            assertThat(cluster.kubectl("logs", "logs", "--since-time=2100-01-01T00:00:00Z"))
                    .isEmpty();
            assertThat(cluster.kubectl("logs", "logs", "--all-containers", "--prefix"))
                    .startsWith("[pod/logs/log] log: ");
            for (List<String> streams : List.of(
                    List.of("exec", "logs", "--", "ls"),
                    List.of("attach", "logs"),
                    List.of("port-forward", "logs", freePort() + ":80"))) {
                assertThat(cluster.kubectl(streams.toArray(String[]::new))).contains("not supported by WAGI nodes");
            }
            follow(port);
            await(gone("logs"));
        }
    }

    /** A log is followed until its pod ends. */
    private void follow(int port) throws Exception {
        Process process = cluster.begin("logs", "logs", "--follow", "--tail=1");
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.readLine()).startsWith("log: ");
            get(port, "/");
            for (int i = 0; i < 3; i++) {
                assertThat(lines.readLine()).startsWith("log: ");
            }
            delete("logs", 30);
            assertThat(lines.readLine()).isNull();
            assertThat(process.waitFor()).isZero();
        } finally {
            process.destroy();
        }
    }

    /** What a container has logged before its node was restarted. */
    @Test
    void logs_ofTheRunBefore_areWhatKubectlShows() throws Exception {
        int port = freePort();
        Path data = files.resolve("data-previous");
        try (WagiNode node = node("previous", data).start()) {
            create(pod(
                    "previous",
                    "previous",
                    Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port),
                    List.of(container("log", log)),
                    Map.of()));
            await(ready("previous"));
            cluster.approveServing("previous");
            get(port, "/");
            await(
                    "kubectl logs to work",
                    () -> Optional.of(cluster.kubectl("logs", "previous")).filter(text -> text.startsWith("log: ")));
        }
        try (WagiNode node = node("previous", data).start()) {
            await(ready("previous"));

            assertThat(cluster.kubectl("logs", "previous", "--previous").lines())
                    .hasSize(3)
                    .allMatch(line -> line.startsWith("log: "));
            assertThat(cluster.kubectl("logs", "previous")).isEmpty();
            delete("previous", 0);
        }
    }

    /** An API server ends the connections of clients that it does not know. */
    @Test
    void node_withAWrongToken_saysThatItIsUnauthorized() throws Exception {
        String good = Files.readString(cluster.bootstrap());
        Path bad = Files.writeString(
                files.resolve("bad.kubeconfig"), good.replaceFirst("token: \\S*[a-z0-9]", "token: wrong"));

        assertThatThrownBy(() -> WagiNode.bootstrapBuilder(bad, files.resolve("data-unauthorized"))
                        .name("unauthorized")
                        .address("127.0.0.1")
                        .kubeletPort(freePort())
                        .start())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Unauthorized");
    }

    @Test
    void deployment_ofThirtyReplicas_isUpdatedWithoutLosingARequest() throws Exception {
        int port = freePort();
        try (WagiNode node = node("web").start()) {
            cluster.kubectl("create", "deployment", "web", "--image=" + hello, "--replicas=30", "--port=" + port);
            cluster.kubectl(
                    "patch",
                    "deployment",
                    "web",
                    "-p",
                    "{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"kubernetes.io/hostname\":\"web\"},\"tolerations\":[{\"key\":\"kubernetes.io/arch\",\"operator\":\"Exists\"}]}}}}");
            assertThat(cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5m"))
                    .contains("successfully rolled out");
            assertThat(get(port, "/").statusCode()).isEqualTo(200);

            AtomicBoolean updating = new AtomicBoolean(true);
            CompletableFuture<List<String>> answers = CompletableFuture.supplyAsync(() -> answers(port, updating));
            try {
                cluster.kubectl("set", "env", "deployment/web", "A=B");

                assertThat(cluster.kubectl("rollout", "status", "deployment/web", "--timeout=5m"))
                        .contains("successfully rolled out");
            } finally {
                updating.set(false);
            }
            assertThat(answers.get()).isNotEmpty().containsOnly("200 hello world\n");
            assertThat(get(port, "/").statusCode()).isEqualTo(200);
            cluster.kubectl("delete", "deployment", "web");
            cluster.kubectl("wait", "--for=delete", "pod", "--selector=app=web", "--timeout=5m");
        }
    }

    /** One request after the other. */
    private List<String> answers(int port, AtomicBoolean wanted) {
        List<String> answers = new ArrayList<>();
        while (wanted.get() || answers.isEmpty()) {
            try {
                HttpResponse<String> answer = get(port, "/");
                answers.add(answer.statusCode() + " " + answer.body());
            } catch (IOException | InterruptedException e) {
                answers.add(e.toString());
            }
        }
        return answers;
    }

    /** One for every node of a cluster, such as a log collector, is not for this node, and says how to keep it away. */
    @Test
    void daemonSet_forEveryNode_isRefused() throws Exception {
        try (WagiNode node = node("daemons").start()) {
            Path manifest = Files.writeString(files.resolve("daemons.yaml"), """
                    apiVersion: apps/v1
                    kind: DaemonSet
                    metadata: {name: daemons}
                    spec:
                      selector: {matchLabels: {app: daemons}}
                      template:
                        metadata: {labels: {app: daemons}}
                        spec:
                          nodeSelector: {kubernetes.io/hostname: daemons} # of this test
                          tolerations: [{operator: Exists}]
                          containers: [{name: a, image: "registry.example/collector:v1"}]
                    """);
            cluster.kubectl("apply", "-f", manifest.toString());

            await(
                    "the refusal",
                    () -> Optional.of(cluster.kubectl(
                                    "get",
                                    "events",
                                    "--field-selector=reason=NodeAffinity",
                                    "-o",
                                    "jsonpath={.items[*].message}"))
                            .filter(text ->
                                    text.contains("give the DaemonSet the nodeSelector kubernetes.io/os: linux")));

            cluster.kubectl(
                    "patch",
                    "daemonset",
                    "daemons",
                    "-p",
                    "{\"spec\":{\"template\":{\"spec\":{\"nodeSelector\":{\"kubernetes.io/os\":\"linux\"}}}}}");
            await(
                    "it to want no pod here",
                    () -> Optional.of(cluster.kubectl(
                                    "get", "daemonset", "daemons", "-o", "jsonpath={.status.desiredNumberScheduled}"))
                            .filter("0"::equals));
            cluster.kubectl("delete", "daemonset", "daemons");
            cluster.kubectl("wait", "--for=delete", "pod", "--selector=app=daemons", "--timeout=5m");
        }
    }

    /** What kubectl drain makes unschedulable stays so when the node is started again, and until kubectl uncordon. */
    @Test
    void drain_ofANode_movesItsPods() throws Exception {
        Path data = files.resolve("data-drained");
        try (WagiNode other = node("drain-other").start()) {
            try (WagiNode node = node("drain", data).start()) {
                cluster.kubectl("label", "node", "drain", "drain-other", "pool=drain");
                cluster.kubectl("cordon", "drain-other");
                cluster.kubectl(
                        "create", "deployment", "moved", "--image=" + hello, "--replicas=2", "--port=" + freePort());
                cluster.kubectl(
                        "patch",
                        "deployment",
                        "moved",
                        "-p",
                        "{\"spec\":{\"strategy\":{\"type\":\"Recreate\",\"rollingUpdate\":null},\"template\":{\"spec\":{\"nodeSelector\":{\"pool\":\"drain\"},\"tolerations\":[{\"key\":\"kubernetes.io/arch\",\"operator\":\"Exists\"}]}}}}");
                assertThat(cluster.kubectl("rollout", "status", "deployment/moved", "--timeout=5m"))
                        .contains("successfully rolled out");
                assertThat(nodesOf("moved")).containsExactly("drain", "drain");
                cluster.kubectl("uncordon", "drain-other");

                assertThat(cluster.kubectl("drain", "drain", "--timeout=5m")).contains("node/drain drained");

                assertThat(cluster.kubectl("rollout", "status", "deployment/moved", "--timeout=5m"))
                        .contains("successfully rolled out");
                assertThat(nodesOf("moved")).containsExactly("drain-other", "drain-other");
            }
            try (WagiNode node = node("drain", data).start()) {
                await(node("drain", "Ready", "True"));
                assertThat(unschedulable("drain")).isEqualTo("true");
                cluster.kubectl("uncordon", "drain");
            }
            try (WagiNode node = node("drain", data).start()) {
                await(node("drain", "Ready", "True"));
                assertThat(unschedulable("drain")).isEmpty();
            }
            cluster.kubectl("delete", "deployment", "moved");
            cluster.kubectl("wait", "--for=delete", "pod", "--selector=app=moved", "--timeout=5m");
        }
    }

    private List<String> nodesOf(String app) throws Exception {
        return cluster.kubectl("get", "pods", "--selector=app=" + app, "-o", "jsonpath={.items[*].spec.nodeName}")
                .lines()
                .flatMap(line -> Stream.of(line.split(" ")))
                .toList();
    }

    private String unschedulable(String node) throws Exception {
        return cluster.kubectl("get", "node", node, "-o", "jsonpath={.spec.unschedulable}");
    }

    @Test
    void apiServer_thatDiesAndComesBack_isFollowedAgain() throws Exception {
        int port = freePort();
        try (WagiNode node = node("restart").start()) {
            create(simple("restart-old", "restart", port));
            await(ready("restart-old"));

            cluster.restart();
            assertThat(get(port, "/").statusCode()).isEqualTo(200);
            create(simple("restart-new", "restart", freePort()));
            await(ready("restart-new"));
            delete("restart-old", 30);

            await(gone("restart-old"));
            delete("restart-new", 0);
        }
    }

    /** What every ordinary pod has since Kubernetes 1.21: a token, the cluster's certificate, its namespace. */
    @Test
    void pod_withTheUsualTokenVolume_isServed() throws Exception {
        try (WagiNode node = node("token").start()) {
            cluster.kubectl(
                    "run",
                    "token",
                    "--image=" + hello,
                    "--port=" + freePort(),
                    "--overrides",
                    "{\"spec\":{\"nodeName\":\"token\",\"tolerations\":[{\"operator\":\"Exists\"}]}}");

            Pod ready = await(ready("token"));

            assertThat(ready.getSpec().getVolumes()).anyMatch(volume -> volume.getProjected() != null);
            delete("token", 0);
        }
    }
}
