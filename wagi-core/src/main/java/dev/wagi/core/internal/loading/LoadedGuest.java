// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.loading;

import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestModule;

/**
 * A module that is ready to run.
 *
 * @param code the code, shared with other configurations of the same bytes
 * @param module the same with the limits of its configuration
 */
public record LoadedGuest(GuestCode code, GuestModule module) {}
