// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that wait for their turn, and are not given to the servlet when it comes. */
@Timeout(300)
class GivenUpRequestsTest {

    private static final String HELLO = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

    @TempDir
    Path folder;

    /** They leave no place taken, and the response stays the filter's. */
    @ParameterizedTest
    @EnumSource
    void filter_answersInsteadOfTheServlet_placesAreFree(FilteredContainer container) throws Exception {
        Filter answers = (request, response, chain) -> ((HttpServletResponse) response).setStatus(418);
        List<AutoCloseable> opened = new ArrayList<>();
        try (Wagi wagi = Guests.builder(
                        Limits.defaults().withTimeout(Duration.ofMinutes(5)).withMaxQueue(1))
                .maxTotalConcurrency(1)
                .build()) {
            URI uri = container.start(wagi, answers, DispatcherType.ASYNC, folder, opened);
            try (RawClient running = new RawClient(uri);
                    RawClient one = new RawClient(uri);
                    RawClient two = new RawClient(uri)) {
                running.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n.")
                        .readUntil("first\n");
                one.send(HELLO);
                two.send(HELLO);
                // Only one of them may wait; when the other one is refused, it does.
                while (!one.isReady() && !two.isReady()) {
                    LockSupport.parkNanos(1_000_000);
                    assertThat(Thread.interrupted())
                            .as("the time limit has come")
                            .isFalse();
                }
                RawClient waiting = one.isReady() ? two : one;
                running.send("xyz").readUntil("xyz");

                assertThat(waiting.read().status()).isEqualTo(418);
            }
            try (RawClient next = new RawClient(uri)) {
                RawClient.Response response;
                do { // the filter answers this one as well if it has to wait
                    response = next.send(HELLO).read();
                } while (response.status() == 418);
                assertThat(response.body()).isEqualTo("hello world\n");
            }
            assertThat(wagi.close(Duration.ofMinutes(2))).isTrue();
        } finally {
            for (AutoCloseable each : opened) {
                each.close();
            }
        }
    }
}
