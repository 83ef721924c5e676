/**
 * The configuration of a host: described by a file, another source or the builder, then checked and immutable.
 *
 * <p>{@link dev.wagi.core.internal.config.Description} receives what a source describes,
 * {@link dev.wagi.core.internal.config.ModuleDraft} the settings of one module. Checking a draft returns a
 * {@link dev.wagi.core.internal.config.ModuleConfiguration} or adds to {@link dev.wagi.core.api.Problems}, so that all
 * problems are reported at once.
 */
@NullMarked
package dev.wagi.core.internal.config;

import org.jspecify.annotations.NullMarked;
