// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

/** Thrown if other guests use the heap, so that this one cannot run now. It may be able to run later. */
public final class NoRoomException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates an exception with the number of bytes that the guest needs. */
    public NoRoomException(long bytes) {
        super("no room for " + bytes + " bytes of memory: other guests have taken half of the JVM's heap");
    }
}
