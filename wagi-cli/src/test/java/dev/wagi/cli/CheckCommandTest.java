// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code wagi check} as a process: what is wrong with a configuration, in the words that a user reads. */
class CheckCommandTest {

    private static final String MAGIC = "0061736d" + "01000000";
    private static final String TYPE_NOTHING_TO_NOTHING = "0104" + "01" + "600000";
    private static final String IMPORT_ENV_NOW = "020b" + "01" + "03656e76" + "036e6f77" + "0000";

    @TempDir
    private Path directory;

    /** A configuration and every line about it; DIR stands for its directory. */
    record Bad(String name, String toml, String... lines) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Bad> bad() {
        return List.of(
                new Bad(
                        "malformed TOML",
                        "[[module]\nroute = \"/\"\n",
                        "DIR/modules.toml, line 2, column 1: malformed TOML: Unexpected token: Got STD_TABLE_CLOSE,"
                                + " expected ARRAY_TABLE_CLOSE"),
                new Bad(
                        "no module",
                        "default_host = \"localhost\"\n",
                        "DIR/modules.toml: there is no module; write [[module]] with a route and a module in it"),
                new Bad(
                        "unknown key",
                        module("/", "good.wasm") + "entrypiont = \"run\"\n",
                        "DIR/modules.toml, module 1, key 'entrypiont': is unknown; did you mean 'entrypoint'?"),
                new Bad(
                        "duplicate route",
                        module("/a/...", "good.wasm") + module("/b", "good.wasm") + module("/a/...", "good.wasm"),
                        "DIR/modules.toml, module 3, key 'route': \"/a/...\" is already a route of DIR/modules.toml,"
                                + " module 1; give them different routes, hosts or methods"),
                new Bad(
                        "missing module",
                        module("/", "DIR/absent.wasm"),
                        "DIR/modules.toml, module 1, key 'module': there is no file DIR/absent.wasm; check the path"),
                new Bad(
                        "bindle without a server",
                        module("/", "bindle:example.com/hello/1.0.0"),
                        "DIR/modules.toml, module 1, key 'module': no resolver loads 'bindle:' references; name a"
                                + " bindle server with --bindle-url or the key bindle_server, or a directory of"
                                + " exported bindles with --bindle-path"),
                new Bad(
                        "unknown scheme",
                        module("/", "s3:hello.wasm"),
                        "DIR/modules.toml, module 1, key 'module': no resolver loads 's3:' references; name a file, or"
                                + " begin the reference with oci: or bindle:"),
                new Bad(
                        "manifest",
                        "apiVersion = \"v1\"\nkind = \"Pod\"\n",
                        "DIR/modules.toml: is a Kubernetes manifest (kind: Pod); give it with -f"),
                new Bad(
                        "not wasm",
                        module("/", "text.wasm"),
                        "DIR/modules.toml, module 1, key 'module': DIR/text.wasm is not WebAssembly: it does not begin"
                                + " with \\0asm; name a .wasm or .wat file"),
                new Bad(
                        "component",
                        module("/", "component.wasm"),
                        "DIR/modules.toml, module 1, key 'module': DIR/component.wasm is a WebAssembly component, not a"
                                + " core module; build it for the target wasm32-wasip1"),
                new Bad(
                        "missing entrypoint",
                        module("/", "good.wasm") + "entrypoint = \"run\"\n",
                        "DIR/modules.toml, module 1, key 'entrypoint': the module exports no function \"run\" without"
                                + " parameters and results; it exports _start"),
                new Bad(
                        "missing import",
                        module("/", "import.wasm"),
                        "DIR/modules.toml, module 1, key 'module': DIR/import.wasm imports what this host does not"
                                + " offer:"
                                + " function env.now. Offered are wasi_snapshot_preview1 and wasi_experimental_http;"
                                + " it wants another host: build it with nothing but WASI preview 1"),
                new Bad(
                        "text that cannot be assembled",
                        module("/", "broken.wat"),
                        "DIR/modules.toml, module 1, key 'module': DIR/broken.wat cannot be assembled: line 1, column"
                                + " 10: unexpected token \"fun\", expected a module field."),
                new Bad(
                        "everything at once",
                        "defaulthost = 1\n" + module("a", "") + module("/b/.../c", "text.wasm"),
                        "DIR/modules.toml, key 'defaulthost': is unknown; did you mean 'default_host'?",
                        "DIR/modules.toml, module 1, key 'route': \"a\" does not start with '/'; write \"/a\"",
                        "DIR/modules.toml, module 1, key 'module': \"\" is empty; write the path of a .wasm or .wat"
                                + " file",
                        "DIR/modules.toml, module 2, key 'route': \"/b/.../c\" has '...' elsewhere than as its last"
                                + " segment; write it only at the end, as in \"/static/...\""));
    }

    private static String module(String route, String module) {
        return "[[module]]\nroute = \"" + route + "\"\nmodule = \"" + module + "\"\n";
    }

    @ParameterizedTest
    @MethodSource("bad")
    void check_bad_namesEveryProblem(Bad bad) throws IOException {
        Files.copy(Cli.ROOT.resolve("samples/modules/log/log.wasm"), directory.resolve("good.wasm"));
        Files.writeString(directory.resolve("text.wasm"), "hello");
        Files.writeString(directory.resolve("broken.wat"), "(module (fun))");
        write("component.wasm", "0061736d" + "0d000100");
        write("import.wasm", MAGIC + TYPE_NOTHING_TO_NOTHING + IMPORT_ENV_NOW);
        Path file = configuration(bad.toml().replace("DIR", directory.toString()));

        Cli.Result result = Cli.run("check", "-c", file.toString());

        assertThat(result.stderr().replace(directory.toString(), "DIR").lines())
                .containsExactlyElementsOf(
                        List.of(bad.lines()).stream().map("wagi: "::concat).toList());
        assertThat(result.text()).isEmpty();
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void check_missingFile_namesTheOption() {
        Cli.Result result = Cli.run("check", "-c", "absent/modules.toml");

        assertThat(result.stderr().lines())
                .containsExactly("wagi: absent/modules.toml: there is no such file; check the path given with -c");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void check_verbose_showsTheStackTrace() {
        Cli.Result result = Cli.run("check", "-v", "-c", "absent/modules.toml");

        assertThat(result.stderr()).contains("WagiConfigException", "\tat dev.wagi.");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void check_samples_areGood() {
        Cli.Result result = Cli.run("check", "--config", Cli.SAMPLES);

        assertThat(result.text()).isEqualToIgnoringNewLines(Cli.SAMPLES + ": 5 modules, ok");
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isZero();
    }

    @Test
    void check_json_hasRoutesModulesAndProblems() throws IOException {
        Files.copy(Cli.ROOT.resolve("samples/modules/hello/hello.wasm"), directory.resolve("hello.wasm"));
        String file = configuration(module("/hello", "hello.wasm") + "allowed_hosts = ['https://example.org']\n"
                        + "environment = { TOKEN = 'secret' }\n")
                .toString();

        Cli.Result good = Cli.run("check", "--json", "--fast", "-c", file);

        assertThat(good.code()).as(good.stderr()).isZero();
        JsonNode object = new ObjectMapper().readTree(good.text());
        assertThat(object.path("configuration").asText()).isEqualTo(file);
        assertThat(object.path("problems")).isEmpty();
        assertThat(object.path("routes").get(0).path("route").asText()).isEqualTo("/hello");
        JsonNode module = object.path("modules").get(0);
        assertThat(module.path("sha256").asText()).hasSize(64);
        assertThat(module.path("imports").toString()).contains("wasi_snapshot_preview1.fd_write");
        assertThat(module.path("toolchain").isArray()).isTrue();
        assertThat(module.path("allowedHosts").get(0).path("host").asText()).isEqualTo("https://example.org");
        assertThat(module.path("environmentNames").get(0).asText()).isEqualTo("TOKEN");
        assertThat(good.text()).doesNotContain("secret");
        JsonNode routes = new ObjectMapper()
                .readTree(Cli.run("routes", "--json", "-c", file).text());
        assertThat(routes.path("routes")).isEqualTo(object.path("routes"));

        Cli.Result bad = Cli.run(
                "check",
                "--json",
                "--fast",
                "-c",
                configuration(module("/", "absent.wasm")).toString());

        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.stderr()).isEmpty();
        assertThat(new ObjectMapper()
                        .readTree(bad.text())
                        .path("problems")
                        .get(0)
                        .asText())
                .contains("absent.wasm");
    }

    @Test
    void check_staticFiles_areCountedApart() throws IOException {
        String files = "[[static]]\nroute = \"/s/...\"\npath = \".\"\n";
        Files.copy(Cli.ROOT.resolve("samples/modules/hello/hello.wasm"), directory.resolve("hello.wasm"));

        String alone = configuration(files).toString();
        assertThat(Cli.run("check", "-c", alone).text()).isEqualToIgnoringNewLines(alone + ": 1 static route, ok");
        String both = configuration(module("/hello", "hello.wasm") + files).toString();
        assertThat(Cli.run("check", "-c", both).text())
                .isEqualToIgnoringNewLines(both + ": 1 module, 1 static route, ok");
    }

    @Test
    void compile_twice_keepsWhatIsThereAndRemovesWhatIsGone() throws IOException {
        Files.copy(Cli.ROOT.resolve("samples/modules/log/log.wasm"), directory.resolve("log.wasm"));
        Files.copy(Cli.ROOT.resolve("samples/modules/hello/hello.wasm"), directory.resolve("hello.wasm"));
        String file = configuration(module("/", "log.wasm") + module("/hello", "hello.wasm"))
                .toString();
        Path output = directory.resolve("new/classes");
        Path compiled = output.resolve("META-INF/wagi/compiled");

        assertThat(Cli.run("compile", "-c", file, "-o", output.toString()).text())
                .isEqualToIgnoringNewLines(file + ": 2 files of compiled code in " + output);
        assertThat(compiled).isDirectoryContaining("glob:**.wagi-code");
        configuration(module("/", "log.wasm"));
        assertThat(Cli.run("compile", "-c", file, "-o", output.toString()).text())
                .isEqualToIgnoringNewLines(file + ": 1 file of compiled code in " + output);
        assertThat(compiled.toFile().list()).hasSize(1);
    }

    @Test
    void compile_outputThatIsAFile_isReported() throws IOException {
        String file = configuration(module(
                        "/",
                        Cli.ROOT
                                .resolve("samples/modules/log/log.wasm")
                                .toAbsolutePath()
                                .toString()))
                .toString();
        Path output = Files.createFile(directory.resolve("file"));

        Cli.Result result = Cli.run("compile", "-c", file, "-o", output.toString());

        assertThat(result.stderr())
                .startsWith("wagi: ")
                .contains(output.toString())
                .doesNotContain("BUG", "\tat ");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void routes_ofSamples_areAsReviewed() {
        Cli.Result result = Cli.run("routes", "-c", Cli.SAMPLES);

        assertThat(result.text()).isEqualToNormalizingNewlines(Cli.golden("routes.txt"));
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isZero();
    }

    private Path configuration(String toml) throws IOException {
        return Files.writeString(directory.resolve("modules.toml"), toml);
    }

    private void write(String name, String hex) throws IOException {
        Files.write(directory.resolve(name), HexFormat.of().parseHex(hex));
    }
}
