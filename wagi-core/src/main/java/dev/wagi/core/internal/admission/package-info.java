/**
 * Which requests are let in, run and wait, and which threads guests have kept. Knows neither requests nor guests. Thread-safe.
 */
@NullMarked
package dev.wagi.core.internal.admission;

import org.jspecify.annotations.NullMarked;
