// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Impatience;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Guests that nothing ends, because the host waits for their sake in something that ignores interrupts: a log. */
@Timeout(60)
class StrayGuestsTest {

    /** Writes a line to standard error. */
    private static final String GUEST = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\10\\00\\00\\00\\02\\00\\00\\00")
              (data (i32.const 16) "x\\n")
              (func (export "_start")
                (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))
            """;

    /** As many as take a module out of service. */
    private static final int MANY = 8;

    @TempDir
    Path folder;

    private final CountDownLatch released = new CountDownLatch(1);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Queue<LogRecord> log = new ConcurrentLinkedQueue<>();
    private final Logger logger = Logger.getLogger("dev.wagi.core");
    private final Handler recorder = new Handler() {
        @Override
        public void publish(LogRecord entry) {
            log.add(entry);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void record() {
        logger.addHandler(recorder);
        logger.setLevel(Level.WARNING); // another class may have silenced the root
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void close() throws Exception {
        released.countDown();
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
        logger.setUseParentHandlers(true);
        logger.setLevel(null);
        logger.removeHandler(recorder);
    }

    @ParameterizedTest
    @EnumSource
    void guests_doNotEnd_theirModuleIsOutOfServiceAndOthersAreServed(AdmissionTest.Transport transport)
            throws Exception {
        Wagi wagi = host();
        URI uri = transport.start(wagi, folder, MANY, opened);
        String get = "GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n";

        // On a busy machine the timeout of some has passed before their guest begins.
        int late = 0;
        RawClient.Response response = client(uri).send(get).read();
        while (response.status() == 504 && late < 1000) {
            assertThat(response.whole()).isTrue();
            late++;
            response = client(uri).send(get).read();
        }
        assertThat(response.status()).isEqualTo(503);
        assertThat(late).isGreaterThanOrEqualTo(MANY);
        RawClient others = client(uri);
        for (int i = 0; i < 100; i++) {
            response = others.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n").read();
            assertThat(response.status()).isEqualTo(200);
        }
        assertThat(log).anySatisfy(entry -> {
            assertThat(entry.getMessage())
                    .startsWith("guest 'stuck' (route \"/stuck\", request ")
                    .contains("did not end");
            assertThat(entry.getThrown().getStackTrace())
                    .anySatisfy(frame -> assertThat(frame.getMethodName()).isEqualTo("neverEnd"));
        });
        assertThat(wagi.close(Duration.ofDays(1))).as("waits for none of them").isTrue();
    }

    @Test
    void server_closed_waitsForNoneOfThem() throws Exception {
        WagiServer server =
                WagiServer.builder(host()).port(0).grace(Duration.ofDays(365)).start();
        assertThat(client(server.uri())
                        .send("GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n")
                        .read()
                        .status())
                .isEqualTo(504);

        server.close();

        assertThat(released.getCount()).as("it runs").isOne();
    }

    private Wagi host() throws IOException {
        Path stuck = Files.writeString(folder.resolve("stuck.wat"), GUEST);
        Wagi wagi = Impatience.build(Impatience.of(Guests.builder(Limits.defaults()))
                .maxTotalConcurrency(1)
                .guestLog((module, request, line) -> neverEnd())
                .addModule(m -> m.route("/stuck").source(stuck).limits(l -> l.withTimeout(Duration.ofMillis(1)))));
        opened.add(wagi);
        return wagi;
    }

    private void neverEnd() {
        boolean ended = false;
        while (!ended) {
            try {
                released.await();
                ended = true;
            } catch (InterruptedException e) {
                // That is what it is about.
            }
        }
    }

    private RawClient client(URI uri) throws IOException {
        RawClient client = new RawClient(uri);
        opened.add(client);
        return client;
    }
}
