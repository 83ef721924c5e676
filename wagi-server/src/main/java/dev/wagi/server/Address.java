// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * Where a server listens.
 *
 * @param host a name or address as configured; IPv6 with or without brackets
 * @param port 0 only for one that is still to be chosen; -1 for a Unix domain socket, whose host is {@code unix:} and a
 *     path
 */
record Address(String host, int port) {

    private static final String UNIX = "unix:";

    /** Returns the address of a Unix domain socket, whose port is -1. */
    static Address unix(Path path) {
        return new Address(UNIX + path, -1);
    }

    /** Returns it as a URL, for instance {@code http://127.0.0.1:3000} or {@code unix:/run/wagi.sock}. */
    URI uri(boolean tls) {
        if (port < 0) {
            try {
                return new URI("unix", host.substring(UNIX.length()), null);
            } catch (URISyntaxException e) {
                return URI.create(UNIX); // a path of a host that has other ones
            }
        }
        return URI.create((tls ? "https://" : "http://") + this);
    }

    /** {@code host:port}, IPv6 in brackets. */
    @Override
    public String toString() {
        if (port < 0) {
            return host;
        }
        boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
        return (bare ? "[" + host + "]" : host) + ":" + port;
    }
}
