// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

/** The format of the image in which a module is pushed. Every format can be pulled. */
public enum ModuleLayout {
    /** The format of {@code wasm-to-oci}, WAGI and Krustlet, which the most clients support. */
    WASM_TO_OCI,
    /** The CNCF's Wasm OCI Artifact, version 0, for {@code wasip1}. */
    CNCF
}
