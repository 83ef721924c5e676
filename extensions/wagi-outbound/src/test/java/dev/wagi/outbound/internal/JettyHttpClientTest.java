// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.OutboundHttpClient.Request;
import dev.wagi.core.api.OutboundHttpClient.Response;
import dev.wagi.core.internal.spi.OutboundHttpClientProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.util.component.Container;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client with real servers. */
@Timeout(120)
class JettyHttpClientTest {

    private static TestServer server;

    private final JettyHttpClient client = new JettyHttpClient(TestServer.trust());

    @BeforeAll
    static void start() {
        server = TestServer.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void close() {
        client.close();
    }

    /** The protocols of the server. */
    enum Way {
        CLEAR("http", "HTTP/1.1"),
        TLS_11("https", "HTTP/1.1"),
        TLS("https", "HTTP/2.0");

        private final String scheme;
        private final String protocol;

        Way(String scheme, String protocol) {
            this.scheme = scheme;
            this.protocol = protocol;
        }

        int port() {
            return this == CLEAR ? server.port() : this == TLS ? server.tlsPort() : server.tls11Port();
        }
    }

    private static Request request(Way way, String method, String target, Headers headers, String body) {
        return request("guest", way, "a.test", method, target, headers, body);
    }

    private static Request request(
            String module, Way way, String host, String method, String target, Headers headers, String body) {
        return Request.builder(module, method, URI.create(way.scheme + "://" + host + ":" + way.port() + target))
                .host(host)
                .port(way.port())
                .addresses(List.of(InetAddress.getLoopbackAddress()))
                .headers(headers)
                .body(body.getBytes(StandardCharsets.UTF_8))
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    private String text(Request request) throws Exception {
        try (Response response = client.send(request)) {
            return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @ParameterizedTest
    @EnumSource
    void send_request_arrivesAsItIs(Way way) throws Exception {
        Headers headers = Headers.of(
                "X-Twice", "1", "X-Twice", "2", "X-Name", "\u00c3\u00a9", "Content-Type", "text/x", "Cookie", "a=b");

        String text = text(request(way, "POST", "/echo?a=%20b&c&c=+&=x", headers, "body \u00e9"));

        assertThat(text.split("\n\n", 2)[0].lines())
                .contains(
                        "POST /echo?a=%20b&c&c=+&=x",
                        "x-twice: 1",
                        "x-twice: 2",
                        "x-name: \u00c3\u00a9",
                        "content-type: text/x",
                        "content-length: 7",
                        "cookie: a=b");
        assertThat(text).endsWith("\n\nbody \u00e9");
        assertThat(server.requests).contains(way.protocol + " POST /echo?a=%20b&c&c=+&=x");
    }

    @ParameterizedTest
    @EnumSource
    void send_nothingSpecial_addsOnlyTheHost(Way way) throws Exception {
        String text = text(request(way, "GET", "/echo", Headers.none(), ""));

        assertThat(text.lines().filter(line -> line.contains(": ")).toList())
                .containsExactly("authority: a.test:" + way.port());
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT"})
    void send_noBody_hasLengthZero(String method) throws Exception {
        assertThat(text(request(Way.CLEAR, method, "/echo", Headers.none(), "")))
                .contains("content-length: 0\n");
    }

    @ParameterizedTest
    @EnumSource
    void send_pathWithTwoSlashes_isNoHost(Way way) throws Exception {
        assertThat(text(request(way, "GET", "//b.test/x?y", Headers.none(), "")))
                .startsWith("GET //b.test/x?y\n");
    }

    @Test
    void send_hostWithUnderscore_isFine() throws Exception {
        assertThat(text(request("guest", Way.CLEAR, "my_host", "GET", "/echo", Headers.none(), "")))
                .contains("authority: my_host:");
    }

    @ParameterizedTest
    @EnumSource
    void send_redirectCookieAndPassword_areLeftToTheCaller(Way way) throws Exception {
        try (Response redirect = client.send(request(way, "GET", "/redirect?code=302&to=/echo", Headers.none(), ""))) {
            assertThat(redirect.status()).isEqualTo(302);
        }
        client.send(request(way, "GET", "/cookie", Headers.none(), "")).close();
        try (Response login = client.send(request(way, "GET", "/login", Headers.none(), ""))) {
            assertThat(login.status()).isEqualTo(401);
        }
        assertThat(text(request(way, "GET", "/echo", Headers.none(), ""))).doesNotContain("cookie");
    }

    @ParameterizedTest
    @EnumSource
    void send_encodedBody_isNotDecoded(Way way) throws Exception {
        try (Response response = client.send(request(way, "GET", "/gzip", Headers.none(), ""))) {
            assertThat(response.headers().first("content-encoding")).hasValue("gzip");
            assertThat(response.body().readAllBytes()).containsExactly(1, 2, 3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void send_bodyReadToTheEnd_connectionIsUsedAgainByTheSameModule(Way way) throws Exception {
        server.connections.clear();
        for (String module : List.of("one", "one", "two", "two")) {
            text(request(module, way, "a.test", "GET", "/echo", Headers.none(), ""));
        }

        List<Integer> ports = List.copyOf(server.connections);
        assertThat(ports.get(1)).isEqualTo(ports.get(0));
        assertThat(ports.get(2)).as("another module's connection").isNotEqualTo(ports.get(0));
        assertThat(ports.get(3)).isEqualTo(ports.get(2));
    }

    @ParameterizedTest
    @EnumSource
    void send_twoAtATime_haveConnectionsOfTheirOwn(Way way) throws Exception {
        server.connections.clear();
        try (Response one = client.send(request(way, "GET", "/drip", Headers.none(), ""));
                Response two = client.send(request(way, "GET", "/drip", Headers.none(), ""))) {
            assertThat(one.body().read()).isEqualTo('x');
            assertThat(two.body().read()).isEqualTo('x');
        }
        assertThat(Set.copyOf(server.connections)).hasSize(2);
    }

    @ParameterizedTest
    @EnumSource
    void send_endlessBody_isReadAsItIsWanted(Way way) throws Exception {
        try (Response response = client.send(request(way, "GET", "/endless", Headers.none(), ""))) {
            assertThat(response.body().readNBytes(100_000)).hasSize(100_000);
        }
    }

    @ParameterizedTest
    @EnumSource
    void send_largeHead_fails(Way way) {
        Request flood = request(way, "GET", "/headers?count=40&size=4000", Headers.none(), "");
        assertThatThrownBy(() -> client.send(flood)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource
    void send_noAnswer_endsInTime(Way way) {
        Request slow = request(way, "GET", "/hang", Headers.none(), "");
        Request shortly = Request.builder(slow.module(), slow.method(), slow.uri())
                .host(slow.host())
                .port(slow.port())
                .addresses(slow.addresses())
                .headers(slow.headers())
                .body(slow.body())
                .timeout(Duration.ofMillis(200))
                .build();

        assertThatThrownBy(() -> client.send(shortly)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @EnumSource
    void send_interruptedWhileWaiting_ends(Way way) throws Exception {
        Thread guest = Thread.currentThread();
        interruptWhenAsked("/hang?i" + way, guest);

        assertThatThrownBy(() -> client.send(request(way, "GET", "/hang?i" + way, Headers.none(), "")))
                .isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).as("told once").isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void read_interruptedWhileWaiting_ends(Way way) throws Exception {
        Thread guest = Thread.currentThread();
        try (Response response = client.send(request(way, "GET", "/drip", Headers.none(), ""))) {
            InputStream body = response.body();
            assertThat(body.read()).isEqualTo('x');
            CompletableFuture.runAsync(() -> {
                while (guest.getState() != Thread.State.WAITING && guest.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
                guest.interrupt();
            });
            assertThatThrownBy(body::read).isInstanceOf(InterruptedIOException.class);
        }
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void send_interruptedInTheHandshake_ends() throws Exception {
        Thread guest = Thread.currentThread();
        // Nothing accepts the connection: it is established, but no data is ever sent on it.
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture.runAsync(() -> {
                while (guest.getState() != Thread.State.TIMED_WAITING) {
                    Thread.onSpinWait();
                }
                guest.interrupt();
            });
            Request request = Request.builder(
                            "guest", "GET", URI.create("https://a.test:" + silent.getLocalPort() + "/"))
                    .host("a.test")
                    .port(silent.getLocalPort())
                    .addresses(List.of(silent.getInetAddress()))
                    .headers(Headers.none())
                    .body(new byte[0])
                    .timeout(Duration.ofSeconds(30))
                    .build();
            assertThatThrownBy(() -> client.send(request)).isInstanceOf(InterruptedException.class);
        }
    }

    private static void interruptWhenAsked(String target, Thread guest) {
        CompletableFuture.runAsync(() -> {
            while (server.requests.stream().noneMatch(request -> request.endsWith(target))) {
                Thread.onSpinWait();
            }
            guest.interrupt();
        });
    }

    @Test
    void send_certificateForAnotherName_isRefused() {
        assertThatThrownBy(() -> client.send(request("guest", Way.TLS, "b.test", "GET", "/echo", Headers.none(), "")))
                .isInstanceOf(IOException.class)
                .rootCause()
                .hasMessageContaining("b.test");
    }

    @Test
    void send_certificateOfNobody_isRefusedByTheJvmsTrust() {
        JettyHttpClient strict = new JettyHttpClient(null);
        try {
            assertThatThrownBy(() -> strict.send(request(Way.TLS, "GET", "/echo", Headers.none(), "")))
                    .isInstanceOf(IOException.class)
                    .rootCause()
                    .hasMessageContaining("certification path");
        } finally {
            strict.close();
        }
    }

    @Test
    void send_firstAddressRefuses_triesTheNext() throws Exception {
        Request request = request(Way.CLEAR, "GET", "/echo", Headers.none(), "");
        Request two = Request.builder(request.module(), request.method(), request.uri())
                .host(request.host())
                .port(request.port())
                .addresses(List.of(InetAddress.getByName("127.0.0.2"), InetAddress.getLoopbackAddress()))
                .headers(request.headers())
                .body(request.body())
                .timeout(request.timeout())
                .build();

        assertThat(text(two)).startsWith("GET /echo");
    }

    /** Bytes that no well-behaved server sends. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
                "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
                "HTTP/1.1 99999 OK\r\n\r\n",
                "SSH-2.0-x\r\n"
            })
    void send_brokenAnswer_fails(String answer) throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> serve(raw, answer));
            Request request = Request.builder("guest", "GET", URI.create("http://a.test:" + raw.getLocalPort() + "/"))
                    .host("a.test")
                    .port(raw.getLocalPort())
                    .addresses(List.of(raw.getInetAddress()))
                    .headers(Headers.none())
                    .body(new byte[0])
                    .timeout(Duration.ofSeconds(30))
                    .build();

            assertThatThrownBy(() -> {
                        try (Response response = client.send(request)) {
                            assertThat(response.status()).isBetween(200, 599);
                            response.body().readAllBytes();
                        }
                    })
                    .isInstanceOfAny(IOException.class, AssertionError.class);
            served.join();
        }
    }

    @Test
    void read_bodyShorterThanPromised_fails() throws Exception {
        try (ServerSocket raw = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> served =
                    CompletableFuture.runAsync(() -> serve(raw, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!"));
            Request request = Request.builder("guest", "GET", URI.create("http://a.test:" + raw.getLocalPort() + "/"))
                    .host("a.test")
                    .port(raw.getLocalPort())
                    .addresses(List.of(raw.getInetAddress()))
                    .headers(Headers.none())
                    .body(new byte[0])
                    .timeout(Duration.ofSeconds(30))
                    .build();

            try (Response response = client.send(request)) {
                assertThatThrownBy(() -> response.body().readAllBytes()).isInstanceOf(IOException.class);
            }
            served.join();
        }
    }

    private static void serve(ServerSocket raw, String answer) {
        try (Socket socket = raw.accept()) {
            int end = 0;
            while (end < 4) {
                int octet = socket.getInputStream().read();
                end = octet == "\r\n\r\n".charAt(end) ? end + 1 : octet == '\r' ? 1 : 0;
            }
            OutputStream out = socket.getOutputStream();
            out.write(answer.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void close_whileAResponseIsOpen_waitsForItAndLeavesNoThread() throws Exception {
        Response response = client.send(request(Way.TLS, "GET", "/drip", Headers.none(), ""));
        client.close();
        assertThat(response.body().read()).isEqualTo('x');
        assertThat(text(request(Way.TLS, "GET", "/echo", Headers.none(), "")))
                .as("a call of a request that began before")
                .startsWith("GET /echo");
        Set<String> before = threads();
        response.close();

        assertThat(before).isNotEmpty();
        until(() -> threads().isEmpty()); // a guest's thread does not wait for that
    }

    /** What the watchdog may do at any moment to the thread of a guest whose time is up. */
    @ParameterizedTest
    @EnumSource
    void interruptedWhileJettyWaits_leavesNoSelectorOpen(Moment moment) throws Exception {
        Path descriptors = Path.of("/proc/self/fd");
        assumeThat(descriptors).isDirectory();
        long before = selectors(descriptors);
        Interrupter interrupter = new Interrupter();
        JettyHttpClient other = new JettyHttpClient(TestServer.trust(), jetty -> jetty.addEventListener(interrupter));
        try (interrupter) {
            moment.run(other, interrupter);
            assertThat(interrupter.began).isTrue();
        } finally {
            Thread.interrupted();
            other.close();
        }

        until(() -> selectors(descriptors) <= before);
    }

    /** When a guest's thread is interrupted. */
    private enum Moment {
        START {
            @Override
            void run(JettyHttpClient client, Interrupter interrupter) {
                interrupter.begin(Thread.currentThread());
                assertThatThrownBy(() -> client.send(request(Way.CLEAR, "GET", "/drip", Headers.none(), "")))
                        .isInstanceOf(InterruptedException.class);
            }
        },
        STOP {
            @Override
            void run(JettyHttpClient client, Interrupter interrupter) throws Exception {
                Response response = client.send(request(Way.CLEAR, "GET", "/drip", Headers.none(), ""));
                client.close();
                interrupter.begin(Thread.currentThread());
                response.close();
                until(() -> interrupter.began);
            }
        },
        CLOSE {
            @Override
            void run(JettyHttpClient client, Interrupter interrupter) throws Exception {
                client.send(request(Way.CLEAR, "GET", "/drip", Headers.none(), ""))
                        .close();
                interrupter.begin(Thread.currentThread());
                client.close();
                assertThat(Thread.interrupted()).isTrue();
            }
        };

        abstract void run(JettyHttpClient client, Interrupter interrupter) throws Exception;
    }

    /**
     * Interrupts a thread when Jetty's selector starts, which takes until that has had its effect, or a part of Jetty
     * stops.
     */
    private static final class Interrupter implements Container.InheritedListener, LifeCycle.Listener, AutoCloseable {
        private final CountDownLatch ended = new CountDownLatch(1);
        private volatile boolean began;
        private QueuedThreadPool threads;

        // Guarded by this.
        private @Nullable Thread guest;

        synchronized void begin(Thread thread) {
            guest = thread;
        }

        @Override
        public void beanAdded(Container parent, Object child) {
            if (child instanceof LifeCycle part) {
                part.addEventListener(this);
            }
            if (child instanceof QueuedThreadPool pool) {
                threads = pool;
            }
        }

        @Override
        public void beanRemoved(Container parent, Object child) {}

        @Override
        public void lifeCycleStarting(LifeCycle event) {
            if (event instanceof ManagedSelector && interrupt()) {
                // No thread is left to select.
                for (int i = 0; i < threads.getMaxThreads(); i++) {
                    threads.execute(this::await);
                }
            }
        }

        @Override
        public void lifeCycleStopping(LifeCycle event) {
            interrupt();
        }

        private synchronized boolean interrupt() {
            if (guest == null) {
                return false;
            }
            began = true;
            guest.interrupt();
            return true;
        }

        private void await() {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Ends the interrupts, also those of a client that goes on stopping after this, in another test. */
        @Override
        public void close() {
            synchronized (this) {
                guest = null;
            }
            ended.countDown();
        }
    }

    /** Waits until something is so, as it is in a moment, or until the test's timeout. */
    private static void until(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("the test's timeout");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static long selectors(Path descriptors) throws IOException {
        long count = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(descriptors)) {
            for (Path entry : entries) {
                try {
                    count += Files.readSymbolicLink(entry).toString().equals("anon_inode:[eventpoll]") ? 1 : 0;
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
        }
        return count;
    }

    private Set<String> threads() {
        Set<String> names = new TreeSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("wagi-outbound") && thread.isAlive()) {
                names.add(thread.getName());
            }
        }
        return names;
    }

    @Test
    void provider_isFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(OutboundHttpClientProvider.class))
                .singleElement()
                .isInstanceOf(JettyHttpClientProvider.class)
                .satisfies(provider -> assertThat(provider.create(null)).isInstanceOf(JettyHttpClient.class));
    }
}
