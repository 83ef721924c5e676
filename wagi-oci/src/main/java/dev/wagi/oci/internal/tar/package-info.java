// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Archives from strangers, read as a stream: {@link dev.wagi.oci.internal.tar.TarReader}. Nothing is written anywhere, and
 * nothing but the current header is held in memory, unless the caller asks for a file.
 */
@NullMarked
package dev.wagi.oci.internal.tar;

import org.jspecify.annotations.NullMarked;
