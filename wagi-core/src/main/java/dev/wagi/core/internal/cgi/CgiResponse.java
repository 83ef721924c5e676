// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import dev.wagi.core.api.Headers;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ResponseSink;
import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.sandbox.Escape;
import dev.wagi.core.internal.sandbox.GuestOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns what a guest prints into a response, as it is printed.
 *
 * <pre>
 * guest's bytes:   header block   empty line   body ...
 * states:          HEADERS        -> BUFFERING -> STREAMING
 * sink:                                           start, write ...       end
 * </pre>
 *
 * <p>A body that fits the buffer when the guest ends is sent at once with its exact length. It is sent earlier, its length
 * unknown, when the buffer is full, when the guest is about to wait, and when it prints again 20 ms
 * after the first bytes that are still held back. The result never depends on how the output was cut into writes.
 *
 * <p>For one request and one thread.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875#section-6">RFC 3875, section 6</a>
 */
public final class CgiResponse implements GuestOutput {

    private static final int BUFFER = 32 << 10;
    private static final long PATIENCE_NANOS = 20_000_000;

    private enum State {
        HEADERS,
        BUFFERING,
        STREAMING
    }

    private final ResponseSink sink;
    private final Headers own;
    private final String mountPath;
    private final boolean head;
    private final HeaderMemory memory;
    private final Limits limits;
    private State state;
    private byte[] buffer = new byte[128];
    private int length;
    private long heldSince;
    private @Nullable HeaderBlock block;
    private long bodyLength;
    private boolean bodiless;

    /**
     * For a request.
     *
     * @param sink where the response goes; used only once the header block is complete
     * @param own fields that the host adds to every response; the guest's of the same name are dropped
     * @param mountPath what paths begin with that we can answer ourselves
     * @param head whether the request is a HEAD, so that the body is dropped
     */
    public CgiResponse(ResponseSink sink, Headers own, String mountPath, boolean head) {
        this(sink, own, mountPath, head, new HeaderMemory(Limits.defaults().maxHeaders()), Limits.defaults());
    }

    /**
     * For a request of a route that remembers what its guests print.
     *
     * @param memory shared by the requests of a route
     * @param limits what the guest may print
     */
    public CgiResponse(
            ResponseSink sink, Headers own, String mountPath, boolean head, HeaderMemory memory, Limits limits) {
        this.memory = memory;
        this.limits = limits;
        this.sink = sink;
        this.own = own;
        this.mountPath = mountPath;
        this.head = head;
        this.block = memory.fixed();
        this.state = block == null ? State.HEADERS : State.BUFFERING;
    }

    /** Whether the response has begun: what fails now can only be broken off. */
    public boolean isStarted() {
        return state == State.STREAMING;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        int from = offset;
        int end = offset + count;
        if (state == State.HEADERS) {
            from = readHeaders(bytes, from, end);
        }
        if (from < end) {
            body(bytes, from, end - from);
        }
    }

    /** Sends what is there. Begins the response only with the first byte of the body: until then it may still change. */
    @Override
    public void flush() throws IOException {
        if (state == State.HEADERS || state == State.BUFFERING && length == 0) {
            return;
        }
        StackRoom.LIBRARIES.require();
        if (state == State.BUFFERING) {
            start(-1);
        }
        sink.flush();
    }

    /**
     * Completes the response after the guest ended by itself.
     *
     * @return a local path and query to run instead, if that is what the guest asked for; then nothing was sent
     * @throws GuestOutputException if the guest printed no complete header block; then nothing was sent
     * @throws IOException if the client is gone
     */
    public Optional<String> finish() throws IOException {
        if (state == State.HEADERS) {
            throw new GuestOutputException(
                    length == 0
                            ? "it printed nothing; print a Content-Type line and an empty line before the body"
                            : "its output ended inside the header block: " + Escape.forLog(buffer, length));
        }
        if (state == State.BUFFERING) {
            if (length == 0 && mayBeLocalRedirect()) {
                return Optional.of(block().location());
            }
            start(bodyLength);
        }
        sink.end();
        return Optional.empty();
    }

    /** Says how the guest's Content-Length differs from what it printed, for the log; empty if it does not. */
    public Optional<String> lengthMismatch() {
        HeaderBlock header = block;
        return header == null || header.contentLength() < 0 || header.contentLength() == bodyLength || bodiless
                ? Optional.empty()
                : Optional.of("its Content-Length is " + header.contentLength() + " but the body has " + bodyLength
                        + " bytes");
    }

    /** Takes bytes up to the end of the header block; returns where the body begins. */
    private int readHeaders(byte[] bytes, int offset, int end) throws GuestOutputException {
        for (int i = offset; i < end; i++) {
            byte octet = bytes[i];
            if (octet == '\n' && isEmptyLine()) {
                block = memory.parse(buffer, length > 0 && buffer[length - 1] == '\r' ? length - 1 : length);
                length = 0;
                state = State.BUFFERING;
                return i + 1;
            }
            if (length == limits.maxHeaderBytes()) {
                throw new GuestOutputException("its header block is longer than " + length
                        + " bytes, its limit; print an empty line before the body, or raise max_header_bytes: "
                        + Escape.forLog(buffer, length));
            }
            if (length == buffer.length) {
                buffer = Arrays.copyOf(buffer, length * 2);
            }
            buffer[length++] = octet;
        }
        return end;
    }

    /** Whether nothing, or only CR, stands between the last LF (or the beginning) and here. */
    private boolean isEmptyLine() {
        int last = length - 1;
        if (last >= 0 && buffer[last] == '\r') {
            last--;
        }
        return last < 0 || buffer[last] == '\n';
    }

    private void body(byte[] bytes, int offset, int count) throws IOException {
        bodyLength += count;
        if (bodyLength > limits.maxResponseBodyBytes()) {
            throw new GuestOutputException("its body is longer than " + limits.maxResponseBodyBytes()
                    + " bytes, its limit; print less, or raise max_response_body");
        }
        long now = System.nanoTime();
        if (state == State.BUFFERING && length == 0) {
            heldSince = now;
        }
        boolean late = now - heldSince > PATIENCE_NANOS;
        if (state == State.STREAMING || late || length + count > BUFFER) {
            StackRoom.LIBRARIES.require();
            if (state == State.BUFFERING) {
                start(-1);
            }
            send(bytes, offset, count);
            if (late) {
                heldSince = now;
                sink.flush();
            }
            return;
        }
        if (length + count > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.min(BUFFER, Math.max(buffer.length * 2, length + count)));
        }
        System.arraycopy(bytes, offset, buffer, length, count);
        length += count;
    }

    /** Sends the head and what is held back. */
    private void start(long contentLength) throws IOException {
        HeaderBlock header = block();
        int status = header.status();
        Headers.Builder headers = Headers.builder();
        if (!header.location().isEmpty()) {
            headers.add("Location", header.location());
            status = status == 0 ? 302 : status;
        }
        status = status == 0 ? 200 : status;
        for (Headers.Field field : header.fields()) {
            if (!own.contains(field.name())) {
                headers.add(field);
            }
        }
        headers.addAll(own);
        state = State.STREAMING;
        bodiless = head || status == 204 || status == 205 || status == 304;
        sink.start(status, headers.build(), announced(status, contentLength, header.contentLength()));
        send(buffer, 0, length);
    }

    /**
     * The Content-Length to send, or -1 for none. A guest that prints no body for a HEAD says nothing about the length of what
     * GET would get, unless it declares it (RFC 9110, section 8.6); that of 205 is 0 (RFC 9110, section 15.3.6).
     */
    private long announced(int status, long printed, long declared) {
        return switch (status) {
            case 204, 304 -> -1;
            case 205 -> 0;
            default -> head && printed == 0 ? declared : printed;
        };
    }

    private void send(byte[] bytes, int offset, int count) throws IOException {
        if (count > 0 && !bodiless) {
            sink.write(bytes, offset, count);
        }
    }

    /** A Location of our own, nothing else in the header block (RFC 3875, 6.2.2). */
    private boolean mayBeLocalRedirect() {
        HeaderBlock header = block();
        String location = header.location();
        return location.startsWith("/")
                && !location.startsWith("//")
                && location.indexOf('#') < 0
                && isBelow(mountPath, location)
                && header.status() == 0
                && header.fields().fields().isEmpty();
    }

    private static boolean isBelow(String mountPath, String location) {
        return mountPath.isEmpty()
                || location.startsWith(mountPath)
                        && (location.length() == mountPath.length()
                                || location.charAt(mountPath.length()) == '/'
                                || location.charAt(mountPath.length()) == '?');
    }

    private HeaderBlock block() {
        if (block == null) {
            throw new IllegalStateException("BUG: no header block yet; please report this");
        }
        return block;
    }
}
