// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The built-in {@link dev.wagi.core.api.OutboundHttpClient}; the one package that names Jetty, which is optional. */
@NullMarked
package dev.wagi.core.outbound.jetty;

import org.jspecify.annotations.NullMarked;
