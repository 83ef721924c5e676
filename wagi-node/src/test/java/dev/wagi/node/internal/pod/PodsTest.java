// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.node.internal.cluster.Api;
import dev.wagi.node.internal.registration.Capacity;
import dev.wagi.node.internal.registration.NodeSettings;
import dev.wagi.oci.client.OciModuleResolver;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PodsTest {

    /** Of no API server: these pods never get as far as their status. */
    private static final Config NOWHERE =
            new ConfigBuilder().withMasterUrl("https://127.0.0.1:1").build();

    @TempDir
    private Path files;

    private Api api;
    private Pods pods;

    @BeforeEach
    void open() {
        api = Api.of(NOWHERE);
        pods = new Pods(
                api,
                new NodeSettings("node", "127.0.0.1", 1, Map.of()),
                new Capacity(2, 1000, 1000, 1000, 2, files),
                files.resolve("pods"),
                files.resolve("compiled"),
                List.of(),
                OciModuleResolver.standard(),
                true,
                false,
                List.of(),
                Clock.systemUTC());
    }

    @AfterEach
    void close() {
        pods.close();
        api.close();
    }

    private static Pod pod(String uid) {
        return new KubernetesSerialization()
                .unmarshal(
                        "metadata: {uid: " + uid + ", name: p, namespace: n}\n"
                                + "spec: {containers: [{name: a}], initContainers: [{name: b}]}",
                        Pod.class);
    }

    @Test
    void begin_withAPodThatIsDeletedMeanwhile_forgetsIt() throws IOException {
        Queue<List<Pod>> lists = new ArrayDeque<>(List.of(List.of(pod("gone"), pod("here")), List.of(pod("here"))));

        pods.begin(lists::remove);

        assertThat(pods.list()).extracting(pod -> pod.getMetadata().getUid()).containsExactly("here");
        assertThat(files.resolve("pods/gone")).doesNotExist();
    }

    @Test
    void begin_withAMalformedUid_ignoresThePod() throws IOException {
        pods.begin(() -> List.of(pod("../outside")));

        assertThat(pods.list()).isEmpty();
        assertThat(files.resolve("outside")).doesNotExist();
    }

    @Test
    void begin_withAPodThatCannotBegin_takesTheOthersAtOnce() throws IOException {
        Files.createDirectories(files.resolve("pods"));
        Files.createFile(files.resolve("pods/bad"));

        pods.begin(() -> List.of(pod("a"), pod("bad"), pod("b")));

        assertThat(pods.held().get(1)).isEqualTo(2);
    }

    @Test
    void begin_againAfterAFailure_takesThePodsOnce() throws IOException {
        Iterator<Supplier<List<Pod>>> lists = List.<Supplier<List<Pod>>>of(
                        () -> List.of(pod("a"), pod("b")),
                        () -> {
                            throw new OutOfMemoryError("of this test");
                        },
                        () -> List.of(pod("a"), pod("b")),
                        () -> List.of(pod("a"), pod("b")))
                .iterator();
        assertThatThrownBy(() -> pods.begin(() -> lists.next().get())).isInstanceOf(OutOfMemoryError.class);

        pods.begin(() -> lists.next().get());

        assertThat(pods.list()).extracting(pod -> pod.getMetadata().getUid()).containsExactlyInAnyOrder("a", "b");
        assertThat(pods.held().get(1)).isEqualTo(2);
    }
}
