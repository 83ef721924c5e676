// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Streaming reader for untrusted archives: {@link dev.wagi.oci.internal.tar.TarReader}. Nothing is written to disk, and
 * only the current header is held in memory, unless the caller asks for a file.
 */
@NullMarked
package dev.wagi.oci.internal.tar;

import org.jspecify.annotations.NullMarked;
