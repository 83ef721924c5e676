// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EmbeddedServerTest {

    @Test
    void start_onTheModulePath_serves() throws IOException {
        assertThat(EmbeddedServer.class.getModule().isNamed()).isTrue();
        assertThat(Wagi.class.getModule().getName()).isEqualTo("dev.wagi.core");
        Path hello = Path.of(System.getProperty("wagi.root"), "samples", "modules", "hello", "hello.wasm");
        try (Wagi wagi = Wagi.builder()
                        .addModule(m -> m.route("/guest/...").source(hello))
                        .build();
                WagiServer server = EmbeddedServer.start(wagi)) {
            HttpURLConnection connection =
                    (HttpURLConnection) server.uri().resolve("/guest/x").toURL().openConnection();

            assertThat(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("hello world\n");
        }
    }
}
