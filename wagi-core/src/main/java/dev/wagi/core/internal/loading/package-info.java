/**
 * Fetches and compiles the modules of a configuration, and runs their code that runs before the first request: start
 * functions and {@code _routes}. Thread-safe.
 */
@NullMarked
package dev.wagi.core.internal.loading;

import org.jspecify.annotations.NullMarked;
