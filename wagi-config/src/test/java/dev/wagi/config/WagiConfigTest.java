// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.config.WagiConfig.Format;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Configurations from all supported locations, with modules next to them. */
class WagiConfigTest {

    private static final Path SAMPLE =
            Path.of(System.getProperty("wagi.root", "..")).resolve("samples/modules/hello/hello.wasm");

    private static final String TOML = """
            [[module]]
            route = "/beside"
            module = "hello world.wasm"
            [[module]]
            route = "/below"
            module = "guests/hello.wasm"
            [[module]]
            route = "/above"
            module = "../hello.wasm"
            """;

    @TempDir
    Path directory;

    private Path jar;

    /** {@code wagi/modules.toml} and three modules, in a jar. */
    @BeforeEach
    void pack() throws IOException {
        jar = directory.resolve("a program.jar");
        try (FileSystem zip = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
            write(zip.getPath("/"));
        }
    }

    private static Path write(Path root) throws IOException {
        Files.createDirectories(root.resolve("wagi/guests"));
        for (String copy : new String[] {"wagi/hello world.wasm", "wagi/guests/hello.wasm", "hello.wasm"}) {
            Files.copy(SAMPLE, root.resolve(copy));
        }
        return Files.writeString(root.resolve("wagi/modules.toml"), TOML);
    }

    private static Wagi serve(WagiConfig configuration) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addSource(configuration)
                .build();
    }

    private static void assertServed(WagiConfig configuration) {
        try (Wagi wagi = serve(configuration)) {
            for (String path : new String[] {"/beside", "/below", "/above"}) {
                assertThat(wagi.handle(WagiRequest.get(path)).text()).as(path).isEqualTo("hello world\n");
            }
        }
    }

    @Test
    void serverSettings_areData_andDoNotConcernTheHost() {
        WagiConfig config = WagiConfig.of(WagiConfig.Format.TOML, """
                [server]
                listen = "0.0.0.0:1"
                grace = "2m"
                max_connections = 10
                """);

        assertThat(config.serverSettings())
                .isEqualTo(Map.of("listen", "0.0.0.0:1", "grace", "120", "max_connections", "10"));
        assertThat(WagiConfig.of(WagiConfig.Format.TOML, "not toml").serverSettings())
                .isEmpty();
        assertThat(WagiConfig.of(Path.of("absent.toml")).serverSettings()).isEmpty();
    }

    @Test
    void path_ofADirectory() throws IOException {
        assertServed(WagiConfig.of(write(Files.createDirectory(directory.resolve("files")))));
    }

    @Test
    void path_inAJar() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            assertServed(WagiConfig.of(zip.getPath("/wagi/modules.toml")));
            assertServed(WagiConfig.of(zip.getPath("wagi/modules.toml")));
            try (Wagi wagi = Wagi.load(zip.getPath("/wagi/modules.toml"))) {
                assertThat(wagi.routes()).hasSize(3);
            }
            try (Wagi wagi = Wagi.builder()
                    .addModule(m -> m.route("/").source(zip.getPath("wagi/guests/hello.wasm")))
                    .build()) {
                assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("hello world\n");
            }
        }
    }

    @Test
    void path_inAJar_thatIsNotThere_isNamed() throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            Path file = zip.getPath("/wagi/other.toml");

            assertThatThrownBy(() -> serve(WagiConfig.of(file)))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessage(
                            file.toUri() + ": there is no such file; check the path given to addConfiguration(...)");
        }
    }

    @Test
    void url_ofAJar() throws IOException {
        URL url = URI.create("jar:" + jar.toUri() + "!/wagi/modules.toml").toURL();

        assertServed(WagiConfig.of(url));
        // The jar is not kept open, so that a new version can replace it.
        Files.delete(jar);
        assertThatThrownBy(() -> serve(WagiConfig.of(url))).hasMessageStartingWith(url + ": ");
    }

    @Test
    void url_ofAFile() throws IOException {
        Path file = write(Files.createDirectory(directory.resolve("some files")));

        assertServed(WagiConfig.of(file.toUri().toURL()));
    }

    @Test
    void url_ofAServer() throws IOException {
        Path root = Files.createDirectory(directory.resolve("site"));
        write(root);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            Path file = root.resolve(exchange.getRequestURI().getPath().substring(1));
            byte[] body = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            exchange.sendResponseHeaders(Files.exists(file) ? 200 : 404, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        String base = "http://127.0.0.1:" + server.getAddress().getPort();
        try {
            assertServed(WagiConfig.of(
                    URI.create(base + "/wagi/modules.toml?token=secret").toURL()));
            Files.delete(root.resolve("wagi/guests/hello.wasm"));
            assertThatThrownBy(() -> serve(WagiConfig.of(
                            URI.create(base + "/wagi/modules.toml?token=secret").toURL())))
                    .hasMessage(
                            base + "/wagi/modules.toml, module 2, key 'module': there is no guests/hello.wasm next to "
                                    + base + "/wagi/modules.toml; write the path relative to the configuration");
            assertThatThrownBy(() -> serve(WagiConfig.of(URI.create("http://ann:pw@127.0.0.1:"
                                    + server.getAddress().getPort() + "/no.toml")
                            .toURL())))
                    .hasMessage(base + "/no.toml: there is nothing at this URL; correct it");
        } finally {
            server.stop(0);
        }
        assertThatThrownBy(() -> serve(
                        WagiConfig.of(URI.create(base + "/wagi/modules.toml").toURL())))
                .hasMessageStartingWith(base + "/wagi/modules.toml: cannot be read: ");
    }

    @ParameterizedTest
    @CsvSource({"wagi/modules.toml", "/wagi/modules.toml"})
    void resource_ofTheClassPath(String name) throws IOException {
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            assertServed(WagiConfig.ofResource(name, loader));
            Thread thread = Thread.currentThread();
            ClassLoader context = thread.getContextClassLoader();
            thread.setContextClassLoader(loader);
            try {
                assertServed(WagiConfig.ofResource(name));
            } finally {
                thread.setContextClassLoader(context);
            }
        }
    }

    @Test
    void resource_ofADirectoryOfClasses() throws IOException {
        Path classes = Files.createDirectory(directory.resolve("classes"));
        write(classes);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {classes.toUri().toURL()}, null)) {
            assertServed(WagiConfig.ofResource("wagi/modules.toml", loader));
        }
    }

    @Test
    void resource_thatIsNotThere_isNamed() throws IOException {
        try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
            assertThatThrownBy(() -> serve(WagiConfig.ofResource("modules.toml", loader)))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessage("classpath:/modules.toml: there is no such resource on the class path; put it at"
                            + " that path in a jar or a resources folder");
        }
    }

    @Test
    void text_ofTheProgram() throws IOException {
        Path base = write(Files.createDirectory(directory.resolve("base"))).getParent();

        assertServed(WagiConfig.of(Format.TOML, TOML).withBaseDirectory(base));
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            assertServed(WagiConfig.of(Format.TOML, TOML).withBaseDirectory(zip.getPath("/wagi")));
        }
        try (Wagi wagi = serve(WagiConfig.of(
                Format.JSON, "{\"module\": [{\"route\": \"/a\", \"module\": \"" + SAMPLE.toAbsolutePath() + "\"}]}"))) {
            assertThat(wagi.handle(WagiRequest.get("/a")).text()).isEqualTo("hello world\n");
        }
        assertThatThrownBy(() -> serve(WagiConfig.of(Format.YAML, "module: []\nroute: 1")))
                .hasMessageContaining("the configuration, key 'route': is unknown")
                .hasMessageContaining("the configuration: there is no module; write a list below 'module:'");
    }

    @Test
    void reader_isReadOnceAndServedAgain() throws IOException {
        Path base = write(Files.createDirectory(directory.resolve("base"))).getParent();
        WagiConfig configuration =
                WagiConfig.of(Format.TOML, new StringReader(TOML)).withBaseDirectory(base);

        assertServed(configuration);
        assertServed(configuration);
    }

    @Test
    void reader_withoutEnd_isRefused() {
        Reader endless = new Reader() {
            @Override
            public int read(char[] buffer, int offset, int length) {
                return length;
            }

            @Override
            public void close() {}
        };

        assertThatThrownBy(() -> WagiConfig.of(Format.TOML, endless))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage("the configuration: is larger than 16 MiB; is it a modules.toml?");
    }

    /** Guests see directories of this machine, regardless of where the configuration is. */
    @Test
    void volume_ofAConfigurationInAJar_isADirectoryOfThisMachine() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            Path file = Files.writeString(
                    zip.getPath("/volumes.toml"),
                    "[[module]]\nroute = \"/a\"\nmodule = \"hello.wasm\"\nvolumes = { \"/d\" = { path = \"" + data
                            + "\" }, \"/e\" = { path = \"wagi\" } }\n",
                    StandardCharsets.UTF_8);

            assertThatThrownBy(() -> serve(WagiConfig.of(file)))
                    .isInstanceOfSatisfying(
                            WagiConfigException.class,
                            e -> assertThat(e.problems())
                                    .singleElement()
                                    .asString()
                                    .contains("key 'volumes', \"/e\": there is no directory "
                                            + Path.of("wagi").toAbsolutePath()));
            assertThatThrownBy(() -> Wagi.builder().addModule(m -> m.addVolume("/d", zip.getPath("/wagi"))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("a volume is a directory of this machine, but jar:");
        }
    }
}
