// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

/** A failure of a guest's outbound call. Guests can cause it often, so it has no stack trace. */
public final class GuestHttpException extends Exception {

    private static final long serialVersionUID = 1L;

    /** The error codes of {@code wasi_experimental_http}. */
    public enum Code {
        /** No response has this handle. */
        INVALID_HANDLE(1),
        /** The module does not export a memory named {@code memory}. */
        MEMORY_NOT_FOUND(2),
        /** A range is outside the memory. */
        MEMORY_ACCESS(3),
        /** The value does not fit into the guest's buffer. */
        BUFFER_TOO_SMALL(4),
        /** The response has no such header. */
        HEADER_NOT_FOUND(5),
        /** A string is not UTF-8. */
        UTF8(6),
        /** The URL, or a redirect from it, is not allowed or resolves to a private address. */
        DESTINATION_NOT_ALLOWED(7),
        /** The method is malformed, or is refused. */
        INVALID_METHOD(8),
        /** The header cannot be sent. */
        INVALID_ENCODING(9),
        /** The URL is malformed. */
        INVALID_URL(10),
        /** The server or the connection to it failed. */
        REQUEST_ERROR(11),
        /** The host failed, or a size limit was reached. */
        RUNTIME_ERROR(12),
        /** There are too many open responses, or too many requests were made. */
        TOO_MANY_SESSIONS(13);

        private final int number;

        Code(int number) {
            this.number = number;
        }

        /** Returns the number that the guest gets. */
        public int number() {
            return number;
        }
    }

    private final Code code;

    /**
     * Creates an exception.
     *
     * @param message for the log, with everything that the guest wrote escaped
     */
    public GuestHttpException(Code code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /** Returns the error for the guest. */
    public Code code() {
        return code;
    }
}
