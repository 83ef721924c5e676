// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.internal.route.Route;

/** What a configured route leads to: a guest, or files. */
sealed interface RouteTarget extends Target permits FileHandler, GuestHandler {

    /** Describes one of its routes. */
    RouteInfo describe(Route<?> route);
}
