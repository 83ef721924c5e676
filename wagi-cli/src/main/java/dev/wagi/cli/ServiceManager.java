// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.log.CommandLog;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Tells systemd how far the command is, if systemd started it as a service of {@code Type=notify}. Java has no datagram sockets
 * of Unix, so systemd's own program does it.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/systemd-notify.html">systemd-notify(1)</a>
 */
final class ServiceManager {

    /** Is set if systemd wants to be told. */
    private static final String SOCKET = "NOTIFY_SOCKET";

    private static final String PROGRAM = "systemd-notify";

    private static final long PATIENCE_SECONDS = 2;

    private ServiceManager() {}

    /** Requests are accepted. */
    static void ready() {
        tell("READY=1");
    }

    /** The command has begun to stop. */
    static void stopping() {
        tell("STOPPING=1");
    }

    /** The command goes on whether or not it can be told: systemd ends a service that it does not hear of. */
    private static void tell(String state) {
        String socket = Environment.orElse(null, SOCKET);
        if (socket == null) {
            return;
        }
        try {
            Process process = new ProcessBuilder(
                            PROGRAM, "--pid=" + ProcessHandle.current().pid(), state)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                complain(state, "it took longer than " + PATIENCE_SECONDS + " s");
            } else if (process.exitValue() != 0) {
                complain(state, "it ended with exit code " + process.exitValue());
            }
        } catch (IOException e) {
            complain(state, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void complain(String state, String reason) {
        CommandLog.complain(
                "wagi: systemd was not told " + state + " with " + PROGRAM + ": " + reason
                        + "; install it, or write Type=exec in the service's unit",
                null);
    }
}
