/** Pulling and pushing of modules: what is asked of the registry, what of the store, and in which order. */
@NullMarked
package dev.wagi.oci.internal.pull;

import org.jspecify.annotations.NullMarked;
