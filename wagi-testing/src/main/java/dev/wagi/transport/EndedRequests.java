// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.core.api.WagiListener;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Keeps how the requests of a host end. Thread-safe. */
final class EndedRequests implements WagiListener {
    private final BlockingQueue<RequestEnded> ended = new LinkedBlockingQueue<>();

    @Override
    public void requestEnded(RequestEnded event) {
        ended.add(event);
    }

    /** Returns the next one, as soon as it has ended. */
    RequestEnded take() throws InterruptedException {
        return ended.take();
    }
}
