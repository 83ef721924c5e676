// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Untrusted text, made safe for messages and logs. */
@NullMarked
package dev.wagi.oci.internal.text;

import org.jspecify.annotations.NullMarked;
