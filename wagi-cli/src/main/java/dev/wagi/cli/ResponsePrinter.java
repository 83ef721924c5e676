// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.ResponseSink;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Prints a response as it comes, in the form of HTTP/1.1 but for the framing: the body's bytes are the body. */
final class ResponsePrinter implements ResponseSink {

    /** The reason phrases of RFC 9110, section 15, that modules use most. */
    private static final Map<Integer, String> REASONS = Map.ofEntries(
            Map.entry(200, "OK"),
            Map.entry(201, "Created"),
            Map.entry(202, "Accepted"),
            Map.entry(204, "No Content"),
            Map.entry(301, "Moved Permanently"),
            Map.entry(302, "Found"),
            Map.entry(303, "See Other"),
            Map.entry(304, "Not Modified"),
            Map.entry(307, "Temporary Redirect"),
            Map.entry(308, "Permanent Redirect"),
            Map.entry(400, "Bad Request"),
            Map.entry(401, "Unauthorized"),
            Map.entry(403, "Forbidden"),
            Map.entry(404, "Not Found"),
            Map.entry(405, "Method Not Allowed"),
            Map.entry(409, "Conflict"),
            Map.entry(410, "Gone"),
            Map.entry(413, "Content Too Large"),
            Map.entry(415, "Unsupported Media Type"),
            Map.entry(422, "Unprocessable Content"),
            Map.entry(429, "Too Many Requests"),
            Map.entry(431, "Request Header Fields Too Large"),
            Map.entry(500, "Internal Server Error"),
            Map.entry(501, "Not Implemented"),
            Map.entry(502, "Bad Gateway"),
            Map.entry(503, "Service Unavailable"),
            Map.entry(504, "Gateway Timeout"));

    private final OutputStream out;
    private final boolean bodyOnly;
    private int status;
    private boolean complete;

    /**
     * A printer of one response.
     *
     * @param out takes the bytes; flushed, never closed
     * @param bodyOnly whether to leave out status and header fields
     */
    ResponsePrinter(OutputStream out, boolean bodyOnly) {
        this.out = out;
        this.bodyOnly = bodyOnly;
    }

    /** The status of the response; 0 if none began. */
    int status() {
        return status;
    }

    /** Whether all of it was printed. */
    boolean isComplete() {
        return complete;
    }

    @Override
    public void start(int code, Headers headers, long contentLength) throws IOException {
        status = code;
        if (bodyOnly) {
            return;
        }
        line("HTTP/1.1 " + code + " " + REASONS.getOrDefault(code, ""));
        for (Headers.Field field : headers) {
            line(field.name() + ": " + field.value());
        }
        if (contentLength >= 0) {
            line("Content-Length: " + contentLength);
        }
        line("");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void end() throws IOException {
        out.flush();
        complete = true;
    }

    @Override
    public void abort() {
        // What was printed cannot be taken back; the command sees it in isComplete.
    }

    private void line(String text) throws IOException {
        boolean octets = text.chars().allMatch(c -> c <= 0xff);
        Charset charset = octets ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
        out.write((text + "\r\n").getBytes(charset));
    }
}
