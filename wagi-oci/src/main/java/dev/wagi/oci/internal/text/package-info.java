// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Text that others wrote, made fit for messages and logs. */
@NullMarked
package dev.wagi.oci.internal.text;

import org.jspecify.annotations.NullMarked;
