/** The standard error of guests, split into lines and optionally written to files. */
@NullMarked
package dev.wagi.core.internal.log;

import org.jspecify.annotations.NullMarked;
