// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

/** What happens if an image has no valid signature. */
public enum SignatureMode {
    /** Signatures are not checked. */
    OFF,
    /** A warning is logged and the image is used. */
    WARN,
    /** The image is refused. */
    REQUIRE
}
