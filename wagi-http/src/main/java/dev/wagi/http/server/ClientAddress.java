// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.http.server;

import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Addresses of clients as text. The last one is remembered: behind a proxy they are all the same. Thread-safe. */
final class ClientAddress {

    private record Known(InetAddress address, String text) {}

    private static volatile @Nullable Known last;

    private ClientAddress() {}

    /** Without brackets. */
    static String text(InetAddress address) {
        if (!(address instanceof Inet4Address)) {
            // Equal IPv6 addresses may differ in their zone.
            return address.getHostAddress();
        }
        Known known = last;
        if (known == null || !known.address.equals(address)) {
            known = new Known(address, address.getHostAddress());
            last = known;
        }
        return known.text;
    }
}
