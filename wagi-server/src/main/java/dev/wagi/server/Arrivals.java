// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.SelectorManager;

/**
 * The connections that were accepted and are not served yet. A selector that stops forgets them: nobody would read them
 * any more, nobody would close them, and their clients would wait.
 */
final class Arrivals implements SelectorManager.AcceptListener {

    private final Set<SelectableChannel> pending = ConcurrentHashMap.newKeySet();
    private volatile boolean ended;

    /** More are expected. */
    void begin() {
        ended = false;
    }

    /** Nobody serves what has arrived, or arrives from now on: it is closed. */
    void end() {
        ended = true;
        pending.forEach(Arrivals::close);
        pending.clear();
    }

    /** Whether there are none. */
    boolean isEmpty() {
        return pending.isEmpty();
    }

    /**
     * It is served from now on, and known to the connector.
     *
     * @return whether there is still somebody to serve it
     */
    boolean served(SelectableChannel connection) {
        pending.remove(connection);
        return !ended;
    }

    @Override
    public void onAccepting(SelectableChannel connection) {
        pending.add(connection);
        if (ended) {
            close(connection);
            pending.remove(connection);
        }
    }

    /** It is closed. */
    @Override
    public void onAcceptFailed(SelectableChannel connection, Throwable cause) {
        pending.remove(connection);
    }

    private static void close(SelectableChannel connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // It is given up either way.
        }
    }
}
