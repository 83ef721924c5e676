// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server listens.
 *
 * <pre>
 * 127.0.0.1:3000    that address
 * 0.0.0.0:3000      all addresses
 * [::1]:3000        IPv6, in brackets
 * :3000, 3000       127.0.0.1: to be reached from elsewhere is not a default
 * unix:/run/a.sock  a Unix domain socket
 * inherited         the listening socket that is the standard input of the process
 * </pre>
 *
 * @param host a name or address, IPv6 without brackets; or {@code inherited}, see {@link #isInherited}; or
 *     {@code unix:} and a path
 * @param port 0 to 65535; 0 for any free one; -1 for the last two
 */
record ListenAddress(String host, int port) {

    /** The default. */
    static final String DEFAULT = "127.0.0.1:3000";

    /** What no address looks like: those have a port. */
    private static final ListenAddress INHERITED = new ListenAddress("inherited", -1);

    private static final Pattern FORM =
            Pattern.compile("(?:(?:\\[([0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?)]|([A-Za-z0-9._-]*)):)?([0-9]{1,5})");

    private static final String UNIX = "unix:";

    /**
     * Reads the value of an option: what {@link #ofFile} reads, or {@code inherited}, which no file may ask for.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static ListenAddress ofOption(String text) {
        return text.equals(INHERITED.host) ? INHERITED : ofFile(text);
    }

    /**
     * Reads an address, or {@code unix:} and the path of a socket.
     *
     * @throws IllegalArgumentException if it is neither
     */
    static ListenAddress ofFile(String text) {
        if (!text.startsWith(UNIX)) {
            return parse(text);
        }
        try {
            if (!Path.of(text.substring(UNIX.length())).isAbsolute()) {
                throw new IllegalArgumentException(
                        "has no absolute path; write for instance \"unix:/run/wagi/wagi.sock\"");
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("has a path that this system cannot have; choose another one", e);
        }
        return new ListenAddress(text, -1);
    }

    /**
     * Reads an address; a missing host is 127.0.0.1.
     *
     * @throws IllegalArgumentException if it is neither {@code HOST:PORT} nor {@code PORT}
     */
    static ListenAddress parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "is not HOST:PORT; write for instance \"127.0.0.1:3000\", or \"[::1]:3000\" for IPv6");
        }
        int port = Integer.parseInt(matcher.group(3));
        if (port > 0xffff) {
            throw new IllegalArgumentException("has a port above 65535");
        }
        String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        return new ListenAddress(host == null || host.isEmpty() ? "127.0.0.1" : host, port);
    }

    /** {@return whether the process was started with a socket that listens} */
    boolean isInherited() {
        return equals(INHERITED);
    }

    /** {@return whether only programs on this machine can connect; false for a name without an address} */
    boolean isLoopback() {
        try {
            return port >= 0 && Arrays.stream(InetAddress.getAllByName(host)).allMatch(InetAddress::isLoopbackAddress);
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** {@return the path of the Unix domain socket; empty for an address} */
    Optional<Path> file() {
        return host.startsWith(UNIX) ? Optional.of(Path.of(host.substring(UNIX.length()))) : Optional.empty();
    }

    /** The inverse of {@link #ofOption}. */
    @Override
    public String toString() {
        if (port < 0) {
            return host;
        }
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
