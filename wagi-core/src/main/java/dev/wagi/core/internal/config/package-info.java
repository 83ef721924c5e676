/**
 * What is to be served: described by a file, another source or the builder, checked, and then immutable.
 *
 * <p>{@link dev.wagi.core.internal.config.Description} is what one source calls, {@link dev.wagi.core.internal.config.ModuleDraft} what
 * a user wrote of a module; checking it gives a {@link dev.wagi.core.internal.config.ModuleConfiguration} or adds to
 * {@link dev.wagi.core.api.Problems}, so that everything wrong is told at once.
 */
@NullMarked
package dev.wagi.core.internal.config;

import org.jspecify.annotations.NullMarked;
