// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.server.WagiServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A large body passes through a guest and never stands in the memory. */
class StreamingTest {

    private static final int BODY = 50 << 20;
    private static final int BOUND = 16 << 20;

    private final Wagi wagi = Guests.env();

    @Test
    void echo_50Megabytes_inProcess_heapIsBounded() {
        exchange(new Measuring());
        Measuring measured = new Measuring();
        long before = heap();

        exchange(measured);

        assertThat(measured.total).isEqualTo(BODY);
        assertThat(measured.ended).isTrue();
        assertThat(measured.inTheMiddle - before).isLessThan(BOUND);
        assertThat(heap() - before).isLessThan(BOUND);
    }

    @Test
    void echo_50Megabytes_overHttp_heapIsBounded() throws Exception {
        try (WagiServer server = WagiServer.builder(wagi).port(0).start()) {
            transfer(server, 1 << 20);
            long before = heap();

            long middle = transfer(server, BODY);

            assertThat(middle - before).isLessThan(BOUND);
            assertThat(heap() - before).isLessThan(BOUND);
        }
    }

    private void exchange(ResponseSink sink) {
        wagi.handle(
                WagiRequest.builder("POST", "/env/echo")
                        .body(new Pattern(BODY), BODY)
                        .build(),
                sink);
    }

    /** Sends and reads at the same time; answers what is used of the heap in the middle of it. */
    private static long transfer(WagiServer server, int length) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            OutputStream out = socket.getOutputStream();
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try {
                    out.write(("POST /env/echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " + length
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
                    new Pattern(length).transferTo(out);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            long total = 0;
            long middle = 0;
            byte[] buffer = new byte[64 << 10];
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                total += count;
                if (middle == 0 && total >= length / 2) {
                    middle = heap();
                }
            }
            sent.join();
            assertThat(total).isGreaterThan(length);
            return middle;
        }
    }

    private static long heap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Bytes without end, up to a length. */
    private static final class Pattern extends InputStream {

        private int left;

        Pattern(int length) {
            left = length;
        }

        @Override
        public int read() {
            return left == 0 ? -1 : left-- & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int count = Math.min(length, left);
            for (int i = 0; i < count; i++) {
                bytes[offset + i] = (byte) (left - i);
            }
            left -= count;
            return count;
        }
    }

    /** Checks and forgets what is written; looks at the heap in the middle. */
    private static final class Measuring implements ResponseSink {

        private final Pattern expected = new Pattern(BODY);
        private int total;
        private long inTheMiddle;
        private boolean ended;

        @Override
        public void start(int status, Headers headers, long contentLength) {
            assertThat(status).isEqualTo(200);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            for (int i = 0; i < length; i++) {
                if (bytes[offset + i] != (byte) expected.read()) {
                    throw new AssertionError("byte " + (total + i) + " is wrong");
                }
            }
            total += length;
            if (inTheMiddle == 0 && total >= BODY / 2) {
                inTheMiddle = heap();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void abort() {}
    }
}
