// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import org.jspecify.annotations.Nullable;

/**
 * The result of a signature check.
 *
 * @param isVerified whether there is a valid signature
 * @param key the name of the key that made it; null if there is none
 * @param text the explanation for operators: which key in which format, or why there is none and what to do
 */
public record SignatureResult(boolean isVerified, @Nullable String key, String text) {

    static SignatureResult verified(TrustedKey key, String form) {
        return new SignatureResult(true, key.name(), "signed with key '" + key.name() + "' (" + form + ")");
    }

    static SignatureResult failed(String text) {
        return new SignatureResult(false, null, text);
    }
}
