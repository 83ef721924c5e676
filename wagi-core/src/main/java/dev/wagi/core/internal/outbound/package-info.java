// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Outbound HTTP: what a guest may connect to, and the calls that it makes.
 *
 * <p>{@link dev.wagi.core.internal.outbound.AllowList} is read from the configuration and says which URLs are allowed,
 * {@link dev.wagi.core.internal.outbound.AddressPolicy} which addresses; {@link dev.wagi.core.internal.outbound.Outbound} is what a module has
 * of it, {@link dev.wagi.core.internal.outbound.OutboundSession} what one run of a guest has. How bytes travel is the part of an
 * {@link dev.wagi.core.api.OutboundHttpClient}.
 */
@NullMarked
package dev.wagi.core.internal.outbound;

import org.jspecify.annotations.NullMarked;
