// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.internal.volume.Mount;
import java.io.IOException;
import java.util.List;

/**
 * Everything outside the instance that a guest can see during one run. Parts are created only when the guest asks for
 * them, so that a guest that never reads its environment does not pay for it.
 */
public interface GuestIo {

    /** Returns its arguments, by convention its own name first; the same instance each time. */
    GuestStrings arguments();

    /** Returns its environment, {@code NAME=value} each; the same instance each time. */
    GuestStrings environment();

    /** Returns descriptor 0. */
    GuestInput stdin();

    /** Returns descriptor 1. */
    GuestOutput stdout();

    /** Returns descriptor 2. */
    GuestOutput stderr();

    /**
     * Called before the host does work for the guest that cannot be interrupted.
     *
     * @throws IOException if there is no time left for it; the guest is stopped
     */
    default void willTakeLong() throws IOException {}

    /**
     * Called before the guest waits for a clock or its input.
     *
     * @throws IOException if there is no time left for it; the guest is stopped
     */
    default void willWait() throws IOException {
        willTakeLong();
    }

    /**
     * Returns the remaining time for everything that is done for the guest, in nanoseconds; 0 or less when it has
     * expired. The thread is interrupted then, so only operations that cannot be interrupted need to check it.
     */
    default long remainingNanos() {
        return Long.MAX_VALUE;
    }

    /**
     * Called when it has ended, if it was refused memory that its limits allow, because there was no heap for it.
     *
     * @param bytes how much the last time
     */
    default void heapRefused(long bytes) {}

    /** Returns its outbound HTTP; the same instance each time. */
    default GuestHttp http() {
        return GuestHttp.NONE;
    }

    /** Returns the host directories that it may use, which are open from descriptor 3 on; the same list each time. */
    default List<Mount> volumes() {
        return List.of();
    }

    /** Returns its maximum number of descriptors, including standard streams and the directories of volumes. */
    default int maxOpenFiles() {
        return 64;
    }

    /** Returns an instance with fixed parts. */
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
