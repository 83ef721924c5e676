// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.IOException;

/**
 * Receives a response. Implemented by each transport and called by the thread that handles the request.
 *
 * <p>The methods are called in this order, and each blocks until the transport has taken the bytes:
 *
 * <pre>
 * start  (write | flush)*  (end | abort)
 * </pre>
 *
 * <p>{@code abort} may also be the first call. An {@link IOException} means that the client has disconnected: the guest
 * is stopped, and the only call that may follow is {@code abort}.
 */
public interface ResponseSink {

    /**
     * Starts the response.
     *
     * @param status the status code, 200 to 599
     * @param headers the fields to send, without those for framing
     * @param contentLength the exact length of the body, or -1 if it is not known yet. For a HEAD request it is the
     *     length that the body would have had; no {@code write} follows
     * @throws IOException if the client has disconnected
     */
    void start(int status, Headers headers, long contentLength) throws IOException;

    /**
     * Writes the next bytes of the body. WAGI reuses the array after the call.
     *
     * @param bytes the array that holds the bytes
     * @param offset the index of the first byte
     * @param length the number of bytes
     * @throws IOException if the client has disconnected
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Sends what was written so far to the client.
     *
     * @throws IOException if the client has disconnected
     */
    void flush() throws IOException;

    /**
     * Completes the response.
     *
     * @throws IOException if the client has disconnected
     */
    void end() throws IOException;

    /**
     * Aborts the response in such a way that the client can tell that it is incomplete: by closing the connection
     * without the last chunk in HTTP/1.1, with RST_STREAM in HTTP/2. If the response has not been started, the
     * transport answers 500 without a body.
     */
    void abort();
}
