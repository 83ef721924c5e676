// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

/**
 * How to open a path.
 *
 * @param read whether to open it for reading
 * @param write whether to open it for writing
 * @param append whether each write appends to its end
 * @param sync whether a write waits until data and metadata are on disk
 * @param dataSync whether a write waits until its data is on disk
 * @param create whether to create a file if the path does not exist
 * @param exclusive with {@code create}: whether it is an error if the path exists
 * @param truncate whether to truncate the file
 * @param directory whether the path must be a directory
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
