// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Strangers on a real control plane: what it lets through, and what its authorizer decides. Runs with -Pcluster. */
@SuppressWarnings("try") // a node that only runs is not used
@Tag("cluster")
@ExtendWith(RealCluster.Shared.class)
class RealTenantsTest extends TenantContract {

    private RealCluster cluster;

    @BeforeAll
    void start(RealCluster running) throws Exception {
        cluster = running;
        prepare();
    }

    @AfterAll
    void stop() {
        finish();
    }

    @Override
    Cluster cluster() {
        return cluster;
    }

    @Override
    int mutations() {
        return Integer.getInteger("wagi.mutations", 200);
    }

    // --- logs

    /** Who may read the logs of one namespace, or the metrics of a node, reads no log of another, through no path. */
    @Test
    void log_ofAnotherTenant_isNotRead() throws Exception {
        int port = freePort();
        int other = freePort();
        int kubelet = freePort();
        kubectl("create rolebinding of-b --namespace=tenant-b --clusterrole=admin --serviceaccount=tenant-b:default");
        kubectl("create serviceaccount monitor --namespace=tenant-b");
        kubectl("create clusterrole monitor --verb=get --resource=nodes/metrics,nodes/stats");
        kubectl("create clusterrolebinding monitor --clusterrole=monitor --serviceaccount=tenant-b:monitor");
        try (WagiNode node = node("logs-of-tenants").kubeletPort(kubelet).start()) {
            create(pod("tenant-a/victim", "logs-of-tenants", at(port), List.of(container("a", log)), Map.of()));
            create(pod("tenant-b/own", "logs-of-tenants", at(other), List.of(container("a", log)), Map.of()));
            await(ready("tenant-a/victim"));
            await(ready("tenant-b/own"));
            cluster.approveServing("logs-of-tenants");
            get(port, "/");
            get(other, "/");

            String as = " --as=system:serviceaccount:tenant-b:default";
            await(
                    "kubectl logs to work",
                    () -> Optional.of(kubectl("logs own --namespace=tenant-b" + as))
                            .filter(text -> text.startsWith("log: ")));
            assertThat(kubectl("logs victim --namespace=tenant-a" + as))
                    .contains("forbidden")
                    .doesNotContain("log: ");

            String token = kubectl("create token default --namespace=tenant-b").strip();
            String monitor =
                    kubectl("create token monitor --namespace=tenant-b").strip();
            for (String path : List.of(
                    "/containerLogs/tenant-a/victim/a",
                    "/containerLogs/tenant-b/own/a",
                    "/containerLogs/tenant-b/../tenant-a/victim/a",
                    "/metrics/../containerLogs/tenant-a/victim/a",
                    "/metrics/%2e%2e/containerLogs/tenant-a/victim/a",
                    "/metrics/..%2fcontainerLogs/tenant-a/victim/a",
                    "/metrics/..;/containerLogs/tenant-a/victim/a",
                    "/stats;/../containerLogs/tenant-a/victim/a",
                    "//containerLogs/tenant-a/victim/a",
                    "/pods",
                    "/runningpods/",
                    "/exec/tenant-a/victim/a")) {
                for (String caller : List.of(token, monitor)) {
                    HttpResponse<String> answer = ask(kubelet, path, caller);
                    assertThat(answer.statusCode()).as(path).isIn(400, 403, 404);
                    assertThat(answer.body()).as(path).doesNotContain("log: ", "victim");
                }
                assertThat(ask(kubelet, path, "no token").statusCode()).as(path).isIn(400, 401);
            }
            assertThat(ask(kubelet, "/metrics/resource", token).statusCode()).isEqualTo(403);
            assertThat(ask(kubelet, "/metrics/resource", monitor).statusCode()).isEqualTo(200);
            delete("tenant-a/victim", 0);
            delete("tenant-b/own", 0);
        }
    }

    private String kubectl(String line) throws Exception {
        return cluster.kubectl(line.split(" "));
    }
}
