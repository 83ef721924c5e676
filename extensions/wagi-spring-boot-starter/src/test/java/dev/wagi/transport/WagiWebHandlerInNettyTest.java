// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.spring.webflux.WagiWebHandler;
import java.net.URI;
import java.util.Set;

/** {@link WagiWebHandler} in Reactor Netty. */
class WagiWebHandlerInNettyTest extends WireContract {

    private NettyContainer container;

    @Override
    URI start() {
        container = new NettyContainer(new WagiWebHandler(host()).withPath("/wagi"));
        return URI.create(container.uri() + "/wagi");
    }

    @Override
    Set<Difference.Place> places() {
        return Set.of(Difference.Place.NETTY);
    }

    @Override
    void stop() {
        container.close();
    }
}
