// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Collects request bodies of unknown length, because a CGI program is given the length before it reads the first byte
 * (RFC 3875, section 4.1.2). {@link dev.wagi.core.internal.body.BodyStore} limits the resources that they use.
 *
 * <pre>
 * add, add ...            up to 64 KiB in memory, then in an unlinked file
 * length, stream          when the body is complete
 * close                   always; releases its resources
 * </pre>
 */
@NullMarked
package dev.wagi.core.internal.body;

import org.jspecify.annotations.NullMarked;
