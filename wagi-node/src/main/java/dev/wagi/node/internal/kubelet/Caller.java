// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.kubelet;

import java.util.List;

/**
 * Who calls, as the cluster knows them.
 *
 * @param user for instance {@code kube-apiserver-kubelet-client}
 * @param groups for instance {@code system:masters}
 */
record Caller(String user, List<String> groups) {

    Caller {
        groups = List.copyOf(groups);
    }
}
