/**
 * What is to be served: read from {@code modules.toml} or set in Java, checked, and then immutable.
 *
 * <p>{@link dev.wagi.core.config.ModuleDraft} is what a user wrote; checking it gives a
 * {@link dev.wagi.core.config.ModuleConfiguration} or adds to {@link dev.wagi.core.config.Problems}, so that everything
 * wrong is told at once.
 */
@NullMarked
package dev.wagi.core.config;

import org.jspecify.annotations.NullMarked;
