// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process when nothing else does, so that whatever supervises it can start it again. Takes no heap, locks and
 * hooks: there may be none to take. Made at the start, when the format of the log is known.
 */
final class Halt {

    /** The exit code. */
    static final int CODE = 3;

    /** What stopping may take besides waiting for requests in flight. */
    private static final long STOP_SECONDS = 15;

    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

    private static final byte[] HEAP =
            message("the heap is exhausted and does not recover; the process ends so that it can be"
                    + " started again. Raise -Xmx in WAGI_JAVA_OPTS, or lower max_memory and max_concurrency.");

    private static final CountDownLatch STOPPING = new CountDownLatch(1);

    private Halt() {}

    private static byte[] message(String text) {
        return (CommandLog.prepared(text) + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Prepares all that it takes.
     *
     * @param graceSeconds how long requests in flight are waited for
     */
    static void prepare(long graceSeconds) {
        long seconds = graceSeconds + STOP_SECONDS;
        byte[] message = message("stopping took longer than " + seconds + " s; what still runs is broken off.");
        Thread thread = new Thread(() -> awaitStop(seconds, message), "wagi-stop-limit");
        thread.setDaemon(true);
        thread.start();
    }

    /** The process is stopping, and must have ended some time after this. */
    static void stopping() {
        STOPPING.countDown();
    }

    /** The heap is exhausted. */
    static void heapExhausted() {
        end(HEAP);
    }

    private static void awaitStop(long seconds, byte[] message) {
        try {
            STOPPING.await();
            TimeUnit.SECONDS.sleep(seconds);
        } catch (InterruptedException e) {
            // Nobody does.
        }
        end(message);
    }

    private static void end(byte[] message) {
        try {
            ERR.write(message);
        } catch (IOException e) {
            // It ends all the same.
        } finally {
            Runtime.getRuntime().halt(CODE);
        }
    }
}
