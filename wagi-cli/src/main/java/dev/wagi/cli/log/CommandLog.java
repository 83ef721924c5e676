// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.log;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Where the command's log goes: to standard error. In the format JSON everything that this process prints there is an
 * event of its own, whatever prints it, so that what reads it never meets anything else. Thread-safe.
 */
public final class CommandLog {

    /** The logger of what the command says itself. */
    private static final String COMMAND = "wagi";

    /** What the command's own texts begin with for people. */
    private static final String PREFIX = COMMAND + ": ";

    private static volatile boolean verbose;

    /** Standard error as it was; null for lines of text. */
    private static volatile @Nullable PrintStream json;

    private CommandLog() {}

    /** Logs more from now on. */
    public static void verbose() {
        verbose = true;
    }

    static boolean isVerbose() {
        return verbose;
    }

    /** Sets the format, once; what was printed before it is text. */
    public static synchronized void format(LogFormat format) {
        if (format == LogFormat.JSON && json == null) {
            PrintStream err = System.err;
            json = err;
            System.setErr(new PrintStream(new Events(err), true, StandardCharsets.UTF_8));
            Thread.setDefaultUncaughtExceptionHandler(
                    (thread, failure) -> log(Level.ERROR, COMMAND, "thread " + thread.getName() + " ended", failure));
        }
    }

    /** {@return whether the log is JSON} */
    public static boolean isJson() {
        return json != null;
    }

    /**
     * Says that something went wrong that is the command's own to say.
     *
     * @param text as people see it
     * @param failure whose stack trace to show; null for none
     */
    public static void complain(String text, @Nullable Throwable failure) {
        if (isJson()) {
            log(Level.ERROR, COMMAND, message(text), failure);
        } else {
            System.err.println(text);
            if (failure != null) {
                failure.printStackTrace();
            }
        }
    }

    /** Says on standard output that the command has come so far, in the log's format. */
    public static void announce(String text) {
        System.out.println(
                isJson()
                        ? JsonLine.of(OffsetDateTime.now(ZoneId.systemDefault()), Level.INFO, COMMAND, text, null)
                        : text);
        System.out.flush();
    }

    /** {@return a text of the command in the log's format, without the time, for when there is no heap to make it} */
    public static String prepared(String text) {
        return isJson() ? JsonLine.of(null, Level.ERROR, COMMAND, text, null) : PREFIX + text;
    }

    static void log(Level level, String logger, String message, @Nullable Throwable failure) {
        PrintStream out = json;
        if (out == null) {
            print(System.err, TextLine.of(OffsetDateTime.now(ZoneId.systemDefault()), level, logger, message, failure));
        } else {
            print(out, JsonLine.of(OffsetDateTime.now(ZoneId.systemDefault()), level, logger, message, failure));
        }
    }

    /** In one piece: other threads, and other processes with the same standard error, write between. */
    private static void print(PrintStream out, String line) {
        byte[] bytes = (line + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    private static String message(String text) {
        return text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : text;
    }

    /** Makes an event of what is printed at once. The stream around it has a lock. */
    private static final class Events extends OutputStream {

        /** A line that is longer is cut into several. */
        private static final int MAX_BYTES = 1 << 16;

        private final PrintStream err;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        Events(PrintStream err) {
            this.err = err;
        }

        @Override
        public void write(int octet) {
            line.write(octet);
            end();
        }

        @Override
        public void write(byte[] buffer, int offset, int length) {
            line.write(buffer, offset, length);
            end();
        }

        private void end() {
            if (line.size() >= MAX_BYTES) {
                event();
            }
        }

        /** Half a line waits for its end. */
        @Override
        public void flush() throws IOException {
            byte[] bytes = line.toByteArray();
            if (bytes.length > 0 && bytes[bytes.length - 1] == '\n') {
                event();
            }
            if (err.checkError()) {
                throw new IOException("standard error is closed");
            }
        }

        private void event() {
            String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
            line.reset();
            if (!text.isEmpty()) {
                log(Level.INFO, COMMAND, message(text), null);
            }
        }
    }
}
