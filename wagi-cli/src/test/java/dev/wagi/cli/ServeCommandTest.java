// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code wagi serve} as a process, over real HTTP. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs SIGTERM")
class ServeCommandTest {

    /** Fails if a line is more than one object, or less. */
    private static final ObjectReader EVENTS = new ObjectMapper()
            .readerFor(Map.class)
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(StreamReadFeature.STRICT_DUPLICATE_DETECTION);

    @TempDir
    private Path directory;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void serve_samples_answerAndStop() throws IOException, InterruptedException {
        try (Cli.Server server = new Cli.Server(directory, "serve", "-c", Cli.SAMPLES, "-l", "127.0.0.1:0")) {
            assertThat(server.uri()).matches("http://127\\.0\\.0\\.1:[0-9]+").doesNotEndWith(":0");
            assertThat(server.stderr().lines())
                    .hasSize(6)
                    .filteredOn(line -> line.matches("loaded .*/samples/modules/.*\\.wa(sm|t) in [0-9]+\\.[0-9]{2} s"))
                    .hasSize(5);
            assertThat(server.stderr().lines()).last().isEqualTo("5 routes from " + Cli.SAMPLES);

            assertThat(get(server, "/hello").body()).isEqualTo("hello world\n");
            assertThat(get(server, "/hello/any/sub/path").body()).isEqualTo("hello world\n");
            assertThat(get(server, "/").body()).contains("<h1>Welcome to WAGI on the JVM</h1>");
            assertThat(get(server, "/error").statusCode()).isEqualTo(404);
            assertThat(get(server, "/error").body())
                    .isNotEqualTo(get(server, "/nope").body());
            assertThat(get(server, "/log").statusCode()).isEqualTo(200);
            assertThat(get(server, "/http-example").statusCode()).isEqualTo(200);
            assertThat(get(server, "/http-example").body()).containsIgnoringCase("not allowed");
            assertThat(get(server, "/nope").statusCode()).isEqualTo(404);
            assertThat(get(server, "/healthz").body()).isEqualTo("OK");

            server.terminate();
            Cli.Result result = server.await();

            assertThat(result.code()).isZero();
            assertThat(result.text()).isEmpty();
            assertThat(result.stderr().lines()).anyMatch(line -> line.matches(".* INFO log - \\[[0-9a-f]+] .+"));
            assertThat(result.stderr().lines()).last().isEqualTo("Stopping: waiting for requests in flight");
        }
    }

    @Test
    void terminate_requestInFlight_isAnswered() throws IOException, InterruptedException {
        String env = configuration("/env/...", Cli.ROOT.resolve("samples/modules/env/env.wasm"));
        try (Cli.Server server = new Cli.Server(directory, "-c", env, "-l", ":0", "--engine", "interpreter");
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            out.write("""
                    POST /env/body HTTP/1.1\r
                    Host: localhost\r
                    Content-Length: 5\r
                    Expect: 100-continue\r
                    \r
                    """.getBytes(StandardCharsets.ISO_8859_1));
            // It comes when the guest reads its standard input.
            assertThat(in.readLine()).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(in.readLine()).isEmpty();

            server.terminate();
            awaitRefusal(server.port());
            out.write("hello".getBytes(StandardCharsets.ISO_8859_1));

            assertThat(in.lines())
                    .startsWith("HTTP/1.1 200 OK")
                    .contains("sha256 = 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
            assertThat(server.await().code()).isZero();
        }
    }

    @Test
    void serve_hostname_isTheServersName() throws IOException, InterruptedException {
        String env = configuration("/env/...", Cli.ROOT.resolve("samples/modules/env/env.wasm"));
        try (Cli.Server server = new Cli.Server(
                directory, "-c", env, "-l", ":0", "--engine", "interpreter", "--default-host", "example.org:81")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream().write("GET /env HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));

                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
                        .contains("\nSERVER_NAME=example.org\n", "\nSERVER_PORT=81\n");
            }
        }
    }

    @Test
    void serve_tls_speaksHttp2() throws Exception {
        char[] password = "changeit".toCharArray();
        Path store = directory.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "changeit",
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.txt").toFile())
                .start();
        assertThat(keytool.waitFor()).as("keytool").isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), password);
        Path certificate = Files.writeString(
                directory.resolve("cert.pem"),
                pem("CERTIFICATE", keys.getCertificate("it").getEncoded()));
        Path key = Files.writeString(
                directory.resolve("key.pem"),
                pem("PRIVATE KEY", keys.getKey("it", password).getEncoded()));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        ProcessBuilder command = Cli.command(
                "serve",
                "-c",
                Cli.SAMPLES,
                "-l",
                "127.0.0.1:0",
                "--engine",
                "interpreter",
                "--tls-cert",
                certificate.toString());
        command.environment().put("WAGI_TLS_KEY", key.toString());

        try (Cli.Server server = new Cli.Server(directory, command)) {
            assertThat(server.uri()).startsWith("https://127.0.0.1:");
            HttpResponse<String> response = HttpClient.newBuilder()
                    .sslContext(context)
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create(server.uri() + "/hello"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.body()).isEqualTo("hello world\n");
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
        }
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what
                + "-----\n";
    }

    @Test
    void serve_halfOfTls_isAUsageError() {
        Cli.Result result = Cli.run("serve", "-c", Cli.SAMPLES, "--tls-key", "key.pem");

        assertThat(result.code()).isEqualTo(2);
        assertThat(result.stderr())
                .startsWith("wagi: --tls-key needs --tls-cert; name the files of both, or neither; see 'wagi serve"
                        + " --help'\n");
    }

    @Test
    void serve_portInUse_isAnError() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + other.getLocalPort();

            Cli.Result result = Cli.run("-c", Cli.SAMPLES, "--engine", "interpreter", "-l", address);

            // Before anything is loaded.
            assertThat(result.stderr().lines())
                    .containsExactly("wagi: Cannot serve on " + address
                            + ": the port is in use. Stop what uses it, or choose another port; 0 takes any free one.");
            assertThat(result.text()).isEmpty();
            assertThat(result.code()).isEqualTo(1);
        }
    }

    /** As systemd does it for a service with StandardInput=socket. */
    @Test
    void serve_inheritedSocket_isListenedOn() throws IOException, InterruptedException {
        String hello = configuration("/hello", Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        List<String> command = new ArrayList<>(List.of("perl", "-MSocket", "-e", """
                socket(my $s, PF_INET, SOCK_STREAM, 0) or die; bind($s, sockaddr_in(0, INADDR_LOOPBACK)) or die;
                listen($s, 64) or die; open(STDIN, '<&', $s) or die; exec @ARGV;
                """, "--"));
        command.addAll(Cli.command("-c", hello, "-l", "inherited", "--engine", "interpreter")
                .command());
        Assumptions.assumeTrue(
                isOnPath("perl"), "SKIPPED: a listening socket is handed over by perl, which is missing");
        try (Cli.Server server = new Cli.Server(directory, new ProcessBuilder(command))) {
            assertThat(get(server, "/hello").body()).isEqualTo("hello world\n");
        }
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
    }

    @Test
    void serve_noSocketIsInherited_isAnError() throws IOException {
        Cli.Result result = Cli.run("-c", Cli.SAMPLES, "-l", "inherited");

        assertThat(result.stderr())
                .isEqualTo(
                        "wagi: standard input is not a listening socket, as '-l inherited' wants it; start the command"
                                + " from a systemd service with StandardInput=socket, or name HOST:PORT\n");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void serve_badConfiguration_startsNothing() throws IOException {
        String file = configuration("/...", Path.of("absent.wasm").toAbsolutePath());

        Cli.Result result = Cli.run("serve", "-c", file, "-l", ":0");

        assertThat(result.stderr().lines())
                .containsExactly("wagi: " + file + ", module 1, key 'module': there is no file "
                        + Path.of("absent.wasm").toAbsolutePath() + "; check the path");
        assertThat(result.text()).isEmpty();
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void serve_logDirectory_isUsed() throws IOException, InterruptedException {
        String log = configuration("/log", Cli.ROOT.resolve("samples/modules/log/log.wasm"));
        Path logs = directory.resolve("logs");
        try (Cli.Server server = new Cli.Server(
                directory, "-c", log, "-l", ":0", "--engine", "interpreter", "--log-dir", logs.toString())) {
            assertThat(get(server, "/log").statusCode()).isEqualTo(200);

            assertThat(logs.resolve("log/module.stderr")).isNotEmptyFile();
        }
    }

    @Test
    void serve_logDirectoryOfTheEnvironment_isUsed() throws IOException, InterruptedException {
        String log = configuration("/log", Cli.ROOT.resolve("samples/modules/log/log.wasm"));
        Path logs = directory.resolve("logs");
        ProcessBuilder command = Cli.command("-c", log, "-l", ":0", "--engine", "interpreter");
        command.environment().put("WAGI_LOG_DIR", logs.toString());
        try (Cli.Server server = new Cli.Server(directory, command)) {
            assertThat(get(server, "/log").statusCode()).isEqualTo(200);

            assertThat(logs.resolve("log/module.stderr")).isNotEmptyFile();
        }
    }

    @Test
    void serve_accessLog_hasEveryIdThatAClientWasGiven() throws IOException, InterruptedException {
        String hello = configuration("/hello/...", Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        Path log = directory.resolve("access.log");
        Path rotated = directory.resolve("access.log.1");
        List<String> ids = new ArrayList<>();
        try (Cli.Server server = new Cli.Server(
                directory,
                "-c",
                hello,
                "-l",
                ":0",
                "--engine",
                "interpreter",
                "--access-log",
                log.toString(),
                "--access-log-format",
                "json")) {
            ids.add(id(get(server, "/hello/%22?a=b")));
            ids.add(id(get(server, "/nope")));
            Files.move(log, rotated);
            ids.add(id(get(server, "/healthz")));

            server.terminate();
            assertThat(server.await().code()).isZero();
        }

        List<String> lines = new ArrayList<>(Files.readAllLines(rotated));
        if (Files.exists(log)) {
            lines.addAll(Files.readAllLines(log)); // the first lines may have been written late
        }
        assertThat(lines).hasSize(3).allMatch(line -> line.startsWith("{\"time\":\"") && line.endsWith("}"));
        assertThat(lines)
                .filteredOn(line -> line.contains(ids.get(0)))
                .singleElement()
                .asString()
                .contains(
                        "\"target\":\"/hello/%22?a=b\"",
                        "\"status\":200",
                        "\"outcome\":\"answered\"",
                        "\"module\":\"hello\"",
                        "\"route\":\"/hello/...\"",
                        "\"instance\":\"new\"",
                        "\"bytes_out\":12");
        assertThat(lines)
                .filteredOn(line -> line.contains(ids.get(1)))
                .singleElement()
                .asString()
                .contains("\"target\":\"/nope\"", "\"status\":404", "\"outcome\":\"not_found\"");
        assertThat(lines)
                .filteredOn(line -> line.contains(ids.get(2)))
                .singleElement()
                .asString()
                .contains("\"outcome\":\"health_check\"");
    }

    private static String id(HttpResponse<String> response) {
        return response.headers().firstValue("X-Request-Id").orElseThrow();
    }

    @Test
    void serve_accessLogOnStandardOutput_isCombined() throws IOException, InterruptedException {
        String hello = configuration("/hello", Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        try (Cli.Server server =
                new Cli.Server(directory, "-c", hello, "-l", ":0", "--engine", "interpreter", "--access-log", "-")) {
            String id = id(get(server, "/hello"));

            server.terminate();

            assertThat(server.await().text())
                    .matches("127\\.0\\.0\\.1 - - \\[[^]]+] \"GET /hello HTTP/[12.]+\" 200 12 \"-\" \"Java-[^\"]*\" "
                            + id + "\n");
        }
    }

    @Test
    void serve_logFormatJson_everyLineIsAnEvent() throws IOException, InterruptedException {
        Path module = Files.writeString(directory.resolve("bad.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 0) "\\10\\00\\00\\00\\0f\\00\\00\\00")
                  (data (i32.const 16) "{\\22level\\22:\\22X\\22}\\1b\\0a")
                  (func (export "_start")
                    (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
                    unreachable))
                """);
        String trap = configuration("/trap", module);
        try (Cli.Server server =
                new Cli.Server(directory, "-c", trap, "-l", ":0", "--engine", "interpreter", "--log-format", "json")) {
            HttpResponse<String> response = get(server, "/trap");
            assertThat(response.statusCode()).isEqualTo(502);
            server.terminate();

            List<Map<String, Object>> events = new ArrayList<>();
            for (String line : server.await().stderr().lines().toList()) {
                events.add(EVENTS.readValue(line));
            }

            assertThat(events)
                    .allSatisfy(event -> assertThat(event)
                            .containsKeys("time", "level", "logger", "message")
                            .doesNotContainValue(null))
                    .allSatisfy(event -> assertThat(OffsetDateTime.parse((String) event.get("time")))
                            .isNotNull())
                    .extracting(event -> event.get("logger"))
                    .containsSubsequence("wagi", "dev.wagi.guest.bad", "wagi");
            assertThat(events)
                    .extracting(event -> event.get("message"))
                    .contains("1 route from " + trap, "Stopping: waiting for requests in flight");
            String id = response.headers().firstValue("X-Request-Id").orElseThrow();
            assertThat(events)
                    .filteredOn(event -> event.get("level").equals("WARN"))
                    .singleElement()
                    .satisfies(event -> assertThat(event)
                            .containsEntry("module", "bad")
                            .containsEntry("route", "/trap")
                            .containsEntry("request_id", id));
            assertThat(events)
                    .filteredOn(event -> event.get("logger").equals("dev.wagi.guest.bad"))
                    .isNotEmpty()
                    .allSatisfy(event -> assertThat(event)
                            .containsEntry("message", "[" + id + "] {\"level\":\"X\"}\\x1b")
                            .containsEntry("module", "bad")
                            .containsEntry("request_id", id));
        }
    }

    @Test
    void serve_accessLogThatCannotBeWritten_isAnError() throws IOException {
        Cli.Result result = Cli.run(
                "-c",
                Cli.SAMPLES,
                "-l",
                ":0",
                "--access-log",
                directory.resolve("absent/log").toString());

        assertThat(result.stderr())
                .isEqualTo("wagi: " + directory.resolve("absent/log")
                        + ", the access log, is in a directory that does not exist; create it, or name another"
                        + " file\n");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void serve_adminListen_hasMetricsAndHealth_whereClientsHaveNone() throws IOException, InterruptedException {
        String hello = configuration("/hello/...", Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        try (Cli.Server server =
                new Cli.Server(directory, "-c", hello, "-l", ":0", "--engine", "interpreter", "--admin-listen", ":0")) {
            URI admin = server.admin();
            assertThat(get(server, "/hello/secret").statusCode()).isEqualTo(200);

            String metrics = metricsWith(admin, "http_server_request_duration_seconds_count");
            assertThat(metrics)
                    .contains(
                            "http_route=\"/hello/...\"",
                            "wagi_memory_pooled_bytes ",
                            "wagi_module_load_duration_seconds_count{wagi_cached=\"false\"} 1\n",
                            "\njvm_memory_used_bytes{",
                            "\nprocess_uptime_seconds ")
                    .doesNotContain("secret");
            HttpResponse<String> open = send(
                    HttpRequest.newBuilder(admin.resolve("/metrics")).header("Accept", "application/openmetrics-text"));
            assertThat(open.headers().firstValue("Content-Type"))
                    .contains("application/openmetrics-text; version=1.0.0; charset=utf-8");
            assertThat(open.body()).endsWith("# EOF\n");
            assertThat(send(HttpRequest.newBuilder(admin.resolve("/healthz"))).body())
                    .isEqualTo("ok\n");
            assertThat(send(HttpRequest.newBuilder(admin.resolve("/readyz"))).statusCode())
                    .isEqualTo(200);
            assertThat(send(HttpRequest.newBuilder(admin.resolve("/hello"))).statusCode())
                    .isEqualTo(404);
            HttpResponse<String> post = send(
                    HttpRequest.newBuilder(admin.resolve("/metrics")).POST(HttpRequest.BodyPublishers.ofString("x")));
            assertThat(post.statusCode()).isEqualTo(405);
            assertThat(post.headers().firstValue("Allow")).contains("GET, HEAD");
            assertThat(get(server, "/metrics").statusCode()).isEqualTo(404);
            assertThat(get(server, "/readyz").statusCode()).isEqualTo(404);

            server.terminate();
            assertThat(server.await().code()).isZero();
        }
    }

    /** Whoever reaches a server's other addresses may see metrics, and no more. */
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:0, ,          200, true",
        "0.0.0.0:0,   ,          404, false",
        "0.0.0.0:0,   read-only, 200, false",
        "127.0.0.1:0, off,       404, false",
    })
    void serve_console_isWhereOnlyThisMachineCanConnect(String address, String mode, int status, boolean form)
            throws IOException, InterruptedException {
        String hello = configuration("/hello", Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        List<String> arguments =
                new ArrayList<>(List.of("-c", hello, "-l", ":0", "--engine", "interpreter", "--admin-listen", address));
        if (mode != null) {
            arguments.addAll(List.of("--console", mode));
        }
        try (Cli.Server server = new Cli.Server(directory, arguments.toArray(String[]::new))) {
            URI local = URI.create("http://127.0.0.1:" + server.admin().getPort());

            HttpResponse<String> page = send(HttpRequest.newBuilder(local.resolve("/")));

            assertThat(page.statusCode()).isEqualTo(status);
            assertThat(page.body().contains("<form")).isEqualTo(form);
            assertThat(server.stderr().contains("Console: http://")).isEqualTo(status == 200);
            assertThat(send(HttpRequest.newBuilder(local.resolve("/healthz"))).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void serve_drain_isNotReadyAndServes() throws IOException, InterruptedException {
        String hello = configuration("/hello", Cli.ROOT.resolve("samples/modules/hello/hello.wasm"));
        try (Cli.Server server = new Cli.Server(
                directory,
                "-c",
                hello,
                "-l",
                ":0",
                "--engine",
                "interpreter",
                "--admin-listen",
                ":0",
                "--drain",
                "999999999")) {
            HttpRequest.Builder readiness =
                    HttpRequest.newBuilder(server.admin().resolve("/readyz"));
            assertThat(send(readiness).statusCode()).isEqualTo(200);

            server.terminate();
            HttpResponse<String> answer = send(readiness);
            while (answer.statusCode() == 200) {
                answer = send(readiness);
            }

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).isEqualTo("stopping\n");
            assertThat(get(server, "/hello").body()).isEqualTo("hello world\n");
        }
    }

    /** A client may have its response before it is counted. */
    private String metricsWith(URI admin, String name) throws IOException, InterruptedException {
        while (true) {
            HttpResponse<String> metrics = send(HttpRequest.newBuilder(admin.resolve("/metrics")));
            assertThat(metrics.statusCode()).isEqualTo(200);
            assertThat(metrics.headers().firstValue("Content-Type"))
                    .contains("text/plain; version=0.0.4; charset=utf-8");
            if (metrics.body().contains("\n" + name + "{")) {
                return metrics.body();
            }
        }
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void serve_logFormatOfTheEnvironment_isUsedForProblemsToo() throws IOException {
        ProcessBuilder command =
                Cli.command("-c", directory.resolve("none.toml").toString(), "--verbose");
        command.environment().put("WAGI_LOG_FORMAT", "json");

        Cli.Result result = Cli.finish(Cli.start(command), new byte[0]);

        assertThat(result.code()).isEqualTo(1);
        assertThat(EVENTS.<Map<String, Object>>readValue(result.stderr()))
                .containsEntry("level", "ERROR")
                .containsEntry("logger", "wagi")
                .hasEntrySatisfying(
                        "message",
                        text -> assertThat((String) text)
                                .startsWith(directory + "")
                                .endsWith("there is no such file; check the path given with -c"))
                .hasEntrySatisfying(
                        "exception", text -> assertThat((String) text).contains("\tat dev.wagi."));
    }

    @Test
    void serve_logFormatOfTheEnvironmentIsUnknown_isRefused() {
        ProcessBuilder command = Cli.command("-c", Cli.SAMPLES);
        command.environment().put("WAGI_LOG_FORMAT", "xml");

        Cli.Result result = Cli.finish(Cli.start(command), new byte[0]);

        assertThat(result.stderr().strip())
                .isEqualTo("wagi: the variable WAGI_LOG_FORMAT, \"xml\", is not a format of the log; write text or"
                        + " json; see"
                        + " 'wagi serve --help'");
        assertThat(result.code()).isEqualTo(2);
    }

    @Test
    void serve_badFilesOfVariables_namesEveryLine() throws IOException {
        Path one = Files.writeString(directory.resolve("one.env"), "A=1\nsecret\n\"B\"=secret\n");
        Path two = Files.writeString(directory.resolve("two.env"), "C='secret\n");

        Cli.Result result =
                Cli.run("-c", Cli.SAMPLES, "-l", ":0", "--env-file", one.toString(), "--env-file", two.toString());

        assertThat(result.stderr().lines())
                .containsExactly(
                        "wagi: " + one + ", line 2: is not a variable; write NAME = VALUE, or begin a comment with '#'",
                        "wagi: " + one + ", line 3: is not a variable; write NAME = VALUE, or begin a comment with '#'",
                        "wagi: " + two
                                + ", line 1: has no closing quote; a value ends on its line, and in double quotes"
                                + " \\n is a line break");
        assertThat(result.text()).isEmpty();
        assertThat(result.code()).isEqualTo(1);
    }

    private String configuration(String route, Path module) throws IOException {
        String toml = "[[module]]\nroute = \"" + route + "\"\nmodule = '" + module + "'\n";
        return Files.writeString(directory.resolve("modules.toml"), toml).toString();
    }

    private HttpResponse<String> get(Cli.Server server, String path) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(server.uri() + path)).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Returns when the server has begun to stop: it listens no more. */
    private static void awaitRefusal(int port) {
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
            } catch (IOException e) {
                return;
            }
        }
    }
}
