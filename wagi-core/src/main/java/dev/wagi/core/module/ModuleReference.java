// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Identifies a module: a path, or {@code scheme:location}. A final {@code #sha256:<hex>} pins its bytes.
 *
 * <pre>
 * hello.wasm                   scheme "file", location "hello.wasm"
 * C:\guests\hello.wasm         scheme "file", location "C:\guests\hello.wasm"
 * file:///srv/hello.wasm       scheme "file", location "/srv/hello.wasm"
 * classpath:/hello.wasm        scheme "classpath", location "/hello.wasm"
 * oci:example.org/hello:v1     scheme "oci", location "example.org/hello:v1"
 * </pre>
 */
public final class ModuleReference {

    /** At least two letters, because one letter and a colon are a Windows drive. */
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):(.*)", Pattern.DOTALL);

    private static final Pattern PIN = Pattern.compile("(.*)#sha256:([0-9A-Fa-f]{64})", Pattern.DOTALL);

    private final String text;
    private final String scheme;
    private final String location;
    private final @Nullable String sha256;

    private ModuleReference(String text, String scheme, String location, @Nullable String sha256) {
        this.text = text;
        this.scheme = scheme;
        this.location = location;
        this.sha256 = sha256;
    }

    /**
     * Parses a reference.
     *
     * @param text a path, or {@code scheme:location}, optionally followed by a pin
     * @return the reference
     * @throws IllegalArgumentException if the text is empty or its pin is malformed; the message says what to write
     *     instead
     */
    public static ModuleReference parse(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("is empty; write the path of a .wasm or .wat file");
        }
        String rest = text;
        String sha256 = null;
        Matcher pin = PIN.matcher(text);
        if (pin.matches()) {
            rest = pin.group(1);
            sha256 = pin.group(2).toLowerCase(Locale.ROOT);
        } else if (text.contains("#sha256:")) {
            throw new IllegalArgumentException("has a malformed pin; write '#sha256:' and 64 hexadecimal digits");
        }
        Matcher scheme = SCHEME.matcher(rest);
        if (!scheme.matches()) {
            return new ModuleReference(text, "file", rest, sha256);
        }
        String name = scheme.group(1).toLowerCase(Locale.ROOT);
        String location = scheme.group(2);
        if (name.equals("file") && location.startsWith("//")) {
            location = withoutAuthority(location);
        }
        if (location.isBlank()) {
            throw new IllegalArgumentException("has nothing after '" + name + ":'");
        }
        return new ModuleReference(text, name, location, sha256);
    }

    /** Maps {@code ///abs} and {@code //localhost/abs} to {@code /abs}, and {@code ///C:/x} to {@code C:/x}. */
    private static String withoutAuthority(String location) {
        int slash = location.indexOf('/', 2);
        String authority = slash < 0 ? location.substring(2) : location.substring(2, slash);
        if (!authority.isEmpty() && !authority.equalsIgnoreCase("localhost")) {
            throw new IllegalArgumentException("names the host '" + authority
                    + "'; write 'file:///' and an absolute path, or 'file:' and a relative one");
        }
        String path = slash < 0 ? "" : location.substring(slash);
        return path.matches("/[A-Za-z]:.*") ? path.substring(1) : path;
    }

    /** {@return the scheme, in lower case; {@code file} for a plain path} */
    public String scheme() {
        return scheme;
    }

    /** {@return the text after the scheme, without the pin} */
    public String location() {
        return location;
    }

    /** {@return the SHA-256 that the bytes must have, in lower-case hexadecimal; empty if they are not pinned} */
    public Optional<String> sha256() {
        return Optional.ofNullable(sha256);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ModuleReference reference && text.equals(reference.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** Returns the reference as written; the inverse of {@link #parse}. */
    @Override
    public String toString() {
        return text;
    }
}
