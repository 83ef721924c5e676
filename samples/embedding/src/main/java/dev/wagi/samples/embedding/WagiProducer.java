// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.core.Wagi;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** The host as a CDI bean. */
@ApplicationScoped
public class WagiProducer {

    @Produces
    @Singleton
    Wagi wagi() {
        return Wagi.builder()
                .addModule(m -> m.route("/hello/...").source("classpath:/guests/hello.wasm"))
                .build();
    }

    void close(@Disposes Wagi wagi) {
        wagi.close();
    }
}
