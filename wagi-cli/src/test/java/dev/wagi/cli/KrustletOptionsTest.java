// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine.Model.CommandSpec;

/** What docs/migrating.md says of Krustlet's options and variables is what {@code wagi node} does with them. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KrustletOptionsTest {

    /** Where no machine is, so the node can only listen elsewhere (RFC 5737). */
    private static final String ELSEWHERE = "192.0.2.7";

    private static final Pattern NAME = Pattern.compile("`(--[a-z-]+|[A-Z][A-Z_]+)`");

    @TempDir
    private Path files;

    private final Map<String, String> calls = new ConcurrentHashMap<>();
    private final CompletableFuture<String> asked = new CompletableFuture<>(); // for a certificate
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer api;

    @BeforeEach
    void start() throws IOException {
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.setExecutor(threads);
        api.createContext("/", this::answer);
        api.start();
    }

    @AfterEach
    void stop() {
        api.stop(0);
        threads.shutdownNow();
    }

    /** Has what it was sent, and nothing else. */
    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String call =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            calls.putIfAbsent(call, body);
            if (call.endsWith("/certificatesigningrequests")) {
                asked.complete(call);
            }
            boolean isWrite = !exchange.getRequestMethod().equals("GET");
            String answer = isWrite
                    ? "{\"metadata\": {\"name\": \"krustlet-0\", \"uid\": \"1\", \"resourceVersion\": \"1\"}}"
                    : "{\"kind\": \"Status\", \"apiVersion\": \"v1\", \"code\": 404, \"message\": \"not there\"}";
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(isWrite ? 200 : 404, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private enum Way {
        OPTIONS,
        VARIABLES
    }

    /** A setting: its option and its variable in Krustlet, and the value to try. */
    private record Setting(String option, String variable, String value) {}

    @ParameterizedTest
    @EnumSource(Way.class)
    void settings_ofKrustlet_meanTheSame(Way way) throws Exception {
        int port = freePort();
        Path data = files.resolve("data");
        List<Setting> settings = List.of(
                new Setting("--node-name", "KRUSTLET_NODE_NAME", "krustlet-0"),
                new Setting("--node-ip", "KRUSTLET_NODE_IP", ELSEWHERE),
                new Setting("--port", "KRUSTLET_PORT", String.valueOf(port)),
                new Setting("--addr", "KRUSTLET_ADDRESS", "127.0.0.1"),
                new Setting("--data-dir", "KRUSTLET_DATA_DIR", data.toString()),
                new Setting("--node-labels", "NODE_LABELS", "a=b,c=d"),
                new Setting("--max-pods", "MAX_PODS", "7"));
        Process node = start(way, settings, Map.of("KUBECONFIG", kubeconfig().toString()), "");
        try (BufferedReader stdout =
                new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(stdout.readLine()).as(() -> errors()).isEqualTo("Ready: node krustlet-0 at " + ELSEWHERE);

            assertThat(calls.get("POST /api/v1/nodes")).contains("\"a\":\"b\"", "\"c\":\"d\"", "\"krustlet-0\"");
            assertThat(calls.get("PATCH /api/v1/nodes/krustlet-0/status"))
                    .contains("\"pods\":\"7\"", "\"Port\":" + port, "\"" + ELSEWHERE + "\"");
            assertThat(data.resolve("lock")).exists();
            new Socket("127.0.0.1", port).close(); // its kubelet API
        } finally {
            node.destroyForcibly();
        }
        assertThat(documented())
                .contains(settings.stream()
                        .flatMap(setting -> Stream.of(setting.option(), setting.variable()))
                        .toArray(String[]::new));
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void bootstrapFile_ofKrustlet_asksForTheNodesCertificate(Way way) throws Exception {
        Setting file = new Setting(
                "--bootstrap-file", "KRUSTLET_BOOTSTRAP_FILE", kubeconfig().toString());
        Process node = start(way, List.of(file), Map.of(), "--data-dir=" + files.resolve("data"));
        try {
            CompletableFuture.anyOf(asked, node.onExit()).join();
            assertThat(asked).as(() -> errors()).isDone();
        } finally {
            node.destroyForcibly();
        }
        assertThat(documented()).contains(file.option(), file.variable());
    }

    /** Two names of one option, wherever the table says that something is the same and has another name. */
    @Test
    void table_ofOptions_namesThoseOfTheCommand() throws IOException {
        CommandSpec spec = Main.commandLine().getSubcommands().get("node").getCommandSpec();
        for (String row : rows()) {
            String[] cells = row.split("\\|");
            List<String> theirs = names(cells[1]);
            List<String> ours = names(cells[2]);
            if (cells[2].contains("the same")) {
                assertThat(spec.findOption(theirs.get(0))).as(row).isNotNull();
                ours.forEach(
                        name -> assertThat(spec.findOption(name)).as(row).isSameAs(spec.findOption(theirs.get(0))));
            } else if (cells[2].contains("not here")) {
                theirs.forEach(name -> assertThat(spec.findOption(name)).as(row).isNull());
            } else {
                ours.forEach(name -> assertThat(spec.findOption(name)).as(row).isNotNull());
            }
        }
    }

    private static List<String> rows() throws IOException {
        String page = Files.readString(Cli.ROOT.resolve("docs/migrating.md"));
        String table = page.substring(page.indexOf("| Krustlet | `wagi node` |"));
        List<String> rows =
                table.substring(0, table.indexOf("\n\n")).lines().skip(2).toList();
        assertThat(rows).hasSizeGreaterThan(9);
        return rows;
    }

    private static List<String> names(String cell) {
        return NAME.matcher(cell).results().map(name -> name.group(1)).toList();
    }

    /** What is the same. */
    private static List<String> documented() throws IOException {
        return rows().stream()
                .filter(row -> row.contains("the same"))
                .flatMap(row -> names(row.split("\\|")[1]).stream())
                .toList();
    }

    private Process start(Way way, List<Setting> settings, Map<String, String> variables, String... more) {
        List<String> arguments = new ArrayList<>(List.of("node"));
        Map<String, String> environment = new LinkedHashMap<>(variables);
        for (Setting setting : settings) {
            if (way == Way.OPTIONS) {
                arguments.addAll(List.of(setting.option(), setting.value()));
            } else {
                environment.put(setting.variable(), setting.value());
            }
        }
        Stream.of(more).filter(argument -> !argument.isEmpty()).forEach(arguments::add);
        ProcessBuilder command = Cli.command(arguments.toArray(String[]::new));
        command.environment().putAll(environment);
        command.redirectError(files.resolve("stderr").toFile());
        return Cli.start(command);
    }

    private String errors() {
        try {
            return Files.readString(files.resolve("stderr"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Path kubeconfig() throws IOException {
        return Files.writeString(
                files.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                current-context: fake
                clusters: [{name: fake, cluster: {server: "http://127.0.0.1:%d"}}]
                contexts: [{name: fake, context: {cluster: fake, user: node}}]
                users: [{name: node, user: {token: "t"}}]
                """.formatted(api.getAddress().getPort()));
    }

    /** Below those that systems give connections that go out. */
    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket socket = new ServerSocket(port)) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // in use: another one
            }
        }
    }
}
