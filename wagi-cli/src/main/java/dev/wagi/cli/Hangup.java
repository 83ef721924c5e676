// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import org.jspecify.annotations.Nullable;

/**
 * SIGHUP: reloads, as servers do; or, sent by a terminal that was closed, ends the process, as it does for all other
 * programs there. A closed terminal takes no more output, which distinguishes the two. Thread-safe.
 */
final class Hangup {

    private @Nullable Reloads reloads; // guarded by this
    private boolean isPending; // guarded by this

    /** Handles the signal from now on. */
    Hangup() {
        Signals.on("HUP", this::arrived);
    }

    /** Signals reload from now on; if one arrived earlier, this reloads. */
    synchronized void ready(Reloads server) {
        reloads = server;
        if (isPending) {
            server.run();
        }
    }

    private synchronized void arrived() {
        System.err.println("SIGHUP: reloading");
        if (System.err.checkError()) {
            System.exit(0);
        } else if (reloads == null) {
            isPending = true;
        } else {
            reloads.run();
        }
    }
}
