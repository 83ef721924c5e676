// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;

/**
 * A manifest or index in its original bytes, which are stored unchanged, because the digest is computed from them.
 *
 * @param contentType the Content-Type of the response; empty if there was none
 */
public record RawManifest(byte[] bytes, String contentType, Digest digest) {}
