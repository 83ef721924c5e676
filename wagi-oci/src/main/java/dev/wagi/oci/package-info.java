// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * What is said to and about OCI registries: references, digests, credentials, policies, and how it can fail. Values are
 * immutable and cannot be malformed. What pulls and pushes is in {@link dev.wagi.oci.client}.
 */
@NullMarked
package dev.wagi.oci;

import org.jspecify.annotations.NullMarked;
