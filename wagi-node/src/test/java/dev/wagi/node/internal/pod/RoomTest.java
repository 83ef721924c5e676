// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.node.internal.registration.Capacity;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {

    private final Room room = new Room(new Capacity(2, 1000, 1000, 1000, 2, Path.of("")));

    private static Pod pod(String uid, String resources, String status) {
        return new KubernetesSerialization()
                .unmarshal(
                        "metadata: {uid: " + uid + "}\nspec: {containers: [{name: a, resources: {" + resources
                                + "}}]}\nstatus: {" + status + "}",
                        Pod.class);
    }

    private static Pod pod(String uid) {
        return pod(uid, "", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "requests: {cpu: 3}                                   | OutOfcpu",
                "limits: {memory: 1Ki}                                | OutOfmemory",
                "requests: {memory: 1}, limits: {memory: 1Ki}         | ''",
                "requests: {ephemeral-storage: 1Ki}                   | OutOfephemeral-storage",
                "requests: {cpu: 2, memory: 1000}                     | ''",
                "requests: {ephemeral-storage: 1Ki, memory: 1Ki, cpu: 3} | OutOfcpu",
                "requests: {ephemeral-storage: 1Ki, memory: 1Ki}      | OutOfmemory",
                "limits: {cpu: \"1e400\"}                               | OutOfcpu",
                "limits: {cpu: \"1e2000000000\"}                        | OutOfcpu",
                "limits: {cpu: many}                                  | OutOfcpu",
                "limits: {cpu: \"1e-400\"}                              | ''",
            })
    void take_moreThanThereIs_isRefused(String resources, String reason) {
        assertThat(room.take(pod("a", resources, ""))
                        .map(Admission.Refusal::reason)
                        .orElse(""))
                .isEqualTo(reason);
    }

    @Test
    void take_ofAPodThatWasServedBefore_isNeverRefused() {
        Pod before = pod("a", "requests: {cpu: 3}", "startTime: '2026-01-01T00:00:00Z'");

        assertThat(room.take(before)).isEmpty();
        assertThat(room.has(before)).isTrue();
    }

    @Test
    void take_whileOthersAreAboutToGo_waits() {
        room.take(pod("a"));
        room.take(pod("b"));
        assertThat(room.take(pod("c"))).map(Admission.Refusal::reason).contains("OutOfpods");
        assertThat(room.take(pod("d", "requests: {cpu: 3, memory: 1Gi}", "")))
                .map(Admission.Refusal::reason)
                .contains("OutOfpods");

        room.leaving(pod("a"));
        assertThat(room.take(pod("c"))).isEmpty();
        assertThat(room.has(pod("c"))).isFalse();
        assertThat(room.take(pod("d", "requests: {cpu: 3}", "")))
                .map(Admission.Refusal::reason)
                .contains("OutOfcpu");

        room.leave(pod("a"));
        assertThat(room.take(pod("c"))).isEmpty();
        assertThat(room.has(pod("c"))).isTrue();
    }
}
