// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The functions of {@code wasi_experimental_http} with this client, with real guests and servers. */
class OutboundHttpTest {

    private static final String OPEN = "(drop (call $get))";
    private static final String GET = "(call $say (call $get))";
    private static final String NEXT = "(drop (call $next))";

    private static TestServer server;

    @TempDir
    Path directory;

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /**
     * A guest. {@code $get} asks for the URL and leaves status, handle and written at 16, 20 and 24; {@code $next}
     * reads into the buffer at 65536, {@code $show} prints what was read, {@code $say} a number below 100 and a space.
     */
    private static String guest(String url, String then) {
        return """
                (module
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "req"
                    (func $req (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "body_read"
                    (func $read (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 4)
                  (data (i32.const 1024) "%s")
                  (data (i32.const 12288) "GET")
                  (data (i32.const 100) "Content-Type: text/plain\\n\\n")
                  (func $write (param $at i32) (param $length i32)
                    (i32.store (i32.const 0) (local.get $at))
                    (i32.store (i32.const 4) (local.get $length))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
                  (func $say (param $n i32)
                    (if (i32.ge_u (local.get $n) (i32.const 10))
                      (then
                        (i32.store8 (i32.const 32)
                          (i32.add (i32.const 48) (i32.div_u (local.get $n) (i32.const 10))))
                        (call $write (i32.const 32) (i32.const 1))))
                    (i32.store16 (i32.const 32)
                      (i32.add (i32.const 0x2030) (i32.rem_u (local.get $n) (i32.const 10))))
                    (call $write (i32.const 32) (i32.const 2)))
                  (func $get (result i32)
                    (call $req (i32.const 1024) (i32.const %d) (i32.const 12288) (i32.const 3)
                      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 16) (i32.const 20)))
                  (func $next (result i32)
                    (call $read (i32.load (i32.const 20)) (i32.const 65536) (i32.const 65536) (i32.const 24)))
                  (func $show (call $write (i32.const 65536) (i32.load (i32.const 24))))
                  (func (export "_start")
                    (call $write (i32.const 100) (i32.const 26))
                    %s))
                """.formatted(url, url.length(), then);
    }

    private Path wat(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name + ".wat"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path sample(String name) {
        return Path.of(System.getProperty("wagi.root", "../.."), "samples", "modules", name, name + ".wasm");
    }

    /** Jetty's client with a resolver that resolves every name to this machine. */
    private static OutboundHttpClient everythingIsHere() {
        JettyHttpClient jetty = new JettyHttpClient(TestServer.trust());
        return new OutboundHttpClient() {
            @Override
            public List<InetAddress> resolve(String host) {
                return List.of(InetAddress.getLoopbackAddress());
            }

            @Override
            public Response send(Request request) throws IOException, InterruptedException {
                return jetty.send(Request.builder(request.module(), request.method(), request.uri())
                        .host(request.host())
                        .port(request.port() == 443 ? server.tlsPort() : request.port())
                        .addresses(request.addresses())
                        .headers(request.headers())
                        .body(request.body())
                        .timeout(request.timeout())
                        .build());
            }

            @Override
            public void close() {
                jetty.close();
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void httpExample_realServer_isAnswered(Wagi.Engine engine) {
        Wagi.Builder builder = Wagi.builder().engine(engine);
        for (boolean allowPrivate : List.of(true, false)) {
            builder.addModule(m -> {
                m.route("/" + allowPrivate).source(sample("http-example"));
                if (allowPrivate) {
                    m.allowedPrivateHosts("https://api.brigade.sh");
                } else {
                    m.allowedHosts("https://api.brigade.sh");
                }
            });
        }
        try (OutboundHttpClient client = everythingIsHere();
                Wagi wagi = builder.outboundHttpClient(client).build()) {
            assertThat(wagi.handle(WagiRequest.get("/true")).text()).isEqualTo("""
                            GET https://api.brigade.sh/healthz -> status 200
                            content-type: text/plain; charset=utf-8
                            header lines: 3

                            OK
                            """);
            assertThat(wagi.handle(WagiRequest.get("/false")).text())
                    .isEqualTo("GET https://api.brigade.sh/healthz failed: error 7 (destination not allowed)\n");
        }
        assertThat(server.requests).contains("HTTP/2.0 GET /healthz");
    }

    @ParameterizedTest
    @EnumSource
    void httpRust_clientLibrary_callsAndIsRefused(Wagi.Engine engine) {
        Wagi.Builder builder = Wagi.builder().engine(engine);
        for (String target : List.of("/echo?x=1", "/status?code=404", "/redirect?code=302&to=http://b.test/")) {
            builder.addModule(m -> m.route(target.substring(0, target.indexOf('?')))
                    .source(sample("http-rust"))
                    .addEnvironment("TARGET", "https://a.test" + target)
                    .allowedPrivateHosts("https://a.test"));
        }
        try (OutboundHttpClient client = everythingIsHere();
                Wagi wagi = builder.outboundHttpClient(client).build()) {
            assertThat(wagi.handle(WagiRequest.builder("POST", "/echo")
                                    .body("the body".getBytes(StandardCharsets.US_ASCII))
                                    .build())
                            .text())
                    .startsWith("POST https://a.test/echo?x=1 -> status 200\ncontent-type: text/plain\n")
                    .contains("POST /echo?x=1\n", "x-guest: http-rust\n", "content-length: 8\n")
                    .endsWith("\n\nthe body");
            assertThat(wagi.handle(WagiRequest.get("/status")).text())
                    .isEqualTo("GET https://a.test/status?code=404 -> status 404\nfailed: Wasi error 5\n");
            assertThat(wagi.handle(WagiRequest.get("/redirect")).text()).isEqualTo("failed: Wasi error 7\n");
        }
    }

    /** No part is a test double: this client, the JVM's resolver, and a private certificate authority. */
    @Test
    void builtInClient_ownAuthority_isTrustedAndEndsWithTheHost() {
        String url = "https://localhost:" + server.tlsPort() + "/healthz";
        String guest = guest(url, GET + NEXT + "(call $show)");
        Wagi.Builder trusting = Wagi.builder()
                .addModule(
                        m -> m.route("/").source(wat("guest", guest)).allowedPrivateHosts(url.replace("/healthz", "")))
                .addModule(
                        m -> m.route("/public").source(wat("guest", guest)).allowedHosts(url.replace("/healthz", "")))
                .outboundSslContext(TestServer.trust());
        Wagi.Builder strict = Wagi.builder()
                .addModule(
                        m -> m.route("/").source(wat("guest", guest)).allowedPrivateHosts(url.replace("/healthz", "")));
        try (Wagi wagi = trusting.build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("0 OK\n");
            assertThat(wagi.handle(WagiRequest.get("/public")).text()).isEqualTo("7 ");
            wagi.reload(strict);
            assertThat(wagi.handle(WagiRequest.get("/")).text())
                    .as("of another authority")
                    .isEqualTo("11 ");
            wagi.reload(trusting);
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("0 OK\n");
        }
    }

    /** The places where a guest waits when its time limit expires. */
    @ParameterizedTest
    @ValueSource(strings = {"/hang", "/drip"})
    void run_timeIsOverInACall_isStoppedAndOthersGoOn(String path) {
        String url = "http://localhost:" + server.port();
        String guest = guest(url + path, OPEN + NEXT.repeat(1000) + OPEN);
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/slow")
                        .source(wat("slow", guest))
                        .allowedPrivateHosts(url)
                        .limits(l -> l.withTimeout(Duration.ofSeconds(1))))
                .addModule(m -> m.route("/good")
                        .source(wat("good", guest(url + "/healthz", GET)))
                        .allowedPrivateHosts(url))
                .build()) {
            int before = server.requests.size();
            int runs = 0;
            do {
                assertThat(wagi.handle(WagiRequest.get("/slow")).status()).isEqualTo(504);
                runs++;
                // On a busy machine the time may be over before the server gets the request.
            } while (server.requests.size() == before && runs < 1000);

            assertThat(server.requests).as("it did not go on").hasSizeBetween(before + 1, before + runs);
            assertThat(Thread.interrupted()).isFalse();
            for (int i = 0; i < 100; i++) {
                assertThat(wagi.handle(WagiRequest.get("/good")).text()).isEqualTo("0 ");
            }
        }
    }
}
