// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

/** The heap is in use by other guests, so this one cannot run now. Not its fault: it may do so later. */
public final class NoRoomException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** With the bytes that it needs. */
    public NoRoomException(long bytes) {
        super("no room for " + bytes + " bytes of memory: other guests have taken half of the JVM's heap");
    }
}
