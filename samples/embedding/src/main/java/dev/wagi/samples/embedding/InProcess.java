// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.nio.charset.StandardCharsets;

/** Handles requests without a server. */
final class InProcess {

    private InProcess() {}

    static String discount(Wagi wagi, String order) {
        WagiRequest request = WagiRequest.builder("POST", "/rules/discount?customer=7")
                .addHeader("Content-Type", "application/json")
                .body(order.getBytes(StandardCharsets.UTF_8))
                .build();
        WagiResponse response = wagi.handle(request);
        if (response.status() != 200) {
            throw new IllegalStateException("the rule failed with status " + response.status());
        }
        return response.text();
    }
}
