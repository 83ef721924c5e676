// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.wagi.core.Wagi;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Good, bad and hostile guests and clients, and configurations that change, all at once: every good request is answered
 * as ever, and afterwards nothing is left of any of it.
 *
 * <p>Takes some seconds; {@code mvn test -pl wagi-server -am -Dtest=SoakTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dwagi.soak=PT30M} makes it half an hour.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS) // longer than anybody asks for
class SoakTest {

    private static final Duration DURATION = Duration.parse(System.getProperty("wagi.soak", "PT2S"));
    private static final Duration WARM_UP = Duration.ofSeconds(1);
    private static final int CLIENTS = 6;

    /** How many kinds of exchanges there are. */
    private static final int CHOICES = 12;

    /** What each of them does at least, however slow the machine is. */
    private static final int LEAST = 10;

    /** The name of threads that are not the host's. */
    private static final String OTHER = "other";

    /** What the JVM itself may need more, for compiled code and the like. */
    private static final long SPARE_HEAP = 8 << 20;

    private static final int SPARE_CLASSES = 100;

    /** How long it may take until nothing is left; a leak stays. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    /** What guests connect to; a new one each time, because it does not forget all of its connections. */
    private @Nullable HttpServer other;

    /** The last lines of the host's log: the answer to a wrong answer is there. */
    private static final BlockingDeque<String> LOG = new LinkedBlockingDeque<>();

    private static final int LINES = 1000;

    /** Of each stack. */
    private static final int FRAMES = 15;

    private static final List<Logger> LOGGERS = List.of(Logger.getLogger("dev.wagi.core"));
    private static final Handler RECORDER = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            Throwable thrown = entry.getThrown();
            LOG.add(entry.getInstant() + " " + entry.getMessage() + (thrown == null ? "" : ": " + trace(thrown)));
            if (LOG.size() > LINES) { // more than one thread may find that
                LOG.poll();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    private final AtomicLong good = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private final AtomicLong reloads = new AtomicLong();

    @BeforeAll
    static void record() {
        for (Logger logger : LOGGERS) {
            logger.setUseParentHandlers(false);
            logger.setLevel(Level.FINE);
            logger.addHandler(RECORDER);
        }
    }

    @AfterAll
    static void forget() {
        for (Logger logger : LOGGERS) {
            logger.removeHandler(RECORDER);
            logger.setLevel(null);
            logger.setUseParentHandlers(true);
        }
        LOG.clear();
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString().lines().limit(FRAMES).collect(Collectors.joining("\n"));
    }

    /** Of an assertion about a response: all of it, and what the host's log says about its request. */
    private static Supplier<String> about(String request, RawClient.Response response) {
        return () -> {
            String id = response.first("X-Request-Id");
            List<String> lines = id.isEmpty()
                    ? List.of("refused by the server's parser if it is an error, see the log at debug")
                    : LOG.stream().filter(line -> line.contains(id)).toList();
            return request + ": " + response + "\n  " + String.join("\n  ", lines);
        };
    }

    /**
     * What may leak. Threads and descriptors are counted by kind: which thread does a job may change at any time, and
     * the kind says in a failure what has leaked.
     */
    private record State(
            long heap, Map<String, Integer> threads, Map<String, Integer> descriptors, int classes, long files) {

        static State now(Path folder) throws IOException {
            long heap = Long.MAX_VALUE;
            for (int i = 0; i < 10; i++) {
                System.gc();
                heap = Math.min(
                        heap,
                        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
            }
            Map<String, Integer> threads = new TreeMap<>();
            for (Thread thread : Thread.getAllStackTraces().keySet()) {
                if (thread.isAlive() && !thread.getName().equals(OTHER)) {
                    threads.merge(kind(thread.getName()), 1, Integer::sum);
                }
            }
            try (Stream<Path> files = Files.walk(folder)) {
                return new State(
                        heap,
                        threads,
                        openDescriptors(),
                        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
                        files.count());
            }
        }

        /** What is open, by what it refers to; empty where the system does not list it. */
        private static Map<String, Integer> openDescriptors() throws IOException {
            Map<String, Integer> descriptors = new TreeMap<>();
            Path list = Path.of("/proc/self/fd");
            if (Files.isDirectory(list)) {
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(list)) {
                    for (Path entry : entries) {
                        try {
                            descriptors.merge(kind(Files.readSymbolicLink(entry).toString()), 1, Integer::sum);
                        } catch (NoSuchFileException e) {
                            // Closed meanwhile.
                        }
                    }
                }
            }
            return descriptors;
        }

        private static String kind(String name) {
            return name.replaceAll("[0-9a-f]*[0-9][0-9a-f]*", "#");
        }

        /** What there is more of than before, one line each; empty if nothing has leaked. */
        List<String> moreThan(State before) {
            List<String> more = new ArrayList<>();
            compare("threads", before.threads, threads, more);
            compare("descriptors", before.descriptors, descriptors, more);
            compare("files in its volumes", before.files, files, more);
            compare("classes", before.classes + SPARE_CLASSES, classes, more);
            compare("heap", before.heap + SPARE_HEAP, heap, more);
            return more;
        }

        private static void compare(
                String what, Map<String, Integer> before, Map<String, Integer> after, List<String> more) {
            after.forEach((kind, count) -> compare(what + " " + kind, before.getOrDefault(kind, 0), count, more));
        }

        private static void compare(String what, long most, long now, List<String> more) {
            if (now > most) {
                more.add(what + ": " + now + ", at most " + most);
            }
        }

        private static int sum(Map<String, Integer> counts) {
            return counts.values().stream().mapToInt(Integer::intValue).sum();
        }

        @Override
        public String toString() {
            return "%.1f MiB of heap, %d threads, %d descriptors, %d classes, %d files"
                    .formatted(heap / 1048576.0, sum(threads), sum(descriptors), classes, files);
        }
    }

    /** Answers, stops half-way, or never answers. */
    private static HttpServer startOther() throws IOException {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, OTHER);
            thread.setDaemon(true);
            return thread;
        });
        other.setExecutor(threads);
        other.createContext("/answers", exchange -> {
            try (exchange) {
                exchange.getRequestBody().readAllBytes();
                exchange.getResponseHeaders().set("Content-Type", "text/plain");
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("answer\n".repeat(1000).getBytes(StandardCharsets.US_ASCII));
            }
        });
        other.createContext("/stops", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(new byte[10]);
            exchange.close();
        });
        CountDownLatch never = new CountDownLatch(1);
        other.createContext("/hangs", exchange -> {
            try {
                if (never.await(2, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("nobody counts down");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        other.start();
        return other;
    }

    @Test
    void mixture_leavesNothingBehind() throws Exception {
        serve(WARM_UP, 1);
        LOG.clear(); // it is not the host's
        State before = State.now(folder);
        good.set(0);
        bad.set(0);

        serve(DURATION, 2);

        LOG.clear();
        State after = settled(before);
        System.out.printf(
                "soak of %s: %d good and %d other exchanges, %d reloads%n  before: %s%n  after:  %s%n",
                DURATION, good.get(), bad.get(), reloads.get(), before, after);
        assertThat(good.get()).isPositive();
        assertThat(bad.get()).isPositive();
        assertThat(good.get() + bad.get()).isGreaterThanOrEqualTo(CLIENTS * LEAST);
        assertThat(after.moreThan(before))
                .as(() -> "left behind; the open sockets:\n" + String.join("\n", openSockets()))
                .isEmpty();
    }

    /** The process's TCP sockets, as Linux lists them: who is connected with whom, and in which state. */
    private static List<String> openSockets() {
        List<String> sockets = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            List<String> inodes = new ArrayList<>();
            for (Path entry : entries) {
                try {
                    inodes.add(Files.readSymbolicLink(entry).toString());
                } catch (NoSuchFileException e) {
                    // Closed meanwhile.
                }
            }
            for (String table : List.of("tcp", "tcp6")) {
                for (String line : Files.readAllLines(Path.of("/proc/self/net", table))) {
                    String[] columns = line.strip().split("\\s+");
                    if (columns.length > 9 && inodes.contains("socket:[" + columns[9] + "]")) {
                        sockets.add("%s %s to %s, state %s".formatted(table, columns[1], columns[2], columns[3]));
                    }
                }
            }
        } catch (IOException e) {
            sockets.add("not known: " + e);
        }
        return sockets;
    }

    /** What was told to end does so in a moment, however busy the machine is: looks again until it has. */
    private State settled(State before) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        State state = State.now(folder);
        while (!state.moreThan(before).isEmpty() && System.nanoTime() < end) {
            LockSupport.parkNanos(50_000_000);
            state = State.now(folder);
        }
        return state;
    }

    private void serve(Duration duration, int seed) throws Exception {
        Path hostile = HostileGuest.configure(folder);
        Path changing = folder.resolve("changing.wat");
        change(changing, 0);
        Files.copy(Guests.write(), folder.resolve("odd.wat"), StandardCopyOption.REPLACE_EXISTING);
        HttpServer others = startOther();
        other = others;
        try (Wagi wagi = builder(hostile, changing).build();
                WagiServer server = WagiServer.builder(wagi)
                        .port(0)
                        .grace(Duration.ofSeconds(5))
                        .start()) {
            long end = System.nanoTime() + duration.toNanos();
            ExecutorService executor = Executors.newFixedThreadPool(CLIENTS + 1);
            try {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    int client = i;
                    all.add(executor.submit(() -> eachOnce(server.uri(), client)));
                }
                for (int i = 0; i < CLIENTS; i++) {
                    Random random = new Random(seed * 1000L + i);
                    all.add(executor.submit(until(end, () -> exchange(server.uri(), random))));
                }
                all.add(executor.submit(until(end, () -> {
                    change(changing, reloads.incrementAndGet());
                    wagi.reload(builder(hostile, changing));
                })));
                for (Future<?> each : all) {
                    each.get();
                }
            } finally {
                executor.shutdownNow();
                assertThat(executor.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            }
        } finally {
            others.stop(0);
            ((ExecutorService) others.getExecutor()).shutdownNow();
            other = null;
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static Callable<Void> until(long end, Step step) {
        return () -> {
            for (int i = 0; i < LEAST || System.nanoTime() < end; i++) {
                step.run();
            }
            return null;
        };
    }

    private Wagi.Builder builder(Path hostile, Path changing) {
        Path odd = folder.resolve("odd.wat");
        return Wagi.builder()
                .limits(l -> l.withTimeout(Duration.ofMinutes(5)))
                .guestLog((module, request, line) -> {})
                .addConfiguration(hostile)
                .addModule(m -> m.route("/hello").source(Guests.sample("hello/hello.wasm")))
                .addModule(m -> m.route("/env/...").source(Guests.sample("env/env.wasm")))
                .addModule(m -> m.route("/site/...")
                        .source(Guests.sample("files/files.wasm"))
                        .addVolume("/site", folder))
                .addModule(m -> m.route("/guestbook")
                        .source(Guests.sample("guestbook/guestbook.wasm"))
                        .addWritableVolume("/data", folder))
                .addModule(m -> calling(m, "/answers", Duration.ofMinutes(5)))
                .addModule(m -> calling(m, "/stops", Duration.ofMinutes(5)))
                .addModule(m -> calling(m, "/hangs", Duration.ofMillis(200)))
                .addModule(m -> m.route("/converse").source(odd).entrypoint("converse"))
                .addModule(m -> m.route("/endless").source(odd).entrypoint("endless"))
                .addModule(m -> m.route("/changing").source(changing));
    }

    private void calling(ModuleBuilder module, String path, Duration timeout) {
        String origin =
                "http://127.0.0.1:" + Objects.requireNonNull(other).getAddress().getPort();
        module.route(path)
                .source(Guests.sample("http-rust/http-rust.wasm"))
                .addEnvironment("TARGET", origin + path)
                .allowedPrivateHosts(origin)
                .limits(l -> l.withTimeout(timeout));
    }

    /** Another module each time, so that its classes come and go. */
    private static void change(Path file, long number) throws IOException {
        Files.writeString(file, """
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 16) "\\10\\00\\00\\00\\1d\\00\\00\\00")
                  (data (i32.const 32) "Content-Type: text/plain\\n\\n%03d")
                  (func (export "_start")
                    (i32.store (i32.const 0) (i32.const 32))
                    (i32.store (i32.const 4) (i32.const 29))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
                """.formatted(number % 1000));
    }

    /**
     * One exchange of each kind, shared among the clients: what the JVM opens or loads at the first use and keeps, such
     * as its two sources of randomness, is no leak, so it must be there before the first look.
     */
    private Void eachOnce(URI uri, int client) throws Exception {
        Random random = new Random(client);
        for (int choice = client; choice < CHOICES; choice += CLIENTS) {
            exchange(uri, choice, random);
        }
        List<HostileGuest> guests = HostileGuest.all();
        for (int i = client; i < guests.size(); i += CLIENTS) {
            try (RawClient raw = new RawClient(uri)) {
                hostile(raw, guests.get(i));
            }
        }
        return null;
    }

    private void exchange(URI uri, Random random) throws Exception {
        exchange(uri, random.nextInt(CHOICES), random);
    }

    private void exchange(URI uri, int choice, Random random) throws Exception {
        if (choice < 4) {
            good(uri, random);
            good.incrementAndGet();
        } else {
            try (RawClient client = new RawClient(uri)) {
                bad(client, choice, random);
            } catch (IOException e) {
                // The server has had enough of this client; that is for the good ones to judge.
            }
            bad.incrementAndGet();
        }
    }

    private static void good(URI uri, Random random) throws IOException {
        try (RawClient client = new RawClient(uri)) {
            for (int i = 0; i < 5; i++) {
                String body = "x".repeat(random.nextInt(100_000));
                assertThat(ask(client, 200, "GET /hello", "").body()).isEqualTo("hello world\n");
                assertThat(ask(client, 200, "POST /env/echo", body).body()).isEqualTo(body);
                RawClient.Response called = ask(client, 200, "GET /answers", "");
                assertThat(called.body())
                        .as(about("GET /answers", called))
                        .contains("-> status 200")
                        .endsWith("answer\n");
                ask(client, 201, "POST /guestbook", "me");
                ask(client, 200, "GET /site/odd.wat", "");
                ask(client, 200, "GET /changing", "");
            }
        }
    }

    private static RawClient.Response ask(RawClient client, int status, String request, String body)
            throws IOException {
        String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
        RawClient.Response response = client.send(request + " HTTP/1.1\r\nHost: h\r\n" + length + "\r\n" + body)
                .read();
        assertThat(response.status()).as(about(request, response)).isEqualTo(status);
        return response;
    }

    private static void bad(RawClient client, int choice, Random random) throws Exception {
        switch (choice) {
            case 4 -> { // garbage
                byte[] bytes = new byte[random.nextInt(2000)];
                random.nextBytes(bytes);
                client.send(new String(bytes, StandardCharsets.ISO_8859_1) + "\r\n\r\n")
                        .readAll();
            }
            case 5 -> { // leaves in the middle
                client.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nsome");
                client.readUntil("some");
                client.reset();
            }
            case 10 -> { // its guest waits for somebody who does not answer
                ask(client, 504, "GET /hangs", "");
            }
            case 11 -> { // its guest is left half-way
                assertThat(ask(client, 200, "GET /stops", "").body()).contains("failed: ");
            }
            case 6 -> { // has seen enough
                client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n").readUntil("bbbb");
                client.reset();
            }
            default -> {
                List<HostileGuest> guests = HostileGuest.all();
                hostile(client, guests.get(random.nextInt(guests.size())));
            }
        }
    }

    private static void hostile(RawClient client, HostileGuest guest) throws IOException {
        RawClient.Response response = client.send(guest.request()).read();
        if (!guest.isTooLate(response)) {
            assertThat(response.status()).as(about(guest.name(), response)).isEqualTo(guest.status());
        }
    }
}
