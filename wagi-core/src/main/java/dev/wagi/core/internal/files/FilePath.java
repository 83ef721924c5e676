// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.files;

import dev.wagi.core.internal.volume.Names;
import java.util.Optional;

/**
 * The part of a request's path that names a file, after checks that do not depend on this host: what is served must be
 * the same on each platform, and the name that a client writes the only one of its file.
 *
 * @param names its components, separated by slashes; empty for the directory itself
 * @param directory whether it ends with a slash, or is empty
 */
record FilePath(String names, boolean directory) {

    /** As long as the names of most file systems may be. */
    private static final int MAX_NAME = 255;

    private static final int MAX_LENGTH = 2048;
    private static final int MAX_DEPTH = 64;

    /**
     * Checks a path.
     *
     * @param decoded percent-decoded once; empty or beginning with a slash
     * @param raw the same as sent
     * @return empty if no file is served under it: it has an encoded slash, an empty component, one that begins with a
     *     dot, or one that Windows would read as something else
     */
    static Optional<FilePath> parse(String decoded, String raw) {
        if (decoded.isEmpty() || decoded.equals("/")) {
            return Optional.of(new FilePath("", true));
        }
        if (decoded.length() > MAX_LENGTH || hasEncodedSlash(raw)) {
            return Optional.empty();
        }
        boolean directory = decoded.endsWith("/");
        String names = decoded.substring(1, decoded.length() - (directory ? 1 : 0));
        String[] parts = names.split("/", -1);
        if (parts.length > MAX_DEPTH) {
            return Optional.empty();
        }
        for (String part : parts) {
            if (part.isEmpty() || part.length() > MAX_NAME || isHidden(part) || !isPortable(part)) {
                return Optional.empty();
            }
        }
        return Optional.of(new FilePath(names, directory));
    }

    private static boolean hasEncodedSlash(String raw) {
        return raw.contains("%2f") || raw.contains("%2F");
    }

    /**
     * Some file systems of macOS do not see format characters, so that U+200C in front of {@code .git} changes nothing.
     */
    private static boolean isHidden(String name) {
        int at = 0;
        while (at < name.length() && Character.getType(name.charAt(at)) == Character.FORMAT) {
            at++;
        }
        return at == name.length() || name.charAt(at) == '.';
    }

    private static boolean isPortable(String name) {
        return Names.isValidOnWindows(name) && name.chars().noneMatch(c -> c >= 0x7f && c < 0xa0);
    }
}
