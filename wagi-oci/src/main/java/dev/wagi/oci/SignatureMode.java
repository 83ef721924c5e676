// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

/** What a missing or bad signature of an image means. */
public enum SignatureMode {
    /** Nothing: signatures are not looked for. */
    OFF,
    /** A warning in the log; the image is used. */
    WARN,
    /** The image is refused. */
    REQUIRE
}
