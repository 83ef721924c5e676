// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Notifies systemd of the state of the command, if systemd started it as a service of {@code Type=notify} or
 * {@code notify-reload}. Java has no Unix datagram sockets, so systemd's own program sends the messages; see RATIONALE,
 * "How does the command talk to systemd?". Does nothing without {@code NOTIFY_SOCKET}. Thread-safe; each message takes
 * ten seconds at most, and that the command is ready is said again until systemd knows it.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html">sd_notify(3)</a>
 * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/systemd-notify.html">systemd-notify(1)</a>
 */
final class ServiceManager {

    /** What the command says while requests in flight are finished. */
    static final String STOPPING = "Stopping: waiting for requests in flight";

    /** Is set if systemd wants to be notified. */
    private static final String SOCKET = "NOTIFY_SOCKET";

    private static final String PROGRAM = "systemd-notify";

    /** The program itself waits up to five seconds until systemd has read the message. */
    private static final long PATIENCE_SECONDS = 10;

    private static final long MOST_SECONDS_BETWEEN_TRIES = 60;

    /** A status is a line for people. */
    private static final int MAX_STATUS = 300;

    private static boolean isStopping; // guarded by the class
    private static int state; // guarded by the class; changes when the command becomes ready or not ready
    private static @Nullable String complaint; // guarded by the class

    private ServiceManager() {}

    /** The command does something that takes time, before it is ready or while it stops. */
    static void status(String status) {
        send(text(status));
    }

    /** Returns the status of a server. */
    static String serving(String routes, URI uri) {
        return "Serving " + routes + " on " + uri;
    }

    /** Requests are accepted, from now on or again. Systemd ends a service of which it never learns that. */
    static synchronized void ready(String status) {
        if (isStopping) {
            return;
        }
        state++;
        if (!sendReady(status)) {
            int mine = state;
            Thread again = new Thread(() -> sayAgain(status, mine), "wagi-ready");
            again.setDaemon(true);
            try {
                again.start();
            } catch (OutOfMemoryError e) {
                CommandLog.complain("wagi: there is no thread to tell systemd again that the command is ready", null);
            }
        }
    }

    private static boolean sendReady(String status) {
        return send("READY=1", text(status));
    }

    /** Says that the command is ready until that has arrived, or is no longer so. */
    private static void sayAgain(String status, int mine) {
        try {
            for (long wait = 1; ; wait = Math.min(wait * 2, MOST_SECONDS_BETWEEN_TRIES)) {
                TimeUnit.SECONDS.sleep(wait);
                synchronized (ServiceManager.class) {
                    if (isStopping || state != mine || sendReady(status)) {
                        return;
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command has begun to read its configuration again; {@link #ready} has to follow, whatever comes of it. */
    static synchronized void reloading() {
        if (!isStopping) {
            state++;
            // The clock of nanoTime is CLOCK_MONOTONIC in the JVMs for Linux, which is the one that systemd compares
            // with.
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
            send("RELOADING=1", "MONOTONIC_USEC=" + micros, text("Reloading"));
        }
    }

    /** The command has begun to stop. */
    static synchronized void stopping(String status) {
        isStopping = true;
        send("STOPPING=1", text(status));
    }

    /**
     * Keeps systemd's watchdog content as long as a server answers, if the service has {@code WatchdogSec}. While the
     * command stops, {@link Halt} limits the time instead.
     *
     * @param look whether the server answers within a time
     */
    static void watch(Predicate<Duration> look) {
        if (Environment.orElse(null, SOCKET) == null) {
            return;
        }
        Watchdog.of(
                        Environment.orElse(null, Watchdog.INTERVAL),
                        Environment.orElse(null, Watchdog.PROCESS),
                        limit -> isStopping() || look.test(limit),
                        () -> send("WATCHDOG=1"),
                        text -> CommandLog.complain("wagi: " + text, null))
                .ifPresent(Watchdog::start);
    }

    private static synchronized boolean isStopping() {
        return isStopping;
    }

    /** In one line, whatever a name in it consists of. */
    private static String text(String status) {
        String line = status.replaceAll("\\p{Cntrl}", "?");
        return "STATUS=" + line.substring(0, Math.min(line.length(), MAX_STATUS));
    }

    /**
     * Sends a message. The command goes on whether or not this succeeds.
     *
     * @return whether it has arrived, or nobody waits for it
     */
    private static synchronized boolean send(String... assignments) {
        if (Environment.orElse(null, SOCKET) == null) {
            return true;
        }
        String reason;
        try {
            List<String> command = new ArrayList<>(
                    List.of(PROGRAM, "--pid=" + ProcessHandle.current().pid()));
            command.addAll(Arrays.asList(assignments));
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                reason = "it took longer than " + PATIENCE_SECONDS + " s";
            } else {
                reason = process.exitValue() == 0 ? null : "it ended with exit code " + process.exitValue();
            }
        } catch (IOException | OutOfMemoryError e) { // which is how Java says that there are no more threads
            reason = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        if (reason != null
                && !reason.equals(complaint)) { // else each message of the watchdog would be a line of the log
            CommandLog.complain(
                    "wagi: systemd was not notified of " + assignments[0] + " with " + PROGRAM + ": " + reason
                            + "; install it, or write Type=exec in the service's unit, without WatchdogSec",
                    null);
        }
        complaint = reason;
        return reason == null;
    }
}
