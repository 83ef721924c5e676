// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

/** How a module is laid out as an image when it is pushed. All of them can be pulled. */
public enum ModuleLayout {
    /** As {@code wasm-to-oci}, WAGI and Krustlet do: the widest known one. */
    WASM_TO_OCI,
    /** The CNCF's Wasm OCI Artifact, version 0, for {@code wasip1}. */
    CNCF
}
