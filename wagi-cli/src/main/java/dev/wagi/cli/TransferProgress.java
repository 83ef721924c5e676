// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.oci.Digest;
import dev.wagi.oci.TransferListener;
import java.io.PrintStream;
import java.util.Locale;

/** Shows transfers: a bar on a terminal, else a line when one begins and one when it has ended. */
final class TransferProgress implements TransferListener {

    private static final int BAR = 30;

    private final PrintStream err;
    private final boolean bar;

    /**
     * On a stream.
     *
     * @param bar whether a line may be written over
     */
    TransferProgress(PrintStream err, boolean bar) {
        this.err = err;
        this.bar = bar;
    }

    /** On standard error. */
    static TransferListener standard(boolean quiet) {
        return quiet ? new TransferListener() {} : new TransferProgress(System.err, isTerminal());
    }

    /** Since Java 22 there is a console without a terminal, too, and a method to ask. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        if (System.console() == null || "dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(System.console());
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    @Override
    public synchronized void started(Started event) {
        if (bar) {
            draw(0, event.totalBytes(), event.content());
        } else {
            err.println("transferring " + size(event.totalBytes()) + " of " + event.reference() + " ("
                    + shortened(event.content()) + ")");
        }
    }

    @Override
    public synchronized void progressed(Progressed event) {
        if (bar) {
            draw(event.bytes(), event.totalBytes(), event.content());
        }
    }

    private void draw(long bytes, long totalBytes, Digest content) {
        int done = totalBytes <= 0 ? BAR : (int) Math.min(BAR, bytes * BAR / totalBytes);
        err.print("\r[" + "#".repeat(done) + " ".repeat(BAR - done) + "] " + size(bytes) + " of " + size(totalBytes)
                + "  " + shortened(content) + "\u001b[K");
        err.flush();
    }

    @Override
    public synchronized void finished(Finished event) {
        err.println((bar ? "\r\u001b[K" : "") + "transferred " + event.reference() + " (" + shortened(event.content())
                + ")");
    }

    @Override
    public synchronized void retrying(Retrying event) {
        err.println((bar ? "\r\u001b[K" : "") + event.reference() + ": " + event.reason() + "; trying again in "
                + String.format(Locale.ROOT, "%.1f s", event.pause().toMillis() / 1e3));
    }

    /** Seven bytes of a digest tell contents apart. */
    private static String shortened(Digest content) {
        String text = content.toString();
        return text.substring(0, Math.min(text.length(), "sha256:".length() + 14));
    }

    static String size(long bytes) {
        return bytes < 10_000
                ? bytes + " bytes"
                : bytes < 1_000_000
                        ? String.format(Locale.ROOT, "%.1f kB", bytes / 1e3)
                        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
