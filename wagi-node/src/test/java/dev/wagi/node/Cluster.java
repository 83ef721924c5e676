// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import dev.wagi.node.internal.cluster.Api;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A cluster to join: our fake one, or a real control plane. */
interface Cluster extends AutoCloseable {

    /** Calls as an administrator. */
    Api admin();

    /** A kubeconfig of the node of that name. */
    Path identity(String node) throws IOException, InterruptedException;

    /** A token of somebody who may call the kubelet API of each node. */
    String token() throws IOException, InterruptedException;

    /** Makes a namespace in which pods can be created. */
    void namespace(String name) throws IOException, InterruptedException;

    @Override
    void close() throws IOException;

    /** The last calls that deleted pods of this name, as it has noted them. */
    List<String> deletions(String pod) throws IOException;
}
