// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

/** What a request leads to: a guest, or an answer of the host that needs none. */
sealed interface Target permits FixedAnswer, GuestHandler {}
