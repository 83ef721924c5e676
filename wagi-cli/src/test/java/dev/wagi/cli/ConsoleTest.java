// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.wagi.cli.console.Console;
import dev.wagi.cli.console.RequestFactory;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The console over HTTP: what it shows, and to whom. */
class ConsoleTest {

    private static final String EVIL = "<script>alert(1)</script>\"'&";
    private static final String EVIL_SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;";

    @TempDir
    Path directory;

    private Wagi wagi;
    private Console console;
    private AdminServer server;
    private String form = "";

    /** Whether a body may take as long as it likes. */
    private boolean patient;

    @BeforeEach
    void start() throws IOException {
        start(Administration::request);
    }

    private void start(RequestFactory requests) throws IOException {
        start(Console.create(() -> "ready", "127.0.0.1", requests));
    }

    private void start(Console shown) throws IOException {
        console = shown;
        wagi = Wagi.builder()
                .keepGoing(true)
                .engine(Wagi.Engine.INTERPRETER)
                .guestLog((module, id, line) -> {})
                .outboundHttpClient(request -> {
                    throw new IOException("not called");
                })
                .addListener(console.listener())
                .addModule(m -> m.route("/hello/...")
                        .name("hello")
                        .limits(l -> patient ? l.withTimeout(Duration.ofDays(1)).withMinRequestBodyRate(0) : l)
                        .source(Cli.ROOT.resolve("samples/modules/hello/hello.wasm")))
                .addModule(m -> m.route("/env")
                        .name("env")
                        .addEnvironment("API_TOKEN", "secret-value")
                        .addVolume("/data", directory)
                        .allowedHosts("https://api.example.org")
                        .allowedPrivateHosts("http://10.0.0.7:8080")
                        .source(Cli.ROOT.resolve("samples/modules/env/env.wasm")))
                .addModule(m -> m.route("/evil/<b>/...")
                        .name("evil")
                        .source(guest("X-Evil: " + EVIL + "\nContent-Type: text/html\n\n" + EVIL, "")))
                .addModule(m -> m.route("/long")
                        .name("long")
                        .source(guest(
                                "Content-Type: text/plain\n\n",
                                "(call $write (i32.const 1) (i32.const 4096) (i32.const 60000))".repeat(2))))
                .addModule(m -> m.route("/trap").name("trap").source(guest("", "unreachable")))
                .addModule(m -> m.route("/gone").name("gone").source(directory.resolve("<i>gone.wasm")))
                .addModule(m -> m.route("/exit")
                        .name("exit")
                        .source(guest("Content-Type: text/plain\n\nbye", "(call $exit (i32.const 3))")))
                .build();
        server = AdminServer.start(
                ListenAddress.parse("127.0.0.1:0"),
                false,
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                console::handle);
    }

    @AfterEach
    void stop() {
        server.close();
        console.close();
        wagi.close();
    }

    /**
     * A guest that prints a response, and a line with markup, controls and octets that are no UTF-8 to standard error.
     */
    private Path guest(String output, String then) {
        StringBuilder data = new StringBuilder();
        String line = EVIL + "\u001b[31m\u00ff\n";
        for (byte octet : (output + line).getBytes(StandardCharsets.ISO_8859_1)) {
            data.append(String.format("\\%02x", octet));
        }
        String text = """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 1024) "%s")
                  (func $write (param $fd i32) (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func (export "_start")
                    (call $write (i32.const 2) (i32.const %d) (i32.const %d))
                    (call $write (i32.const 1) (i32.const 1024) (i32.const %d))
                    %s))
                """.formatted(data, 1024 + output.length(), line.length(), output.length(), then);
        try {
            return Files.writeString(Files.createTempFile(directory, "guest", ".wat"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String exchange(String head, String body) throws IOException {
        URI uri = URI.create(server.uri());
        try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream()
                    .write((head.replace("\n", "\r\n") + "Connection: close\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String get(String path) throws IOException {
        return exchange("GET " + path + " HTTP/1.1\nHost: localhost\n", "");
    }

    private JsonNode json() throws IOException {
        String answer = get("/console.json");
        return new ObjectMapper().readTree(answer.substring(answer.indexOf("\r\n\r\n")));
    }

    private String token() throws IOException {
        Matcher token = Pattern.compile("name=\"token\" id=\"token\" value=\"([0-9a-f]{64})\"")
                .matcher(get("/"));
        assertThat(token.find()).isTrue();
        return token.group(1);
    }

    private static String fields(String... namesAndValues) {
        StringBuilder form = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            form.append(i == 0 ? "" : "&")
                    .append(namesAndValues[i])
                    .append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return form.toString();
    }

    private String post(String body) throws IOException {
        return post("Host: localhost\nContent-Type: application/x-www-form-urlencoded\n", body);
    }

    private String post(String fields, String body) throws IOException {
        return exchange("POST /test HTTP/1.1\n" + fields + "Content-Length: " + body.length() + "\n", body);
    }

    private String send(String method, String path, String headers, String body) throws IOException {
        return post(fields("token", token(), "method", method, "path", path, "headers", headers, "body", body));
    }

    private void request(String target) {
        wagi.handle(WagiRequest.builder("GET", target).build());
    }

    @Test
    void page_isWholeWithoutAScript() throws IOException {
        console.ready(wagi);
        request("/hello/you?password=secret-query");
        request("/trap?password=secret-query");
        request("/gone");
        request("/nowhere");

        String page = get("/");

        assertThat(page)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("Content-Type: text/html; charset=utf-8\r\n", "Cache-Control: no-store\r\n")
                .contains("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'")
                .contains("<code>/hello/...</code>", ">ready</p>", "SHA-256 <code>", "&lt;i&gt;gone.wasm")
                .contains("<dd><code>https://api.example.org</code></dd>")
                .contains("<dd><code>http://10.0.0.7:8080 (private addresses too)</code></dd>")
                .contains("<dt>Use volumes</dt><dd><code>/data (read)</code></dd>", "<code>API_TOKEN</code>")
                .contains(">trap</th><td>trap</td>", ">not found</th><td>–</td>", ">out of service</th><td>gone</td>")
                .contains("<code>GET /trap</code>", "trapped: ")
                .contains("<form method=\"post\" action=\"/test\"")
                .doesNotContain("secret-value", "secret-query", "<script>", "style=", "onclick", ">" + directory + "<");
    }

    @Test
    void json_hasTheSame() throws IOException {
        console.ready(wagi);
        request("/hello/you?password=secret-query");
        request("/trap?password=secret-query");

        JsonNode json = json();

        assertThat(json.path("state").asText()).isEqualTo("ready");
        assertThat(json.path("requests").path("count").asInt()).isEqualTo(2);
        assertThat(json.path("requests").path("failures").asInt()).isEqualTo(1);
        JsonNode hello = json.path("modules").get(0);
        assertThat(hello.path("state").asText()).isEqualTo("loaded");
        assertThat(hello.path("sha256").asText()).matches("[0-9a-f]{64}");
        assertThat(hello.path("limits").path("timeout").asLong()).isEqualTo(30_000);
        assertThat(json.path("modules").get(1).path("allowedHosts"))
                .hasToString("[{\"host\":\"https://api.example.org\",\"allowPrivate\":false},"
                        + "{\"host\":\"http://10.0.0.7:8080\",\"allowPrivate\":true}]");
        assertThat(json.path("modules").get(1).path("environmentNames").get(0).asText())
                .isEqualTo("API_TOKEN");
        assertThat(json.path("modules").get(5).path("state").asText()).isEqualTo("failed");
        JsonNode trap = json.path("modules").get(4);
        assertThat(trap.path("errors").get(0).path("request").asText()).isEqualTo("GET /trap");
        assertThat(trap.path("errors").get(0).path("requestId").asText())
                .isEqualTo(trap.path("stderr").get(0).path("requestId").asText());
        assertThat(json.path("routes").get(0).path("requests").path("p50").asDouble())
                .isPositive();
        assertThat(json.toString()).doesNotContain("secret-value", "secret-query", "\"" + directory + "\"");
    }

    /** A node has a host for each address; no form can know which is meant. */
    @Test
    void severalHosts_areShownTogether_withTheirAddresses() throws IOException {
        stop();
        start(Console.ofSeveral(() -> "ready", "127.0.0.1"));
        try (Wagi other = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addListener(console.listener())
                .addModule(m -> m.route("/other")
                        .name("tenant-a_pod_container")
                        .source(Cli.ROOT.resolve("samples/modules/hello/hello.wasm")))
                .build()) {
            // The script takes over what is in the table, not its head.
            assertThat(get("/")).contains(">Address</th>").doesNotContain("<form");
            console.ready(() -> new TreeMap<>(Map.of("0.0.0.0:3001", wagi, "0.0.0.0:3002", other)));
            other.handle(WagiRequest.get("/other"));
            request("/trap");

            JsonNode json = json();

            assertThat(json.path("requests").path("count").asInt()).isEqualTo(2);
            assertThat(json.path("usage").path("maxRunning").asInt())
                    .isEqualTo(wagi.maxTotalConcurrency() + other.maxTotalConcurrency());
            assertThat(json.path("routes").findValuesAsText("address"))
                    .containsOnly("0.0.0.0:3001", "0.0.0.0:3002")
                    .endsWith("0.0.0.0:3002");
            assertThat(json.path("modules").findValuesAsText("module")).contains("hello", "tenant-a_pod_container");
            assertThat(json.path("reasons").findValuesAsText("module")).containsExactly("trap");
            assertThat(get("/")).contains(">0.0.0.0:3001</td>", "<td>0.0.0.0:3002</td><td>tenant-a_pod_container</td>");

            console.ready(() -> Map.of("0.0.0.0:3002", other));

            assertThat(json().path("reasons")).as("of a pod that has gone").isEmpty();
            console.ready(() -> new TreeMap<>(Map.of("0.0.0.0:3001", wagi, "0.0.0.0:3002", other)));
            assertThat(json().findValuesAsText("request")).isEmpty();
        }
    }

    @Test
    void limits_haveTheNamesOfTheConfiguration() throws IOException {
        console.ready(wagi);
        String documented = Files.readString(Cli.ROOT.resolve("docs/configuration.md"));

        json().path("modules")
                .get(0)
                .path("limits")
                .fieldNames()
                .forEachRemaining(name -> assertThat(documented).contains("| `" + name + "` |"));
    }

    @Test
    void whatGuestsAndClientsSay_isText() throws IOException {
        console.ready(wagi);
        request("/evil/%3Cb%3E/");
        wagi.handle(WagiRequest.builder("<script>", "/").build());
        request("/gone/" + "x".repeat(5000));

        String page = get("/");
        String result = send("GET", "/evil/<b>/\"", "X-Any: " + EVIL, EVIL);

        assertThat(page)
                .contains("<code>/evil/&lt;b&gt;/...</code>", EVIL_SHOWN)
                .doesNotContain("xxxxx", "<script>", "\u001b");
        assertThat(page).contains("<pre>" + EVIL_SHOWN + "\\x1b[31m\ufffd</pre>");
        assertThat(result)
                .contains(
                        "<th scope=\"row\">X-Evil</th><td><code>" + EVIL_SHOWN + "</code>",
                        "aria-label=\"Body of the response\">\n" + EVIL_SHOWN + "</pre>",
                        "value=\"/evil/&lt;b&gt;/&quot;\"",
                        "X-Any: " + EVIL_SHOWN + "</textarea>")
                .doesNotContain("<script>", "\u001b");
    }

    @Test
    void loading_isAnEmptyPage() throws IOException {
        assertThat(get("/")).contains("None yet.", "</html>");
        assertThat(json().path("modules")).isEmpty();
        assertThat(send("GET", "/hello", "", ""))
                .startsWith("HTTP/1.1 503 ")
                .contains("Modules are being loaded; wait until the state is ready.");
    }

    /** A name that leads to this machine because somebody's DNS says so is another origin's. */
    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST:9090, 200",
        "127.0.0.1, 200",
        "127.9.9.9:80, 200",
        "[::1]:9090, 200",
        "[0:0:0:0:0:0:0:1], 200",
        "evil.example, 421",
        "localhost.evil.example, 421",
        "127.0.0.1.evil.example, 421",
        "192.0.2.1, 421",
        "0.0.0.0, 421",
        "[::ffff:7f00:1], 421",
        "'', 421",
    })
    void host_mustBeThisMachine(String host, int status) throws IOException {
        console.ready(wagi);
        for (String path : List.of("/", "/console.json", "/console.js", "/console.css")) {
            String answer = exchange("GET " + path + " HTTP/1.1\nHost: " + host + "\n", "");

            assertThat(answer.startsWith("HTTP/1.1 " + status + " ")
                            || status == 421 && answer.startsWith("HTTP/1.1 400 "))
                    .as(answer)
                    .isTrue();
            assertThat(answer.contains("hello")).isEqualTo(status == 200 && !path.matches(".*(js|css)"));
        }
        assertThat(exchange("GET /healthz HTTP/1.1\nHost: " + (host.isEmpty() ? "a" : host) + "\n", ""))
                .startsWith("HTTP/1.1 200 ");
    }

    @Test
    void hostOfTheTarget_counts() throws IOException {
        assertThat(exchange("GET http://evil.example/ HTTP/1.1\nHost: evil.example\n", ""))
                .startsWith("HTTP/1.1 421 ");
    }

    /** Another page cannot make a browser send what the form sends. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            own   | localhost    |                          |             | 200
            own   | localhost    | http://localhost         | same-origin | 200
            own   | localhost:99 | http://localhost:99      |             | 200
            none  | localhost    | http://localhost         | same-origin | 403
            wrong | localhost    | http://localhost         | same-origin | 403
            own   | localhost    | http://evil.example      |             | 403
            own   | localhost    | http://localhost:99      |             | 403
            own   | localhost    | https://localhost        |             | 403
            own   | localhost    | null                     |             | 403
            own   | localhost    |                          | cross-site  | 403
            own   | localhost    | http://localhost         | same-site   | 403
            own   | localhost    |                          | same-origin | 403
            own   | evil.example | http://evil.example      | same-origin | 421
            """)
    void form_mustBeOurs(String token, String host, String origin, String site, int status) throws IOException {
        console.ready(wagi);
        String own = token();
        String given = token.equals("own") ? own : token.equals("none") ? "" : "0".repeat(64);

        String answer = post(
                "Host: " + host + "\nContent-Type: application/x-www-form-urlencoded\n"
                        + (origin == null ? "" : "Origin: " + origin + "\n")
                        + (site == null ? "" : "Sec-Fetch-Site: " + site + "\n"),
                fields("token", given, "method", "GET", "path", "/hello"));

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(json().path("requests").path("count").asInt()).isEqualTo(status == 200 ? 1 : 0);
        assertThat(answer.contains(own)).isEqualTo(status == 200);
    }

    @Test
    void form_sendsARequest_andShowsItsResponse() throws IOException {
        console.ready(wagi);

        String hello = send("GET", "/hello/you", "", "");
        String env = send("POST", "http://shop.example/env?a=b", "X-Color: grün\r\n\r\nAccept: text/plain\r\n", "a=1");
        String trap = send("GET", "/trap", "", "");

        assertThat(hello)
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("<span id=\"status\" class=\"badge ready\">200</span>", "hello world\n</pre>", "Nothing.");
        assertThat(env)
                .contains("HTTP_X_COLOR=grün", "HTTP_HOST=shop.example", "REQUEST_METHOD=POST", "CONTENT_LENGTH=3")
                .contains("<textarea id=\"body\"", "a=1</textarea>");
        assertThat(trap)
                .contains(">502</span>", "trapped: ", "aria-label=\"Standard error of the test request\"")
                .contains("<pre>" + EVIL_SHOWN);
    }

    @Test
    void form_showsTheExitCode() throws IOException {
        console.ready(wagi);

        assertThat(send("GET", "/hello", "", "")).contains(", exit code 0</small></h3>");
        assertThat(send("GET", "/exit", "", ""))
                .contains(">200</span>", ", 3 B, exit code 3</small></h3>", "exited with code 3");
        assertThat(send("GET", "/trap", "", "")).doesNotContain("exit code");
        assertThat(json().path("modules").get(6).path("errors").get(0).path("text"))
                .hasToString("\"exited with code 3\"");
    }

    /** Without a script the response has the form again, whose fields a browser sends as it reads them. */
    @Test
    void form_isSentAgain_withTheSame() throws IOException {
        stop();
        List<String> sent = new ArrayList<>();
        start((method, url, fields, body) -> {
            sent.add(String.join("|", method, url, fields.toString(), new String(body, StandardCharsets.UTF_8)));
            return Administration.request(method, url, fields, body);
        });
        console.ready(wagi);
        String hidden = "so\u00adft \u200d\u202e\t";

        String page = send(
                "GET", "/hello/" + hidden, "X-A: 1\r\nX-B: <" + hidden + "\"&amp;>", "\r\n'" + hidden + "\r\n\r\n");
        String again = send(
                echoed(page, "<input id=\"method\"[^>]* value=\"([^\"]*)\">"),
                echoed(page, "<input id=\"path\"[^>]* value=\"([^\"]*)\">"),
                echoed(page, "<textarea id=\"headers\"[^>]*>\n?([^<]*)</textarea>")
                        .replace("\n", "\r\n"),
                echoed(page, "<textarea id=\"body\"[^>]*>\n?([^<]*)</textarea>").replace("\n", "\r\n"));

        assertThat(again).startsWith("HTTP/1.1 200 ");
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0)).endsWith("|\n'" + hidden + "\n\n").contains("X-A: 1, X-B: <");
        assertThat(sent.get(1)).isEqualTo(sent.get(0));
    }

    /** What a browser reads in a page. */
    private static String echoed(String page, String pattern) {
        Matcher value = Pattern.compile(pattern).matcher(page);
        assertThat(value.find()).as(pattern).isTrue();
        return value.group(1)
                .replace("\r\n", "\n")
                .replace('\r', '\n')
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            G T | /      |          | &quot;G T&quot; is not a method; write for instance GET.
            GET | hello  |          | &quot;hello&quot; is neither a path nor a URL; write for instance
            GET | /      | nonsense | &quot;nonsense&quot; is not a header field; write for instance
            """)
    void wrongInput_isExplained_andKept(String method, String path, String headers, String problem) throws IOException {
        console.ready(wagi);

        String answer = send(method, path, Objects.requireNonNullElse(headers, ""), "my body");

        assertThat(answer)
                .startsWith("HTTP/1.1 400 ")
                .contains("role=\"alert\">" + problem, "value=\"" + path + "\"", "my body</textarea>");
    }

    @Test
    void tooMuch_isRefused() throws IOException {
        console.ready(wagi);
        String token = token();

        assertThat(send("GET", "/hello", "", "x".repeat(40_000)))
                .startsWith("HTTP/1.1 400 ")
                .contains("The body is longer than 32768 characters");
        String tooLong = fields("token", token, "body", "x".repeat(600_000));
        assertThat(post(tooLong))
                .startsWith("HTTP/1.1 413 ")
                .contains("<div id=\"result\"><p class=\"problem\" role=\"alert\">The form has " + tooLong.length()
                        + " bytes")
                .contains("The path may have 4096 characters, the header 16384 and the body 32768; shorten them");
        assertThat(exchange(
                        "POST /test HTTP/1.1\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n"
                                + "Content-Length: 99999999999\n",
                        ""))
                .startsWith("HTTP/1.1 413 ");
        assertThat(post("Host: localhost\nContent-Type: text/plain\n", "token=" + token))
                .startsWith("HTTP/1.1 415 ");
        assertThat(exchange(
                        "POST /test HTTP/1.1\nHost: localhost\nContent-Type: application/x-www-form-urlencoded\n"
                                + "Transfer-Encoding: chunked\n",
                        "0\r\n\r\n"))
                .startsWith("HTTP/1.1 411 ");
        assertThat(post("token=" + token + "&a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9"))
                .startsWith("HTTP/1.1 400 ");
        assertThat(post("token=" + token + "&path=%zz")).startsWith("HTTP/1.1 400 ");
        assertThat(json().path("requests").path("count").asInt()).isZero();
    }

    /** Whatever they are: an encoded character has up to nine bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "あ", "😀", "\r\n"})
    void asManyCharactersAsAFieldMayHave_areSent(String character) throws IOException {
        console.ready(wagi);
        int length = character.equals("😀") ? 2 : 1;

        assertThat(send("POST", "/env", "X-A: " + "x".repeat(100), character.repeat(32_768 / length)))
                .startsWith("HTTP/1.1 200 ")
                .contains("CONTENT_LENGTH="
                        + 32_768 / length * character.replace("\r", "").getBytes(StandardCharsets.UTF_8).length);
        assertThat(send("POST", "/env", "", character.repeat(32_768 / length + 1)))
                .startsWith("HTTP/1.1 400 ")
                .contains("The body is longer than 32768 characters");
    }

    /** More than two would take threads and memory from those who read. */
    @Test
    void testsThatRun_areBounded() throws Exception {
        stop();
        patient = true;
        CountDownLatch running = new CountDownLatch(2);
        CountDownLatch go = new CountDownLatch(1);
        start((method, url, fields, body) -> WagiRequest.builder("POST", url)
                .body(
                        new InputStream() {
                            @Override
                            public int read() throws IOException {
                                running.countDown();
                                try {
                                    go.await();
                                } catch (InterruptedException e) {
                                    throw new IOException(e);
                                }
                                return -1;
                            }
                        },
                        -1)
                .build());
        console.ready(wagi);
        String token = token();
        form = fields("token", token, "method", "POST", "path", "/hello");
        List<CompletableFuture<String>> answers = List.of(later(), later());
        running.await();

        assertThat(post(form))
                .startsWith("HTTP/1.1 503 ")
                .contains("2 test requests are running; wait for one of them.");
        assertThat(get("/")).startsWith("HTTP/1.1 200 ");

        go.countDown();
        assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).contains("hello world"));
    }

    private CompletableFuture<String> later() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return post(form);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> new Thread(task).start());
    }

    @Test
    void longBody_isShownUpToABound() throws IOException {
        console.ready(wagi);

        String page = send("GET", "/long", "", "");

        assertThat(page).contains("117 KiB, exit code 0</small>", "The first 64 KiB are shown.");
        assertThat(page.split("x00", -1).length).isBetween(65_000, 65_537);
    }

    @Test
    void otherMethods_areRefused() throws IOException {
        for (String path : List.of("/", "/console.json", "/console.css")) {
            assertThat(exchange("POST " + path + " HTTP/1.1\nHost: localhost\nContent-Length: 0\n", ""))
                    .startsWith("HTTP/1.1 405 ")
                    .contains("Allow: GET, HEAD\r\n");
        }
        assertThat(exchange("DELETE /test HTTP/1.1\nHost: localhost\n", ""))
                .startsWith("HTTP/1.1 405 ")
                .contains("Allow: GET, HEAD, POST\r\n");
        assertThat(exchange("HEAD / HTTP/1.1\nHost: localhost\n", ""))
                .startsWith("HTTP/1.1 200 ")
                .endsWith("\r\n\r\n");
        assertThat(get("/test")).startsWith("HTTP/1.1 200 ");
        assertThat(get("/console")).startsWith("HTTP/1.1 404 ");
        assertThat(get("/?path=%zz&path=%00")).startsWith("HTTP/1.1 ").doesNotContain("Exception");
    }

    @Test
    void link_fillsTheForm() throws IOException {
        console.ready(wagi);

        assertThat(get("/?path=/hello%22%3E")).contains("value=\"/hello&quot;&gt;\"");
        assertThat(get("/?path=/hello%E2%80%AE")).contains("value=\"/\"");
        assertThat(get("/")).contains("href=\"/?path=%2Fhello#test\" data-path=\"/hello\"");
    }

    @Test
    void readOnly_hasNoForm() throws IOException {
        stop();
        start((RequestFactory) null);
        console.ready(wagi);

        assertThat(get("/")).contains("/hello/...").doesNotContain("<form", "token", "Try<");
        assertThat(post(fields("token", "x", "path", "/hello"))).startsWith("HTTP/1.1 405 ");
        assertThat(json().path("requests").path("count").asInt()).isZero();
    }
}
