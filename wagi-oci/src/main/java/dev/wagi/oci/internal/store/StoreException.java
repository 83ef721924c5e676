// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.store;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;

/** An operation of the store failed. The message gives the cause and the remedy; a partial write has no effect. */
public final class StoreException extends IOException {

    private static final long serialVersionUID = 1;

    StoreException(String message) {
        super(message);
    }

    private StoreException(String message, IOException cause) {
        super(message, cause);
    }

    /** Creates the exception for a failure of the operating system. */
    static StoreException of(String failed, Path where, IOException cause) {
        if (cause instanceof StoreException known) {
            return known;
        }
        if (cause instanceof ClosedByInterruptException) {
            return new StoreException(
                    "interrupted: cannot " + failed + " in the module store: " + where + "; try again", cause);
        }
        String reason = cause instanceof FileSystemException refused && refused.getReason() != null
                ? refused.getReason()
                : cause.getClass() == IOException.class && cause.getMessage() != null
                        ? cause.getMessage()
                        : cause.toString();
        return new StoreException(
                "cannot " + failed + " in the module store: " + where + ": "
                        + (cause instanceof AccessDeniedException ? "permission denied" : reason) + "; "
                        + remedy(cause, reason.toLowerCase(Locale.ROOT)),
                cause);
    }

    private static String remedy(IOException cause, String reason) {
        if (isFull(reason)) {
            return "free some space, lower the size of the store, or name a directory on a larger disk";
        }
        if (cause instanceof AccessDeniedException || reason.contains("read-only")) {
            return "give the user of this process write permission, or name another directory";
        }
        return "check the disk and the directory, or name another directory";
    }

    private static boolean isFull(String reason) {
        return reason.contains("no space left") || reason.contains("quota") || reason.contains("file too large");
    }
}
