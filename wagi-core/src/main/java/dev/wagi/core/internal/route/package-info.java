/**
 * Which module answers a request: patterns, the path of a request, and the table that brings them together.
 *
 * <p>The entry type is {@link dev.wagi.core.internal.route.RoutingTable}. Everything here is immutable and thread-safe, and knows
 * nothing of modules: a route leads to a value of the caller's.
 */
@NullMarked
package dev.wagi.core.internal.route;

import org.jspecify.annotations.NullMarked;
