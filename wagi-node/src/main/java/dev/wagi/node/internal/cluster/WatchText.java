// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.cluster;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets events of a watch over HTTP, which the client uses where WebSockets are refused, have characters beyond ASCII.
 * The client decodes each buffer by itself and takes the whole array of the result: NULs follow a character of several
 * bytes, and one that two buffers share is lost. Then the event cannot be read, the watch ends, and all pods are listed
 * again; a single pod with such a character would do that to a node as often as it changes. So these characters become
 * escapes of JSON here.
 */
final class WatchText implements Interceptor {

    static final String NAME = "watch-text";

    @Override
    public AsyncBody.Consumer<List<ByteBuffer>> consumer(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
        String query = request.uri().getRawQuery();
        return query != null && query.contains("watch=true") ? new Escaping(consumer) : consumer;
    }

    /** Not thread-safe; the client passes on one part of a body after the other. */
    static final class Escaping implements AsyncBody.Consumer<List<ByteBuffer>> {
        private static final int MOST_BYTES_OF_A_CHARACTER = 4;

        /** Of one UTF-16 unit, as <code>&#92;u20ac</code>. */
        private static final int ESCAPE = 6;

        private final AsyncBody.Consumer<List<ByteBuffer>> next;
        private final CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
        private byte[] begun = {};

        Escaping(AsyncBody.Consumer<List<ByteBuffer>> next) {
            this.next = next;
        }

        @Override
        public void consume(List<ByteBuffer> parts, AsyncBody body) throws Exception {
            List<ByteBuffer> escaped = new ArrayList<>(parts.size());
            for (ByteBuffer part : parts) {
                escaped.add(begun.length == 0 && isAscii(part) ? part : escape(part));
            }
            next.consume(escaped, body);
        }

        @Override
        public <U> U unwrap(Class<U> type) {
            return next.unwrap(type);
        }

        private static boolean isAscii(ByteBuffer part) {
            for (int i = part.position(); i < part.limit(); i++) {
                if (part.get(i) < 0) {
                    return false;
                }
            }
            return true;
        }

        private ByteBuffer escape(ByteBuffer part) {
            ByteBuffer in = ByteBuffer.allocate(begun.length + part.remaining())
                    .put(begun)
                    .put(part);
            in.flip();
            CharBuffer text = CharBuffer.allocate(in.remaining() + MOST_BYTES_OF_A_CHARACTER);
            decoder.decode(in, text, false);
            begun = new byte[in.remaining()];
            in.get(begun);
            text.flip();
            ByteBuffer out = ByteBuffer.allocate(text.remaining() * ESCAPE);
            while (text.hasRemaining()) {
                char c = text.get();
                out.put((c < 0x80 ? String.valueOf(c) : String.format("\\u%04x", (int) c))
                        .getBytes(StandardCharsets.US_ASCII));
            }
            return out.flip();
        }
    }
}
