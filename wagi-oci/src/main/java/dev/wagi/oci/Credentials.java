// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The credentials with which a client authenticates to a registry. No text form contains the secret. */
public final class Credentials {

    /** The type of the secret. */
    public enum Kind {
        /** The password of a user. */
        PASSWORD,
        /** An identity token (refresh token), which the registry's token server exchanges for an access token. */
        IDENTITY_TOKEN,
        /** A bearer token that the registry itself accepts. */
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
     * Creates credentials from a user and a password.
     *
     * @param user the user, without a colon
     * @param password the password
     * @return credentials for Basic authentication
     * @throws IllegalArgumentException if the user contains a colon, or the user or the password a control character:
     *     Basic authentication (RFC 7617) cannot transmit them
     */
    public static Credentials of(String user, String password) {
        if (user.indexOf(':') >= 0 || hasControl(user) || hasControl(password)) {
            throw new IllegalArgumentException(
                    "the user must not contain a colon, and neither may contain control characters");
        }
        return new Credentials(Kind.PASSWORD, user, password);
    }

    /**
     * Creates credentials from an identity token.
     *
     * @param token the token, which the registry's token server exchanges for an access token
     * @return credentials for a token server
     */
    public static Credentials identityToken(String token) {
        return new Credentials(Kind.IDENTITY_TOKEN, null, token);
    }

    /**
     * Creates credentials from a user's identity token, for token servers that support only users and passwords.
     *
     * @param user the user that the token belongs to
     * @param token the token
     * @return credentials for a token server
     */
    public static Credentials identityToken(String user, String token) {
        return new Credentials(Kind.IDENTITY_TOKEN, user, token);
    }

    /**
     * Creates credentials from a bearer token, which is sent unchanged.
     *
     * @param token the token
     * @return credentials for Bearer authentication
     * @throws IllegalArgumentException if the token contains anything but visible ASCII characters
     */
    public static Credentials registryToken(String token) {
        if (!token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("the token must contain only visible ASCII characters");
        }
        return new Credentials(Kind.REGISTRY_TOKEN, null, token);
    }

    private static boolean hasControl(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    /** {@return the type of the secret} */
    public Kind kind() {
        return kind;
    }

    /** {@return the user, if there is one; a password always has one} */
    public Optional<String> user() {
        return Optional.ofNullable(user);
    }

    /** {@return the secret in plain text} */
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

    /** Returns the kind and the user, never the secret. */
    @Override
    public String toString() {
        return kind + (user == null ? "" : " of user " + user);
    }
}
