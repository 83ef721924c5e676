// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import java.net.InetAddress;
import java.util.Arrays;

/**
 * Classifies IP addresses: the public internet, this machine or its network, or unusable.
 *
 * <p>IPv6 addresses that represent an IPv4 address (mapped, compatible, translated, NAT64, 6to4, Teredo) are classified
 * by the latter.
 *
 * @see <a href="https://www.iana.org/assignments/iana-ipv4-special-registry">IANA IPv4 special-purpose addresses</a>
 * @see <a href="https://www.iana.org/assignments/iana-ipv6-special-registry">IANA IPv6 special-purpose addresses</a>
 */
enum AddressPolicy {
    /** A public address, allowed for every host in the list. */
    PUBLIC,
    /** An address of this machine or of a private network, allowed only with {@code allow_private}. */
    PRIVATE,
    /** An address that no server can legitimately have; never allowed. */
    NEVER;

    private record Range(byte[] prefix, int bits, AddressPolicy policy) {
        boolean contains(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit += 8) {
                int mask = bits - bit >= 8 ? 0xff : 0xff << 8 - (bits - bit) & 0xff;
                if (((address[bit / 8] ^ prefix[bit / 8]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private static final Range[] V4 = {
        range("0.0.0.0", 8, NEVER), // "this network"; Linux connects to itself
        range("10.0.0.0", 8, PRIVATE),
        range("100.64.0.0", 10, PRIVATE), // carrier-grade NAT, and some clouds' metadata
        range("127.0.0.0", 8, PRIVATE),
        range("168.63.129.16", 32, PRIVATE), // a cloud's host agent, on a public address
        range("169.254.0.0", 16, PRIVATE), // link-local, most clouds' metadata
        range("172.16.0.0", 12, PRIVATE),
        range("192.0.0.0", 24, PRIVATE), // protocol assignments, a cloud's metadata
        range("192.0.2.0", 24, PRIVATE), // documentation
        range("192.88.99.0", 24, PRIVATE), // 6to4 relays
        range("192.168.0.0", 16, PRIVATE),
        range("198.18.0.0", 15, PRIVATE), // benchmarking
        range("198.51.100.0", 24, PRIVATE), // documentation
        range("203.0.113.0", 24, PRIVATE), // documentation
        range("224.0.0.0", 4, NEVER), // multicast
        range("240.0.0.0", 4, NEVER), // reserved, broadcast
    };

    private static final Range UNSPECIFIED = range("[::]", 128, NEVER);
    private static final Range LOOPBACK = range("[::1]", 128, PRIVATE);
    private static final Range MULTICAST = range("[ff00::]", 8, NEVER);

    /** IPv6 prefixes with an IPv4 address in the last four bytes. */
    private static final Range[] V4_AT_THE_END = {
        range("[::]", 96, PUBLIC), // compatible
        range("[::ffff:0:0]", 96, PUBLIC), // mapped
        range("[::ffff:0:0:0]", 96, PUBLIC), // translated
        range("[64:ff9b::]", 96, PUBLIC), // NAT64
    };

    private static final Range SIX_TO_FOUR = range("[2002::]", 16, PUBLIC);
    private static final Range TEREDO = range("[2001::]", 32, PUBLIC);

    /** The range in which global addresses are assigned; everything outside it counts as private. */
    private static final Range GLOBAL = range("[2000::]", 3, PUBLIC);

    private static final Range[] NOT_GLOBAL = {
        range("[2001::]", 23, PRIVATE), // protocol assignments
        range("[2001:db8::]", 32, PRIVATE), // documentation
        range("[3fff::]", 20, PRIVATE), // documentation
    };

    /** Classifies an address. */
    static AddressPolicy of(InetAddress address) {
        return of(address.getAddress());
    }

    /** Classifies an address of 4 or 16 bytes. */
    static AddressPolicy of(byte[] address) {
        if (address.length == 4) {
            return first(V4, address, PUBLIC);
        }
        if (UNSPECIFIED.contains(address)) {
            return NEVER;
        }
        if (LOOPBACK.contains(address)) {
            return PRIVATE;
        }
        if (MULTICAST.contains(address)) {
            return NEVER;
        }
        for (Range range : V4_AT_THE_END) {
            if (range.contains(address)) {
                return of(Arrays.copyOfRange(address, 12, 16));
            }
        }
        if (SIX_TO_FOUR.contains(address)) {
            return of(Arrays.copyOfRange(address, 2, 6));
        }
        if (TEREDO.contains(address)) {
            byte[] client = Arrays.copyOfRange(address, 12, 16);
            for (int i = 0; i < client.length; i++) {
                client[i] = (byte) ~client[i];
            }
            return worse(of(Arrays.copyOfRange(address, 4, 8)), of(client));
        }
        return GLOBAL.contains(address) ? first(NOT_GLOBAL, address, PUBLIC) : PRIVATE;
    }

    private static AddressPolicy worse(AddressPolicy one, AddressPolicy other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    private static AddressPolicy first(Range[] ranges, byte[] address, AddressPolicy otherwise) {
        for (Range range : ranges) {
            if (range.contains(address)) {
                return range.policy;
            }
        }
        return otherwise;
    }

    private static Range range(String prefix, int bits, AddressPolicy policy) {
        try {
            return new Range(HostName.parse(prefix).octets(), bits, policy);
        } catch (MalformedUrlException e) {
            throw new IllegalArgumentException(prefix, e);
        }
    }
}
