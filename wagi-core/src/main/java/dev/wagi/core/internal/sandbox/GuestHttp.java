// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import dev.wagi.core.api.Headers;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * The outbound HTTP of one run: responses that the guest holds, by handle. For the thread of the guest; whoever made it
 * closes it when the run has ended, and with it whatever is still open.
 *
 * <p>The codes of its failures are those of {@code wasi_experimental_http}.
 */
public interface GuestHttp extends AutoCloseable {

    /**
     * What an open response may take of the host's memory until it is read: a head, content and frames that were received,
     * with all that belongs to them.
     */
    long RESPONSE_BYTES = 1 << 20;

    /** Of a guest that may not connect to anything. */
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
            // Closing what does not exist is fine.
        }

        @Override
        public long heldBytes() {
            return 0;
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    /**
     * Sends a request, follows redirects, and waits for the head of the response.
     *
     * @param headers lines {@code name:value}, each ending in LF
     * @param bodyLength how long its body is
     * @param body gives the body; called at most once, and only for one that may be sent
     * @return the handle of the response
     * @throws GuestHttpException if there is none; the guest is told why
     * @throws InterruptedException if the guest is to be stopped
     */
    int open(String url, String method, String headers, long bodyLength, Supplier<byte[]> body)
            throws GuestHttpException, InterruptedException;

    /**
     * The status of a response.
     *
     * @throws GuestHttpException if the handle is unknown
     */
    int status(int handle) throws GuestHttpException;

    /**
     * The header fields of a response; values are octets, one {@code char} each.
     *
     * @throws GuestHttpException if the handle is unknown
     */
    Headers headers(int handle) throws GuestHttpException;

    /**
     * The body of a response, the same stream each time. Its {@code read} throws a {@link BrokenBodyException} with
     * what the guest is to be told, or {@link java.io.InterruptedIOException} if it is to be stopped.
     *
     * @throws GuestHttpException if the handle is unknown
     */
    GuestInput body(int handle) throws GuestHttpException;

    /** Forgets a response, if there is one. */
    void close(int handle);

    /** What its responses take of the host's memory, at most; grows only in {@link #open}, by {@link #RESPONSE_BYTES}. */
    long heldBytes();

    /** Ends everything that is open. */
    @Override
    void close();

    /** Why a body cannot be read on. */
    final class BrokenBodyException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient GuestHttpException reason;

        /** With the reason. */
        public BrokenBodyException(GuestHttpException reason) {
            super(reason);
            this.reason = reason;
        }

        /** What the guest is told. */
        public GuestHttpException reason() {
            return reason;
        }
    }
}
