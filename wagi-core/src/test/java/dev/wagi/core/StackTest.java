// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.api.WagiRequest;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that calls the host with hardly any stack left, again on each level on its way back. Logs, servers and the
 * like have locks that others need, and an overflow between {@code lock} and {@code unlock} keeps them for ever.
 */
class StackTest {

    private static final int RUNS = 20;

    /** What is kept free for libraries takes up to half of it as long as the JVM interprets that code. */
    private static final int STACK_BYTES = 1 << 20;

    /**
     * On every level of a recursion without end: a byte to standard output, sent at once; a line of log; a byte of
     * input.
     */
    private static final String GUEST = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_sync" (func $fd_sync (param i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\40\\00\\00\\00\\1a\\00\\00\\00\\58\\00\\00\\00\\02\\00\\00\\00")
              (data (i32.const 64) "Content-Type: text/plain\\n\\nx\\n")
              (func $deeper (param $n i32) (result i32)
                (if (i32.gt_u (local.get $n) (i32.const 300))
                  (then
                    (drop (call $fd_write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 32)))
                    (drop (call $fd_sync (i32.const 1)))
                    (drop (call $fd_write (i32.const 2) (i32.const 8) (i32.const 1) (i32.const 32)))
                    (i32.store (i32.const 16) (i32.const 128))
                    (i32.store (i32.const 20) (i32.const 1))
                    (drop (call $fd_read (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 32)))))
                (i32.add (call $deeper (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
              (func (export "_start")
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
                (drop (call $deeper (i32.const 0)))))
            """;

    @TempDir
    Path directory;

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private int logged;
    private int sent;
    private int read;

    @Test
    void host_calledAtTheEndOfTheStack_keepsNoLock() throws Exception {
        Path guest = Guests.wat(directory, "guest", GUEST);
        try (Wagi wagi = Wagi.builder()
                .addModule(m ->
                        m.route("/").source(guest).streamRequestBody(true).limits(l -> l.withMaxStderrBytes(1 << 30)))
                .guestLog((module, request, line) -> locked(() -> logged++))
                .build()) {
            for (int run = 0; run < RUNS; run++) {
                WagiRequest request = WagiRequest.builder("POST", "/")
                        .addHeader("Host", "h")
                        .body(new Endless(), -1)
                        .build();
                Thread thread = new Thread(
                        null, () -> wagi.handle(request, new LockingSink()), "guest", STACK_BYTES + run * 64L);
                thread.start();
                thread.join();
                assertThat(lock.getReadLockCount())
                        .as("run %d: a lock is kept", run)
                        .isZero();
            }
        }

        assertThat(logged).isPositive();
        assertThat(sent).isPositive();
        assertThat(read).isPositive();
    }

    private interface Work {
        void run();
    }

    /** As libraries do it. To give such a lock back takes more stack than to get it. */
    private void locked(Work work) {
        lock.readLock().lock();
        try {
            work.run();
        } finally {
            lock.readLock().unlock();
        }
    }

    private final class LockingSink implements ResponseSink {
        @Override
        public void start(int status, Headers headers, long contentLength) {
            locked(() -> {});
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            locked(() -> sent += length);
        }

        @Override
        public void flush() {
            locked(() -> {});
        }

        @Override
        public void end() {
            locked(() -> {});
        }

        @Override
        public void abort() {
            locked(() -> {});
        }
    }

    private final class Endless extends InputStream {
        @Override
        public int read() {
            locked(() -> read++);
            return 'x';
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            locked(() -> read++);
            return 1;
        }

        @Override
        public int available() {
            locked(() -> {});
            return 1;
        }
    }
}
