// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Normalizes the names of registries. All spellings of the same server must become equal, because policies,
 * credentials, mirrors and the store use the name as a key.
 */
final class RegistryName {

    private static final int MAX_NAME = 255;
    private static final int HTTPS = 443;

    private static final List<String> HUB_NAMES =
            List.of("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com");

    private static final String LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
    private static final Pattern NAME = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-f:.]{2,45}");

    /**
     * A host whose last label begins with a digit is an IPv4 address in some notation; only dotted decimal is accepted.
     */
    private static final Pattern NUMERIC = Pattern.compile("(?:.*\\.)?[0-9][^.]*");

    private static final String OCTET = "(?:0|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5])";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");

    private RegistryName() {}

    /** Returns the normalized form; see {@link OciReference#registry(String)}. */
    static String normalize(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        if (name.length() > MAX_NAME) {
            throw malformed();
        }
        int colon = name.endsWith("]") ? -1 : name.lastIndexOf(':');
        String host = host(colon < 0 ? name : name.substring(0, colon));
        int port = colon < 0 ? HTTPS : port(name.substring(colon + 1));
        if (port != HTTPS) {
            return host + ":" + port;
        }
        if (HUB_NAMES.contains(host)) {
            return OciReference.DOCKER_HUB;
        }
        // Without a dot or a port, a reference would read the host as the first part of a Docker Hub repository.
        return OciReference.isRegistry(host) ? host : host + ":" + HTTPS;
    }

    private static int port(String text) {
        int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
        if (port <= 0 || port > 0xffff) {
            throw malformed();
        }
        return port;
    }

    private static String host(String text) {
        if (text.startsWith("[") && text.endsWith("]")) {
            return address(text.substring(1, text.length() - 1));
        }
        // A trailing dot marks a fully qualified name; the name is the same without it.
        String host = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        boolean isGood = NUMERIC.matcher(host).matches()
                ? IPV4.matcher(host).matches()
                : NAME.matcher(host).matches();
        if (!isGood) {
            throw malformed();
        }
        return host;
    }

    /** Normalizes an IPv6 address (RFC 5952). An IPv4-mapped address becomes an IPv4 address. */
    private static String address(String text) {
        if (!IPV6.matcher(text).matches() || text.indexOf(':') < 0) {
            throw malformed();
        }
        InetAddress address;
        try {
            address = InetAddress.getByName("[" + text + "]"); // in brackets it is never looked up
        } catch (UnknownHostException e) {
            throw malformed();
        }
        return address instanceof Inet4Address
                ? address.getHostAddress()
                : "[" + compressed(address.getAddress()) + "]";
    }

    private static String compressed(byte[] bytes) {
        int[] groups = new int[8];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        }
        int start = -1;
        int longest = 1; // a single zero stays
        for (int i = 0; i < groups.length; i++) {
            int end = i;
            while (end < groups.length && groups[end] == 0) {
                end++;
            }
            if (end - i > longest) {
                start = i;
                longest = end - i;
            }
            i = Math.max(i, end - 1);
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < groups.length; i++) {
            if (i == start) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(text.isEmpty() || text.charAt(text.length() - 1) == ':' ? "" : ":")
                        .append(Integer.toHexString(groups[i]));
            }
        }
        return text.toString();
    }

    private static IllegalArgumentException malformed() {
        return new IllegalArgumentException(
                "has a malformed registry; write host or host:port, for instance \"example.org:5000\"");
    }
}
