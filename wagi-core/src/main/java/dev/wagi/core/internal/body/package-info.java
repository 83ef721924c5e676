// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Request bodies of unknown length, kept until they are complete: a CGI program is given a length before it reads the first
 * byte (RFC 3875, section 4.1.2). {@link dev.wagi.core.internal.body.BodyStore} bounds what all of them take.
 *
 * <pre>
 * add, add ...            up to 64 KiB in memory, then a file that has no name any more
 * length, stream          when the body is complete
 * close                   always; what it took is free again
 * </pre>
 */
@NullMarked
package dev.wagi.core.internal.body;

import org.jspecify.annotations.NullMarked;
