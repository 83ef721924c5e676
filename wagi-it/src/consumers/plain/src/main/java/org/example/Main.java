// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package org.example;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;

/** The builder alone, and what is missing for more. */
public class Main {

    public static void main(String[] args) {
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").source("classpath:/hello.wasm"))
                .build()) {
            System.out.print(wagi.handle(WagiRequest.get("/")).text());
        }
        try {
            Wagi.builder()
                    .addModule(m -> m.route("/text").source("classpath:/text.wat"))
                    .addModule(m -> m.route("/call")
                            .source("classpath:/hello.wasm")
                            .allowedHosts("https://example.org"))
                    .addModule(m -> m.route("/pull").source("oci:registry.example/hello:v1"))
                    .build();
        } catch (WagiConfigException e) {
            e.problems().forEach(System.out::println);
        }
    }
}
