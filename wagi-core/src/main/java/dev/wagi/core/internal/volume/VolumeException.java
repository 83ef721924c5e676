// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Thrown if an operation on a volume fails. It gives the guest a reason, and nothing about the host. Has no stack
 * trace, because it is a normal result rather than a defect.
 */
public final class VolumeException extends IOException {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(VolumeException.class);

    /** The reasons of a failure. */
    public enum Reason {
        /** The host process has no permission. */
        ACCESS,
        /** The descriptor was not opened for this operation. */
        BAD_DESCRIPTOR,
        /** Another process changed it concurrently, or uses it. */
        BUSY,
        /** The operation crosses volumes. */
        CROSS_DEVICE,
        /** The name exists already. */
        EXISTS,
        /** The file would exceed the maximum size. */
        FILE_TOO_LARGE,
        /** The thread was interrupted: the guest is to be stopped. */
        INTERRUPTED,
        /** The arguments are invalid. */
        INVALID,
        /** Any other failure of the host. */
        IO,
        /** The path is a directory, which is not allowed here. */
        IS_DIRECTORY,
        /** Symbolic links form a cycle, or there are too many of them. */
        LOOP,
        /** The host does not support the name. */
        MALFORMED,
        /** A name or path is too long, or too deep. */
        NAME_TOO_LONG,
        /** The disk is full. */
        NO_SPACE,
        /** The host process has too many open files. */
        NO_DESCRIPTORS,
        /** The path is not a directory. */
        NOT_DIRECTORY,
        /** The directory to remove or replace is not empty. */
        NOT_EMPTY,
        /** The name does not exist. */
        NOT_FOUND,
        /** Never allowed: a path that leaves its directory, or the creation of a link. */
        NOT_PERMITTED,
        /** The volume's quota, or one of the host, is exhausted. */
        QUOTA,
        /** The volume is read-only. */
        READ_ONLY,
        /** The path is a pipe, a socket or a device, which a guest cannot open. */
        SPECIAL
    }

    /** English error texts of Linux, macOS and Windows; the JDK has no separate exceptions for these. */
    private static final Map<String, Reason> TEXTS = Map.ofEntries(
            Map.entry("No space left on device", Reason.NO_SPACE),
            Map.entry("There is not enough space on the disk", Reason.NO_SPACE),
            Map.entry("Disk quota exceeded", Reason.QUOTA),
            Map.entry("Disc quota exceeded", Reason.QUOTA),
            Map.entry("Read-only file system", Reason.READ_ONLY),
            Map.entry("File too large", Reason.FILE_TOO_LARGE),
            Map.entry("Directory not empty", Reason.NOT_EMPTY),
            Map.entry("Not a directory", Reason.NOT_DIRECTORY),
            Map.entry("Is a directory", Reason.IS_DIRECTORY),
            Map.entry("Too many levels of symbolic links", Reason.LOOP),
            Map.entry("File name too long", Reason.NAME_TOO_LONG),
            Map.entry("Invalid argument", Reason.INVALID),
            Map.entry("Operation not permitted", Reason.NOT_PERMITTED),
            Map.entry("Too many open files", Reason.NO_DESCRIPTORS),
            Map.entry("Device or resource busy", Reason.BUSY),
            Map.entry("Text file busy", Reason.BUSY),
            Map.entry("cross-device link", Reason.CROSS_DEVICE));

    private final Reason reason;

    VolumeException(Reason reason) {
        super(reason.name());
        this.reason = reason;
    }

    /** Returns the reason of the failure. */
    public Reason reason() {
        return reason;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }

    /**
     * Ends an operation whose thread was interrupted.
     *
     * @throws VolumeException {@code INTERRUPTED} if it was
     */
    static void checkInterrupt() throws VolumeException {
        if (Thread.currentThread().isInterrupted()) {
            throw new VolumeException(Reason.INTERRUPTED);
        }
    }

    /** Maps a failure of the host to a reason for the guest; the original exception is kept for debugging. */
    static VolumeException of(IOException e) {
        if (e instanceof VolumeException known) {
            return known;
        }
        Reason reason = reasonOf(e);
        if (reason == Reason.IO) {
            LOG.debug("an operation on a volume failed", e);
        }
        return new VolumeException(reason);
    }

    private static Reason reasonOf(IOException e) {
        if (e instanceof NoSuchFileException) {
            return Reason.NOT_FOUND;
        } else if (e instanceof FileAlreadyExistsException) {
            return Reason.EXISTS;
        } else if (e instanceof AccessDeniedException) {
            return Reason.ACCESS;
        } else if (e instanceof NotDirectoryException) {
            return Reason.NOT_DIRECTORY;
        } else if (e instanceof DirectoryNotEmptyException) {
            return Reason.NOT_EMPTY;
        } else if (e instanceof AtomicMoveNotSupportedException) {
            return Reason.CROSS_DEVICE;
        } else if (e instanceof NotLinkException) {
            return Reason.INVALID;
        } else if (e instanceof FileSystemLoopException) {
            return Reason.LOOP;
        } else if (e instanceof ClosedByInterruptException) {
            return Reason.INTERRUPTED;
        }
        String text = String.valueOf(e.getMessage());
        for (Map.Entry<String, Reason> known : TEXTS.entrySet()) {
            if (text.contains(known.getKey())) {
                return known.getValue();
            }
        }
        return Reason.IO;
    }
}
