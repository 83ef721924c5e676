// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.signature;

import dev.wagi.oci.internal.signature.SignaturePolicy.Mode;

/**
 * The decision of the policy on one manifest.
 *
 * @param mode the requirement
 * @param result the result of the check; with {@link Mode#OFF} nothing was checked
 */
public record SignatureDecision(Mode mode, SignatureResult result) {

    /** Whether the image may run. */
    public boolean isAllowed() {
        return mode != Mode.REQUIRE || result.isVerified();
    }

    /** Whether the image may run, but an operator should be warned. */
    public boolean isWarning() {
        return mode == Mode.WARN && !result.isVerified();
    }
}
