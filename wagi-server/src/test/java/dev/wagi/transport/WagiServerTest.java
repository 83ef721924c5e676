// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.WagiServer;
import dev.wagi.server.WagiServerException;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WagiServerTest extends WireContract {

    private WagiServer server;
    private Wagi wagi;

    @Override
    URI start() {
        wagi = host();
        server = builder(wagi).port(0).start();
        return server.uri();
    }

    /** Of a server that this test is about. */
    WagiServer.Builder builder(Wagi host) {
        return WagiServer.builder(host);
    }

    @Override
    void stop() {
        server.close();
    }

    @Test
    void uri_defaultHost_namesAddressAndPort() {
        assertThat(server.port()).isPositive();
        assertThat(server.uri()).hasToString("http://127.0.0.1:" + server.port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"::1", "[::1]"})
    void uri_ipv6_isInBrackets(String host) throws Exception {
        assumeThat(NetworkInterface.getByInetAddress(InetAddress.getByName("::1")))
                .as("this machine has IPv6")
                .isNotNull();
        try (WagiServer other = builder(wagi).host(host).port(0).start();
                RawClient raw = new RawClient(other.uri())) {
            raw.send("GET /env HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");

            assertThat(other.uri()).hasToString("http://[::1]:" + other.port());
            assertThat(raw.read().body()).contains("SERVER_NAME=[::1]\n", "SERVER_PORT=8080\n", "REMOTE_ADDR=::1\n");
        }
    }

    @Test
    void start_portInUse_saysWhatToDo() {
        WagiServer.Builder again = builder(wagi).port(server.port());

        assertThatThrownBy(again::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve on 127.0.0.1:" + server.port()
                        + ": the port is in use. Stop what uses it, or choose another port; 0 takes any free one.");
    }

    @Test
    void socket_wasBoundBefore_earlyClientsWait() throws Exception {
        ServerSocketChannel socket = WagiServer.bind("127.0.0.1", 0);
        URI uri = URI.create("http://127.0.0.1:" + ((InetSocketAddress) socket.getLocalAddress()).getPort());
        try (RawClient early = new RawClient(uri)) {
            early.send("GET /env HTTP/1.1\r\nHost: h\r\n\r\n");
            try (WagiServer late = builder(wagi).socket(socket).start()) {
                assertThat(late.uri()).isEqualTo(uri);
                assertThat(early.read().status()).isEqualTo(200);
            }
            assertThat(socket.isOpen()).isFalse();
        }
    }

    @Test
    void socket_isUnusable_saysWhatToDo() throws Exception {
        ServerSocketChannel unbound = ServerSocketChannel.open();

        assertThatThrownBy(builder(wagi).socket(unbound)::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve on the given socket: it is not bound."
                        + " Bind it to an address and a port, or to a path.");
        assertThat(unbound.isOpen()).isFalse();
        assertThatThrownBy(builder(wagi).socket(unbound)::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve on the given socket: it is closed. Give an open one.");
    }

    @Test
    void start_addressOfAnotherMachine_saysWhatToDo() {
        WagiServer.Builder elsewhere = builder(wagi).host("192.0.2.1").port(0);

        assertThatThrownBy(elsewhere::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve on 192.0.2.1:0: it is not an address of this machine."
                        + " Name one that is, or 0.0.0.0 for all of them.");
    }

    @Test
    void start_unknownHost_saysWhatToDo() {
        WagiServer.Builder unknown = builder(wagi).host("[::zz]");

        assertThatThrownBy(unknown::start)
                .isInstanceOf(WagiServerException.class)
                .hasMessage("Cannot serve on [::zz]:3000: the host name cannot be resolved."
                        + " Name an address of this machine.");
    }

    @Test
    void start_failed_leavesNoThread() throws Exception {
        Set<Thread> before = threads();

        assertThatThrownBy(builder(wagi).port(server.port())::start).isInstanceOf(WagiServerException.class);

        assertNoThreadsBut(before);
    }

    /** A Kubernetes node has a server for each pod. An acceptor, up to four selectors, a timer and a spare one. */
    @Test
    void start_idle_takesFewThreads() throws Exception {
        Set<Thread> before = threads();

        try (WagiServer idle = builder(wagi).port(0).start()) {
            Set<Thread> own = threads();
            own.removeAll(before);

            assertThat(own).as(idle.uri().toString()).hasSizeLessThanOrEqualTo(7);
        }
    }

    @Test
    void builder_badSettings_areRefused() {
        WagiServer.Builder builder = builder(wagi);

        assertThatThrownBy(() -> builder.port(65536)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.host("")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.maxConnections(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.maxConnectionsPerAddress(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.headerTimeout(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.idleTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("idleTimeout must be 1 ms or more, not PT0S");
        for (int bytes : new int[] {-1, 1023, (1 << 20) + 1}) {
            assertThatThrownBy(() -> builder.maxRequestHeaderBytes(bytes))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("maxRequestHeaderBytes must be 1024 to 1048576, not " + bytes);
        }
        assertThatThrownBy(() -> builder.grace(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server.close(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    /** Who connects and does nothing more gives way. */
    @Test
    void maxConnections_reached_idleOnesMakeRoom() throws Exception {
        try (WagiServer small = builder(wagi).port(0).maxConnections(2).start();
                RawClient first = connected(small);
                RawClient second = connected(small);
                RawClient third = connected(small)) {
            assertThat(first.readAll()).isEmpty();
            assertThat(second.isReady() || third.isReady()).isFalse();
        }
    }

    private static RawClient connected(WagiServer server) throws IOException {
        RawClient client = new RawClient(server.uri());
        assertThat(client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read().status())
                .isEqualTo(200);
        return client;
    }

    @Test
    void close_requestInFlight_finishesAndNothingElseIsServed() throws Exception {
        WagiServer stopping = builder(wagi).port(0).start();
        try (RawClient busy = new RawClient(stopping.uri());
                RawClient idle = new RawClient(stopping.uri())) {
            idle.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
            idle.read();
            busy.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n.");
            busy.readUntil("first\n");

            CompletableFuture<Void> closed = CompletableFuture.runAsync(stopping::close);
            awaitRefusal(stopping.uri());
            Optional<RawClient.Response> refused = firstRefusal(idle);
            busy.send("second\n");
            String rest = busy.readAll();
            closed.get();

            refused.ifPresent(response -> {
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.body()).isEqualTo("Service Unavailable\n");
                assertThat(response.first("Retry-After")).isEqualTo("1");
            });
            assertThat(rest).contains("second\n").endsWith("\r\n0\r\n\r\n");
        }
    }

    /**
     * Asks on an open connection until it is not served any more: the port closes a moment before that.
     *
     * @return empty if the connection was closed, as HTTP allows after any response
     */
    private static Optional<RawClient.Response> firstRefusal(RawClient client) throws IOException {
        try {
            while (true) {
                client.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
                RawClient.Response response = client.read();
                if (response.status() != 200) {
                    return Optional.of(response);
                }
            }
        } catch (EOFException | SocketException e) {
            return Optional.empty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/spin, PT0S, ",
        "/spin, PT0.2S, ",
        "/converse, PT0S, ",
        "/converse, PT0.2S, ",
        "/endless, PT0S, ",
        "/endless, PT0.2S, ",
        "/spin, PT0S, PT1H",
        "/spin, PT1H, PT0S",
        "/endless, PT1H, PT0.2S"
    })
    void close_requestLongerThanTheGrace_isBrokenOff(String path, Duration grace, Duration closedWith)
            throws Exception {
        Set<Thread> before = threads();
        WagiServer stopping = builder(wagi).port(0).grace(grace).start();
        try (RawClient busy = new RawClient(stopping.uri())) {
            busy.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n.");
            busy.readUntil("\r\n\r\n");

            if (closedWith == null) {
                stopping.close();
            } else {
                stopping.close(closedWith);
            }

            assertThat(busy.readAll()).doesNotContain("\r\n0\r\n");
        }
        assertNoThreadsBut(before);
    }

    @ParameterizedTest
    @CsvSource({"/spin", "/converse", "/endless"})
    void close_http10LongerThanTheGrace_isReset(String path) throws Exception {
        WagiServer stopping = builder(wagi).port(0).grace(Duration.ZERO).start();
        try (RawClient busy = new RawClient(stopping.uri())) {
            busy.send("POST " + path + " HTTP/1.0\r\nContent-Length: 8\r\n\r\n.");
            busy.readUntil("\r\n\r\n");

            stopping.close();

            assertThat(busy.readRest().orderly()).isFalse();
        }
    }

    @Test
    void close_twice_isFineAndLeavesNoThreadAndNotTheHostClosed() throws Exception {
        Set<Thread> before = threads();
        WagiServer other = builder(wagi).port(0).start();
        try (RawClient raw = new RawClient(other.uri())) {
            raw.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
            raw.read();

            other.close();
            other.close();
        }

        assertNoThreadsBut(before);
        assertThat(get("/hello").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "/env/%2e%2e/x, /../x",
        "/env/a%2F..%2Fb, /a/../b",
        "/env/a;/..;/b, /a;/..;/b",
        "/env/a\\b, /a\\\\b",
    })
    void path_thatJettyWouldJudge_reachesTheGuest(String raw, String pathInfo) throws Exception {
        assertThat(exchange("GET " + raw + " HTTP/1.1\r\nHost: h\r\n\r\n")
                        .body()
                        .lines()
                        .toList())
                .contains("PATH_INFO=" + pathInfo);
    }

    @ParameterizedTest
    @CsvSource({
        "GET http://example.com:81/env?x=1, other, example.com, 81, http://example.com:81/env?x=1",
        "GET http://example.com/env, example.com, example.com, 3000, http://example.com:3000/env",
        "GET http://[::1]:81/env, other:82, [::1], 81, http://[::1]:81/env",
        "GET HTTP://example.com/env, Example.com, example.com, 3000, http://example.com:3000/env",
    })
    void absoluteTarget_hostIsOfTheTarget(String line, String host, String name, String port, String url)
            throws Exception {
        assertThat(exchange(line + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                        .body()
                        .lines()
                        .toList())
                .contains("SERVER_NAME=" + name, "SERVER_PORT=" + port, "X_FULL_URL=" + url);
    }

    @Test
    void absoluteTarget_withoutPath_isTheRoot() throws Exception {
        assertThat(exchange("GET http://example.com HTTP/1.1\r\nHost: example.com\r\n\r\n")
                        .body())
                .contains("<h1>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET * HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /../env HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n",
                "GET /../env HTTP/1.1\r\nHost: h\r\n\r\n",
                "CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n",
                "GET env HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /env#x HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET http://u@h/env HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /a\u0001b HTTP/1.1\r\nHost: h\r\n\r\n",
                "GET /env HTTP/1.1\r\nHost: a b\r\n\r\n",
                "GET /env HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
                "GET /env HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n",
                "nonsense\r\n\r\n",
                "POST /env HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /env HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
                "POST /env HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n",
                "POST /env HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\nab",
                "POST /env HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
                "POST /env HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na",
                "POST /env HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\na",
            })
    void badRequest_is400WithFixedPhrase(String request) throws Exception {
        RawClient.Response response = exchange(request);

        assertThat(response.status()).isEqualTo(400);
        assertPlainPhrase(response, "Bad Request");
    }

    @Test
    void optionsOfTheServer_is204WithAllow() throws Exception {
        try (RawClient raw = raw()) {
            RawClient.Response response =
                    raw.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").read();

            assertThat(response.status()).isEqualTo(204);
            assertThat(response.first("Allow")).contains("GET", "POST", "OPTIONS");
            assertThat(response.all("Content-Length")).isEmpty();
            assertThat(raw.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read().body())
                    .isEqualTo("hello world\n");
        }
    }

    /** What follows a request whose length can be read in two ways is never taken for a request. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Content-Length: 4\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
                " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "Content-Length: 0x4\r\n\r\n0\r\n\r\n",
                "Content-Length: 4 4\r\n\r\n0\r\n\r\n",
            })
    void ambiguousLength_isRefusedWithAllThatFollows(String rest) throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST /hello HTTP/1.1\r\nHost: h\r\n" + rest + "GET /env/smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
            String all = raw.readAll();

            assertThat(all).startsWith("HTTP/1.1 400 ").doesNotContain("HTTP/1.1 200", "smuggled");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3\r\nabc\r\n0\r\n\r\n",
                "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
                "3;name=value;flag\r\nabc\r\n0;last\r\n\r\n",
                "3;name=\"a b\"\r\nabc\r\n0\r\n\r\n",
                "0003\r\nabc\r\n000\r\n\r\n",
                "3\r\nabc\r\n0\r\nX-Trailer: 1\r\nContent-Length: 9\r\n\r\n",
            })
    void chunks_anyForm_areTheBody(String chunks) throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST /env/echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
                    + "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");

            assertThat(raw.read().body()).isEqualTo("abc");
            assertThat(raw.read().body()).isEqualTo("hello world\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"g\r\n", "-1\r\n", "\r\n", "fffffffffffffffff\r\n", "3\r\nabcd\r\n0\r\n\r\n"})
    void chunks_malformed_are400(String chunks) throws Exception {
        assertThat(exchange("POST /env HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
                        .status())
                .isEqualTo(400);
    }

    /** RFC 9112, section 2.2: a recipient may take a bare LF for a line's end. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /env HTTP/1.1\nHost: h\nX-A: 1\n\n",
                "GET /env HTTP/1.1\r\nHost: h\nX-A: 1\r\n\n",
                "GET /env HTTP/1.1\nHost: h\r\nX-A: 1\n\r\n",
                "\r\nGET /env HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n",
            })
    void lineEnds_mixed_areTaken(String request) throws Exception {
        assertThat(exchange(request).body()).contains("\nHTTP_X_A=1\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /env HTTP/1.1\r\nHost: h\r\nX-A: 1\rX-B: 2\r\n\r\n", "GET /env HTTP/1.1\rHost: h\r\r"})
    void lineEnds_bareCr_are400(String request) throws Exception {
        assertThat(exchange(request).status()).isEqualTo(400);
    }

    @Test
    void http10_keepAlive_servesTheNextRequest() throws Exception {
        try (RawClient raw = raw()) {
            for (int i = 0; i < 3; i++) {
                raw.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                RawClient.Response response = raw.read();

                assertThat(response.body()).isEqualTo("hello world\n");
                assertThat(response.first("Connection")).isEqualToIgnoringCase("keep-alive");
            }
            raw.send("GET /hello HTTP/1.0\r\n\r\n");
            assertThat(raw.readAll()).endsWith("hello world\n");
        }
    }

    /** A proxy that does not know it there would see another end of the body (RFC 9112, section 6.1). */
    @Test
    void http10_transferEncoding_isRefusedAndClosed() throws Exception {
        try (RawClient raw = new RawClient(server.uri())) {
            raw.send("POST /env HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /hello HTTP/1.0\r\n\r\n");

            assertThat(raw.readAll()).startsWith("HTTP/1.1 400 ").doesNotContain("hello world");
        }
    }

    /** The answer is out; what the client still drips must not keep the thread. */
    @Test
    void readRest_drippingClient_isCutOff() throws Exception {
        try (RawClient raw = new RawClient(server.uri())) {
            raw.send("POST /nope HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
            raw.readUntil("request id: ");

            assertThatThrownBy(() -> {
                        while (true) {
                            raw.send("x");
                            LockSupport.parkNanos(100_000_000);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    /** HTTP/1.0 knows no chunks: a body of unknown length ends with the connection. */
    @Test
    void http10_largeBody_endsWithTheConnection() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("GET /large HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

            assertThat(raw.readAll())
                    .doesNotContainIgnoringCase("transfer-encoding")
                    .endsWith("b".repeat(80 << 10));
        }
    }

    @Test
    void close_asked_isDoneAfterTheResponse() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

            assertThat(raw.readAll()).endsWith("hello world\n");
        }
    }

    @Test
    void halfClosedClient_isStillAnswered() throws Exception {
        try (RawClient raw = raw()) {
            raw.send("POST /env/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
            raw.finishSending();

            assertThat(raw.read().body()).isEqualTo("abc");
        }
    }

    @Test
    void requestHeader_upTo16KiB_isTaken() throws Exception {
        String long15 = "x".repeat(15 << 10);
        RawClient.Response taken = exchange("GET /env HTTP/1.1\r\nHost: h\r\nX-Long: " + long15 + "\r\n\r\n");
        RawClient.Response refused =
                exchange("GET /env HTTP/1.1\r\nHost: h\r\nX-Long: " + long15 + long15 + "\r\n\r\n");

        assertThat(taken.body()).contains("HTTP_X_LONG=" + long15);
        assertThat(refused.status()).isEqualTo(431);
        assertPlainPhrase(refused, "Request Header Fields Too Large");
    }

    @Test
    void requestHeader_otherLimit_isTakenUpToIt() throws Exception {
        String long15 = "X-Long: " + "x".repeat(15 << 10) + "\r\n";
        try (WagiServer large = WagiServer.builder(wagi)
                        .port(0)
                        .maxRequestHeaderBytes(64 << 10)
                        .start();
                WagiServer small = WagiServer.builder(wagi)
                        .port(0)
                        .maxRequestHeaderBytes(1 << 10)
                        .start()) {
            assertThat(status(large, "/hello", long15.repeat(4))).isEqualTo(200);
            assertThat(status(large, "/hello", long15.repeat(5))).isEqualTo(431);
            assertThat(status(large, "/hello?" + "x".repeat(70 << 10), "")).isEqualTo(414);
            assertThat(status(small, "/hello", "X-Long: " + "x".repeat(900) + "\r\n"))
                    .isEqualTo(200);
            assertThat(status(small, "/hello", "X-Long: " + "x".repeat(1024) + "\r\n"))
                    .isEqualTo(431);
        }
    }

    private static int status(WagiServer server, String target, String fields) throws Exception {
        try (RawClient raw = new RawClient(server.uri())) {
            return raw.send("GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n")
                    .read()
                    .status();
        }
    }

    /** A client that sends nothing more of its body, and one that takes nothing more of its response, are cut off. */
    @ParameterizedTest
    @CsvSource({"'POST /converse HTTP/1.1|Host: h|Content-Length: 9||.'", "'GET /endless HTTP/1.1|Host: h||'"})
    void idleTimeout_clientStalls_isCutOff(String request) throws Exception {
        EndedRequests ended = new EndedRequests();
        try (Wagi host = Guests.builder(Limits.defaults().withTimeout(Duration.ofMinutes(10)))
                        .addListener(ended)
                        .build();
                WagiServer impatient = WagiServer.builder(host)
                        .port(0)
                        .idleTimeout(Duration.ofSeconds(2))
                        .start();
                RawClient raw = new RawClient(impatient.uri())) {
            raw.send(request.replace("|", "\r\n"));

            assertThat(ended.take().isBrokenOff()).isTrue();
            assertThat(raw.readAll()).startsWith("HTTP/1.1 200 ").doesNotContain("\r\n0\r\n");
        }
    }

    @Test
    void headerNameWithUnderscore_isAcceptedAndWithheld() throws Exception {
        assertThat(exchange("GET /env HTTP/1.1\r\nHost: h\r\nX_Y: 1\r\nX-Z: 2\r\n\r\n")
                        .body())
                .contains("HTTP_X_Z=2")
                .doesNotContain("HTTP_X_Y");
    }

    @Test
    void headerValue_keepsItsCase() throws Exception {
        assertThat(exchange("GET /env HTTP/1.1\r\nContent-Type: TEXT/html; Charset=utf-8\r\n"
                                + "Host: Example.com\r\naccept-encoding: GZIP, deflate\r\n\r\n")
                        .body())
                .contains(
                        "CONTENT_TYPE=TEXT/html; Charset=utf-8\n",
                        "HTTP_ACCEPT_ENCODING=GZIP, deflate\n",
                        "HTTP_HOST=Example.com\n");
    }

    private static void assertPlainPhrase(RawClient.Response response, String phrase) {
        assertThat(response.first("Content-Type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(response.all("Server")).isEmpty();
        assertThat(response.body()).startsWith(phrase + "\n").hasSizeLessThan(100);
    }

    /** Until new connections are refused: the first thing that happens when a server is closed. */
    private static void awaitRefusal(URI uri) throws Exception {
        while (true) {
            try {
                new RawClient(uri).close();
            } catch (ConnectException e) {
                return;
            } catch (SocketException e) {
                // Connected in the moment in which the port closed: the next one is refused.
                continue;
            }
        }
    }

    /** Threads that were told to end have done so, or do in a moment. */
    private static void assertNoThreadsBut(Set<Thread> before) throws InterruptedException {
        Set<Thread> more = new HashSet<>(threads());
        more.removeAll(before);
        for (Thread thread : more) {
            thread.join(); // the test's time limit ends this
        }
    }

    /** All threads but those of the test's own clients, and those that servers may share. */
    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("HttpClient-"))
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
                .filter(thread -> !thread.getName().startsWith("wagi-io"))
                .collect(Collectors.toSet());
    }
}
