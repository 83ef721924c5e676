// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.outbound;

import java.net.IDN;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The host of a URL in its canonical form for comparisons: a name in lower case and ASCII without final dot, or an
 * address.
 *
 * <pre>
 * Bücher.Example.  ->  xn--bcher-kva.example
 * 192.0.2.7        ->  192.0.2.7
 * [2001:DB8::0:7]  ->  2001:db8::7
 * 0x7f.1           ->  refused, like all text that some parsers accept as an IPv4 address
 * </pre>
 */
final class HostName {

    private static final int MAX_LENGTH = 253;
    private static final int MAX_LABEL = 63;

    private final String text;
    private final byte @Nullable [] address;

    private HostName(String text, byte @Nullable [] address) {
        this.text = text;
        this.address = address;
    }

    /**
     * Parses a host as written in a URL.
     *
     * @throws MalformedUrlException if it is malformed
     */
    static HostName parse(String host) throws MalformedUrlException {
        if (host.startsWith("[") && host.endsWith("]")) {
            byte[] octets = ipv6(host.substring(1, host.length() - 1));
            return new HostName(format(octets), octets);
        }
        if (host.length() > 4 * MAX_LENGTH) {
            throw new MalformedUrlException("its host is too long");
        }
        String name = ascii(host);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
            if (endsInNumber(name)) {
                throw new MalformedUrlException("its host is an ambiguous address");
            }
        }
        if (endsInNumber(name)) {
            byte[] octets = ipv4(name);
            return new HostName(name, octets);
        }
        checkLabels(name);
        return new HostName(name, null);
    }

    /** Returns the name, or the address without brackets. */
    String text() {
        return text;
    }

    /** Returns the host as written in a URL. */
    String inUrl() {
        return address != null && address.length == 16 ? "[" + text + "]" : text;
    }

    /** Returns the address; empty if the host is a name. */
    Optional<InetAddress> address() {
        return address == null ? Optional.empty() : Optional.of(toAddress(text, address));
    }

    /** Returns the bytes of the address; the host must be one. */
    byte[] octets() {
        return Objects.requireNonNull(address).clone();
    }

    /** Returns an address with its name, so that no reverse lookup is made. */
    static InetAddress toAddress(String name, byte[] octets) {
        try {
            return InetAddress.getByAddress(name, octets);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HostName host && text.equals(host.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return inUrl();
    }

    private static String ascii(String host) throws MalformedUrlException {
        boolean plain = true;
        for (int i = 0; i < host.length(); i++) {
            plain &= host.charAt(i) < 0x80;
        }
        if (plain) {
            return host.toLowerCase(Locale.ROOT);
        }
        try {
            return IDN.toASCII(host).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new MalformedUrlException("its host is no internationalised name");
        }
    }

    private static void checkLabels(String name) throws MalformedUrlException {
        if (name.isEmpty() || name.length() > MAX_LENGTH) {
            throw new MalformedUrlException("its host is empty or too long");
        }
        for (String label : name.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > MAX_LABEL || label.startsWith("-") || label.endsWith("-")) {
                throw new MalformedUrlException("its host has a malformed label");
            }
            for (int i = 0; i < label.length(); i++) {
                char c = label.charAt(i);
                if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_')) {
                    throw new MalformedUrlException("its host has a character that no name has");
                }
            }
        }
    }

    /**
     * Returns whether a resolver may accept the name as an IPv4 address: its last label is a number in any notation of
     * C.
     */
    private static boolean endsInNumber(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        return last.matches("[0-9]+|0x[0-9a-f]*");
    }

    /** Parses four decimal numbers without leading zeros, and no other notation. */
    private static byte[] ipv4(String text) throws MalformedUrlException {
        String[] parts = text.split("\\.", -1);
        byte[] octets = new byte[4];
        for (int i = 0; i < parts.length; i++) {
            if (parts.length != 4 || !parts[i].matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(parts[i]) > 255) {
                throw new MalformedUrlException("its host is an ambiguous address; write four decimal numbers");
            }
            octets[i] = (byte) Integer.parseInt(parts[i]);
        }
        return octets;
    }

    /** Parses an address as in RFC 4291, section 2.2; zones are not allowed. */
    private static byte[] ipv6(String text) throws MalformedUrlException {
        int gap = text.indexOf("::");
        if (gap < 0) {
            byte[] all = groups(text);
            if (all.length != 16) {
                throw notIpv6();
            }
            return all;
        }
        byte[] head = groups(text.substring(0, gap));
        byte[] tail = groups(text.substring(gap + 2));
        if (head.length + tail.length > 14 || gap > 0 && text.substring(0, gap).indexOf('.') >= 0) {
            throw notIpv6();
        }
        byte[] octets = Arrays.copyOf(head, 16);
        System.arraycopy(tail, 0, octets, 16 - tail.length, tail.length);
        return octets;
    }

    private static byte[] groups(String text) throws MalformedUrlException {
        if (text.isEmpty()) {
            return new byte[0];
        }
        String[] parts = text.split(":", -1);
        if (parts.length > 8) {
            throw notIpv6();
        }
        byte[] octets = new byte[16];
        int length = 0;
        for (int i = 0; i < parts.length; i++) {
            if (i == parts.length - 1 && parts[i].indexOf('.') >= 0 && length <= 12) {
                System.arraycopy(ipv4(parts[i]), 0, octets, length, 4);
                length += 4;
            } else if (parts[i].matches("[0-9A-Fa-f]{1,4}")) {
                int group = Integer.parseInt(parts[i], 16);
                octets[length++] = (byte) (group >> 8);
                octets[length++] = (byte) group;
            } else {
                throw notIpv6();
            }
        }
        return Arrays.copyOf(octets, length);
    }

    private static MalformedUrlException notIpv6() {
        return new MalformedUrlException("its host is no IPv6 address");
    }

    /**
     * Formats an address as in RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as
     * {@code ::}.
     */
    private static String format(byte[] octets) {
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; i++) {
            int end = i;
            while (end < 8 && group(octets, end) == 0) {
                end++;
            }
            if (end - i > bestLength) {
                bestStart = i;
                bestLength = end - i;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
            } else {
                if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
                    text.append(':');
                }
                text.append(Integer.toHexString(group(octets, i)));
            }
        }
        return text.toString();
    }

    private static int group(byte[] octets, int index) {
        return (octets[index * 2] & 0xff) << 8 | octets[index * 2 + 1] & 0xff;
    }
}
