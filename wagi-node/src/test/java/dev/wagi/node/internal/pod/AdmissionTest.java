// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AdmissionTest {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    /** A container, the rest of the pod's spec, and the message of the refusal. */
    static Stream<String[]> unsupported() {
        return Stream.of(
                new String[] {"securityContext: {privileged: true}", "", "container a is privileged"},
                new String[] {"volumeDevices: [{name: d, devicePath: /dev/x}]", "", "container a has volumeDevices"},
                new String[] {"resources: {limits: {nvidia.com/gpu: 1}}", "", "container a asks for nvidia.com/gpu"},
                new String[] {"livenessProbe: {exec: {command: [ls]}}", "", "container a has a livenessProbe of a kind"
                },
                new String[] {"readinessProbe: {grpc: {port: 1}}", "", "container a has a readinessProbe of a kind"},
                new String[] {"startupProbe: {exec: {command: [ls]}}", "", "container a has a startupProbe of a kind"},
                new String[] {"lifecycle: {preStop: {exec: {command: [ls]}}}", "", "container a has lifecycle hooks"},
                new String[] {"lifecycle: {postStart: {httpGet: {port: 1}}}", "", "container a has lifecycle hooks"},
                new String[] {
                    "volumeMounts: [{name: v, mountPath: /v, subPath: x}]", "", "container a mounts a subPath of v"
                },
                new String[] {"image: a", "initContainers: [{name: i, image: i}]", "initContainers are not run"},
                new String[] {"image: a", "hostPID: true", "hostPID and hostIPC mean nothing"},
                new String[] {"image: a", "hostIPC: true", "hostPID and hostIPC mean nothing"},
                new String[] {
                    "image: a",
                    "volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]",
                    "the volume v is of a kind"
                },
                new String[] {"image: a", "volumes: [{name: v, nfs: {server: s, path: /}}]", "the volume v is of a kind"
                },
                new String[] {"image: a", "volumes: [{name: v, csi: {driver: d}}]", "the volume v is of a kind"},
                new String[] {
                    "image: a",
                    "volumes: [{name: v, projected: {sources: [{clusterTrustBundle: {path: p}}]}}]",
                    "the volume v projects"
                });
    }

    @ParameterizedTest
    @MethodSource("unsupported")
    void check_whatModulesCannotHave_isRefusedWithTheReason(String container, String spec, String message) {
        Pod pod = pod("{name: p, namespace: n}", "{name: a, " + container + "}", spec);

        Optional<Admission.Refusal> refusal = Admission.check(pod);

        assertThat(refusal).get().satisfies(found -> {
            assertThat(found.reason()).isEqualTo("UnsupportedPodSpec");
            assertThat(found.message()).contains(message);
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "DaemonSet  | tolerations: [{operator: Exists}]                                             |"
                        + " NodeAffinity",
                "ReplicaSet | tolerations: [{operator: Exists}]                                             | ''",
                "DaemonSet  | 'tolerations: [{key: kubernetes.io/arch, operator: Exists}]'                  | ''",
                "DaemonSet  | 'tolerations: [{operator: Exists}], nodeSelector: {kubernetes.io/arch: wasm32-wagi}'"
                        + " | ''",
                "DaemonSet  | 'tolerations: [{operator: Exists}], runtimeClassName: wagi'                   | ''"
            })
    void check_podOfAController_daemonSetsForEveryNodeAreRefused(String kind, String spec, String reason) {
        Pod pod = pod(
                "{name: p, namespace: n, ownerReferences: [{kind: " + kind + ", name: o}]}",
                "{name: a, image: a}",
                spec);

        Optional<Admission.Refusal> refusal = Admission.check(pod);

        assertThat(refusal.map(Admission.Refusal::reason).orElse("")).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "livenessProbe: {httpGet: {path: /, port: 80}}",
                "readinessProbe: {tcpSocket: {port: 80}}",
                "'securityContext: {privileged: false, runAsNonRoot: true}'",
                "'resources: {limits: {cpu: 1, memory: 64Mi}}'",
                "'stdin: true, tty: true'"
            })
    void check_whatModulesCanHaveOrIgnore_isTaken(String container) {
        Pod pod = pod(
                "{name: p, namespace: n}",
                "{name: a, " + container + "}",
                "volumes: [{name: e, emptyDir: {}}, {name: k, projected: {sources: [{serviceAccountToken: {path:"
                        + " t}}]}}]");

        assertThat(Admission.check(pod)).isEmpty();
    }

    private static Pod pod(String metadata, String container, String spec) {
        String more = spec == null || spec.isEmpty() ? "" : ", " + spec;
        return JSON.unmarshal(
                "---\n{apiVersion: v1, kind: Pod, metadata: " + metadata + ", spec: {containers: [" + container + "]"
                        + more + "}}",
                Pod.class);
    }
}
