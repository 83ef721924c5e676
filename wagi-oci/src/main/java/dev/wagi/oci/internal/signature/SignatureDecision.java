// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import dev.wagi.oci.internal.signature.SignaturePolicy.Mode;

/**
 * What the policy says of one manifest.
 *
 * @param mode what was asked
 * @param result what was found; with {@link Mode#OFF} nothing was looked for
 */
public record SignatureDecision(Mode mode, SignatureResult result) {

    /** Whether it may run. */
    public boolean isAllowed() {
        return mode != Mode.REQUIRE || result.isVerified();
    }

    /** Whether it may run, but an operator should know. */
    public boolean isWarning() {
        return mode == Mode.WARN && !result.isVerified();
    }
}
