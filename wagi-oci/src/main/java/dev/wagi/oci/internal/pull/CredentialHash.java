// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.pull;

import dev.wagi.oci.Credentials;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * What stands for a credential in the store. Who reads it learns nothing: it is salted, so equal passwords of two stores look
 * different, and slow, so that weak passwords are not found by trying.
 */
final class CredentialHash {

    private static final int ROUNDS = 20_000;
    private static final int BITS = 256;

    private CredentialHash() {}

    /** Of a credential for a registry; a new secret of the same user is another one. */
    static String of(byte[] salt, String registry, Credentials credentials) {
        StringBuilder identity = new StringBuilder();
        for (String part : new String[] {
            registry, credentials.kind().name(), credentials.user().orElse(""), credentials.secret()
        }) {
            // With lengths, so that no two lists of parts make the same text.
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
