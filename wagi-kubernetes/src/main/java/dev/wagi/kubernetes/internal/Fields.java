// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The fields of a Kubernetes object, and how each is treated here. A field that is in none of the lists is unknown to
 * Kubernetes 1.34 as well.
 *
 * @see <a href="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/">Kubernetes API, Pod</a>
 */
final class Fields {

    /** How a field is treated. */
    enum Use {
        /** It is read. */
        HONOURED,
        /**
         * It concerns clusters, nodes or the kubelet's bookkeeping, and has no effect that a module or its client would
         * notice.
         */
        WITHOUT_EFFECT,
        /** It is not supported; a warning reports it. */
        REPORTED,
        /** It is not supported, and ignoring it could do harm; it is a problem. */
        REFUSED
    }

    static final Fields OBJECT = new Fields()
            .add(Use.HONOURED, "apiVersion", "kind", "metadata", "spec")
            .add(Use.WITHOUT_EFFECT, "status");

    static final Fields METADATA = new Fields()
            .add(Use.HONOURED, "name", "namespace", "labels", "annotations", "uid")
            .add(
                    Use.WITHOUT_EFFECT,
                    "creationTimestamp",
                    "deletionGracePeriodSeconds",
                    "deletionTimestamp",
                    "finalizers",
                    "generateName",
                    "generation",
                    "managedFields",
                    "ownerReferences",
                    "resourceVersion",
                    "selfLink");

    /** The fields of the specs of Deployments, ReplicaSets, ReplicationControllers, StatefulSets and DaemonSets. */
    static final Fields OWNER_SPEC = new Fields()
            .add(Use.HONOURED, "template", "replicas")
            .add(Use.REFUSED, "volumeClaimTemplates")
            .add(
                    Use.WITHOUT_EFFECT,
                    "selector",
                    "minReadySeconds",
                    "ordinals",
                    "paused",
                    "persistentVolumeClaimRetentionPolicy",
                    "podManagementPolicy",
                    "progressDeadlineSeconds",
                    "revisionHistoryLimit",
                    "serviceName",
                    "strategy",
                    "updateStrategy");

    static final Fields TEMPLATE = new Fields().add(Use.HONOURED, "metadata", "spec");

    static final Fields POD_SPEC = new Fields()
            .add(Use.HONOURED, "containers", "volumes", "imagePullSecrets")
            .add(Use.REFUSED, "initContainers", "ephemeralContainers")
            .add(
                    Use.REPORTED,
                    "activeDeadlineSeconds",
                    "automountServiceAccountToken",
                    "dnsConfig",
                    "hostAliases",
                    "hostIPC",
                    "hostPID",
                    "resourceClaims",
                    "resources",
                    "securityContext",
                    "serviceAccount",
                    "serviceAccountName",
                    "shareProcessNamespace",
                    "terminationGracePeriodSeconds",
                    "workloadRef")
            .add(
                    Use.WITHOUT_EFFECT,
                    "affinity",
                    "dnsPolicy",
                    "enableServiceLinks",
                    "hostname",
                    "hostnameOverride",
                    "hostNetwork",
                    "hostUsers",
                    "nodeName",
                    "nodeSelector",
                    "os",
                    "overhead",
                    "preemptionPolicy",
                    "priority",
                    "priorityClassName",
                    "readinessGates",
                    "restartPolicy",
                    "runtimeClassName",
                    "schedulerName",
                    "schedulingGates",
                    "setHostnameAsFQDN",
                    "subdomain",
                    "tolerations",
                    "topologySpreadConstraints");

    static final Fields CONTAINER = new Fields()
            .add(
                    Use.HONOURED,
                    "name",
                    "image",
                    "imagePullPolicy",
                    "command",
                    "args",
                    "env",
                    "envFrom",
                    "volumeMounts",
                    "resources",
                    "ports")
            .add(Use.REFUSED, "volumeDevices")
            .add(
                    Use.REPORTED,
                    "lifecycle",
                    "livenessProbe",
                    "readinessProbe",
                    "securityContext",
                    "startupProbe",
                    "stdin",
                    "tty",
                    "workingDir")
            .add(
                    Use.WITHOUT_EFFECT,
                    "resizePolicy",
                    "restartPolicy",
                    "restartPolicyRules",
                    "stdinOnce",
                    "terminationMessagePath",
                    "terminationMessagePolicy");

    static final Fields PORT = new Fields()
            .add(Use.REPORTED, "hostPort", "hostIP")
            .add(Use.WITHOUT_EFFECT, "containerPort", "name", "protocol");

    static final Fields RESOURCES =
            new Fields().add(Use.HONOURED, "limits").add(Use.REPORTED, "claims").add(Use.WITHOUT_EFFECT, "requests");

    static final Fields ENVIRONMENT = new Fields().add(Use.HONOURED, "name", "value", "valueFrom");

    static final Fields VALUE_FROM = new Fields()
            .add(Use.HONOURED, "configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef")
            .add(Use.REFUSED, "fileKeyRef");

    static final Fields FIELD_REF = new Fields().add(Use.HONOURED, "fieldPath").add(Use.WITHOUT_EFFECT, "apiVersion");

    static final Fields RESOURCE_FIELD_REF = new Fields().add(Use.HONOURED, "resource", "divisor", "containerName");

    static final Fields ENVIRONMENT_FROM = new Fields().add(Use.HONOURED, "configMapRef", "secretRef", "prefix");

    static final Fields REFERENCE = new Fields().add(Use.HONOURED, "name", "optional");

    static final Fields KEY_REFERENCE = new Fields().add(Use.HONOURED, "name", "key", "optional");

    static final Fields NAME = new Fields().add(Use.HONOURED, "name");

    static final Fields VOLUME = new Fields()
            .add(Use.HONOURED, "name", "configMap", "emptyDir", "hostPath", "secret")
            .add(
                    Use.REFUSED,
                    "awsElasticBlockStore",
                    "azureDisk",
                    "azureFile",
                    "cephfs",
                    "cinder",
                    "csi",
                    "downwardAPI",
                    "ephemeral",
                    "fc",
                    "flexVolume",
                    "flocker",
                    "gcePersistentDisk",
                    "gitRepo",
                    "glusterfs",
                    "image",
                    "iscsi",
                    "nfs",
                    "persistentVolumeClaim",
                    "photonPersistentDisk",
                    "portworxVolume",
                    "projected",
                    "quobyte",
                    "rbd",
                    "scaleIO",
                    "storageos",
                    "vsphereVolume");

    static final Fields MOUNT = new Fields()
            .add(Use.HONOURED, "name", "mountPath", "readOnly")
            .add(Use.REFUSED, "subPath", "subPathExpr")
            .add(Use.WITHOUT_EFFECT, "mountPropagation", "recursiveReadOnly");

    static final Fields HOST_PATH = new Fields().add(Use.HONOURED, "path", "type");

    static final Fields EMPTY_DIRECTORY =
            new Fields().add(Use.HONOURED, "sizeLimit").add(Use.REPORTED, "medium");

    /** The fields of configMap and secret volumes. These volumes are read-only here, so file modes have no effect. */
    static final Fields CONFIG_MAP_VOLUME =
            new Fields().add(Use.HONOURED, "name", "items", "optional").add(Use.WITHOUT_EFFECT, "defaultMode");

    static final Fields SECRET_VOLUME =
            new Fields().add(Use.HONOURED, "secretName", "items", "optional").add(Use.WITHOUT_EFFECT, "defaultMode");

    static final Fields ITEM = new Fields().add(Use.HONOURED, "key", "path").add(Use.WITHOUT_EFFECT, "mode");

    static final Fields CONFIG_MAP = new Fields()
            .add(Use.HONOURED, "apiVersion", "kind", "metadata", "data", "binaryData")
            .add(Use.WITHOUT_EFFECT, "immutable");

    static final Fields SECRET = new Fields()
            .add(Use.HONOURED, "apiVersion", "kind", "metadata", "data", "stringData", "type")
            .add(Use.WITHOUT_EFFECT, "immutable");

    private final Map<String, Use> uses = new TreeMap<>();

    private Fields() {}

    private Fields add(Use use, String... names) {
        for (String name : names) {
            uses.put(name, use);
        }
        return this;
    }

    /** Returns the names of all fields. */
    Set<String> names() {
        return uses.keySet();
    }

    /** Returns how one of these fields is treated. */
    Use use(String name) {
        return Objects.requireNonNull(uses.get(name));
    }
}
