// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import java.util.List;

/**
 * The identity of a caller in the cluster.
 *
 * @param user the user, for instance {@code kube-apiserver-kubelet-client}
 * @param groups the groups, for instance {@code system:masters}
 */
record Caller(String user, List<String> groups) {

    Caller {
        groups = List.copyOf(groups);
    }
}
