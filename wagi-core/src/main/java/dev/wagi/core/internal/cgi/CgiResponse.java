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
 * Converts a guest's output to a response while it is printed.
 *
 * <pre>
 * guest's bytes:   header block   empty line   body ...
 * states:          HEADERS        -> BUFFERING -> STREAMING
 * sink:                                           start, write ...       end
 * </pre>
 *
 * <p>A body that fits into the buffer is sent when the guest ends, with its exact length. It is sent earlier, with
 * unknown length, when the buffer is full, when the guest is about to wait, and when the guest prints again 20 ms or
 * more after the oldest buffered bytes. The response never depends on how the output is split into writes.
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
     * Creates a response for one request.
     *
     * @param sink receives the response; not used before the header block is complete
     * @param own fields that the host adds to every response; the guest's fields of the same names are dropped
     * @param mountPath the prefix of the paths that this host serves
     * @param head whether the request is a HEAD, so that the body is dropped
     */
    public CgiResponse(ResponseSink sink, Headers own, String mountPath, boolean head) {
        this(sink, own, mountPath, head, new HeaderMemory(Limits.defaults().maxHeaders()), Limits.defaults());
    }

    /**
     * Creates a response for a request of a route that remembers its guests' header blocks.
     *
     * @param memory shared by the requests of a route
     * @param limits the limits on the guest's output
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

    /** Returns whether the response has begun; if so, a failure can only abort it. */
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

    /**
     * Sends the buffered output. The response begins only with the first byte of the body, because it may change until
     * then.
     */
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
     * Completes the response after the guest ended normally.
     *
     * @return the local path and query to run instead, if the guest asked for a local redirect; then nothing was sent
     * @throws GuestOutputException if the guest printed no complete header block; then nothing was sent
     * @throws IOException if the client has disconnected
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

    /** Describes for the log how the guest's Content-Length differs from its output; empty if it does not. */
    public Optional<String> lengthMismatch() {
        HeaderBlock header = block;
        return header == null || header.contentLength() < 0 || header.contentLength() == bodyLength || bodiless
                ? Optional.empty()
                : Optional.of("its Content-Length is " + header.contentLength() + " but the body has " + bodyLength
                        + " bytes");
    }

    /** Consumes bytes up to the end of the header block and returns the index at which the body begins. */
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

    /** Returns whether the current line is empty except for CR. */
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

    /** Sends the header and the buffered body. */
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
     * Returns the Content-Length to send, or -1 for none. A HEAD response whose guest prints no body has no length
     * unless the guest declares one, because the length for GET is unknown (RFC 9110, section 8.6). The length for 205
     * is 0 (RFC 9110, section 15.3.6).
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

    /** Returns whether the header block consists only of a Location within this host (RFC 3875, section 6.2.2). */
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
