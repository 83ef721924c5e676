// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import dev.wagi.core.internal.cgi.HostPort;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a Pod may ask about the node that it runs on, which is this host. */
final class Node {

    private static final String LOOPBACK = "127.0.0.1";

    private Node() {}

    /** Its name, as a kubelet would take it: the host's, in lower case. */
    static String name() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /**
     * Where the Pod is reached; the node and its Pods have one address.
     *
     * @param wanted by the Pod's annotation; null if it leaves that to the default, which is loopback
     */
    static String address(@Nullable HostPort wanted) {
        if (wanted == null) {
            return LOOPBACK;
        }
        String host = wanted.host().replaceFirst("^\\[(.*)]$", "$1");
        if (!host.equals("0.0.0.0") && !host.equals("::")) {
            return host;
        }
        // On all addresses: the one that the host's name stands for.
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return LOOPBACK;
        }
    }
}
