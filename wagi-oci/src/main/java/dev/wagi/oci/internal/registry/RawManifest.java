// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.registry;

import dev.wagi.oci.Digest;

/**
 * A manifest or index as it arrived. Its digest is that of its bytes, so they are kept and never written anew.
 *
 * @param contentType the field of the response; empty if there was none
 */
public record RawManifest(byte[] bytes, String contentType, Digest digest) {}
