// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.net.URI;
import java.util.Locale;

/** Scheme, host and port: the scope of credentials. */
public record Origin(String scheme, String host, int port) {

    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /**
     * Returns the origin of an absolute URI.
     *
     * @throws IllegalArgumentException if it is not an http or https URI with a host and without a user
     */
    public static Origin of(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http")
                || uri.getHost() == null
                || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("is not an http or https URL with a host and without a user");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : scheme.equals("https") ? HTTPS : HTTP;
        return new Origin(scheme, uri.getHost().toLowerCase(Locale.ROOT), port);
    }

    /** Whether the connection is unencrypted. */
    public boolean isPlain() {
        return scheme.equals("http");
    }

    /** Whether it is the host that a registry's name, {@code host} or {@code host:port}, denotes. */
    public boolean isOf(String registry) {
        int colon = registry.endsWith("]") ? -1 : registry.lastIndexOf(':');
        String name = colon < 0 ? registry : registry.substring(0, colon);
        int number = colon >= 0 ? Integer.parseInt(registry.substring(colon + 1)) : isPlain() ? HTTP : HTTPS;
        return host.equals(name) && port == number;
    }

    @Override
    public String toString() {
        return scheme + "://" + host + ":" + port;
    }
}
