// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends the process when nothing else does, so that whatever supervises it can start it again. Takes no heap, locks and hooks:
 * there may be none to take. Made at the start.
 */
final class Halt {

    /** The exit code. */
    static final int CODE = 3;

    /** Longer than requests in flight are waited for. */
    private static final long STOP_SECONDS = 45;

    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

    private static final byte[] HEAP =
            message("the heap is exhausted and does not recover; the process ends so that it can be"
                    + " started again. Raise -Xmx in WAGI_JAVA_OPTS, or lower max_memory and max_concurrency.");

    private static final byte[] STOP =
            message("stopping took longer than " + STOP_SECONDS + " s; what still runs is broken off.");

    private static final CountDownLatch STOPPING = new CountDownLatch(1);

    private Halt() {}

    private static byte[] message(String text) {
        return ("wagi: " + text + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    }

    /** Prepares all that it takes. */
    static void prepare() {
        Thread thread = new Thread(Halt::awaitStop, "wagi-stop-limit");
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

    private static void awaitStop() {
        try {
            STOPPING.await();
            TimeUnit.SECONDS.sleep(STOP_SECONDS);
        } catch (InterruptedException e) {
            // Nobody does.
        }
        end(STOP);
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
