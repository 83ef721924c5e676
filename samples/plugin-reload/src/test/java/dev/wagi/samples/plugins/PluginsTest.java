// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.samples.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiConfigException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginsTest {

    private static final Path SAMPLES = Path.of(System.getProperty("wagi.root"), "samples");

    @TempDir
    private Path directory;

    @BeforeEach
    void copyThePlugin() throws IOException {
        Files.copy(SAMPLES.resolve("plugin-reload/plugins/upper.wat"), directory.resolve("upper.wat"));
    }

    @Test
    void run_returnsWhatThePluginPrints() throws IOException {
        try (Plugins plugins = new Plugins(directory)) {
            String text = "Straße 5b, ".repeat(20_000);

            assertThat(plugins.run("upper", text)).isEqualTo("STRAßE 5B, ".repeat(20_000));
            assertThatThrownBy(() -> plugins.run("lower", "x"))
                    .hasMessage("there is no plugin lower; there are [upper]");
        }
    }

    @Test
    void reload_pluginsAreAddedReplacedAndRemoved() throws IOException {
        try (Plugins plugins = new Plugins(directory)) {
            Path hello = SAMPLES.resolve("modules/hello/hello.wasm");
            Files.copy(hello, directory.resolve("hello.wasm"));
            assertThat(plugins.reload()).containsExactly("hello", "upper");
            assertThat(plugins.run("hello", "")).isEqualTo("hello world\n");

            Files.copy(hello, directory.resolve("upper.wat"), StandardCopyOption.REPLACE_EXISTING);
            Files.delete(directory.resolve("hello.wasm"));
            assertThat(plugins.reload()).containsExactly("upper");
            assertThat(plugins.run("upper", "x")).isEqualTo("hello world\n");
        }
    }

    @Test
    void reload_pluginHasAFault_oldOnesStay() throws IOException {
        try (Plugins plugins = new Plugins(directory)) {
            Files.writeString(directory.resolve("upper.wat"), "(module (func (export \"_start\") drop))");

            assertThatThrownBy(plugins::reload)
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining(directory.resolve("upper.wat") + " cannot be assembled: line 1");
            assertThat(plugins.run("upper", "still here")).isEqualTo("STILL HERE");
        }
    }

    @Test
    void run_pluginTraps_isAFailureOfThatCall() throws IOException {
        Files.writeString(directory.resolve("trap.wat"), "(module (func (export \"_start\") unreachable))");
        try (Plugins plugins = new Plugins(directory)) {
            assertThatThrownBy(() -> plugins.run("trap", "x")).hasMessage("the plugin trap failed with status 502");
            assertThat(plugins.run("upper", "next")).isEqualTo("NEXT");
        }
    }

    @Test
    void main_answersLines() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String lines = "upper hello\nlower hello\n\n";

        Main.run(
                directory,
                new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactly("HELLO", "there is no plugin lower; there are [upper]", "[upper]");
    }
}
