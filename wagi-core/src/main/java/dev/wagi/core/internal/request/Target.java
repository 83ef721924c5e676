// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

/** What answers a request: what its route leads to, or the host itself with a fixed answer. */
sealed interface Target permits FixedAnswer, RouteTarget {}
