// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.cgi.CgiEnvironment;
import dev.wagi.core.internal.route.RoutePattern;

/**
 * An entry point of a module: the route of its configuration, or one that it declares itself.
 *
 * @param pattern the whole pattern
 * @param entrypoint the exported function to call
 * @param environment the environment of its guests
 * @param pace how fast its guests are
 */
record Endpoint(RoutePattern pattern, String entrypoint, CgiEnvironment environment, Pace pace) {}
