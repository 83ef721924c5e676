// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

/** Why a guest's outbound call failed. Thrown where a guest does something wrong, which may be often: no stack trace. */
public final class GuestHttpException extends Exception {

    private static final long serialVersionUID = 1L;

    /** The error codes of {@code wasi_experimental_http}. */
    public enum Code {
        /** No response has that handle. */
        INVALID_HANDLE(1),
        /** The module exports no memory {@code memory}. */
        MEMORY_NOT_FOUND(2),
        /** A range is not inside the memory. */
        MEMORY_ACCESS(3),
        /** What there is does not fit. */
        BUFFER_TOO_SMALL(4),
        /** The response has no such header. */
        HEADER_NOT_FOUND(5),
        /** A string is not UTF-8. */
        UTF8(6),
        /** The URL, or one that it redirects to, is not in the list or leads to a private address. */
        DESTINATION_NOT_ALLOWED(7),
        /** Not a method, or one that is refused. */
        INVALID_METHOD(8),
        /** A header that cannot be sent. */
        INVALID_ENCODING(9),
        /** Not a URL. */
        INVALID_URL(10),
        /** The other side, or the way to it, failed. */
        REQUEST_ERROR(11),
        /** The host failed, or a limit on sizes was reached. */
        RUNTIME_ERROR(12),
        /** Too many open responses, or requests. */
        TOO_MANY_SESSIONS(13);

        private final int number;

        Code(int number) {
            this.number = number;
        }

        /** What the guest gets. */
        public int number() {
            return number;
        }
    }

    private final Code code;

    /**
     * A failure.
     *
     * @param message for the log; what the guest wrote in it is escaped
     */
    public GuestHttpException(Code code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** What the guest is told. */
    public Code code() {
        return code;
    }
}
