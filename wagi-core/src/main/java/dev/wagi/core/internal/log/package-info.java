/** Standard error of guests: split into lines, and kept in files. */
@NullMarked
package dev.wagi.core.internal.log;

import org.jspecify.annotations.NullMarked;
