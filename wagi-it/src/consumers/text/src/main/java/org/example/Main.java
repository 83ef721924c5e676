// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.wat.Wat;
import java.nio.charset.StandardCharsets;

/** A module that is WebAssembly text. */
public class Main {

    public static void main(String[] args) {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").source("classpath:/text.wat"))
                .build()) {
            System.out.print(wagi.handle(WagiRequest.get("/")).text());
        }
        System.out.println(Wat.assemble("empty", "(module)".getBytes(StandardCharsets.UTF_8)).length + " bytes");
    }
}
