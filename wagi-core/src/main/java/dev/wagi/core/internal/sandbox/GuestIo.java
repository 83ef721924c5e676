// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.internal.volume.Mount;
import java.io.IOException;
import java.util.List;

/**
 * Everything that a guest sees of the world during one run. Asked for a part only when the guest asks: one that never looks
 * at its environment does not pay for it.
 */
public interface GuestIo {

    /** Its arguments, the first by convention its own name; the same each time. */
    GuestStrings arguments();

    /** Its environment, {@code NAME=value} each; the same each time. */
    GuestStrings environment();

    /** Descriptor 0. */
    GuestInput stdin();

    /** Descriptor 1. */
    GuestOutput stdout();

    /** Descriptor 2. */
    GuestOutput stderr();

    /**
     * Called before the host does something for the guest that cannot be interrupted, or waits.
     *
     * @throws IOException if there is no time for it; the guest is stopped
     */
    default void willTakeLong() throws IOException {}

    /**
     * The time that is left for everything that is done for the guest, in nanoseconds; 0 or less when it is over. The thread
     * is interrupted then, so only what cannot be interrupted need ask.
     */
    default long remainingNanos() {
        return Long.MAX_VALUE;
    }

    /** Its outbound HTTP, the same each time. */
    default GuestHttp http() {
        return GuestHttp.NONE;
    }

    /** The host directories that it may use, which it finds open from descriptor 3 on; the same each time. */
    default List<Mount> volumes() {
        return List.of();
    }

    /** How many descriptors it may have, standard streams and the directories of volumes included. */
    default int maxOpenFiles() {
        return 64;
    }

    /** A world that is known beforehand. */
    static GuestIo of(
            GuestStrings arguments,
            GuestStrings environment,
            GuestInput stdin,
            GuestOutput stdout,
            GuestOutput stderr) {
        record Known(
                GuestStrings arguments,
                GuestStrings environment,
                GuestInput stdin,
                GuestOutput stdout,
                GuestOutput stderr)
                implements GuestIo {}
        return new Known(arguments, environment, stdin, stdout, stderr);
    }
}
