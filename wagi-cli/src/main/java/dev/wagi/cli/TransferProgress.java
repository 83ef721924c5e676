// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.oci.Digest;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.TransferListener;
import java.io.PrintStream;
import java.time.Duration;
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
    public synchronized void started(OciReference reference, Digest content, long totalBytes) {
        if (bar) {
            progressed(reference, content, 0, totalBytes);
        } else {
            err.println("transferring " + size(totalBytes) + " of " + reference + " (" + shortened(content) + ")");
        }
    }

    @Override
    public synchronized void progressed(OciReference reference, Digest content, long bytes, long totalBytes) {
        if (bar) {
            int done = totalBytes <= 0 ? BAR : (int) Math.min(BAR, bytes * BAR / totalBytes);
            err.print("\r[" + "#".repeat(done) + " ".repeat(BAR - done) + "] " + size(bytes) + " of " + size(totalBytes)
                    + "  " + shortened(content) + "\u001b[K");
            err.flush();
        }
    }

    @Override
    public synchronized void finished(OciReference reference, Digest content) {
        err.println((bar ? "\r\u001b[K" : "") + "transferred " + reference + " (" + shortened(content) + ")");
    }

    @Override
    public synchronized void retrying(OciReference reference, String reason, Duration pause) {
        err.println((bar ? "\r\u001b[K" : "") + reference + ": " + reason + "; trying again in "
                + String.format(Locale.ROOT, "%.1f s", pause.toMillis() / 1e3));
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
