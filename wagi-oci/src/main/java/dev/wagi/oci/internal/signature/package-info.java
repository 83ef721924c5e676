// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Whether a manifest is signed with a key that is trusted, in the two forms in which cosign keeps signatures in registries.
 * {@link dev.wagi.oci.internal.signature.SignaturePolicy} is the entry: what is asked of which repository. {@link
 * dev.wagi.oci.internal.signature.SignatureSource} is how it fetches; nothing here speaks HTTP. Everything is immutable.
 *
 * @see <a href="https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md">cosign, signature specification</a>
 * @see <a href="https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto">Sigstore bundle</a>
 */
@NullMarked
package dev.wagi.oci.internal.signature;

import org.jspecify.annotations.NullMarked;
