// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

/** What answers a request: a guest, or the host itself with a fixed answer. */
sealed interface Target permits FixedAnswer, GuestHandler {}
