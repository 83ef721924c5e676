// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.core.internal.cgi.HostPort;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The node of a Pod in the downward API, which is this host. */
final class Node {

    private static final String LOOPBACK = "127.0.0.1";

    private Node() {}

    /** Returns the name that a kubelet would use: the host name in lower case. */
    static String name() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /**
     * Returns the IP address of the Pod, which is also the node's.
     *
     * @param wanted the address in the Pod's annotation; null for the default, which is the loopback address
     */
    static String address(@Nullable HostPort wanted) {
        if (wanted == null) {
            return LOOPBACK;
        }
        String host = wanted.host().replaceFirst("^\\[(.*)]$", "$1");
        if (!host.equals("0.0.0.0") && !host.equals("::")) {
            return host;
        }
        // For the wildcard address, use the address to which the host name resolves.
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return LOOPBACK;
        }
    }
}
