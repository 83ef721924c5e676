// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** The client of guests' outbound requests, made of Jetty's. */
@NullMarked
package dev.wagi.outbound.internal;

import org.jspecify.annotations.NullMarked;
