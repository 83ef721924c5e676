// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** WAGI modules from OCI registries. */
@NullMarked
package dev.wagi.oci;

import org.jspecify.annotations.NullMarked;
