// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;

/**
 * A module that was pulled.
 *
 * @param reference what was asked for
 * @param manifest the digest of the manifest or index that it led to
 * @param module the digest of the module
 * @param mediaType of the layer that the module is, or that it was in; as the registry wrote it, to be escaped before it is
 *     shown
 * @param bytes the module, a core module in binary form; not written to after the call
 */
public record OciModule(OciReference reference, Digest manifest, Digest module, String mediaType, byte[] bytes) {}
