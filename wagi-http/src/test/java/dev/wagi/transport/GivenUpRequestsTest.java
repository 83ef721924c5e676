// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that wait for their turn, and are not given to the servlet when it comes. */
@Timeout(300)
class GivenUpRequestsTest {

    private static String hello(String query) {
        return "GET /hello?" + query + " HTTP/1.1\r\nHost: h\r\n\r\n";
    }

    @TempDir
    Path folder;

    /** They leave no place taken, and the response stays the filter's. */
    @ParameterizedTest
    @EnumSource
    void filter_answersInsteadOfTheServlet_placesAreFree(FilteredContainer container) throws Exception {
        Set<String> dispatchedLater = ConcurrentHashMap.newKeySet();
        Filter answers = (request, response, chain) -> {
            if (request.getDispatcherType() == DispatcherType.ASYNC) {
                ((HttpServletResponse) response).setStatus(418);
                return;
            }
            String query = ((HttpServletRequest) request).getQueryString();
            chain.doFilter(request, response);
            if (request.isAsyncStarted() && query != null) {
                dispatchedLater.add(query);
            }
        };
        List<AutoCloseable> opened = new ArrayList<>();
        try (Wagi wagi = Guests.builder(
                        Limits.defaults().withTimeout(Duration.ofMinutes(5)).withMaxQueue(1))
                .maxTotalConcurrency(1)
                .build()) {
            URI uri = container.start(
                    wagi, answers, EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC), folder, opened);
            try (RawClient running = new RawClient(uri);
                    RawClient one = new RawClient(uri);
                    RawClient two = new RawClient(uri)) {
                running.send("POST /converse HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n.")
                        .readUntil("first\n");
                one.send(hello("one"));
                two.send(hello("two"));
                // Only one of them may wait; when the other one is refused, it does.
                await(() -> one.isReady() || two.isReady());
                RawClient waiting = one.isReady() ? two : one;
                // If its turn came before that, the servlet would go on with it on the same thread.
                await(() -> dispatchedLater.contains(waiting == one ? "one" : "two"));
                running.send("xyz").readUntil("xyz");

                assertThat(waiting.read().status()).isEqualTo(418);
            }
            try (RawClient next = new RawClient(uri)) {
                RawClient.Response response;
                do { // the filter answers this one as well if it has to wait
                    response = next.send(hello("next")).read();
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

    private static void await(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            LockSupport.parkNanos(1_000_000);
            assertThat(Thread.interrupted()).as("the time limit has come").isFalse();
        }
    }
}
