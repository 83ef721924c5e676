// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.cgi;

import dev.wagi.core.api.WagiRequest;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose word is taken for where a request came from.
 *
 * <p>Each proxy appends the address of whom it was asked by to {@code X-Forwarded-For}, so the field is read from its end:
 * as long as the address is a trusted proxy's, the one before it is believed.
 *
 * <pre>
 * connection from 10.0.0.9        X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.0.0.1
 * trusted 10.0.0.0/8         ->   203.0.113.7, whatever the client wrote before it
 * </pre>
 *
 * Immutable.
 */
public final class TrustedProxies {

    private static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** More addresses than any chain of proxies has; a client may send thousands. */
    private static final int MAX_HOPS = 32;

    private static final int MAX_ADDRESS = 45;
    private static final Pattern V4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]+");

    private final List<Network> networks;

    private TrustedProxies(List<Network> networks) {
        this.networks = networks;
    }

    /** Nobody is trusted: the client is whoever opened the connection. */
    public static TrustedProxies none() {
        return NONE;
    }

    /**
     * Reads a list of addresses and networks.
     *
     * @param texts IPv4 or IPv6 addresses, with {@code /bits} behind them for a network
     * @throws IllegalArgumentException if one is not; its text begins with it
     */
    public static TrustedProxies parse(List<String> texts) {
        return texts.isEmpty()
                ? NONE
                : new TrustedProxies(texts.stream().map(Network::parse).toList());
    }

    /** The client's address: the one the transport gave, or the one a trusted proxy named. */
    String client(WagiRequest request) {
        String client = request.remoteAddress();
        if (networks.isEmpty()) {
            return client;
        }
        List<String> fields = request.headers().all("X-Forwarded-For");
        String chain = String.join(",", fields);
        int end = chain.length();
        for (int hop = 0; hop < MAX_HOPS && end > 0 && isTrusted(client); hop++) {
            int comma = chain.lastIndexOf(',', end - 1);
            String address = chain.substring(comma + 1, end).strip();
            if (bytes(address) == null) {
                break; // what is not an address cannot be believed, nor what stands before it
            }
            client = address;
            end = comma;
        }
        return client;
    }

    private boolean isTrusted(String address) {
        byte[] bytes = bytes(address);
        return bytes != null && networks.stream().anyMatch(network -> network.contains(bytes));
    }

    /** The bytes of an address in text form, IPv4 in IPv6 unwrapped; null if it is not one. Never asks a name server. */
    private static byte @Nullable [] bytes(String text) {
        int zone = text.indexOf('%');
        String address = zone < 0 ? text : text.substring(0, zone);
        boolean v6 = address.indexOf(':') >= 0;
        if (address.length() > MAX_ADDRESS || !(v6 ? V6 : V4).matcher(address).matches()) {
            return null;
        }
        try {
            // In brackets a name is not even looked for.
            return InetAddress.getByName(v6 ? "[" + address + "]" : address).getAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    /** An address and how many of its bits count. */
    private record Network(byte[] address, int bits) {

        static Network parse(String text) {
            int slash = text.indexOf('/');
            byte[] address = bytes(slash < 0 ? text : text.substring(0, slash));
            String length = slash < 0 ? "" : text.substring(slash + 1);
            if (address == null || slash >= 0 && !length.matches("[0-9]{1,3}")) {
                throw new IllegalArgumentException("\"" + text
                        + "\" is not an IP address or network; write for instance \"10.0.0.1\" or \"10.0.0.0/8\"");
            }
            int bits = length.isEmpty() ? address.length * 8 : Integer.parseInt(length);
            if (bits > address.length * 8) {
                throw new IllegalArgumentException(
                        "\"" + text + "\" has more than the " + address.length * 8 + " bits of its address");
            }
            return new Network(address, bits);
        }

        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            int whole = bits / 8;
            int rest = bits % 8;
            if (!Arrays.equals(address, 0, whole, other, 0, whole)) {
                return false;
            }
            int mask = 0xff00 >> rest & 0xff;
            return rest == 0 || (address[whole] & mask) == (other[whole] & mask);
        }
    }
}
