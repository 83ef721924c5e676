// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A response that is not read to its end is closed with its connection, regardless of how the pull continues. */
class OciClientConnectionsTest {

    /** A row: the beginning of the registry's response, and the credentials of the request. */
    record Row(String name, String head, CredentialSource credentials) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Row> rows() {
        CredentialSource nobody = (host, repository) -> List.of();
        CredentialSource somebody = (host, repository) -> List.of(Credentials.of("alice", "wrong"));
        CredentialSource broken = (host, repository) -> {
            throw new OciException.BadCredentials("the file is broken");
        };
        String bearer = "401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"%s\"";
        return List.of(
                new Row("no challenge", "401 Unauthorized", nobody),
                new Row("credentials that cannot be read", "401 Unauthorized\r\nWWW-Authenticate: Basic", broken),
                new Row("credentials that are refused", "401 Unauthorized\r\nWWW-Authenticate: Basic", somebody),
                new Row("credentials that are forbidden", "403 Forbidden", somebody),
                new Row("token server over http", bearer.formatted("http://tokens.invalid/"), somebody),
                new Row("token server that is none", bearer.formatted("tokens"), somebody),
                new Row("token server that is not there", bearer.formatted("http://127.0.0.1:1/"), somebody),
                new Row("redirect to nowhere", "302 Found\r\nLocation: %%%", nobody),
                new Row("redirect to another scheme", "307 Temporary Redirect\r\nLocation: ftp://x/", nobody),
                new Row("server error", "503 Service Unavailable", nobody),
                new Row("manifest that does not end", "200 OK", nobody));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void response_thatIsNotRead_isClosed(Row row) throws Exception {
        try (Unfinished registry = new Unfinished(row.head())) {
            OciClient client = OciClient.builder()
                    .addInsecureRegistry(registry.name())
                    .addInsecureRegistry("127.0.0.1:1")
                    .addCredentials(row.credentials())
                    .timing(new FakeTime().timing(), Duration.ofMillis(100))
                    .build();

            assertThatThrownBy(() -> client.pull(
                            OciReference.parse(registry.name() + "/team/hello:v1"), PullPolicy.IF_NOT_PRESENT))
                    .isInstanceOf(OciException.class);

            assertThat(registry.connections).isNotEmpty();
            for (CompletableFuture<Boolean> connection : registry.connections) {
                assertThat(connection.get(60, TimeUnit.SECONDS))
                        .as("closed by the client")
                        .isTrue();
            }
        }
    }

    /**
     * Answers each request with a header and the beginning of a body, and then waits until the client closes the
     * connection.
     */
    private static final class Unfinished implements AutoCloseable {
        private static final int PATIENCE = 20_000;

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final List<CompletableFuture<Boolean>> connections = new CopyOnWriteArrayList<>();
        private final byte[] answer;

        Unfinished(String head) throws IOException {
            answer = ("HTTP/1.1 " + head + "\r\nContent-Length: 1000000\r\n\r\n{\"errors\":[")
                    .getBytes(StandardCharsets.US_ASCII);
            threads.execute(this::accept);
        }

        String name() {
            return "127.0.0.1:" + server.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = server.accept();
                    CompletableFuture<Boolean> closed = new CompletableFuture<>();
                    connections.add(closed);
                    threads.execute(() -> closed.complete(serve(client)));
                }
            } catch (IOException e) {
                // closed
            }
        }

        private boolean serve(Socket client) {
            try (client) {
                client.setSoTimeout(PATIENCE);
                InputStream in = client.getInputStream();
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    int next = in.read();
                    if (next < 0) {
                        return true;
                    }
                    head.append((char) next);
                }
                client.getOutputStream().write(answer);
                return in.read() < 0;
            } catch (SocketTimeoutException e) {
                return false;
            } catch (IOException e) {
                return true; // reset
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
            threads.shutdownNow();
        }
    }
}
