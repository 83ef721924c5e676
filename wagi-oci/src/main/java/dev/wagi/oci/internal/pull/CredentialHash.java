// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Computes the hash that represents a credential in the store. It reveals nothing to a reader of the store: it is
 * salted, so that equal passwords differ between stores, and slow, so that weak passwords cannot be guessed.
 */
final class CredentialHash {

    private static final int ROUNDS = 20_000;
    private static final int BITS = 256;

    private CredentialHash() {}

    /** Returns the hash of a credential for a registry; a new secret of the same user has another hash. */
    static String of(byte[] salt, String registry, Credentials credentials) {
        StringBuilder identity = new StringBuilder();
        for (String part : new String[] {
            registry, credentials.kind().name(), credentials.user().orElse(""), credentials.secret()
        }) {
            // The lengths make the encoding unambiguous.
            identity.append(part.length()).append(':').append(part);
        }
        try {
            byte[] hash = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(identity.toString().toCharArray(), salt, ROUNDS, BITS))
                    .getEncoded();
            return HexFormat.of().formatHex(hash);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JVM has PBKDF2WithHmacSHA256", e);
        }
    }
}
