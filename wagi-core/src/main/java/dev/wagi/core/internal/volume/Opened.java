// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.Closeable;

/** What a guest has open in a volume. For one thread. */
public sealed interface Opened extends Closeable permits ConfinedDirectory, ConfinedFile {

    /** Never fails: all data has been written before. */
    @Override
    void close();
}
