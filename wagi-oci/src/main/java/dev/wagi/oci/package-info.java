// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * The types for working with OCI registries: references, digests, credentials, policies and exceptions. Values are
 * immutable and always well-formed. The client, which pulls and pushes, is in {@link dev.wagi.oci.client}.
 *
 * <pre>{@code
 * OciReference reference = OciReference.parse("example.org/hello:v1");
 * String registry = reference.registry();
 * try {
 *     OciModule module = client.pull(reference, PullPolicy.IF_NOT_PRESENT);
 * } catch (OciException.Unauthorized e) {
 *     System.err.println("log in to " + registry + ": " + e.getMessage());
 * }
 * }</pre>
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.oci;

import org.jspecify.annotations.NullMarked;
