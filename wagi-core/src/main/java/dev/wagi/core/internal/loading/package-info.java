/**
 * Fetches and compiles the modules of a configuration, and runs what they do before their first request: start functions and
 * {@code _routes}. Thread-safe.
 */
@NullMarked
package dev.wagi.core.internal.loading;

import org.jspecify.annotations.NullMarked;
