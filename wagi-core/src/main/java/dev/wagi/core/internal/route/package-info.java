/**
 * Decides which module answers a request: patterns, the path of a request, and the table that matches them.
 *
 * <p>The entry type is {@link dev.wagi.core.internal.route.RoutingTable}. All types are immutable and thread-safe, and
 * independent of modules: a route's target is any value of the caller.
 */
@NullMarked
package dev.wagi.core.internal.route;

import org.jspecify.annotations.NullMarked;
