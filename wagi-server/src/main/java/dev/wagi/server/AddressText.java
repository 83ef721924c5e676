// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.net.Inet4Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as text. The last one is remembered: behind a proxy all clients have the same, and so has this end of all
 * connections. Thread-safe.
 */
final class AddressText {

    private record Known(InetAddress address, String text) {}

    private volatile @Nullable Known last;

    /** Without brackets. */
    String of(InetAddress address) {
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
