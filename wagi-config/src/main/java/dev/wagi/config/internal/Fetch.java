// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Reads the content of URLs. */
final class Fetch {

    private static final int TIMEOUT_MILLIS = (int) Duration.ofSeconds(30).toMillis();

    private Fetch() {}

    /** The content is larger than the limit. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLargeException() {
            super("too large");
        }
    }

    /**
     * Reads the content of a URL.
     *
     * @throws TooLargeException if it is larger than the limit
     * @throws FileNotFoundException if there is no content
     * @throws IOException if the content cannot be read; the message does not repeat a password
     */
    static byte[] bytes(URL url, int limit) throws IOException {
        URLConnection connection = url.openConnection();
        // A cached jar could not be replaced, and its old content would be read after a change.
        connection.setUseCaches(false);
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try (InputStream in = connection.getInputStream()) {
            byte[] bytes = in.readNBytes(limit + 1);
            if (bytes.length > limit) {
                throw new TooLargeException();
            }
            return bytes;
        } catch (FileNotFoundException | TooLargeException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(e.toString().replace(url.toString(), display(url)), e);
        }
    }

    /** Returns the directory of a {@code file:} URL; empty for other URLs. */
    static Optional<Path> directory(URL url) {
        if (!url.getProtocol().equals("file")) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(Path.of(url.toURI()).getParent());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty(); // the URL has a host, for instance
        }
    }

    /**
     * Returns the URL of a sibling of another URL, in the same jar if that is in a jar.
     *
     * @param path the relative path, with slashes, not encoded
     * @throws IOException if no URL can be formed
     */
    static URL beside(URL url, String path) throws IOException {
        String text = url.toString();
        int jar = text.lastIndexOf("!/") + 1;
        try {
            // The leading dot keeps a colon in the first segment from being parsed as the end of a scheme.
            URI relative = new URI(null, null, "./" + path, null);
            URI within = new URI(text.substring(jar)).resolve(relative).normalize();
            return new URI(text.substring(0, jar) + within).toURL();
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Returns the URL for messages: without a user, a password, a query and a fragment. */
    static String display(URL url) {
        return url.toString().replaceFirst("//[^/@]*@", "//").replaceFirst("[?#].*", "");
    }
}
