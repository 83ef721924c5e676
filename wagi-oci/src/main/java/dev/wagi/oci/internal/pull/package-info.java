/**
 * Pulling and pushing modules: what is requested from the registry, what is read from the store, and in which order.
 */
@NullMarked
package dev.wagi.oci.internal.pull;

import org.jspecify.annotations.NullMarked;
