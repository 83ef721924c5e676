// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.http;

import java.net.URI;
import java.util.Locale;

/** Scheme, host and port: what credentials belong to. */
public record Origin(String scheme, String host, int port) {

    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    /**
     * Of an absolute URI.
     *
     * @throws IllegalArgumentException if it is not one of HTTP or HTTPS with a host and without a user
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

    /** Whether what is said to it can be read on the way. */
    public boolean isPlain() {
        return scheme.equals("http");
    }

    /** Whether it is the host that a registry's name, {@code host} or {@code host:port}, means. */
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
