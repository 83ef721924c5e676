// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Strangers on our fake API server, which checks nothing of what they write. */
class FakeTenantsTest extends TenantContract {

    private static final KubernetesSerialization JSON = new KubernetesSerialization();

    private FakeApiServer cluster;

    @BeforeAll
    void start() throws Exception {
        cluster = new FakeApiServer(files);
        prepare();
    }

    @AfterAll
    void stop() throws IOException {
        finish();
        cluster.close();
    }

    @Override
    Cluster cluster() {
        return cluster;
    }

    @Override
    int mutations() {
        return Integer.getInteger("wagi.mutations", 100);
    }

    // --- pods that no API server takes: one with a fault, or a proxy in front of it, may let them through

    /**
     * A pod that is well but for one field.
     *
     * @param field its path, with indexes
     * @param value JSON; empty to leave the field out
     * @param outcome part of what its status says; empty if it is served, null if its status cannot be written
     */
    record Impossible(String field, String value, String outcome) {
        @Override
        public String toString() {
            return field + ": " + (value.length() > 60 ? value.substring(0, 60) + "..." : value);
        }
    }

    private static Impossible impossible(String field, String value, String outcome) {
        return new Impossible(field, value, outcome);
    }

    static Stream<Impossible> impossiblePods() {
        String many = IntStream.range(0, 5000)
                .mapToObj(i -> "{\"name\": \"v" + i + "\", \"emptyDir\": {}}")
                .collect(Collectors.joining(",", "[", "]"));
        return Stream.of(
                impossible("metadata.name", "null", null),
                impossible("metadata.name", "\"../../tenant-a/pods/neighbour\"", null),
                impossible("metadata.name", "\"neighbour\"", null),
                impossible("metadata.name", "\"a\\u0000b\"", null),
                impossible("metadata.namespace", "null", null),
                impossible("metadata.namespace", "\"\"", null),
                impossible("metadata.namespace", "\"../tenant-a\"", null),
                impossible("metadata.namespace", "\"tenant-a\"", null),
                impossible("metadata.uid", "null", null),
                impossible("metadata.uid", "\"\"", null),
                impossible("metadata.uid", "\"../../escaped\"", null),
                impossible("metadata.uid", "\"" + "a".repeat(1000) + "\"", null),
                impossible("metadata", "{}", null),
                impossible("metadata.annotations", "{\"alpha.wagi.krustlet.dev/default-host\": null}", "is null"),
                impossible("metadata.creationTimestamp", "null", ""),
                impossible("metadata.creationTimestamp", "\"yesterday\"", ""),
                impossible("metadata.generation", "-1", ""),
                impossible("metadata.ownerReferences", "[null]", "metadata.ownerReferences[0] is null"),
                impossible("metadata.ownerReferences", "[{}]", ""),
                impossible("metadata.ownerReferences", "[{\"controller\": true}]", ""),
                impossible(
                        "metadata.ownerReferences",
                        "[{\"controller\": true, \"kind\": \"ReplicaSet\", \"name\": null}]",
                        ""),
                impossible("metadata.labels", "{\"pod-template-hash\": null}", "is null"),
                impossible("metadata.deletionGracePeriodSeconds", "9223372036854775807", ""),
                impossible("metadata.deletionGracePeriodSeconds", "-9223372036854775808", ""),
                impossible("spec", "{\"nodeName\": \"strangers\"}", "it has no containers"),
                impossible("spec.containers", "null", "it has no containers"),
                impossible("spec.containers", "[]", "it has no containers"),
                impossible("spec.containers", "[null]", "spec.containers[0] is null"),
                impossible("spec.containers", "[{}]", "malformed"),
                impossible(
                        "spec.containers",
                        "[{\"name\": \"a\", \"image\": \"x\"}, {\"name\": \"a\", \"image\": \"x\"}]",
                        "two containers have the same name"),
                impossible("spec.containers.0.name", "null", "malformed"),
                impossible("spec.containers.0.name", "\"\"", "malformed"),
                impossible("spec.containers.0.name", "\"A/../b\"", "malformed"),
                impossible("spec.containers.0.name", "\"\\ud83d\\ude80\"", "malformed"),
                impossible("spec.containers.0.image", "null", "InvalidImageName"),
                impossible("spec.containers.0.image", "\"\"", "InvalidImageName"),
                impossible("spec.containers.0.image", "\"\\n\"", "InvalidImageName"),
                impossible("spec.containers.0.imagePullPolicy", "\"Sometimes\"", ""),
                impossible("spec.containers.0.command", "[null]", "spec.containers[0].command[0] is null"),
                impossible("spec.containers.0.args", "[null]", "spec.containers[0].args[0] is null"),
                impossible("spec.containers.0.env", "[null]", "spec.containers[0].env[0] is null"),
                impossible("spec.containers.0.env", "[{}]", "'name' is missing"),
                impossible("spec.containers.0.env", "[{\"name\": null, \"value\": \"x\"}]", "'name' is missing"),
                impossible("spec.containers.0.env", "[{\"name\": \"\", \"value\": \"x\"}]", "'name' is missing"),
                impossible("spec.containers.0.env", "[{\"name\": \"A=B\", \"value\": \"x\"}]", "not a variable name"),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\\u0000\", \"value\": \"\\u0000\"}]",
                        "not a variable name"),
                impossible("spec.containers.0.env", "[{\"name\": \"A\", \"valueFrom\": {}}]", ""),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\", \"valueFrom\": {\"secretKeyRef\": {}}}]",
                        "secret \"\" not found"),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\", \"valueFrom\": {\"configMapKeyRef\": {\"name\": \"x\"}}}]",
                        "configmap \"x\" not found"),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\", \"valueFrom\": {\"fieldRef\": {}}}]",
                        "'fieldPath'"),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\", \"valueFrom\": {\"fieldRef\": {\"fieldPath\":"
                                + " \"metadata.annotations['\"}}}]",
                        "'fieldPath'"),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\", \"valueFrom\": {\"resourceFieldRef\": {}}}]",
                        "'resource' is missing"),
                impossible(
                        "spec.containers.0.env",
                        "[{\"name\": \"A\", \"valueFrom\": {\"resourceFieldRef\": {\"resource\": \"limits.cpu\","
                                + " \"divisor\": \"0\"}}}]",
                        ""),
                impossible("spec.containers.0.envFrom", "[null]", "spec.containers[0].envFrom[0] is null"),
                impossible("spec.containers.0.envFrom", "[{}]", ""),
                impossible("spec.containers.0.envFrom", "[{\"secretRef\": {}}]", "secret \"\" not found"),
                impossible("spec.containers.0.ports", "[null]", "spec.containers[0].ports[0] is null"),
                impossible("spec.containers.0.ports", "[{}]", ""),
                impossible("spec.containers.0.resources", "{\"limits\": {\"cpu\": \"abc\"}}", "OutOfcpu"),
                impossible(
                        "spec.containers.0.resources",
                        "{\"limits\": {\"cpu\": null}}",
                        "spec.containers[0].resources.limits.cpu is null"),
                impossible("spec.containers.0.resources", "{\"limits\": {\"cpu\": \"0\"}}", ""),
                impossible("spec.containers.0.resources", "{\"limits\": {\"cpu\": \"-1\"}}", ""),
                impossible("spec.containers.0.resources", "{\"requests\": {\"memory\": \"-900Ti\"}}", ""),
                impossible(
                        "spec.containers.0.resources", "{\"limits\": {\"\": \"1\"}}", "which WAGI nodes do not have"),
                impossible("spec.containers.0.readinessProbe", "{}", ""),
                impossible("spec.containers.0.readinessProbe", "{\"httpGet\": {}}", ""),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\", \"httpHeaders\": [null]}}",
                        "httpHeaders[0] is null"),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\", \"httpHeaders\": [{}]}}",
                        "containers with unready status"),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\"}, \"periodSeconds\": -2147483648, \"timeoutSeconds\": -1}",
                        ""),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\"}, \"periodSeconds\": 0, \"timeoutSeconds\": 0,"
                                + " \"failureThreshold\": 0}",
                        ""),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\"}, \"successThreshold\": 0}",
                        ""),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\"}, \"successThreshold\": -1}",
                        ""),
                impossible(
                        "spec.containers.0.readinessProbe",
                        "{\"httpGet\": {\"path\": \"/\"}, \"initialDelaySeconds\": -2147483648}",
                        ""),
                impossible("spec.containers.0.volumeMounts", "[null]", "spec.containers[0].volumeMounts[0] is null"),
                impossible("spec.containers.0.volumeMounts", "[{}]", "without name or mountPath"),
                impossible(
                        "spec.containers.0.volumeMounts", "[{\"name\": \"other\", \"mountPath\": \"/v\"}]", "there is"),
                impossible("spec.containers.0.volumeMounts.0.mountPath", "null", "without name or mountPath"),
                impossible("spec.containers.0.volumeMounts.0.mountPath", "\"\"", "without name or mountPath"),
                impossible("spec.containers.0.volumeMounts.0.mountPath", "\"..\"", "not an absolute path"),
                impossible("spec.containers.0.volumeMounts.0.mountPath", "\"/../..\"", "dot component"),
                impossible("spec.containers.0.volumeMounts.0.mountPath", "\"/\"", ""),
                impossible("spec.containers.0.volumeMounts.0.mountPath", "\"/a\\u0000\"", "key 'volumes'"),
                impossible("spec.containers.0.volumeMounts.0.subPath", "\"..\"", "subPath"),
                impossible("spec.containers.0.volumeMounts.0.subPathExpr", "\"$(A)/..\"", "subPath"),
                impossible("spec.containers.0.lifecycle", "{}", ""),
                impossible("spec.containers.0.securityContext", "{}", ""),
                impossible("spec.initContainers", "[null]", "spec.initContainers[0] is null"),
                impossible("spec.ephemeralContainers", "[null]", "spec.ephemeralContainers[0] is null"),
                impossible("spec.imagePullSecrets", "[null]", "spec.imagePullSecrets[0] is null"),
                impossible("spec.imagePullSecrets", "[{}]", ""),
                impossible("spec.tolerations", "[null]", "spec.tolerations[0] is null"),
                impossible("spec.nodeSelector", "{\"a\": null}", "spec.nodeSelector.a is null"),
                impossible("spec.readinessGates", "[null]", "spec.readinessGates[0] is null"),
                impossible("spec.readinessGates", "[{}]", "no conditionType"),
                impossible("spec.activeDeadlineSeconds", "0", "DeadlineExceeded"),
                impossible("spec.activeDeadlineSeconds", "-1", "DeadlineExceeded"),
                impossible("spec.activeDeadlineSeconds", "9223372036854775807", ""),
                impossible("spec.activeDeadlineSeconds", "-9223372036854775808", "DeadlineExceeded"),
                impossible("spec.terminationGracePeriodSeconds", "-1", ""),
                impossible("spec.terminationGracePeriodSeconds", "9223372036854775807", ""),
                impossible("spec.terminationGracePeriodSeconds", "-9223372036854775808", ""),
                impossible("spec.restartPolicy", "\"Perhaps\"", ""),
                impossible("spec.volumes", "[null]", "spec.volumes[0] is null"),
                impossible("spec.volumes", "[{}]", "malformed"),
                impossible("spec.volumes", "[{\"name\": \"v\"}]", "of a kind"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"emptyDir\": {}}, {\"name\": \"v\", \"emptyDir\": {}}]",
                        "name of another"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"emptyDir\": {}, \"secret\": {\"secretName\": \"own\"}}]",
                        ""),
                impossible("spec.volumes", many, "there is"),
                impossible("spec.volumes.0.name", "\"../../escaped\"", "malformed"),
                impossible("spec.volumes.0.emptyDir", "{\"sizeLimit\": \"0\"}", ""),
                impossible("spec.volumes.0.emptyDir", "{\"sizeLimit\": \"-1\"}", "sizeLimit"),
                impossible("spec.volumes.0.emptyDir", "{\"sizeLimit\": \"abc\"}", "sizeLimit"),
                impossible("spec.volumes.0.emptyDir", "{\"sizeLimit\": null, \"medium\": \"Paper\"}", ""),
                impossible("spec.volumes", "[{\"name\": \"v\", \"secret\": {}}]", "secret \"\" not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"secret\": {\"secretName\": \"../../escaped\"}}]",
                        "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"secret\": {\"secretName\": \"own\", \"items\": [null]}}]",
                        "[0] is null"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"secret\": {\"secretName\": \"own\", \"items\": [{}]}}]",
                        "no key"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"secret\": {\"secretName\": \"own\", \"items\": [{\"key\": \"key\","
                                + " \"path\": \"../../../escaped\"}]}}]",
                        "leads out of it"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"secret\": {\"secretName\": \"own\", \"items\": [{\"key\": \"../key\","
                                + " \"path\": \"f\"}]}}]",
                        "no key"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"secret\": {\"secretName\": \"own\", \"defaultMode\": -1}}]",
                        ""),
                impossible("spec.volumes", "[{\"name\": \"v\", \"configMap\": {}}]", "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"configMap\": {\"name\": \"../../escaped\"}}]",
                        "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"configMap\": {\"name\": \"own\", \"items\": [null]}}]",
                        "[0] is null"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"configMap\": {\"name\": \"own\", \"items\": [{}]}}]",
                        "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"configMap\": {\"name\": \"own\", \"items\": [{\"key\": \"key\","
                                + " \"path\": \"../../../escaped\"}]}}]",
                        "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"configMap\": {\"name\": \"own\", \"items\": [{\"key\": \"../key\","
                                + " \"path\": \"f\"}]}}]",
                        "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"configMap\": {\"name\": \"own\", \"defaultMode\": -1}}]",
                        "not found"),
                impossible("spec.volumes", "[{\"name\": \"v\", \"projected\": {}}]", ""),
                impossible("spec.volumes", "[{\"name\": \"v\", \"projected\": {\"sources\": null}}]", ""),
                impossible("spec.volumes", "[{\"name\": \"v\", \"projected\": {\"sources\": [null]}}]", "[0] is null"),
                impossible("spec.volumes", "[{\"name\": \"v\", \"projected\": {\"sources\": [{}]}}]", ""),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"serviceAccountToken\": {}}]}}]",
                        "leads out of it"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"serviceAccountToken\": {\"path\":"
                                + " \"../../../escaped\"}}]}}]",
                        "leads out of it"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"serviceAccountToken\": {\"path\":"
                                + " \"/escaped\"}}]}}]",
                        "leads out of it"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"downwardAPI\": {\"items\": [{\"path\":"
                                + " \"../../../escaped\", \"fieldRef\": {\"fieldPath\": \"metadata.name\"}}]}}]}}]",
                        "leads out of it"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"downwardAPI\": {\"items\": [null]}}]}}]",
                        "[0] is null"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"downwardAPI\": {\"items\": [{\"path\":"
                                + " \"f\"}]}}]}}]",
                        "is unknown"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"secret\": {}}]}}]",
                        "secret \"\" not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"secret\": {\"name\": \"own\","
                                + " \"items\": [{\"key\": \"key\", \"path\": \"../../../escaped\"}]}}]}}]",
                        "leads out of it"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"configMap\": {\"name\":"
                                + " \"../../escaped\"}}]}}]",
                        "not found"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"projected\": {\"sources\": [{\"clusterTrustBundle\": {\"path\":"
                                + " \"../../../escaped\"}}]}}]",
                        "trust bundle"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"downwardAPI\": {\"items\": [{\"path\": \"../../../escaped\","
                                + " \"fieldRef\": {\"fieldPath\": \"metadata.name\"}}]}}]",
                        "leads out of it"),
                impossible("spec.volumes", "[{\"name\": \"v\", \"downwardAPI\": {\"items\": [null]}}]", "[0] is null"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"downwardAPI\": {\"items\": [{\"path\": \"f\"}]}}]",
                        "is unknown"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"downwardAPI\": {\"items\": [{\"path\": null, \"fieldRef\":"
                                + " {\"fieldPath\": \"metadata.name\"}}]}}]",
                        "leads out of it"),
                impossible("spec.volumes", "[{\"name\": \"v\", \"hostPath\": {}}]", "--allow-host-path"),
                impossible("spec.volumes", "[{\"name\": \"v\", \"hostPath\": {\"path\": \"\"}}]", "--allow-host-path"),
                impossible(
                        "spec.volumes",
                        "[{\"name\": \"v\", \"hostPath\": {\"path\": \"relative\"}}]",
                        "--allow-host-path"),
                impossible("status", "{\"startTime\": \"yesterday\"}", ""),
                impossible("status", "{\"phase\": \"Odd\"}", ""),
                impossible("status", "{\"phase\": null}", ""),
                impossible("status", "{\"containerStatuses\": [{}]}", ""),
                impossible(
                        "status",
                        "{\"containerStatuses\": [{\"name\": \"a\", \"restartCount\": 2147483647, \"state\":"
                                + " {\"running\": {}}}]}",
                        ""),
                impossible("status", "{\"containerStatuses\": [{\"name\": \"a\", \"restartCount\": -5}]}", ""),
                impossible("status", "{\"startTime\": \"2999-01-01T00:00:00Z\"}", ""),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"[::1\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"[::1]:x\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"127.0.0.1:3000\\n\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \" 127.0.0.1:3000\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"0x7f.0.0.1:3000\"}",
                        "Cannot"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"[fe80::1%nothing]:3000\"}",
                        "listen address"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"127.0.0.1:3000:3000\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"127.0.0.1:٣٠٠٠\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations", "{\"alpha.wagi.krustlet.dev/default-host\": \"\"}", "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \":3000\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"*:3000\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"http://127.0.0.1:3000\"}",
                        "is not ip:port"),
                impossible(
                        "metadata.annotations",
                        "{\"alpha.wagi.krustlet.dev/default-host\": \"$(HOST):3000\"}",
                        "is not ip:port"),
                // twice the size of the largest request that an API server takes
                impossible("metadata.annotations.big", "\"" + "a".repeat(6_000_000) + "\"", ""));
    }

    @ParameterizedTest
    @MethodSource("impossiblePods")
    @SuppressWarnings("unchecked")
    void pod_thatNoApiServerTakes_endsInAPhaseAndLeavesNothing(Impossible impossible) throws Exception {
        strangers();
        Map<String, Object> pod = JSON.unmarshal("""
                {"apiVersion": "v1", "kind": "Pod",
                 "metadata": {"name": "stranger", "namespace": "tenant-b", "uid": "%s", "generation": 1,
                   "creationTimestamp": "2026-01-01T00:00:00Z",
                   "annotations": {"alpha.wagi.krustlet.dev/default-host": "127.0.0.1:%d"}},
                 "spec": {"nodeName": "strangers", "volumes": [{"name": "v", "emptyDir": {}}],
                   "containers": [{"name": "a", "image": "%s", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}}
                """.formatted(UUID.randomUUID(), freePort(), hello), Map.class);
        set(pod, impossible.field().split("[.]"), 0, impossible.value());

        cluster.put(path("tenant-b/stranger"), pod);
        if (impossible.outcome() != null) {
            assertSays("tenant-b/stranger", impossible.outcome());
        }
        cluster.remove(path("tenant-b/stranger"));

        assertNothingIsLeftOfStrangers();
    }

    @SuppressWarnings("unchecked")
    private static void set(Object in, String[] path, int at, String json) {
        boolean last = at == path.length - 1;
        Object value = json.isEmpty()
                ? null
                : JSON.unmarshal("{\"value\": " + json + "}", Map.class).get("value");
        if (in instanceof List<?> list) {
            set(list.get(Integer.parseInt(path[at])), path, at + 1, json);
        } else if (!last) {
            set(((Map<String, Object>) in).get(path[at]), path, at + 1, json);
        } else if (json.isEmpty()) {
            ((Map<String, Object>) in).remove(path[at]);
        } else {
            ((Map<String, Object>) in).put(path[at], value);
        }
    }
}
