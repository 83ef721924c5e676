// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.api.WagiListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A line for each request, written by a thread of its own, so that no request waits for a disk. Lines for which there
 * is no room because the disk is too slow are counted and reported. Thread-safe.
 */
final class AccessLog implements WagiListener, AutoCloseable {

    /** Where lines are written, by one thread. */
    interface Output {
        /**
         * Appends lines.
         *
         * @throws IOException if it cannot at the moment
         */
        void write(ByteArrayOutputStream lines) throws IOException;

        /** Ends the output. */
        void close();
    }

    /** How many bytes of lines wait for the thread at most. */
    private static final int MAX_WAITING = 8 << 20;

    /** What a line takes besides its characters. */
    private static final int LINE_OVERHEAD = 100;

    /** How many bytes are written in one go. */
    private static final int BATCH = 64 << 10;

    /** How long lines are collected after a batch that was not full: no request has to wake the thread meanwhile. */
    private static final long COLLECT_MILLIS = 20;

    /** How long the end of the process waits for the last lines. */
    private static final long CLOSE_MILLIS = 5000;

    /** Wakes the thread for the last time; compared by identity. */
    @SuppressWarnings("StringOperationCanBeSimplified")
    private static final String END = new String("end");

    private final AccessLogFormat format;
    private final Output file;
    private final Consumer<String> problems;
    private final Clock clock;
    private final ZoneId zone;
    private final LinkedBlockingQueue<String> waiting = new LinkedBlockingQueue<>();
    private final Semaphore room;
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread = new Thread(this::run, "wagi-access-log");
    private boolean failing;
    private boolean ended; // of the thread only

    private AccessLog(AccessLogFormat format, Output file, Consumer<String> problems, Clock clock, int maxWaiting) {
        this.format = format;
        this.file = file;
        this.problems = problems;
        this.clock = clock;
        this.zone = clock.getZone();
        this.room = new Semaphore(maxWaiting);
    }

    /**
     * Starts a log.
     *
     * @param problems takes what an operator should know: lost lines, a file that cannot be written
     */
    static AccessLog start(AccessLogFormat format, Output file, Consumer<String> problems) {
        return start(format, file, problems, Clock.system(ZoneId.systemDefault()), MAX_WAITING);
    }

    /**
     * As above, for tests.
     *
     * @param maxWaiting how many bytes may wait
     */
    static AccessLog start(
            AccessLogFormat format, Output file, Consumer<String> problems, Clock clock, int maxWaiting) {
        AccessLog log = new AccessLog(format, file, problems, clock, maxWaiting);
        log.thread.setDaemon(true);
        log.thread.start();
        return log;
    }

    @Override
    public void requestEnded(RequestEnded event) {
        String line = format.line(event, clock.instant(), zone);
        if (room.tryAcquire(cost(line))) {
            waiting.add(line);
        } else {
            lost.incrementAndGet();
        }
    }

    private static int cost(String line) {
        return line.length() + LINE_OVERHEAD;
    }

    /** Writes what waits, in a few seconds at most. */
    @Override
    public void close() {
        waiting.add(END);
        try {
            thread.join(CLOSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!ended) {
            try {
                writeBatch();
            } catch (InterruptedException e) {
                ended = true;
            } catch (RuntimeException | Error e) {
                // For instance no memory for the moment; the next batch may have it.
                failQuietly(e);
            }
        }
        file.close();
    }

    /** A failure to report a failure must not end the thread either. */
    private void failQuietly(Throwable failure) {
        try {
            fail(failure);
        } catch (RuntimeException | Error e) {
            // The lost lines are still counted.
        }
    }

    /** Writes what waits, or waits for it. */
    private void writeBatch() throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int unwritten = 0;
        try {
            String line = waiting.take();
            while (line != null && line != END) {
                unwritten++;
                room.release(cost(line));
                bytes.writeBytes(line.getBytes(StandardCharsets.US_ASCII));
                bytes.write('\n');
                line = bytes.size() < BATCH ? waiting.poll() : null;
            }
            // Noted before the file is written, which may fail.
            ended = line == END;
            if (bytes.size() > 0) {
                file.write(bytes);
            }
            unwritten = 0;
            failing = false;
            if (!ended && bytes.size() < BATCH) {
                Thread.sleep(COLLECT_MILLIS);
            }
        } catch (IOException e) {
            fail(e);
        } finally {
            lost.addAndGet(unwritten);
            reportLost();
        }
    }

    /** Reports a file once, until it can be written again. */
    private void fail(Throwable failure) {
        if (!failing) {
            failing = true;
            problems.accept("cannot write the access log " + file + ", lines are lost: " + failure);
        }
    }

    private void reportLost() {
        long missing = failing && !ended ? 0 : lost.getAndSet(0);
        if (missing > 0) {
            problems.accept(missing + " lines of the access log " + file
                    + " are lost, because it could not be written, or not fast enough");
        }
    }
}
