// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.Headers;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * The outbound HTTP of one run; the guest refers to responses by handle. Used by the guest's thread; its creator closes
 * it when the run has ended, which closes all open responses.
 *
 * <p>Failures have the codes of {@code wasi_experimental_http}.
 */
public interface GuestHttp extends AutoCloseable {

    /**
     * The maximum host memory of an open response until it is read: its header, and received content and frames, with
     * overhead.
     */
    long RESPONSE_BYTES = 1 << 20;

    /** The implementation for guests that may not connect to any host. */
    GuestHttp NONE = new GuestHttp() {
        @Override
        public int open(String url, String method, String headers, long bodyLength, Supplier<byte[]> body)
                throws GuestHttpException {
            throw new GuestHttpException(GuestHttpException.Code.DESTINATION_NOT_ALLOWED, "no host is allowed");
        }

        @Override
        public int status(int handle) throws GuestHttpException {
            throw new GuestHttpException(GuestHttpException.Code.INVALID_HANDLE, "there is no response");
        }

        @Override
        public Headers headers(int handle) throws GuestHttpException {
            throw new GuestHttpException(GuestHttpException.Code.INVALID_HANDLE, "there is no response");
        }

        @Override
        public GuestInput body(int handle) throws GuestHttpException {
            throw new GuestHttpException(GuestHttpException.Code.INVALID_HANDLE, "there is no response");
        }

        @Override
        public void close(int handle) {
            // Closing an unknown handle is allowed.
        }

        @Override
        public long heldBytes() {
            return 0;
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    };

    /**
     * Sends a request, follows redirects, and waits for the header of the response.
     *
     * @param headers lines {@code name:value}, each ending in LF
     * @param bodyLength the length of the body in bytes
     * @param body supplies the body; called at most once, and only if the request may be sent
     * @return the handle of the response
     * @throws GuestHttpException if there is no response; the guest gets its code
     * @throws InterruptedException if the guest is to be stopped
     */
    int open(String url, String method, String headers, long bodyLength, Supplier<byte[]> body)
            throws GuestHttpException, InterruptedException;

    /**
     * Returns the status code of a response.
     *
     * @throws GuestHttpException if the handle is unknown
     */
    int status(int handle) throws GuestHttpException;

    /**
     * Returns the header fields of a response; values are octets, one {@code char} each.
     *
     * @throws GuestHttpException if the handle is unknown
     */
    Headers headers(int handle) throws GuestHttpException;

    /**
     * Returns the body of a response, the same stream each time. Its {@code read} throws a {@link BrokenBodyException}
     * with the error for the guest, or {@link java.io.InterruptedIOException} if the guest is to be stopped.
     *
     * @throws GuestHttpException if the handle is unknown
     */
    GuestInput body(int handle) throws GuestHttpException;

    /** Closes a response; an unknown handle is ignored. */
    void close(int handle);

    /**
     * Returns an upper bound of the host memory that its responses use; grows only in {@link #open}, by
     * {@link #RESPONSE_BYTES}.
     */
    long heldBytes();

    /** Closes all open responses. */
    @Override
    void close();

    /** Thrown if the rest of a body cannot be read. */
    final class BrokenBodyException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient GuestHttpException reason;

        /** Creates an exception with the reason. */
        public BrokenBodyException(GuestHttpException reason) {
            super(reason);
            this.reason = reason;
        }

        /** Returns the error for the guest. */
        public GuestHttpException reason() {
            return reason;
        }
    }
}
