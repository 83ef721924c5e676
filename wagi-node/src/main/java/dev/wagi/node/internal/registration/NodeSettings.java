// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.registration;

import dev.wagi.node.api.NodeException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The identity and the settings of a node.
 *
 * @param name the name of the Node object
 * @param address the IP address at which its pods and its kubelet API are reached
 * @param port the port of the kubelet API
 * @param labels the labels in addition to those that every WAGI node has
 */
public record NodeSettings(String name, String address, int port, Map<String, String> labels) {

    /** The architecture that manifests for Krustlet's WAGI provider select and tolerate. */
    public static final String ARCHITECTURE = "wasm32-wagi";

    /** The label of the architecture. */
    public static final String ARCHITECTURE_LABEL = "kubernetes.io/arch";

    private static final Pattern NAME = Pattern.compile("(?=.{1,253}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?");
    private static final Pattern VALUE = Pattern.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?");
    private static final Pattern KEY =
            Pattern.compile("([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

    /** The labels below kubernetes.io that NodeRestriction lets a node set on itself and that are not fixed here. */
    private static final Set<String> OWN_KUBERNETES_LABELS = Set.of(
            "beta.kubernetes.io/instance-type",
            "failure-domain.beta.kubernetes.io/region",
            "failure-domain.beta.kubernetes.io/zone",
            "node.kubernetes.io/instance-type",
            "topology.kubernetes.io/region",
            "topology.kubernetes.io/zone");

    /** Validates the settings. */
    public NodeSettings {
        if (!NAME.matcher(name).matches()) {
            throw new NodeException(
                    "the node name '" + name + "' is not a name of Kubernetes (lower-case letters, digits,"
                            + " '-' and '.'); write another with --node-name");
        }
        Map<String, String> fixed = fixed(name);
        labels.forEach((key, value) -> {
            if (!KEY.matcher(key).matches() || !VALUE.matcher(value).matches()) {
                throw new NodeException("the label " + key + "=" + value
                        + " is malformed; write for instance --labels agentpool=mywasipool");
            }
            if (fixed.containsKey(key)) {
                throw new NodeException("the label " + key + " is set by the node itself; leave it out of --labels");
            }
            if (isRestricted(key)) {
                throw new NodeException("a node may not give itself the label " + key
                        + "; use a prefix other than kubernetes.io and k8s.io, or set it with kubectl label");
            }
        });
        labels = Map.copyOf(labels);
    }

    private static boolean isRestricted(String key) {
        int slash = key.indexOf('/');
        String prefix = slash < 0 ? "" : key.substring(0, slash);
        boolean kubernetes = below(prefix, "kubernetes.io") || below(prefix, "k8s.io");
        return kubernetes
                && !below(prefix, "kubelet.kubernetes.io")
                && !below(prefix, "node.kubernetes.io")
                && !OWN_KUBERNETES_LABELS.contains(key);
    }

    private static boolean below(String prefix, String domain) {
        return prefix.equals(domain) || prefix.endsWith("." + domain);
    }

    private static Map<String, String> fixed(String name) {
        Map<String, String> labels = new TreeMap<>();
        for (String key : new String[] {"kubernetes.io/arch", "kubernetes.io/os"}) {
            // The operating system as well, which keeps DaemonSets for Linux away.
            labels.put(key, ARCHITECTURE);
            labels.put("beta." + key, ARCHITECTURE);
        }
        // Labels are shorter than names, and end with a letter or a digit as they do.
        labels.put(
                "kubernetes.io/hostname",
                name.substring(0, Math.min(63, name.length())).replaceFirst("[-.]+$", ""));
        labels.put("type", "krustlet"); // selected by manifests for Krustlet
        return labels;
    }

    /** Returns all labels of the Node object. */
    Map<String, String> allLabels() {
        Map<String, String> all = fixed(name);
        all.putAll(labels);
        return all;
    }
}
