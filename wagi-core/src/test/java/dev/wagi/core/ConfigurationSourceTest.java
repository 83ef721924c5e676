// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationFormat;
import dev.wagi.core.configuration.ConfigurationSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources of configurations, as programs write them. */
class ConfigurationSourceTest {

    @TempDir
    Path directory;

    private final List<String> events = new ArrayList<>();

    /** Stands for a database: what it describes can be changed. */
    private final class Rows implements ConfigurationSource {
        private final String name;
        private Consumer<ConfigurationBuilder> content;

        Rows(String name, Consumer<ConfigurationBuilder> content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public void describe(ConfigurationBuilder configuration) {
            events.add(name + " is read");
            content.accept(configuration);
        }

        @Override
        public void close() {
            events.add(name + " is closed");
        }
    }

    private static Wagi.Builder builder(ConfigurationSource... sources) {
        Wagi.Builder builder = Wagi.builder().engine(Wagi.Engine.INTERPRETER);
        List.of(sources).forEach(builder::addSource);
        return builder;
    }

    private static Consumer<ConfigurationBuilder> hello(String route) {
        return configuration -> configuration.addModule(m -> m.route(route).source(Guests.sample("hello")));
    }

    private static int status(Wagi wagi, String path) {
        return wagi.handle(WagiRequest.get(path)).status();
    }

    @Test
    void source_isReadAtEachBuildAndReload_andClosedWhenNobodyServesIt() {
        Rows one = new Rows("one", hello("/one"));
        Rows two = new Rows("two", hello("/two"));
        try (Wagi wagi = builder(one).build()) {
            assertThat(status(wagi, "/one")).isEqualTo(200);
            one.content = hello("/other");

            wagi.reload(builder(one, two));

            assertThat(status(wagi, "/one")).isEqualTo(404);
            assertThat(status(wagi, "/other")).isEqualTo(200);
            assertThat(status(wagi, "/two")).isEqualTo(200);
            wagi.reload(builder(two));
            assertThat(status(wagi, "/other")).isEqualTo(404);
        }

        assertThat(events)
                .containsExactly(
                        "one is read", "one is read", "two is read", "two is read", "one is closed", "two is closed");
    }

    @Test
    void source_ofWhatIsRefused_isClosed_unlessItServes() {
        Rows served = new Rows("served", hello("/a"));
        Rows broken = new Rows(
                "broken", configuration -> configuration.problems().add("table guests", "cannot be read; check it"));
        try (Wagi wagi = builder(served).build()) {
            assertThatThrownBy(() -> wagi.reload(builder(served, broken)))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessage("table guests: cannot be read; check it");

            assertThat(events).endsWith("broken is closed").doesNotContain("served is closed");
            assertThat(status(wagi, "/a")).isEqualTo(200);
        }
        events.clear();
        assertThatThrownBy(() -> builder(broken).build()).isInstanceOf(WagiConfigException.class);
        assertThat(events).containsExactly("broken is read", "broken is closed");
    }

    @Test
    void problems_haveThePlaceThatTheSourceNamed() {
        Rows rows = new Rows(
                "rows",
                configuration -> configuration
                        .addModule(m ->
                                m.place("table guests, row 7").route("no slash").source(Guests.sample("hello")))
                        .addModule(m -> m.source(Guests.sample("hello"))));

        assertThatThrownBy(() -> builder(rows).build())
                .isInstanceOfSatisfying(
                        WagiConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactly(
                                        "table guests, row 7, key 'route': \"no slash\" does not start with '/'; write"
                                                + " \"/no slash\"",
                                        "Rows, module 2: the key 'route' is missing; write for instance route ="
                                                + " \"/hello/...\""));
    }

    /** The program, then the last source, then the first one. */
    @Test
    void settings_ofTheProgramWin_thenOfTheLastSource() {
        Rows first = new Rows("first", configuration -> {
            hello("/a").accept(configuration);
            configuration.healthPath("/first").defaultHost("first.example:1");
        });
        Rows last = new Rows("last", configuration -> configuration.healthPath("/last"));
        try (Wagi wagi = builder(first, last).build()) {
            assertThat(status(wagi, "/first")).isEqualTo(404);
            assertThat(status(wagi, "/last")).isEqualTo(200);
        }
        try (Wagi wagi = builder(first, last).healthPath("/own").build()) {
            assertThat(status(wagi, "/last")).isEqualTo(404);
            assertThat(status(wagi, "/own")).isEqualTo(200);
        }
    }

    @Test
    void listenAddress_isTheDefaultHost_unlessTheProgramNamesOne() {
        List<Boolean> asked = new ArrayList<>();
        Rows rows = new Rows("rows", configuration -> {
            asked.add(configuration.hasListenAddress());
            configuration
                    .addModule(m -> m.route("/env").source(Guests.sample("env")))
                    .listenAddress("rows.example:81");
        });
        try (Wagi wagi = builder(rows).build()) {
            assertThat(wagi.handle(WagiRequest.get("/env")).text()).contains("SERVER_NAME=rows.example\n");
        }
        try (Wagi wagi = builder(rows).listenAddress("own.example:82").build()) {
            assertThat(wagi.handle(WagiRequest.get("/env")).text()).contains("SERVER_NAME=own.example\n");
        }
        assertThat(asked).containsExactly(false, true);
    }

    @Test
    void directories_areTheHosts_andKeepWhatGuestsWrote() {
        List<Path> empty = new ArrayList<>();
        List<Path> filled = new ArrayList<>();
        Rows rows = new Rows("rows", configuration -> {
            try {
                empty.add(configuration.emptyDirectory("rows, row 1", "data"));
                filled.add(configuration.directory(Map.of("a/b.txt", "text".getBytes(StandardCharsets.UTF_8))));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            configuration.addModule(m -> m.route("/book")
                    .source(Guests.sample("guestbook"))
                    .addWritableVolume("/data", empty.get(0), 1000, 10));
        });
        try (Wagi wagi = builder(rows).build()) {
            byte[] entry = "first".getBytes(StandardCharsets.UTF_8);
            WagiRequest post = WagiRequest.builder("POST", "/book").body(entry).build();
            assertThat(wagi.handle(post).status()).isEqualTo(201);
            wagi.reload(builder(new Rows("the same", rows.content)));

            assertThat(empty.get(1)).isEqualTo(empty.get(0));
            assertThat(empty.get(1).resolve("guestbook.txt")).hasContent("first\n");
            assertThat(filled.get(1).resolve("a/b.txt")).hasContent("text");
        }
        assertThat(empty.get(0)).doesNotExist();
        assertThat(filled.get(0)).doesNotExist();
    }

    @Test
    void load_withoutAFormat_saysWhichArtifactReadsFiles() throws IOException {
        Path file = Files.writeString(directory.resolve("modules.toml"), "");

        assertThatThrownBy(() -> Wagi.load(file))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(file + ": no configuration format is installed; put wagi-config on the class path");
    }

    /** Reads lines {@code route file}. */
    public static final class Lines implements ConfigurationFormat {
        @Override
        public boolean claims(Path file) {
            return file.toString().endsWith(".lines");
        }

        @Override
        public ConfigurationSource source(Path file) {
            return configuration -> {
                try {
                    for (String line : Files.readAllLines(file)) {
                        String[] words = line.split(" ");
                        configuration.addModule(m -> m.route(words[0])
                                .source(words[1])
                                .baseDirectory(file.toAbsolutePath().getParent()));
                    }
                } catch (IOException e) {
                    configuration.problems().add(file.toString(), "cannot be read: " + e);
                }
            };
        }
    }

    @Test
    void format_thatIsInstalled_readsFiles() throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Path service = services.resolve(ConfigurationFormat.class.getName());
        Files.writeString(service, Lines.class.getName());
        Files.copy(Guests.sample("hello"), directory.resolve("hello.wasm"));
        Path file = Files.writeString(directory.resolve("own.lines"), "/a hello.wasm\n");
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        URL[] urls = {directory.toUri().toURL()};
        try (URLClassLoader application = new URLClassLoader(urls, context);
                URLClassLoader broken = new URLClassLoader(urls, context)) {
            thread.setContextClassLoader(application);
            try (Wagi wagi = builder().addConfiguration(file).build()) {
                assertThat(status(wagi, "/a")).isEqualTo(200);
            }
            Files.writeString(service, "dev.example.Missing");
            thread.setContextClassLoader(broken);
            assertThatThrownBy(() -> Wagi.load(file))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageStartingWith(file + ": the installed configuration format cannot be used (")
                    .hasMessageContaining("dev.example.Missing");
        } finally {
            thread.setContextClassLoader(context);
        }
    }
}
