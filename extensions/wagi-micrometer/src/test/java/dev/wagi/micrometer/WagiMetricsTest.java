// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiListener.OutboundCall;
import dev.wagi.core.api.WagiRequest;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is scraped from a host, and that docs/metrics.md says it. */
class WagiMetricsTest {

    private static final Path DOCUMENT = Path.of("../../docs/metrics.md");

    /** A line of a page: metric, its name in Prometheus, type, tags. */
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `([a-z.]+)` \\| `([a-z_]+)` \\| (\\w+) \\| (.*?) ?\\|$");

    private static final Pattern NAME = Pattern.compile("`([a-z._]+)`");

    @TempDir
    Path directory;

    private final MockClock clock = new MockClock();
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, new PrometheusRegistry(), clock);
    private final WagiMetrics metrics = new WagiMetrics(registry);

    @BeforeEach
    void modules() throws IOException {
        module("ok", "Content-Type: text/plain\n\nhello", "");
        module("trap", "", "unreachable");
        module("odd", "Status: 299\nContent-Type: text/plain\n\n", "");
        module("lazy", "Content-Type: text/plain\n\nlazy", "");
        module("own", "Status: 500\nContent-Type: text/plain\n\n", "");
        // Reads its body, and says nothing about it.
        Files.writeString(directory.resolve("reads.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_read"
                    (func $read (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_write"
                    (func $write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (data (i32.const 0) "\\20\\00\\00\\00\\1a\\00\\00\\00")
                  (data (i32.const 8) "\\80\\00\\00\\00\\40\\00\\00\\00")
                  (data (i32.const 32) "Content-Type: text/plain\\n\\n")
                  (func (export "_start")
                    (drop (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 24)))
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24)))))
                """);
    }

    private void module(String name, String output, String then) {
        PrintingGuest.write(directory, name, output, then);
    }

    private Wagi host() {
        Wagi.Builder builder = Wagi.builder().addListener(metrics);
        for (String name : List.of("ok", "trap", "odd", "own", "reads")) {
            builder.addModule(m -> m.route("/" + name + "/...")
                    .name(name)
                    .source(directory.resolve(name + ".wat"))
                    .limits(l -> l.withMaxRequestBodyBytes(100).withMaxConcurrency(1)));
        }
        builder.addModule(m -> m.route("/lazy/...")
                .name("lazy")
                .source(directory.resolve("lazy.wat"))
                .lazy(true));
        builder.addStaticFiles(s -> s.route("/files/...").path(directory));
        Wagi wagi = builder.build();
        metrics.bindTo(wagi);
        return wagi;
    }

    /** All lines but comments; the gauges are read again. */
    private List<String> scrape() {
        clock.add(Duration.ofSeconds(1));
        return registry.scrape().lines().filter(line -> !line.startsWith("#")).toList();
    }

    private static double sum(List<String> scrape, String name) {
        return scrape.stream()
                .filter(line -> line.matches(name + "(_count)?(\\{.*\\})? .*"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void everyMetricOfThePage_existsAndMoves() throws Exception {
        List<MatchResult> rows = rows();
        ExecutorService executor = Executors.newFixedThreadPool(3);
        CountDownLatch open = new CountDownLatch(1);
        CountDownLatch asked = new CountDownLatch(1);
        List<String> before = scrape();
        try (Wagi wagi = host()) {
            for (String target : List.of("/ok/a", "/ok/b", "/trap/", "/lazy/", "/nowhere")) {
                wagi.handle(WagiRequest.get(target));
            }
            wagi.handle(WagiRequest.builder("POST", "/ok/").body(new byte[101]).build());
            metrics.guestAbandoned(WagiListener.GuestAbandoned.of("ok", "1"));
            metrics.heapExhausted();
            metrics.outboundCall(
                    OutboundCall.of("ok", "1", "host", OutboundCall.Verdict.REFUSED, 0, Duration.ofMillis(1)));
            List<String> idle = scrape();
            Future<?> running = executor.submit(() -> wagi.handle(WagiRequest.builder("POST", "/reads/")
                    .body(new Gated(asked, open), -1)
                    .build()));
            asked.await();
            Future<?> waiting = executor.submit(() -> wagi.handle(WagiRequest.get("/reads/")));
            while (wagi.usage().waiting() == 0) {
                Thread.onSpinWait();
            }
            List<String> busy = scrape();
            open.countDown();
            running.get(60, TimeUnit.SECONDS);
            waiting.get(60, TimeUnit.SECONDS);

            Set<String> still = new TreeSet<>();
            for (MatchResult row : rows) {
                String name = row.group(2);
                boolean moves = sum(idle, name) > sum(before, name) || sum(busy, name) != sum(idle, name);
                if (!moves) {
                    still.add(name);
                }
            }
            // What a module of some kilobytes without a fault cannot raise; they are there.
            assertThat(still).isSubsetOf("wagi_threads_abandoned_threads", "wagi_memory_guests_bytes");
            assertThat(busy).anyMatch(line -> line.startsWith("wagi_threads_abandoned_threads "));
            assertThat(busy).anyMatch(line -> line.startsWith("wagi_memory_guests_bytes "));
            assertThat(sum(idle, "wagi_module_load_duration_seconds")).isEqualTo(6);
        } finally {
            open.countDown();
            executor.shutdownNow();
        }
    }

    /** A body that comes when it is let. */
    private static final class Gated extends ByteArrayInputStream {
        private final CountDownLatch asked;
        private final CountDownLatch open;

        Gated(CountDownLatch asked, CountDownLatch open) {
            super(new byte[1]);
            this.asked = asked;
            this.open = open;
        }

        @Override
        public synchronized int read(byte[] buffer, int offset, int length) {
            asked.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return super.read(buffer, offset, length);
        }
    }

    @Test
    void page_hasEveryMetricWithItsTags() throws Exception {
        try (Wagi wagi = host()) {
            wagi.handle(WagiRequest.get("/ok/"));
            wagi.handle(WagiRequest.builder("POST", "/ok/").body(new byte[101]).build());
            metrics.guestAbandoned(WagiListener.GuestAbandoned.of("ok", "1"));
            metrics.outboundCall(
                    OutboundCall.of("ok", "1", "host", OutboundCall.Verdict.ANSWERED, 200, Duration.ofMillis(1)));
            Set<String> registered = registry.getMeters().stream()
                    .map(meter -> meter.getId().getName() + " "
                            + new TreeSet<>(meter.getId().getTags().stream()
                                    .map(tag -> tag.getKey())
                                    .filter(key -> !key.equals("le"))
                                    .toList()))
                    .filter(text -> !text.contains(".histogram"))
                    .collect(Collectors.toCollection(TreeSet::new));
            Set<String> documented = new TreeSet<>();
            List<String> tags = List.of();
            for (MatchResult row : rows()) {
                if (!row.group(4).equals("the same")) {
                    tags = NAME.matcher(row.group(4))
                            .results()
                            .map(match -> match.group(1))
                            .toList();
                }
                documented.add(row.group(1) + " " + new TreeSet<>(tags));
            }
            assertThat(registered).isEqualTo(documented);
        }
    }

    private static List<MatchResult> rows() throws IOException {
        List<MatchResult> rows =
                ROW.matcher(Files.readString(DOCUMENT)).results().toList();
        assertThat(rows).hasSizeGreaterThan(15);
        return rows;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            GET     | /ok/a?b=c | GET    | 200  | /ok/...   | none      | ok
            FROB    | /ok/      | _OTHER | 200  | /ok/...   | none      | ok
            GET     | /odd/     | GET    | 2xx  | /odd/...  | none      | odd
            GET     | /own/     | GET    | 500  | /own/...  | 500       | own
            GET     | /trap/    | GET    | 502  | /trap/... | trap      | trap
            GET     | /lazy/    | GET    | 200  | /lazy/... | none      | lazy
            GET     | /nowhere  | GET    | 404  | none      | not_found | none
            GET     | /files/ok.wat  | GET | 200 | /files/... | none      | none
            GET     | /files/?secret | GET | 404 | /files/... | not_found | none
            POST    | /files/ok.wat  | POST | 405 | none | method_not_allowed | none
            """)
    void request_isTaggedWith(
            String method, String target, String tag, String status, String route, String error, String module) {
        try (Wagi wagi = host()) {
            wagi.handle(WagiRequest.builder(method, target).build());
        }
        assertThat(registry.get("http.server.request.duration")
                        .tags("http.request.method", tag, "http.response.status_code", status, "http.route", route)
                        .tags("url.scheme", "http", "error.type", error, "wagi.module", module)
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(registry.find("http.server.request.duration").timers()).hasSize(1);
    }

    @Test
    void loadedModules_areThoseInMemory() {
        try (Wagi wagi = host()) {
            assertThat(loaded()).containsExactly("ok 1", "trap 1", "odd 1", "own 1", "reads 1", "lazy 0");

            wagi.handle(WagiRequest.get("/lazy/"));

            assertThat(loaded()).contains("lazy 1");
        }
    }

    private List<String> loaded() {
        clock.add(Duration.ofSeconds(1));
        return List.of("ok", "trap", "odd", "own", "reads", "lazy").stream()
                .map(name -> name + " "
                        + (int) registry.get("wagi.module.loaded")
                                .tag("wagi.module", name)
                                .gauge()
                                .value())
                .toList();
    }

    @Test
    void hostileClients_addNoTimeSeries() {
        try (Wagi wagi = host()) {
            request(wagi, 1);
            request(wagi, 0); // in a used instance, which has a time series of its own
            int before = scrape().size();
            for (int i = 1; i <= 10_000; i++) {
                request(wagi, i);
            }
            assertThat(scrape()).hasSize(before);
            assertThat(registry.find("http.server.request.duration").timers().stream()
                            .mapToLong(timer -> timer.count())
                            .sum())
                    .isEqualTo(20_004);
        }
    }

    private static void request(Wagi wagi, int number) {
        wagi.handle(WagiRequest.builder("X" + number, "/" + Integer.toHexString(number * 31) + "?q=" + number)
                .build());
        wagi.handle(WagiRequest.builder("Y" + number, "/ok/" + number).build());
    }

    @Test
    void hostileGuests_statusesAreFew() {
        WagiRequest request = WagiRequest.get("/");
        Set<String> statuses = new TreeSet<>();
        for (int status = 0; status < 1100; status++) {
            metrics.requestEnded(WagiListener.RequestEnded.builder("1", request, RequestOutcome.ANSWERED)
                    .module("ok", "/ok")
                    .response(status, false)
                    .build());
            statuses.add(Labels.status(status));
        }
        assertThat(registry.find("http.server.request.duration").timers()).hasSize(statuses.size());
        assertThat(statuses).hasSizeLessThan(80).contains("200", "2xx", "9xx", "none");
    }

    @Test
    void reload_newModule_isThere() {
        try (Wagi wagi = host()) {
            wagi.reload(Wagi.builder()
                    .addListener(metrics)
                    .addModule(m -> m.route("/new").name("new").source(directory.resolve("ok.wat"))));
            wagi.handle(WagiRequest.get("/new"));

            List<String> scrape = scrape();
            assertThat(scrape)
                    .anyMatch(line -> line.startsWith("wagi_instances_lent_total{")
                            && line.contains("wagi_module=\"new\"")
                            && line.endsWith(" 1.0"));
            assertThat(scrape)
                    .anyMatch(line ->
                            line.startsWith("wagi_instances{") && line.contains("\"ok\"") && line.endsWith(" 0.0"));
        }
    }

    @Test
    void body_isCounted() {
        List<Long> lengths = new ArrayList<>();
        try (Wagi wagi = host()) {
            lengths.add((long) wagi.handle(WagiRequest.get("/ok/")).body().length);
            wagi.handle(WagiRequest.builder("POST", "/reads/")
                    .body("12345".getBytes(StandardCharsets.US_ASCII))
                    .build());
        }
        assertThat(registry.get("http.server.response.body.size")
                        .tag("wagi.module", "ok")
                        .summary()
                        .totalAmount())
                .isEqualTo(5)
                .isEqualTo(lengths.get(0).doubleValue());
        assertThat(registry.get("http.server.request.body.size")
                        .tag("wagi.module", "reads")
                        .summary()
                        .totalAmount())
                .isEqualTo(5);
    }
}
