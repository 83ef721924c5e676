// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.config.WagiConfig;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;

/** A configuration and a module that are resources of the jar that this is in. */
public class Main {

    public static void main(String[] args) {
        System.out.println(Main.class.getResource("/site/modules.toml").getProtocol());
        try (Wagi wagi = Wagi.builder()
                .addSource(WagiConfig.ofResource("site/modules.toml"))
                .build()) {
            System.out.print(wagi.handle(WagiRequest.get("/hello")).text());
        }
    }
}
