// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

/**
 * Where a server listens.
 *
 * @param host a name or address as configured; IPv6 with or without brackets
 * @param port 0 only for one that is still to be chosen
 */
record Address(String host, int port) {

    /** {@code host:port}, IPv6 in brackets. */
    @Override
    public String toString() {
        boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
        return (bare ? "[" + host + "]" : host) + ":" + port;
    }
}
