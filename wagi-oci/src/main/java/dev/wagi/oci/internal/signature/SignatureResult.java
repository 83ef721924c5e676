// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import org.jspecify.annotations.Nullable;

/**
 * What came out of looking for signatures.
 *
 * @param isVerified whether there is a good one
 * @param key the name of the key that made it; null if there is none
 * @param text for operators: which key in which form, or why not and what to do
 */
public record SignatureResult(boolean isVerified, @Nullable String key, String text) {

    static SignatureResult verified(TrustedKey key, String form) {
        return new SignatureResult(true, key.name(), "signed with key '" + key.name() + "' (" + form + ")");
    }

    static SignatureResult failed(String text) {
        return new SignatureResult(false, null, text);
    }
}
