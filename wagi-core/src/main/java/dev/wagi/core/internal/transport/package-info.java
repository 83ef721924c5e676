// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Code that the transports of this project, the servlet, the handler of WebFlux and the server, share. Exported to them
 * only. {@link dev.wagi.core.internal.transport.ClientBody} is for one request and one thread.
 */
@NullMarked
package dev.wagi.core.internal.transport;

import org.jspecify.annotations.NullMarked;
