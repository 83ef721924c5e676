// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

/**
 * How to open something.
 *
 * @param read whether to read from it
 * @param write whether to write to it
 * @param append whether each write goes to its end
 * @param sync whether a write ends when the disk has data and metadata
 * @param dataSync the same for data
 * @param create whether to make it a file if there is nothing
 * @param exclusive with {@code create}: whether there must be nothing
 * @param truncate whether to empty it
 * @param directory whether it must be a directory
 */
public record OpenMode(
        boolean read,
        boolean write,
        boolean append,
        boolean sync,
        boolean dataSync,
        boolean create,
        boolean exclusive,
        boolean truncate,
        boolean directory) {}
