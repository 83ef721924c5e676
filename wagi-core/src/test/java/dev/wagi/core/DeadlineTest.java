// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.request.RequestBody;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is over because of a timeout is answered so, also if the watchdog comes too late to say it, or not at all. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadlineTest {

    private static final Duration TIMEOUT = Duration.ofMillis(50);
    private static final byte[] RESPONSE = "Content-Type: text/plain\n\nok".getBytes(StandardCharsets.US_ASCII);

    /** As on a machine that is too busy to run it. */
    private static final ThreadFactory NEVER_RUNS = task -> new Thread() {
        @Override
        public synchronized void start() {
            // Not now.
        }
    };

    @TempDir
    Path directory;

    /** How a guest ends that finds its time over before anybody else does. */
    enum End {
        TRAPS {
            @Override
            int end(GuestIo io) {
                throw new GuestTrapException("unreachable", null);
            }
        },
        STREAM_FAILS {
            @Override
            int end(GuestIo io) throws IOException {
                throw new RequestBody.BrokenException("a wait of the transport was over", null);
            }
        },
        PRINTS_NO_RESPONSE {
            @Override
            int end(GuestIo io) throws IOException {
                io.stdout().write(new byte[] {'?', '\n', '\n'}, 0, 3);
                return 0;
            }
        },
        PRINTS_NOTHING {
            @Override
            int end(GuestIo io) {
                return 1;
            }
        };

        abstract int end(GuestIo io) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void run_endsBadlyAfterItsTime_is504(End end) {
        assertThat(statusOf(end::end, false)).isEqualTo(504);
    }

    @Test
    void run_ofAContentTypeExitsAfterItsTime_is504() {
        assertThat(statusOf(io -> 1, true)).isEqualTo(504);
    }

    @Test
    void run_endsWellAfterItsTime_isAnswered() {
        assertThat(statusOf(DeadlineTest::answer, false)).isEqualTo(200);
    }

    private int statusOf(StubGuest.Run end, boolean contentType) {
        StubGuest.Run late = io -> {
            while (io.remainingNanos() > 0) {
                Thread.onSpinWait();
            }
            return end.run(io);
        };
        try (Wagi wagi = Wagi.builder()
                .watchdog(new Watchdog(NEVER_RUNS))
                .sandboxEngine((name, bytes, digest) -> limits -> StubGuest.of(late))
                .addModule(m -> {
                    m.route("/").source(Guests.wat(directory, "late", "")).limits(l -> l.withTimeout(TIMEOUT));
                    if (contentType) {
                        m.contentType("text/plain");
                    }
                })
                .build()) {
            return wagi.handle(WagiRequest.get("/")).status();
        }
    }

    /** Where the client of outbound calls finds that its time is over. */
    enum Call {
        CONNECT,
        READ
    }

    /** Its own deadline is the guest's and a second. */
    @ParameterizedTest
    @EnumSource
    void call_endsAfterTheGuestsTime_is504(Call where) {
        String guest = OutboundHttpTest.guest("https://a.test/", "GET", "", "(drop (call $get)) (drop (call $next))");
        try (Wagi wagi = Wagi.builder()
                .watchdog(new Watchdog(NEVER_RUNS))
                .outboundHttpClient(new LateClient(where))
                .addModule(m -> m.route("/")
                        .source(Guests.wat(directory, "calling", guest))
                        .allowedHosts("https://a.test")
                        .limits(l -> l.withTimeout(TIMEOUT)))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(504);
        }
    }

    @Test
    void load_failsAfterItsTime_saysThatItTookTooLong() {
        Wagi.Builder builder = Wagi.builder()
                .watchdog(new Watchdog(NEVER_RUNS))
                .sandboxEngine((name, bytes, digest) -> limits -> {
                    pass(TIMEOUT);
                    throw new ModuleLoadException("something in it is over");
                })
                .addModule(m ->
                        m.route("/").source(Guests.wat(directory, "late", "")).limits(l -> l.withTimeout(TIMEOUT)));

        assertThatThrownBy(builder::build)
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("late.wat takes longer than 50 ms to be instantiated, its timeout; raise it,"
                        + " or do less in its start function if it has one");
    }

    /** Nothing would end its waiting. */
    @Test
    void turn_watchdogCannotStart_isBrokenOffAndHoldsUpNobody() throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        List<Thread> watchers = new ArrayList<>();
        Watchdog watchdog = new Watchdog(task -> {
            if (fails.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            watchers.add(thread);
            return thread;
        });
        Queue<Runnable> tasks = new ArrayDeque<>();
        Wagi wagi = Wagi.builder()
                .watchdog(watchdog)
                .maxTotalConcurrency(1)
                .sandboxEngine((name, bytes, digest) -> limits -> StubGuest.of(DeadlineTest::answer))
                .addModule(m -> m.route("/").source(Guests.wat(directory, "good", "")))
                .build();
        for (Thread watcher : watchers) {
            watcher.interrupt(); // so that it need not wait to see that there is nothing to watch any more
            watcher.join();
        }

        fails.set(true);
        Outcome runs = new Outcome();
        wagi.handle(WagiRequest.get("/"), runs, tasks::add);
        Outcome waits = new Outcome();
        wagi.handle(WagiRequest.get("/"), waits, tasks::add);
        assertThat(waits.calls).containsExactly("aborted");

        fails.set(false);
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(runs.calls).containsExactly("200", "ended");
        assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(200);
        assertThat(wagi.close(Duration.ZERO)).as("nobody is inside").isTrue();
    }

    private static int answer(GuestIo io) throws IOException {
        io.stdout().write(RESPONSE, 0, RESPONSE.length);
        return 0;
    }

    /** What became of a request. */
    private static final class Outcome implements ResponseSink {
        private final List<String> calls = new ArrayList<>();

        @Override
        public void start(int status, Headers headers, long contentLength) {
            calls.add(Integer.toString(status));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {}

        @Override
        public void flush() {}

        @Override
        public void end() {
            calls.add("ended");
        }

        @Override
        public void abort() {
            calls.add("aborted");
        }
    }

    private static void pass(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    /** Notices only that all its time is over. */
    private record LateClient(Call where) implements OutboundHttpClient {
        @Override
        public List<InetAddress> resolve(String host) throws UnknownHostException {
            return List.of(InetAddress.getByAddress(new byte[] {8, 8, 8, 8}));
        }

        @Override
        public Response send(Request request) throws IOException {
            if (where == Call.CONNECT) {
                pass(TIMEOUT);
                throw new SocketTimeoutException("no time is left");
            }
            return new Response() {
                @Override
                public int status() {
                    return 200;
                }

                @Override
                public Headers headers() {
                    return Headers.none();
                }

                @Override
                public InputStream body() {
                    return new InputStream() {
                        @Override
                        public int read() throws IOException {
                            pass(TIMEOUT);
                            throw new SocketTimeoutException("no time is left");
                        }
                    };
                }

                @Override
                public void close() {}
            };
        }
    }
}
