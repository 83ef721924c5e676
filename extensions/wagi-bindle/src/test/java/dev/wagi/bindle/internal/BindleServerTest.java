// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import static dev.wagi.bindle.internal.Exported.HEAD;
import static dev.wagi.bindle.internal.Exported.ID;
import static dev.wagi.bindle.internal.Exported.route;
import static dev.wagi.bindle.internal.Exported.sha256;
import static dev.wagi.bindle.internal.Exported.texts;
import static dev.wagi.bindle.internal.Exported.wasm;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.wagi.bindle.BindleSource;
import dev.wagi.config.internal.ModuleSettings;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.Problems;
import dev.wagi.core.module.ModuleReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A bindle server, well-behaved or not. */
class BindleServerTest {

    private static final String INVOICE = "/v1/_i/" + ID;
    private static final String PARCEL = INVOICE + "@" + sha256("code");
    private static final String TOML = HEAD + wasm("hello.wasm", "code") + route("/hello/...");
    private static final String PASSWORD = "h\u00fcsh:1";

    private final Map<String, HttpHandler> paths = new ConcurrentHashMap<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> authorizations = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch end = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Problems problems = Problems.none();
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = start(HttpServer.create(loopback(), 0));
        paths.put(INVOICE, answer(200, TOML));
        paths.put(PARCEL, answer(200, "code"));
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void read_thenResolve_fetchesInvoiceOnceAndParcel() {
        BindleReader reader = new BindleReader(BindleSource.server(url("http")));

        ModuleSettings draft = reader.read(ID, problems).get(0);
        byte[] bytes = reader.resolve(ModuleReference.parse(String.valueOf(draft.module)))
                .bytes();

        assertThat(bytes).asString(UTF_8).isEqualTo("code");
        assertThat(requests).containsExactly("GET " + INVOICE, "GET " + PARCEL);
        assertThat(authorizations).containsOnly("null");
        assertThat(texts(problems)).isEmpty();
    }

    @Test
    void withBasicAuth_toLoopback_isSentWithEveryRequest() {
        resolve(BindleSource.server(url("http")).withBasicAuth("ann", PASSWORD));

        assertThat(authorizations)
                .hasSize(2)
                .containsOnly("Basic " + Base64.getEncoder().encodeToString(("ann:" + PASSWORD).getBytes(UTF_8)));
    }

    @ParameterizedTest
    @CsvSource({"http://bindle.invalid/v1", "http://localhost.bindle.invalid/v1", "http://127.0.0.1.bindle.invalid/v1"})
    void withBasicAuth_overPlainHttp_isRefusedUnlessInsecure(URI url) {
        BindleSource source = BindleSource.server(url).withBasicAuth("ann", PASSWORD);

        read(source);
        read(source.withInsecureTls());

        assertThat(texts(problems)).hasSize(2).noneMatch(text -> text.contains(PASSWORD));
        assertThat(texts(problems).get(0))
                .isEqualTo("bindle " + ID + " (" + url + "/_i/" + ID
                        + "): the password would be sent over plain http, where"
                        + " anyone can read it; use https, or allow insecure connections");
        assertThat(texts(problems).get(1)).contains("the server cannot be reached; check its URL");
    }

    @Test
    void withBasicAuth_redirectElsewhere_isNotFollowed() throws IOException {
        HttpServer other = start(HttpServer.create(loopback(), 0));
        try {
            paths.put(INVOICE, exchange -> {
                exchange.getResponseHeaders()
                        .set(
                                "Location",
                                "http://127.0.0.1:" + other.getAddress().getPort() + INVOICE);
                answer(307, "").handle(exchange);
            });

            read(BindleSource.server(url("http")).withBasicAuth("ann", PASSWORD));

            assertThat(requests).hasSize(1);
            assertThat(texts(problems))
                    .containsExactly(at(INVOICE)
                            + "the server answered 307; redirects are not followed, so use the URL that it"
                            + " redirects to");
        } finally {
            other.stop(0);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    204 | check that the URL is a bindle server's
                    302 | redirects are not followed, so use the URL that it redirects to
                    400 | check that the URL is a bindle server's
                    401 | it requires a user and a password
                    403 | this user does not have permission to read the bindle
                    404 | check the bindle's name and version, or push it to the server
                    500 | try again later, or see the server's log
                    503 | try again later, or see the server's log
                    """)
    void read_otherStatus_isAProblem(int status, String text) {
        paths.put(INVOICE, status == 204 ? exchange -> exchange.sendResponseHeaders(204, -1) : answer(status, TOML));

        read(BindleSource.server(url("http")));

        assertThat(texts(problems)).containsExactly(at(INVOICE) + "the server answered " + status + "; " + text);
    }

    @Test
    void read_wrongPassword_isAProblemWithoutIt() {
        paths.put(INVOICE, answer(401, PASSWORD));

        read(BindleSource.server(url("http")).withBasicAuth("ann", PASSWORD));

        assertThat(texts(problems))
                .containsExactly(at(INVOICE) + "the server answered 401; it does not accept this user and password");
    }

    /**
     * An invalid response for a parcel.
     *
     * @param text the problem after the URL
     */
    record Case(String name, String toml, HttpHandler handler, String text) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> wrongParcels() {
        String unsized = TOML.replace("size = 4\n", "");
        return Stream.of(
                new Case("404", TOML, answer(404, ""), "the server answered 404; check"),
                new Case("changed", TOML, answer(200, "c0de"), "has the SHA-256 " + sha256("c0de") + ", not that of"),
                new Case("shorter", TOML, answer(200, "cod"), "has 3 bytes, fewer than the 4 bytes of its label;"),
                new Case("longer", TOML, answer(200, "code!"), "has more than the 4 bytes of its label;"),
                new Case("endless", TOML, BindleServerTest::endless, "has more than the 4 bytes of its label;"),
                new Case(
                        "endless, no size",
                        unsized,
                        BindleServerTest::endless,
                        "is larger than the 100000 bytes a parcel"),
                new Case(
                        "claims to be large",
                        unsized,
                        exchange -> {
                            exchange.sendResponseHeaders(200, 1L << 40);
                            exchange.getResponseBody().flush();
                        },
                        "is larger than the 100000 bytes a parcel may have; is it a module?"),
                new Case(
                        "cut off",
                        TOML,
                        exchange -> {
                            exchange.sendResponseHeaders(200, 4);
                            exchange.getResponseBody().write('c');
                            exchange.getResponseBody().flush();
                            throw new IOException("cut off");
                        },
                        "the connection failed ("));
    }

    @ParameterizedTest
    @MethodSource("wrongParcels")
    void resolve_wrongParcel_isAProblem(Case wrong) {
        paths.put(INVOICE, answer(200, wrong.toml()));
        paths.put(PARCEL, wrong.handler());

        assertThatThrownBy(() -> resolve(BindleSource.server(url("http"))))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageStartingWith("bindle " + ID + ", parcel \"hello.wasm\" ("
                        + url("http").resolve(PARCEL) + "): " + wrong.text());
    }

    @Test
    void read_endlessInvoice_isAProblem() {
        paths.put(INVOICE, BindleServerTest::endless);

        read(BindleSource.server(url("http")));

        assertThat(texts(problems))
                .containsExactly(at(INVOICE) + "is larger than the 50000 bytes an invoice may have; is it one?");
    }

    @Test
    void read_serverThatDoesNotAnswer_isAProblemOnce() {
        paths.put(INVOICE, exchange -> await());
        BindleReader reader = reader(BindleSource.server(url("http")), limits(100, 60_000));

        reader.read(ID, problems);
        reader.read(ID, problems);

        // On a busy machine it may not even have been connected by then; the second reading repeats the first one's
        // problem.
        assertThat(texts(problems))
                .hasSize(2)
                .containsOnly(texts(problems).get(0))
                .first()
                .asString()
                .isIn(
                        at(INVOICE) + "the server did not answer within 0.1 s; try again later",
                        at(INVOICE) + "the server was not reached within 0.1 s; check its URL");
        assertThat(requests).hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void read_responseThatDoesNotEnd_isAProblem() {
        paths.put(INVOICE, exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write('#');
            exchange.getResponseBody().flush();
            await();
        });

        reader(BindleSource.server(url("http")), limits(60_000, 300)).read(ID, problems);

        assertThat(texts(problems)).containsExactly(at(INVOICE) + "did not arrive within 0.3 s; try again later");
    }

    @Test
    void read_serverThatIsNotThere_isAProblem() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        read(BindleSource.server(URI.create("http://127.0.0.1:" + port + "/v1")));

        assertThat(texts(problems))
                .singleElement()
                .asString()
                .endsWith("): the server cannot be reached; check its URL and whether it runs");
    }

    @Test
    void read_whileInterrupted_isAProblemAndStaysInterrupted() {
        Thread.currentThread().interrupt();

        read(BindleSource.server(url("http")));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(texts(problems)).singleElement().asString().contains("loading was interrupted");
    }

    @Test
    void read_certificateOfNobody_isRefusedUnlessInsecure(@TempDir Path directory) throws Exception {
        server.stop(0);
        HttpsServer https = HttpsServer.create(loopback(), 0);
        https.setHttpsConfigurator(new HttpsConfigurator(selfSigned(directory.resolve("key.p12"))));
        server = start(https);
        BindleSource source = BindleSource.server(url("https"));

        assertThat(read(source)).isEmpty();
        assertThat(read(source.withInsecureTls().withBasicAuth("ann", PASSWORD)))
                .hasSize(1);

        assertThat(texts(problems))
                .singleElement()
                .asString()
                .contains("no secure connection to the server (")
                .endsWith("; let the JVM trust its certificate, or allow insecure connections");
        assertThat(authorizations).hasSize(1);
    }

    private List<ModuleSettings> read(BindleSource source) {
        return reader(source, limits(60_000, 60_000)).read(ID, problems);
    }

    private void resolve(BindleSource source) {
        reader(source, limits(60_000, 60_000)).resolve(ModuleReference.parse("bindle:" + ID));
    }

    private static BindleReader reader(BindleSource source, Limits limits) {
        return new BindleReader(source, null, limits);
    }

    private static Limits limits(long responseMillis, long overallMillis) {
        return new Limits(
                Duration.ofSeconds(60),
                Duration.ofMillis(responseMillis),
                Duration.ofMillis(overallMillis),
                50_000,
                100_000);
    }

    private String at(String path) {
        return "bindle " + ID + " (" + url("http").resolve(path) + "): ";
    }

    private URI url(String scheme) {
        return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    private static InetSocketAddress loopback() throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0);
    }

    private <T extends HttpServer> T start(T created) {
        created.setExecutor(threads);
        created.createContext("/", exchange -> {
            try (exchange) {
                requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
                authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
                paths.getOrDefault(exchange.getRequestURI().toString(), answer(404, ""))
                        .handle(exchange);
            }
        });
        created.start();
        return created;
    }

    private static HttpHandler answer(int status, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        };
    }

    /** Continues until the client disconnects. */
    private static void endless(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        while (true) {
            exchange.getResponseBody().write(new byte[8192]);
        }
    }

    private void await() throws IOException {
        try {
            end.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** Returns a context with a key for another host, created with the JDK's keytool. */
    private static SSLContext selfSigned(Path file) throws Exception {
        char[] password = "changeit".toCharArray();
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "key",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=other.example",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(password))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(keytool.waitFor(5, TimeUnit.MINUTES)).isTrue();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, password);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }
}
