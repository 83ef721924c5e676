// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What is said to and about OCI registries: references, digests, credentials, policies, and how it can fail. Values are
 * immutable and cannot be malformed. What pulls and pushes is in {@link dev.wagi.oci.client}.
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
