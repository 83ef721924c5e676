/**
 * Files that are sent without a guest, as RFC 9110 has it: conditional requests, ranges, encodings. Reads them through
 * {@link dev.wagi.core.internal.volume.ConfinedDirectory}, as guests read their volumes.
 */
@NullMarked
package dev.wagi.core.internal.files;

import org.jspecify.annotations.NullMarked;
