// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;

/** Modules that were compiled when the program was built. */
public class Main {

    public static void main(String[] args) {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").source("classpath:/hello.wasm"))
                .build()) {
            System.out.print(wagi.handle(WagiRequest.get("/")).text());
        }
    }
}
