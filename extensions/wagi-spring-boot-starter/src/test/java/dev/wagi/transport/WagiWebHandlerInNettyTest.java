// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.spring.webflux.WagiWebHandler;
import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link WagiWebHandler} in Reactor Netty. What it does otherwise says why. */
class WagiWebHandlerInNettyTest extends WireContract {

    private NettyContainer container;

    @Override
    URI start() {
        container = new NettyContainer(new WagiWebHandler(host()).withPath("/wagi"));
        return URI.create(container.uri() + "/wagi");
    }

    @Override
    @ParameterizedTest
    @ValueSource(strings = "\u00c3\u00a9")
    void rawQuery_reachesTheGuestAsSent(String query) throws Exception {
        super.rawQuery_reachesTheGuestAsSent(query); // Spring answers 400 to targets that are not URIs
    }

    @Override
    void stop() {
        container.close();
    }
}
