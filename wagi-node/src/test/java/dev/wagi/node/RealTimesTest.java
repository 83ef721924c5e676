// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What takes its time in a cluster, with a control plane that has less patience. Runs with -Pcluster. */
@SuppressWarnings("try") // a node that only runs is not used
@Tag("cluster")
class RealTimesTest extends ClusterWords {

    /** A node has a fifth of it to renew its certificate. */
    private static final String CERTIFICATES = "90s";

    /** Two heartbeats. */
    private static final String SILENCE = "20s";

    private RealCluster cluster;

    @BeforeAll
    void start() throws Exception {
        cluster = new RealCluster(
                Files.createTempDirectory("wagi-cluster"),
                Map.of("WAGI_NODE_MONITOR_GRACE", SILENCE, "WAGI_SIGNING_DURATION", CERTIFICATES));
    }

    @AfterAll
    void stop() throws IOException {
        cluster.close();
    }

    @Override
    Cluster cluster() {
        return cluster;
    }

    @Test
    void certificates_thatExpire_areRenewedWithoutARestart() throws Exception {
        int kubelet = freePort();
        int port = freePort();
        Path data = files.resolve("data-renewal");
        try (WagiNode node = WagiNode.bootstrapBuilder(cluster.bootstrap(), data)
                .name("renewal")
                .address("127.0.0.1")
                .kubeletPort(kubelet)
                .modules(registry.client(files.resolve("store")))
                .start()) {
            X509Certificate client = client(data);
            cluster.approveServing("renewal");
            X509Certificate serving = await(
                    "the serving certificate",
                    () -> Optional.of(serving(kubelet)).filter(RealTimesTest::isOfTheCluster));

            await("another client certificate", () -> Optional.of(client(data)).filter(next -> !next.equals(client)));
            cluster.approveServing("renewal");
            await(
                    "another serving certificate",
                    () -> Optional.of(serving(kubelet)).filter(next -> !next.equals(serving)));

            Instant end = later(client, serving);
            await(
                    "a heartbeat after the first certificates have expired",
                    () -> renewed("renewal").filter(time -> time.isAfter(end)));
            create(pod(
                    "renewal",
                    "renewal",
                    Map.of("alpha.wagi.krustlet.dev/default-host", "127.0.0.1:" + port),
                    List.of(container("log", log)),
                    Map.of()));
            await(ready("renewal"));
            get(port, "/");
            await(
                    "kubectl logs to work",
                    () -> Optional.of(cluster.kubectl("logs", "renewal")).filter(text -> text.startsWith("log: ")));
            delete("renewal", 0);
        }
    }

    private static Instant later(X509Certificate a, X509Certificate b) {
        return (a.getNotAfter().after(b.getNotAfter()) ? a : b).getNotAfter().toInstant();
    }

    private static boolean isOfTheCluster(X509Certificate certificate) {
        return certificate.getIssuerX500Principal().getName().equals("CN=wagi-tests");
    }

    private static X509Certificate client(Path data) throws Exception {
        String pem = Files.readString(data.resolve("client.pem"));
        Matcher certificate = Pattern.compile("(?s)-----BEGIN CERTIFICATE.*?END CERTIFICATE-----")
                .matcher(pem);
        assertThat(certificate.find()).isTrue();
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(
                        new ByteArrayInputStream(certificate.group().getBytes(StandardCharsets.US_ASCII)));
    }

    private static X509Certificate serving(int kubelet) throws Exception {
        SSLContext any = SSLContext.getInstance("TLS");
        any.init(null, new TrustManager[] {new TrustsAll()}, null);
        try (Socket socket = any.getSocketFactory().createSocket("127.0.0.1", kubelet)) {
            return (X509Certificate) ((SSLSocket) socket).getSession().getPeerCertificates()[0];
        }
    }

    private Optional<Instant> renewed(String node) {
        return Optional.of(
                api().get("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/" + node, Lease.class)
                        .getSpec()
                        .getRenewTime()
                        .toInstant());
    }

    /** The cluster gives up a node that it does not hear of; its pods are served all the same. */
    @Test
    void node_thatCannotReachTheApi_isUnknownUntilItCan() throws Exception {
        int port = freePort();
        String kubeconfig = Files.readString(cluster.identity("silent"));
        Matcher server = Pattern.compile("https://127.0.0.1:([0-9]+)").matcher(kubeconfig);
        assertThat(server.find()).isTrue();
        try (Relay relay = new Relay(Integer.parseInt(server.group(1)))) {
            Path own = Files.writeString(
                    files.resolve("silent-relayed.kubeconfig"), server.replaceAll("https://127.0.0.1:" + relay.port()));
            try (WagiNode node = WagiNode.builder(own, files.resolve("data-silent"))
                    .name("silent")
                    .address("127.0.0.1")
                    .kubeletPort(freePort())
                    .modules(registry.client(files.resolve("store")))
                    .start()) {
                create(simple("stays", "silent", port));
                create(simple("goes", "silent", freePort()));
                await(ready("stays"));
                await(ready("goes"));
                await(node("silent", "Ready", "True"));

                relay.cut();
                await(node("silent", "Ready", "Unknown"));
                assertThat(get(port, "/").body()).isEqualTo("hello world\n");
                delete("goes", 30);
                await(pod(
                        "stays",
                        "to be not ready",
                        pod -> condition(pod, "Ready").equals("False")));

                relay.mend();
                await(node("silent", "Ready", "True"));
                await(ready("stays"));
                await(gone("goes"));
                assertThat(get(port, "/").body()).isEqualTo("hello world\n");
                delete("stays", 0);
            }
        }
    }
}
