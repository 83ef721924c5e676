// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.io.IOException;

/**
 * Where a response goes: implemented by each transport, called by the thread that handles the request.
 *
 * <p>The calls come in this order, each blocking until the transport has taken the bytes:
 *
 * <pre>
 * start  (write | flush)*  (end | abort)
 * </pre>
 *
 * <p>{@code abort} may also come first. An {@link IOException} says that the client is gone: the guest is stopped and no
 * further call comes but {@code abort}.
 */
public interface ResponseSink {

    /**
     * Begins the response.
     *
     * @param status the status code, 200 to 599
     * @param headers the fields to send, without framing
     * @param contentLength the exact length of the body, or -1 if it is not known yet. For a HEAD request it is the length
     *     that the body would have had; no {@code write} follows
     * @throws IOException if the client is gone
     */
    void start(int status, Headers headers, long contentLength) throws IOException;

    /**
     * Takes the next bytes of the body. The array is WAGI's and is written to again after the call.
     *
     * @param bytes holds the bytes
     * @param offset the index of the first byte
     * @param length the number of bytes
     * @throws IOException if the client is gone
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /**
     * Sends to the client what was written so far.
     *
     * @throws IOException if the client is gone
     */
    void flush() throws IOException;

    /**
     * Completes the response.
     *
     * @throws IOException if the client is gone
     */
    void end() throws IOException;

    /**
     * Breaks the response off so that the client can tell that it is not whole: a connection closed without the last
     * chunk in HTTP/1.1, RST_STREAM in HTTP/2. If nothing was started yet, the transport answers 500 without a body.
     */
    void abort();
}
