// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The client for guests' outbound requests, based on Jetty's. */
@NullMarked
package dev.wagi.outbound.internal;

import org.jspecify.annotations.NullMarked;
