// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code wagi pull}, {@code inspect}, {@code push} and {@code serve -f}, with a registry on loopback. */
class RegistryCommandsTest {

    private static final Path HELLO = Cli.ROOT.resolve("samples/modules/hello/hello.wasm");

    @TempDir
    private Path directory;

    private LoopbackRegistry registry;

    @BeforeEach
    void open() throws IOException {
        registry = new LoopbackRegistry();
    }

    @AfterEach
    void close() {
        registry.close();
    }

    @Test
    void push_pull_inspect_areAboutTheSameModule() throws IOException {
        String image = registry.name() + "/demo/hello:v1";
        Path copy = directory.resolve("copy.wasm");

        Cli.Result pushed = push(HELLO, image);
        Cli.Result pulled = cached("pull", "-o", copy.toString(), image);
        Cli.Result inspected = cached("inspect", "--json", "oci:" + image);
        registry.close();
        Cli.Result offline = cached("pull", "--offline", "-q", image);
        Cli.Result online = cached("pull", "-q", "--policy", "never", registry.name() + "/demo/other:v1");

        assertThat(pushed.code()).as(pushed.stderr()).isZero();
        assertThat(pulled.code()).as(pulled.stderr()).isZero();
        assertThat(pulled.text())
                .isEqualTo(pushed.text())
                .matches("127\\.0\\.0\\.1:[0-9]+/demo/hello@sha256:[0-9a-f]{64}\\R");
        assertThat(pulled.stderr().lines()).anyMatch(line -> line.matches("transferring [0-9.]+ kB of .*hello:v1 .*"));
        assertThat(copy).hasSameBinaryContentAs(HELLO);
        JsonNode facts = new ObjectMapper().readTree(inspected.text());
        assertThat(facts.path("reference").asText()).isEqualTo(image);
        assertThat(facts.path("type").asText()).isEqualTo("application/vnd.wasm.content.layer.v1+wasm");
        assertThat(facts.path("size").asLong()).isEqualTo(Files.size(HELLO));
        assertThat(facts.path("entrypoints").toString()).contains("\"_start\"");
        assertThat(facts.path("imports").toString()).contains("\"wasi_snapshot_preview1.fd_write\"");
        assertThat(offline.code()).as(offline.stderr()).isZero();
        assertThat(offline.text()).isEqualTo(pushed.text());
        assertThat(online.code()).isEqualTo(1);
        assertThat(online.stderr()).startsWith("wagi: cannot pull " + registry.name() + "/demo/other:v1: ");
    }

    @Test
    void inspect_files_tellsRoutesAndEscapes() throws IOException {
        Path text = Files.writeString(
                directory.resolve("m.wat"),
                "(module (import \"e\\1b[2J\" \"f\" (func)) (memory (export \"memory\") 1 2) (func (export \"go\")))");

        assertThat(Cli.run(
                                "inspect",
                                Cli.ROOT
                                        .resolve("samples/modules/routes/routes.wasm")
                                        .toString())
                        .text())
                .containsPattern("\nroutes +/")
                .containsPattern("\nproblems +none\\R");
        assertThat(Cli.run("inspect", text.toString()).text())
                .contains("memory      64 KiB to begin with, 128 KiB at most")
                .contains("entrypoints go")
                .contains("imports     e\\u001b[2J.f")
                .contains("problems    " + text + " imports what this host does not offer: function e\\x1b[2J.f.");
        Path starts = Files.writeString(
                directory.resolve("s.wat"), "(module (func (export \"_start\")) (func $s (unreachable)) (start $s))");
        assertThat(Cli.run("inspect", "--fast", starts.toString()).text())
                .contains("problems    " + starts + " cannot be instantiated: ");
        Path library = Files.writeString(directory.resolve("l.wat"), "(module)");
        assertThat(Cli.run("inspect", library.toString()).text())
                .contains("problems    the module exports no function \"_start\"");
        assertThat(Cli.run("inspect", Cli.SAMPLES).stderr())
                .isEqualToIgnoringNewLines("wagi: " + Cli.SAMPLES
                        + " is not a WebAssembly module; name a .wasm or .wat file, or an image");
    }

    /** SIGKILL: nothing of the process can tidy up. */
    @Test
    void pull_killedHalfWay_leavesACacheThatWorks() throws IOException, InterruptedException {
        String image = registry.name() + "/large:v1";
        Path large = Files.write(directory.resolve("large.wasm"), large());
        assertThat(push(large, image).code()).isZero();
        registry.stopHalfWay(1 << 20);

        Process killed = Cli.start(Cli.command(withCache("pull", "-q", image)));
        registry.awaitHalf();
        killed.destroyForcibly().waitFor();
        registry.goOn();
        Cli.Result missing = cached("pull", "-q", "--offline", image);
        Cli.Result again =
                cached("pull", "-q", "-o", directory.resolve("copy.wasm").toString(), image);
        Cli.Result offline = cached("pull", "-q", "--offline", image);

        assertThat(missing.code()).isEqualTo(1);
        assertThat(again.code()).as(again.stderr()).isZero();
        assertThat(directory.resolve("copy.wasm")).hasSameBinaryContentAs(large);
        assertThat(offline.code()).as(offline.stderr()).isZero();
    }

    @Test
    void serve_manifest_listensAndAnswersAsItSays() throws Exception {
        assertThat(push(HELLO, registry.name() + "/krustlet-wagi-demo-hello:v1.0.0")
                        .code())
                .isZero();
        Path manifest = Files.writeString(directory.resolve("pod.yaml"), """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: demo
                  annotations:
                    alpha.wagi.krustlet.dev/default-host: "127.0.0.1:0"
                    alpha.wagi.krustlet.dev/modules: '{"hello": {"route": "/hello/..."}}'
                spec:
                  containers:
                    - image: webassembly.example/krustlet-wagi-demo-hello:v1.0.0
                      imagePullPolicy: Always
                      name: hello
                      livenessProbe: {httpGet: {port: 1}}
                """);
        String[] options =
                withCache("-f", manifest.toString(), "--registry-mirror", "webassembly.example=" + registry.name());

        try (Cli.Server server = new Cli.Server(directory, with(options, "serve", "--engine", "interpreter"))) {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(server.uri() + "/hello/x"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("hello world\n");
            assertThat(server.stderr())
                    .contains(
                            ", document 1, Pod demo, container hello: livenessProbe is not honoured without a cluster")
                    .contains("1 route from " + manifest);
        }
        assertThat(Cli.run(with(options, "routes")).text()).contains("/hello/...", "webassembly.example");
        registry.close();
        assertThat(Cli.run(with(options, "request", "--offline", "-s", "/hello"))
                        .text())
                .isEqualTo("hello world\n");
    }

    private Cli.Result push(Path file, String image) {
        return Cli.run("push", "-q", "--insecure-registry", registry.name(), file.toString(), image);
    }

    private Cli.Result cached(String... args) {
        return Cli.run(withCache(args));
    }

    private String[] withCache(String... args) {
        return with(
                args, "--module-cache", directory.resolve("cache").toString(), "--insecure-registry", registry.name());
    }

    /** The command is the first argument, options may stand anywhere. */
    private static String[] with(String[] args, String... more) {
        List<String> all = new ArrayList<>();
        boolean command = !more[0].startsWith("-");
        all.addAll(List.of(command ? more : args));
        all.addAll(List.of(command ? args : more));
        return all.toArray(String[]::new);
    }

    /** The module and a custom section of two megabytes, which is part of it and does nothing. */
    private static byte[] large() throws IOException {
        byte[] padding = new byte[2 << 20];
        ByteArrayOutputStream module = new ByteArrayOutputStream();
        module.write(Files.readAllBytes(HELLO));
        module.write(0);
        int size = padding.length + 2;
        for (int rest = size; ; rest >>>= 7) {
            module.write(rest > 0x7f ? rest & 0x7f | 0x80 : rest);
            if (rest <= 0x7f) {
                break;
            }
        }
        module.write(1);
        module.write("p".getBytes(StandardCharsets.US_ASCII));
        module.write(padding);
        return module.toByteArray();
    }
}
