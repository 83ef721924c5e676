// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bench;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;

/** This project as shipped. It also routes, builds the environment and parses the guest's output. */
final class WagiPeer implements Peer {

    private final Wagi wagi;
    private final WagiRequest request = Requests.get();

    WagiPeer(Guest guest) {
        this.wagi = Requests.wagi(guest).build();
    }

    @Override
    public void answer(BodySink sink) {
        wagi.handle(request, sink);
    }

    @Override
    public void close() {
        wagi.close();
    }
}
