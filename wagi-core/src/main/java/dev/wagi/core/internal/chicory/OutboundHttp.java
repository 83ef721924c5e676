// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import dev.wagi.core.api.Headers;
import dev.wagi.core.internal.headroom.StackRoom;
import dev.wagi.core.internal.sandbox.GuestHttp;
import dev.wagi.core.internal.sandbox.GuestHttpException;
import dev.wagi.core.internal.sandbox.GuestHttpException.Code;
import dev.wagi.core.internal.sandbox.GuestInput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The import module {@code wasi_experimental_http}: requests to other servers, as far as the module's configuration
 * allows them.
 *
 * <p>All parameters and results are i32. Strings are UTF-8 at an address and a length. The result is 0 or one of the
 * {@link Code}s. Addresses and lengths are unsigned and checked before anything is allocated, sent or read.
 */
final class OutboundHttp {

    static final String MODULE = "wasi_experimental_http";

    private static final int SUCCESS = 0;

    /** Longest text of each kind that is looked at: more than any of them may have. */
    private static final int MAX_URL = 32 << 10;

    private static final int MAX_METHOD = 256;
    private static final int MAX_HEADERS = 64 << 10;
    private static final int MAX_NAME = 64 << 10;

    /** Most bytes read at once: what is announced is marked as written to, used or not. */
    private static final int CHUNK = 64 << 10;

    static final HostFunctions FUNCTIONS = new HostFunctions(
            MODULE, Code.MEMORY_NOT_FOUND.number(), Code.MEMORY_ACCESS.number(), (functions, name) -> switch (name) {
                case "req" -> functions.define("iiiiiiiiii", guarded(OutboundHttp::req));
                case "close" ->
                    functions.define("i", (guest, memory, args) -> {
                        StackRoom.LIBRARIES.require();
                        guest.io().http().close((int) args[0]);
                        guest.hold(guest.io().http().heldBytes());
                        return SUCCESS;
                    });
                case "header_get" -> functions.define("iiiiii", guarded(OutboundHttp::headerGet));
                case "headers_get_all" -> functions.define("iiii", guarded(OutboundHttp::headersGetAll));
                case "body_read" -> functions.define("iiii", guarded(OutboundHttp::bodyRead));
                default -> null;
            });

    private OutboundHttp() {}

    /** A function that may fail in the ways of this interface. */
    @FunctionalInterface
    private interface Call {
        void run(ChicorySandbox guest, GuestHttp http, FlatMemory memory, long[] args)
                throws GuestHttpException, IOException, InterruptedException;
    }

    /** Turns what it throws into what the guest gets. */
    private static HostFunctions.Body guarded(Call call) {
        return (guest, memory, args) -> {
            if (!guest.exportsMemory()) {
                return Code.MEMORY_NOT_FOUND.number();
            }
            int result = SUCCESS;
            StackRoom.LIBRARIES.require();
            try {
                call.run(guest, guest.io().http(), memory, args);
            } catch (GuestHttpException e) {
                result = e.code().number();
            } catch (GuestHttp.BrokenBodyException e) {
                result = e.reason().code().number();
            } catch (InterruptedException | InterruptedIOException e) {
                // The guest must not go on: its time is up.
                Thread.currentThread().interrupt();
                throw new ChicoryInterruptedException("interrupted in an outbound call");
            }
            if (guest.io().remainingNanos() <= 0) {
                // Whatever came of it: there was an interrupt and somebody has swallowed it, or it is on its way.
                throw new ChicoryInterruptedException("an outbound call did not end in time");
            }
            return result;
        };
    }

    /**
     * {@code req}: url, method, headers, body, each address and length; where to put the status (u16), the handle
     * (u32).
     */
    private static void req(ChicorySandbox guest, GuestHttp http, FlatMemory memory, long[] args)
            throws GuestHttpException, InterruptedException {
        check(memory, args[0], args[1]);
        check(memory, args[2], args[3]);
        check(memory, args[4], args[5]);
        check(memory, args[6], args[7]);
        check(memory, args[8], 2);
        check(memory, args[9], 4);
        String url = text(memory, args[0], args[1], MAX_URL, Code.INVALID_URL);
        String method = text(memory, args[2], args[3], MAX_METHOD, Code.INVALID_METHOD);
        String headers = text(memory, args[4], args[5], MAX_HEADERS, Code.RUNTIME_ERROR);
        long bodyLength = args[7] & 0xffffffffL;
        if (!guest.hold(http.heldBytes() + GuestHttp.RESPONSE_BYTES + bodyLength)) {
            throw new GuestHttpException(Code.RUNTIME_ERROR, "the host has no room for another response");
        }
        int handle;
        try {
            handle = http.open(url, method, headers, bodyLength, () -> memory.readBytes((int) args[6], (int) args[7]));
        } finally {
            guest.hold(http.heldBytes());
        }
        memory.writeShort((int) args[8], (short) http.status(handle));
        memory.writeI32((int) args[9], handle);
    }

    /** {@code header_get}: handle; name; buffer; where to put the length (u32). The first field of that name. */
    private static void headerGet(ChicorySandbox guest, GuestHttp http, FlatMemory memory, long[] args)
            throws GuestHttpException {
        check(memory, args[1], args[2]);
        check(memory, args[3], args[4]);
        check(memory, args[5], 4);
        Headers headers = http.headers((int) args[0]);
        String name = text(memory, args[1], args[2], MAX_NAME, Code.HEADER_NOT_FOUND);
        String value = headers.first(name)
                .orElseThrow(() -> new GuestHttpException(Code.HEADER_NOT_FOUND, "there is no such header"));
        put(memory, utf8(value), args[3], args[4], args[5]);
    }

    /** {@code headers_get_all}: handle; buffer; where to put the length (u32). Names in lower case. */
    private static void headersGetAll(ChicorySandbox guest, GuestHttp http, FlatMemory memory, long[] args)
            throws GuestHttpException {
        check(memory, args[1], args[2]);
        check(memory, args[3], 4);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        for (Headers.Field field : http.headers((int) args[0])) {
            lines.writeBytes(field.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII));
            lines.write(':');
            lines.writeBytes(utf8(field.value()));
            lines.write('\n');
        }
        put(memory, lines.toByteArray(), args[1], args[2], args[3]);
    }

    /** {@code body_read}: handle; buffer; where to put the count (u32), 0 at the end. */
    private static void bodyRead(ChicorySandbox guest, GuestHttp http, FlatMemory memory, long[] args)
            throws GuestHttpException, IOException {
        check(memory, args[1], args[2]);
        check(memory, args[3], 4);
        GuestInput body = http.body((int) args[0]);
        int length = (int) Math.min(args[2] & 0xffffffffL, CHUNK);
        int count;
        try {
            count = length == 0 ? 0 : memory.read(body, (int) args[1], length);
        } finally {
            guest.hold(http.heldBytes());
        }
        memory.writeI32((int) args[3], Math.max(count, 0));
    }

    private static void put(FlatMemory memory, byte[] bytes, long address, long length, long written)
            throws GuestHttpException {
        if (bytes.length > (length & 0xffffffffL)) {
            throw new GuestHttpException(Code.BUFFER_TOO_SMALL, "the buffer is too small");
        }
        memory.write((int) address, bytes, 0, bytes.length);
        memory.writeI32((int) written, bytes.length);
    }

    private static void check(FlatMemory memory, long address, long length) throws GuestHttpException {
        if (!memory.contains((int) address, length & 0xffffffffL)) {
            throw new GuestHttpException(Code.MEMORY_ACCESS, "a range is outside the memory");
        }
    }

    /**
     * Text of the guest, of a range that was checked.
     *
     * @param tooLong what it is if it has more than {@code max} bytes
     */
    private static String text(FlatMemory memory, long address, long length, int max, Code tooLong)
            throws GuestHttpException {
        if ((length & 0xffffffffL) > max) {
            throw new GuestHttpException(tooLong, "it is too long");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(memory.readBytes((int) address, (int) length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new GuestHttpException(Code.UTF8, "it is not UTF-8");
        }
    }

    /** A value of octets as UTF-8: as it is if it is that already, else as ISO-8859-1. */
    private static byte[] utf8(String value) {
        byte[] octets = value.getBytes(StandardCharsets.ISO_8859_1);
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets));
            return octets;
        } catch (CharacterCodingException e) {
            return value.getBytes(StandardCharsets.UTF_8);
        }
    }
}
