// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedding;

import dev.wagi.config.WagiConfig;
import dev.wagi.core.Wagi;
import java.nio.file.Path;
import java.time.Duration;

/** Builds the {@link Wagi} of an application, and replaces its configuration. */
final class Building {

    private Building() {}

    static Wagi build(Path cache) {
        return Wagi.builder()
                .addModule(m -> m.route("/hello/...")
                        .source("classpath:/guests/hello.wasm")
                        .limits(limits ->
                                limits.withTimeout(Duration.ofSeconds(2)).withMaxMemoryBytes(32 << 20)))
                .compileCache(cache)
                .build();
    }

    static Wagi fromTheJar() {
        return Wagi.builder()
                .addSource(WagiConfig.ofResource("wagi/modules.toml"))
                .build();
    }

    static void replace(Wagi wagi, Path configuration) {
        wagi.reload(Wagi.builder().addConfiguration(configuration));
    }

    static Wagi small(Path configuration) {
        return Wagi.builder()
                .addConfiguration(configuration)
                .limits(l -> l.withMaxMemoryBytes(16 << 20))
                .maxTotalConcurrency(8)
                .maxTotalQueue(64)
                .build();
    }
}
