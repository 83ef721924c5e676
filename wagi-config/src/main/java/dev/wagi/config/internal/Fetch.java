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

/** Reads what is behind URLs. */
final class Fetch {

    private static final int TIMEOUT_MILLIS = (int) Duration.ofSeconds(30).toMillis();

    private Fetch() {}

    /** Something has more bytes than it may have. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLargeException() {
            super("too large");
        }
    }

    /**
     * The bytes behind a URL, as they are now.
     *
     * @throws TooLargeException if they are too many
     * @throws FileNotFoundException if nothing is there
     * @throws IOException if they cannot be read; its text does not repeat a password
     */
    static byte[] bytes(URL url, int limit) throws IOException {
        URLConnection connection = url.openConnection();
        // A jar that is kept open could not be replaced, and would go on showing what was in it.
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

    /** The directory of a file on this machine. */
    static Optional<Path> directory(URL url) {
        if (!url.getProtocol().equals("file")) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(Path.of(url.toURI()).getParent());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty(); // such as a host
        }
    }

    /**
     * The URL of something beside another one, in the same jar if that is in a jar.
     *
     * @param path relative, with slashes, not encoded
     * @throws IOException if there can be no such URL
     */
    static URL beside(URL url, String path) throws IOException {
        String text = url.toString();
        int jar = text.lastIndexOf("!/") + 1;
        try {
            // The dot keeps a colon in the first component from being taken for the end of a scheme.
            URI relative = new URI(null, null, "./" + path, null);
            URI within = new URI(text.substring(jar)).resolve(relative).normalize();
            return new URI(text.substring(0, jar) + within).toURL();
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** For messages: without a user, a password and a query. */
    static String display(URL url) {
        return url.toString().replaceFirst("//[^/@]*@", "//").replaceFirst("[?#].*", "");
    }
}
