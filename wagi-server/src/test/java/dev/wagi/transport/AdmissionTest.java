// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Impatience;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.http.servlet.WagiServlet;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** More requests than may run: some wait, the others are refused, and everything else is answered as ever. */
class AdmissionTest {

    private static final int RUNNING = 2;
    private static final int WAITING = 3;
    private static final int REFUSED = 20;

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** A server with the routes of a host. */
    enum Transport {
        SERVER {
            @Override
            URI start(Wagi wagi, Path folder, int running, List<AutoCloseable> opened) {
                WagiServer server = WagiServer.builder(wagi).port(0).start();
                opened.add(server);
                return server.uri();
            }
        },
        /** With fewer threads than requests. */
        ASYNCHRONOUS_SERVLET_IN_JETTY {
            @Override
            URI start(Wagi wagi, Path folder, int running, List<AutoCloseable> opened) throws Exception {
                return jetty(wagi, new QueuedThreadPool(running + 6), true, opened);
            }
        },
        SERVLET_IN_JETTY {
            @Override
            URI start(Wagi wagi, Path folder, int running, List<AutoCloseable> opened) throws Exception {
                return jetty(wagi, new QueuedThreadPool(), false, opened);
            }
        },
        /** With fewer threads than requests. */
        ASYNCHRONOUS_SERVLET_IN_TOMCAT {
            @Override
            URI start(Wagi wagi, Path folder, int running, List<AutoCloseable> opened) throws Exception {
                Tomcat tomcat = new Tomcat();
                tomcat.setBaseDir(folder.toString());
                Connector connector = new Connector("HTTP/1.1");
                connector.setPort(0);
                connector.setProperty("address", "127.0.0.1");
                connector.setProperty("maxThreads", Integer.toString(running + 2));
                tomcat.setConnector(connector);
                Context context = tomcat.addContext("", folder.toString());
                Wrapper wrapper = Tomcat.addServlet(context, "wagi", new WagiServlet(wagi));
                wrapper.setAsyncSupported(true);
                wrapper.addMapping("/*");
                tomcat.start();
                opened.add(() -> {
                    tomcat.stop();
                    tomcat.destroy();
                });
                return URI.create("http://127.0.0.1:" + connector.getLocalPort());
            }
        };

        /** Serves it with threads for so many guests, if their number matters. */
        abstract URI start(Wagi wagi, Path folder, int running, List<AutoCloseable> opened) throws Exception;

        private static URI jetty(Wagi wagi, QueuedThreadPool threads, boolean asynchronous, List<AutoCloseable> opened)
                throws Exception {
            Server server = new Server(threads);
            ServerConnector connector = new ServerConnector(server, 1, 1);
            connector.setHost("127.0.0.1");
            server.addConnector(connector);
            ServletContextHandler context = new ServletContextHandler("/");
            ServletHolder holder = new ServletHolder(new WagiServlet(wagi));
            holder.setAsyncSupported(asynchronous);
            context.addServlet(holder, "/*");
            server.setHandler(context);
            server.start();
            opened.add(server::stop);
            return URI.create("http://127.0.0.1:" + connector.getLocalPort());
        }
    }

    @ParameterizedTest
    @EnumSource
    void flood_isBoundedAndOthersAreServed(Transport transport) throws Exception {
        URI uri = start(
                transport,
                Guests.builder(Limits.defaults().withMaxConcurrency(RUNNING).withMaxQueue(WAITING)));
        List<RawClient> running = new ArrayList<>();
        for (int i = 0; i < RUNNING; i++) {
            RawClient client = client(uri).send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n.");
            client.readUntil("first\n");
            running.add(client);
        }
        List<RawClient> others = new ArrayList<>();
        for (int i = 0; i < WAITING + REFUSED; i++) {
            others.add(client(uri).send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"));
        }

        List<RawClient> refused = awaitAnswers(others, REFUSED);
        for (RawClient client : refused) {
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.first("Retry-After")).isEqualTo("1");
            assertThat(response.body()).startsWith("Service Unavailable\nrequest id: ");
        }
        for (String path : List.of("/healthz", "/hello", "/get", "/nope")) {
            RawClient.Response response = client(uri)
                    .send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n")
                    .read();
            assertThat(response.status()).isEqualTo(path.equals("/nope") ? 404 : 200);
        }
        others.removeAll(refused);
        assertThat(others).hasSize(WAITING);
        for (RawClient client : others) {
            assertThat(client.isReady()).isFalse();
        }
        for (RawClient client : running) {
            client.send("xyz");
            assertThat(client.readUntil("xyz")).endsWith("xyz");
        }
        for (RawClient client : others) {
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("first\nabc");
        }
    }

    @ParameterizedTest
    @EnumSource
    void wait_longerThanTheTimeout_is504AndTheNextIsServed(Transport transport) throws Exception {
        URI uri = start(
                transport,
                Guests.builder(Limits.defaults())
                        .maxTotalConcurrency(1)
                        .addModule(m -> m.route("/soon")
                                .source(Guests.sample("hello/hello.wasm"))
                                .limits(l -> l.withTimeout(Duration.ofMillis(100)))));
        RawClient running = client(uri).send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n.");
        running.readUntil("first\n");

        RawClient.Response late =
                client(uri).send("GET /soon HTTP/1.1\r\nHost: h\r\n\r\n").read();
        running.send("xyz").readUntil("xyz");

        assertThat(late.status()).isEqualTo(504);
        assertThat(late.body()).startsWith("Gateway Timeout\nrequest id: ");
        RawClient.Response next =
                client(uri).send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read();
        assertThat(next.status()).isEqualTo(200);
    }

    /** They get their answer, and nobody waits for what they do not send; but Tomcat does by itself. */
    @ParameterizedTest
    @EnumSource(names = {"SERVER", "ASYNCHRONOUS_SERVLET_IN_JETTY", "SERVLET_IN_JETTY"})
    void clients_announceBodiesAndSendNone_othersAreServed(Transport transport) throws Exception {
        URI uri = start(transport, Guests.builder(Limits.defaults().withMaxRequestBodyBytes(5)));
        for (int i = 0; i < 300; i++) {
            String path = i % 2 == 0 ? "/nope" : "/hello";
            RawClient.Response response = client(uri)
                    .send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n")
                    .read();
            assertThat(response.status()).isEqualTo(i % 2 == 0 ? 404 : 413);
        }
        for (String path : List.of("/healthz", "/hello", "/env/x")) {
            RawClient.Response response = client(uri)
                    .send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n")
                    .read();
            assertThat(response.status()).isEqualTo(200);
        }
    }

    /** The response is out, so its place is free, whatever the client still means to send. */
    @ParameterizedTest
    @EnumSource
    void client_keepsItsBodyBack_holdsNoPlace(Transport transport) throws Exception {
        URI uri = start(
                transport,
                Guests.builder(Limits.defaults().withTimeout(Duration.ofMinutes(5)))
                        .maxTotalConcurrency(1));
        RawClient idle = client(uri).send("POST /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n.");
        assertThat(idle.read().body()).isEqualTo("hello world\n");

        for (int i = 0; i < 3; i++) {
            RawClient.Response response =
                    client(uri).send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read();
            assertThat(response.body()).isEqualTo("hello world\n");
        }
    }

    /** Whether the guest would read it or not, and however often it is looked for. */
    @ParameterizedTest
    @EnumSource(names = "SERVER")
    void client_announcesABodyAndSendsNothing_holdsNoPlace(Transport transport) throws Exception {
        URI uri = start(
                transport,
                Guests.builder(Limits.defaults().withTimeout(Duration.ofMinutes(5)))
                        .maxTotalConcurrency(1));
        List<RawClient> idle = new ArrayList<>();
        for (String path : List.of("/env/echo", "/converse", "/hello")) {
            idle.add(client(uri).send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"));
        }

        for (String path : List.of("/hello", "/env/x", "/hello")) {
            RawClient.Response response = client(uri)
                    .send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n")
                    .read();
            assertThat(response.status()).isEqualTo(200);
        }

        for (RawClient client : idle) {
            client.send("1");
            client.send("2345");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    /** What is waited for after the response is not waited for without end. */
    @ParameterizedTest
    @EnumSource(names = "ASYNCHRONOUS_SERVLET_IN_JETTY")
    void client_keepsItsBodyBack_isLeft(Transport transport) throws Exception {
        RawClient idle = client(start(transport, Guests.builder(Limits.defaults())))
                .send("POST /hello HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n.");
        assertThat(idle.read().body()).isEqualTo("hello world\n");

        assertThat(idle.readAll()).isEmpty();
    }

    /**
     * With the defaults, and more of them than may run and wait. In Tomcat those that are refused hold threads, see
     * SECURITY.md.
     */
    @ParameterizedTest
    @EnumSource(names = {"SERVER", "ASYNCHRONOUS_SERVLET_IN_JETTY"})
    void clients_sendPartsOfBodies_takeNoOtherModulesPlaces(Transport transport) throws Exception {
        int running = 16 * Runtime.getRuntime().availableProcessors();
        int places = running + 256;
        URI uri = start(transport, Guests.builder(Limits.defaults()), running);
        List<RawClient> slow = new ArrayList<>();
        for (int i = 0; i < places + 12; i++) {
            slow.add(client(uri)
                    .send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nnot as many as that"));
        }
        awaitAnswers(slow, places / 4);

        for (int i = 0; i < 100; i++) {
            RawClient.Response response =
                    client(uri).send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read();
            assertThat(response.status()).isEqualTo(200);
        }
    }

    /** One module sends its requests on to another one that is busy: those that wait there hold no thread. */
    @ParameterizedTest
    @EnumSource(names = {"SERVER", "ASYNCHRONOUS_SERVLET_IN_JETTY", "ASYNCHRONOUS_SERVLET_IN_TOMCAT"})
    void redirects_toABusyModule_waitWithoutThreads(Transport transport) throws Exception {
        Path redirect = Files.writeString(folder.resolve("redirect.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 0) "\\10\\00\\00\\00\\15\\00\\00\\00")
                  (data (i32.const 16) "Location: /converse\\n\\n")
                  (func (export "_start")
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
                """);
        URI uri = start(
                transport,
                Guests.builder(Limits.defaults().withMaxConcurrency(1).withMaxQueue(1000))
                        .maxTotalQueue(1000)
                        .addModule(m -> m.route("/redirect").source(redirect)));
        RawClient running = client(uri).send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n.");
        running.readUntil("first\n");
        List<RawClient> redirected = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            redirected.add(client(uri).send("GET /redirect HTTP/1.1\r\nHost: h\r\n\r\n"));
        }

        assertThat(client(uri)
                        .send("GET /env/x HTTP/1.1\r\nHost: h\r\n\r\n")
                        .read()
                        .status())
                .isEqualTo(200);
        running.send("xyz").readUntil("xyz");
        for (RawClient client : redirected) {
            RawClient.Response response = client.read();
            assertThat(response.status()).isEqualTo(200);
            assertThat(response.body()).isEqualTo("first\n");
        }
    }

    /** Who does not take the response keeps its place until the timeout, and no longer. */
    @ParameterizedTest
    @EnumSource
    void client_readsNothing_isLeftAtTheTimeout(Transport transport) throws Exception {
        URI uri = start(
                transport,
                Guests.builder(Limits.defaults().withMaxConcurrency(1).withMaxResponseBodyBytes(Long.MAX_VALUE))
                        .addModule(m -> m.route("/brief")
                                .source(Guests.write())
                                .entrypoint("endless")
                                .limits(l -> l.withTimeout(Duration.ofMillis(300)))));
        String line;
        do { // on a busy machine its time may be over before it has begun
            line = client(uri).send("GET /brief HTTP/1.1\r\nHost: h\r\n\r\n").readUntil("\r\n");
        } while (line.startsWith("HTTP/1.1 504 "));
        assertThat(line).startsWith("HTTP/1.1 200 ");

        RawClient.Response next =
                client(uri).send("GET /brief HTTP/1.1\r\nHost: h\r\n\r\n").read();

        assertThat(next.status()).isIn(200, 504);
        assertThat(next.whole()).isEqualTo(next.status() == 504);
        RawClient.Response other =
                client(uri).send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read();
        assertThat(other.status()).isEqualTo(200);
    }

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private URI start(Transport transport, Wagi.Builder builder) throws Exception {
        return start(transport, builder, RUNNING);
    }

    private URI start(Transport transport, Wagi.Builder builder, int running) throws Exception {
        Wagi wagi = Impatience.build(builder);
        opened.add(wagi);
        return transport.start(wagi, folder, running, opened);
    }

    private RawClient client(URI uri) throws IOException {
        RawClient client = new RawClient(uri);
        opened.add(client);
        return client;
    }

    /** Waits until so many have been answered; the class's time limit is its end. */
    private static List<RawClient> awaitAnswers(List<RawClient> clients, int count) throws IOException {
        List<RawClient> answered = new ArrayList<>();
        while (answered.size() < count) {
            for (RawClient client : clients) {
                if (!answered.contains(client) && client.isReady()) {
                    answered.add(client);
                }
            }
            LockSupport.parkNanos(1_000_000);
            assertThat(Thread.interrupted()).as("the time limit has come").isFalse();
        }
        return answered;
    }
}
