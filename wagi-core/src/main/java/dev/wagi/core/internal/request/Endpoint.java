// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.cgi.CgiEnvironment;
import dev.wagi.core.internal.route.RoutePattern;

/**
 * One way into a module: the route of its configuration, or one that it declared itself.
 *
 * @param pattern the whole pattern
 * @param entrypoint the exported function to call
 * @param environment what its guests see
 * @param pace how quick they are
 */
record Endpoint(RoutePattern pattern, String entrypoint, CgiEnvironment environment, Pace pace) {}
