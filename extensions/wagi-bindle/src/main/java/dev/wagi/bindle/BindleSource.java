// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle;

import java.net.PasswordAuthentication;
import java.net.URI;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A source of bindles: a directory to which they were exported, or a bindle server. Immutable and thread-safe. It only
 * holds settings: nothing is read and no connection is opened before a host is built with it.
 *
 * <pre>
 * directory:  &lt;directory&gt;/&lt;SHA-256 of "name/version"&gt;/invoice.toml
 *             &lt;directory&gt;/&lt;SHA-256 of "name/version"&gt;/parcels/&lt;SHA-256 of the parcel&gt;.dat
 * server:     GET &lt;url&gt;/_i/name/version
 *             GET &lt;url&gt;/_i/name/version@&lt;SHA-256 of the parcel&gt;
 * </pre>
 */
public final class BindleSource {

    private final @Nullable Path directory;
    private final @Nullable URI url;
    private final @Nullable PasswordAuthentication basicAuth;
    private final boolean insecureTls;

    private BindleSource(
            @Nullable Path directory,
            @Nullable URI url,
            @Nullable PasswordAuthentication basicAuth,
            boolean insecureTls) {
        this.directory = directory;
        this.url = url;
        this.basicAuth = basicAuth;
        this.insecureTls = insecureTls;
    }

    /**
     * Creates a source of standalone bindles, as {@code bindle get --export} writes them.
     *
     * @param directory the directory that contains the bindles' directories; a relative path is relative to the working
     *     directory
     * @return a source of bindles
     */
    public static BindleSource directory(Path directory) {
        return new BindleSource(Objects.requireNonNull(directory, "directory"), null, null, false);
    }

    /**
     * Creates a source for a bindle server. Redirects are not followed; responses are limited in size and time.
     *
     * @param url the part of the URL before {@code /_i/}, for instance {@code https://bindle.example/v1}; a trailing
     *     slash is ignored
     * @return a source of bindles
     * @throws IllegalArgumentException if it is not an {@code http} or {@code https} URL with a host, or if it contains
     *     a user, a query or a fragment
     */
    public static BindleSource server(URI url) {
        String scheme = url.getScheme();
        boolean http = "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
        // The message must not repeat the URL, which may contain a password.
        if (!http || url.getHost() == null) {
            throw new IllegalArgumentException(
                    "the URL of a bindle server must begin with http:// or https:// and a host; write for instance"
                            + " \"https://bindle.example/v1\"");
        }
        if (url.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "the URL of a bindle server must not contain a user; pass user and password separately");
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "the URL of a bindle server must not contain '?' or '#'; remove it and everything after it");
        }
        return new BindleSource(null, URI.create(url.toString().replaceFirst("/+$", "")), null, false);
    }

    /**
     * {@return a copy that authenticates with HTTP Basic} The credentials are sent only to the server's own origin.
     * Over plain {@code http} they are sent only if its host is a loopback address or {@link #withInsecureTls} was
     * called; otherwise a host that uses this source does not start.
     *
     * @param user the user, without a colon and control characters
     * @param password the password, without control characters; sent as UTF-8
     * @throws IllegalStateException if this source is a directory
     * @throws IllegalArgumentException if the user or the password cannot be sent
     * @see <a href="https://www.rfc-editor.org/rfc/rfc7617#section-2">RFC 7617, section 2</a>
     */
    public BindleSource withBasicAuth(String user, String password) {
        requireServer("a user");
        if (user.indexOf(':') >= 0 || hasControl(user)) {
            throw new IllegalArgumentException("user must not contain ':' or control characters");
        }
        if (hasControl(password)) {
            throw new IllegalArgumentException("password must not contain control characters");
        }
        return new BindleSource(null, url, new PasswordAuthentication(user, password.toCharArray()), insecureTls);
    }

    /**
     * {@return a copy that does not authenticate the server: any certificate is accepted, and credentials are sent over
     * plain {@code http} as well} Anyone on the network path can read the credentials and impersonate the server. For
     * tests.
     *
     * @throws IllegalStateException if this source is a directory
     */
    public BindleSource withInsecureTls() {
        requireServer("TLS");
        return new BindleSource(null, url, basicAuth, true);
    }

    /** {@return the directory; empty if this source is a server} */
    public Optional<Path> directory() {
        return Optional.ofNullable(directory);
    }

    /**
     * {@return the server's URL, without a trailing slash and without credentials; empty if this source is a directory}
     */
    public Optional<URI> url() {
        return Optional.ofNullable(url);
    }

    /** {@return the user and password for the server; empty if there are none} */
    public Optional<PasswordAuthentication> basicAuth() {
        return Optional.ofNullable(basicAuth);
    }

    /** {@return whether the server is not authenticated} */
    public boolean isInsecureTls() {
        return insecureTls;
    }

    /** Returns the path or the URL, without credentials. */
    @Override
    public String toString() {
        return directory == null ? String.valueOf(url) : directory.toString();
    }

    private void requireServer(String what) {
        if (url == null) {
            throw new IllegalStateException("a directory of bindles does not support " + what);
        }
    }

    private static boolean hasControl(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }
}
