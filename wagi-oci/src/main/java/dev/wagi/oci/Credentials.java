// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a client proves itself with to a registry. Its secret is in no text of it. */
public final class Credentials {

    /** What the secret is. */
    public enum Kind {
        /** A password, for a user. */
        PASSWORD,
        /** An identity token (refresh token), which the registry's token server exchanges. */
        IDENTITY_TOKEN,
        /** A bearer token for the registry itself. */
        REGISTRY_TOKEN
    }

    private final Kind kind;
    private final @Nullable String user;
    private final String secret;

    private Credentials(Kind kind, @Nullable String user, String secret) {
        this.kind = kind;
        this.user = user;
        this.secret = Objects.requireNonNull(secret, "secret");
    }

    /**
     * A user and a password.
     *
     * @param user the user, without colon
     * @param password the password
     * @return credentials for Basic authentication
     * @throws IllegalArgumentException if the user holds a colon or either a control character: Basic authentication
     *     (RFC 7617) cannot carry them
     */
    public static Credentials of(String user, String password) {
        if (user.indexOf(':') >= 0 || hasControl(user) || hasControl(password)) {
            throw new IllegalArgumentException(
                    "a user holds no colon, and neither user nor password a control character");
        }
        return new Credentials(Kind.PASSWORD, user, password);
    }

    /**
     * An identity token.
     *
     * @param token the token, which the registry's token server exchanges
     * @return credentials for a token server
     */
    public static Credentials identityToken(String token) {
        return new Credentials(Kind.IDENTITY_TOKEN, null, token);
    }

    /**
     * An identity token of a user, for token servers that know only users and passwords.
     *
     * @param user the user that the token belongs to
     * @param token the token
     * @return credentials for a token server
     */
    public static Credentials identityToken(String user, String token) {
        return new Credentials(Kind.IDENTITY_TOKEN, user, token);
    }

    /**
     * A bearer token that is sent as it is.
     *
     * @param token the token
     * @return credentials for Bearer authentication
     * @throws IllegalArgumentException if it holds anything but visible ASCII characters
     */
    public static Credentials registryToken(String token) {
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("a token consists of visible ASCII characters");
        }
        return new Credentials(Kind.REGISTRY_TOKEN, null, token);
    }

    private static boolean hasControl(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    /** {@return what the secret is} */
    public Kind kind() {
        return kind;
    }

    /** {@return the user, if it has one; a password always has} */
    public Optional<String> user() {
        return Optional.ofNullable(user);
    }

    /** {@return the secret, in the clear} */
    public String secret() {
        return secret;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Credentials that
                && kind == that.kind
                && Objects.equals(user, that.user)
                && secret.equals(that.secret);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, user, secret);
    }

    /** The kind and the user; never the secret. */
    @Override
    public String toString() {
        return kind + (user == null ? "" : " of user " + user);
    }
}
