// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Outbound HTTP: what a guest may connect to, and the calls that it makes.
 *
 * <p>{@link dev.wagi.core.internal.outbound.AllowList} holds the URLs that a configuration allows, and
 * {@link dev.wagi.core.internal.outbound.AddressPolicy} decides about addresses. There is one
 * {@link dev.wagi.core.internal.outbound.Outbound} per module and one
 * {@link dev.wagi.core.internal.outbound.OutboundSession} per run of a guest. An
 * {@link dev.wagi.core.api.OutboundHttpClient} sends the requests.
 */
@NullMarked
package dev.wagi.core.internal.outbound;

import org.jspecify.annotations.NullMarked;
