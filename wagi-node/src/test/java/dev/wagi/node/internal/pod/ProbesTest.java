// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ProbesTest {

    private final Clock clock = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

    @TempDir
    private Path files;

    @Test
    @Timeout(60)
    void ask_afterAnErrorOfTheNode_asksAgain() {
        AtomicInteger asked = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(1);
        Probes.Host host = new Probes.Host() {
            @Override
            public Optional<WagiResponse> ask(String uid, WagiRequest request) {
                throw new AssertionError("a probe without httpGet asks whether the pod is served");
            }

            @Override
            public boolean isServed(String uid) {
                if (asked.getAndIncrement() == 0) {
                    throw new OutOfMemoryError("test");
                }
                return true;
            }
        };
        PodRun run = new PodRun(pod(), files, clock, null);
        ContainerRun container = Objects.requireNonNull(run.containers.get("a"));
        container.startedAt = clock.instant();
        container.started = true;
        try (Probes probes = new Probes(host, (pod, of, failure) -> ready.countDown(), clock)) {
            while (ready.getCount() > 0) {
                synchronized (run) {
                    container.readiness.due = clock.instant();
                    probes.ask(run, container);
                }
                Thread.yield();
            }

            assertThat(asked.get()).isGreaterThanOrEqualTo(2);
            synchronized (run) {
                assertThat(container.probedReady).isTrue();
            }
        }
    }

    private static Pod pod() {
        return new KubernetesSerialization()
                .unmarshal(
                        "metadata: {uid: u, name: p, namespace: n}\n"
                                + "spec: {containers: [{name: a, readinessProbe: {tcpSocket: {port: 1}}}]}",
                        Pod.class);
    }
}
