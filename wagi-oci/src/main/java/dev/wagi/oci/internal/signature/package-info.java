// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Checks whether a manifest is signed with a trusted key, in the two formats in which cosign stores signatures in
 * registries. {@link dev.wagi.oci.internal.signature.SignaturePolicy} is the entry point and holds the requirements;
 * {@link dev.wagi.oci.internal.signature.SignatureSource} fetches content, as this package does not use HTTP. The
 * public types are immutable.
 *
 * @see <a href="https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md">cosign, signature
 *     specification</a>
 * @see <a href="https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto">Sigstore bundle</a>
 */
@NullMarked
package dev.wagi.oci.internal.signature;

import org.jspecify.annotations.NullMarked;
