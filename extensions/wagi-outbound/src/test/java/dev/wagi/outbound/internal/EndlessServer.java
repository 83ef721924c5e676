// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.outbound.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;

/**
 * A server that answers the first request of each connection with a beginning, and then repeats something endlessly.
 */
final class EndlessServer implements AutoCloseable {

    /** The data that it sends. */
    enum Kind {
        // HTTP/1.1, before the end of the head.
        BLANK_LINES(false, "", "\r\n"),
        STATUS_LINE(false, "HTTP/1.1 200 ", "OK"),
        HEADER_NAME(false, "HTTP/1.1 200 OK\r\n", "x"),
        HEADER_VALUE(false, "HTTP/1.1 200 OK\r\nX: ", "x"),
        HEADERS(false, "HTTP/1.1 200 OK\r\n", "X: y\r\n"),
        CONTINUE_100(false, "", "HTTP/1.1 100 Continue\r\n\r\n"),
        PROCESSING_102(false, "", "HTTP/1.1 102 Processing\r\n\r\n"),
        EARLY_HINTS_103(false, "", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        EARLY_HINTS_WITH_LINKS(false, "", "HTTP/1.1 103 Early Hints\r\nLink: <" + "x".repeat(8_000) + ">\r\n\r\n"),
        INTERIM_199(false, "", "HTTP/1.1 199 X\r\n\r\n"),
        INTERIM_MIXED(false, "", "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 102 X\r\n\r\nHTTP/1.1 100 X\r\n\r\n"),

        // HTTP/1.1, after the head.
        CHUNK_EXTENSION(false, chunked("5;a="), "x"),
        CHUNK_SIZE(false, chunked(""), "0"),
        CHUNKS_WITH_EXTENSIONS(false, chunked(""), "1;" + "x".repeat(200) + "\r\nx\r\n"),
        TRAILER_VALUE(false, chunked("0\r\nX: "), "x"),
        TRAILERS(false, chunked("0\r\n"), "X: y\r\n"),

        // HTTP/2, before the head.
        SETTINGS(true, new byte[0], frame(4, 0, 0, new byte[] {0, 3, 0, 0, 0, 100})),
        SETTINGS_ACK(true, new byte[0], frame(4, 1, 0)),
        PING(true, new byte[0], frame(6, 0, 0, new byte[8])),
        PING_ACK(true, new byte[0], frame(6, 1, 0, new byte[8])),
        WINDOW_UPDATE(true, new byte[0], frame(8, 0, 0, new byte[] {0, 0, 0, 1})),
        WINDOW_UPDATE_OF_STREAM(true, new byte[0], frame(8, 0, 1, new byte[] {0, 0, 0, 1})),
        PRIORITY(true, new byte[0], frame(2, 0, 1, new byte[] {0, 0, 0, 3, 1})),
        UNKNOWN(true, new byte[0], frame(0x77, 0, 1, new byte[100])),
        GOAWAY(true, new byte[0], frame(7, 0, 0, new byte[] {0, 0, 0, 1, 0, 0, 0, 0})),
        RST_OF_IDLE(true, new byte[0], frame(3, 0, 7, new byte[4])),
        CONTINUATION(true, frame(1, 0, 1, new byte[] {(byte) 0x88}), frame(9, 0, 1, literal("x", "y".repeat(100)))),
        CONTINUATION_EMPTY(true, frame(1, 0, 1, new byte[] {(byte) 0x88}), frame(9, 0, 1)),
        INTERIM_H2(true, new byte[0], frame(1, 4, 1, new byte[] {8, 3, '1', '0', '3'})),
        INTERIM_H2_WITH_LINKS(
                true,
                new byte[0],
                frame(1, 4, 1, concat(new byte[] {8, 3, '1', '0', '3'}, literal("link", "x".repeat(100))))),

        // HTTP/2, after the head.
        HEAD_AGAIN(true, head(), frame(1, 4, 1, new byte[] {(byte) 0x88})),
        TRAILERS_H2(true, head(), frame(1, 4, 1, literal("x", "y"))),
        DATA_EMPTY(true, head(), frame(0, 0, 1)),
        DATA_PADDED(true, head(), frame(0, 8, 1, concat(new byte[] {(byte) 200}, new byte[200]))),
        PING_IN_BODY(true, head(), frame(6, 0, 0, new byte[8])),
        PUSH_PROMISE(
                true, head(), frame(5, 4, 1, new byte[] {0, 0, 0, 2, (byte) 0x82, (byte) 0x87, (byte) 0x84, 1, 1, 'a'
                })),

        // Not to be read: the amount that is buffered for the guest is limited.
        DATA_EMPTY_UNREAD(true, head(), frame(0, 0, 1), true),
        DATA_OF_ONE_BYTE_UNREAD(true, head(), frame(0, 0, 1, new byte[1]), true),
        DATA_UNREAD(true, head(), frame(0, 0, 1, new byte[16_000]), true),
        PING_UNREAD(true, head(), frame(6, 0, 0, new byte[8]), true);

        final boolean http2;
        final boolean unread;
        private final byte[] beginning;
        private final byte[] repeated;

        Kind(boolean http2, String beginning, String repeated) {
            this(http2, beginning.getBytes(ISO_8859_1), repeated.getBytes(ISO_8859_1), false);
        }

        Kind(boolean http2, byte[] beginning, byte[] repeated) {
            this(http2, beginning, repeated, false);
        }

        Kind(boolean http2, byte[] beginning, byte[] repeated, boolean unread) {
            this.http2 = http2;
            this.unread = unread;
            this.beginning = beginning;
            this.repeated = repeated;
        }
    }

    private final Kind kind;
    private final ServerSocket listener;

    /** A permit for each connection that the client has closed. */
    final Semaphore ended = new Semaphore(0);

    EndlessServer(Kind kind, SSLContext context) throws IOException {
        this.kind = kind;
        InetAddress loopback = InetAddress.getLoopbackAddress();
        if (kind.http2) {
            SSLServerSocket tls =
                    (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 50, loopback);
            SSLParameters parameters = tls.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            tls.setSSLParameters(parameters);
            listener = tls;
        } else {
            listener = new ServerSocket(0, 50, loopback);
        }
        daemon(() -> {
            while (true) {
                Socket socket = listener.accept();
                daemon(() -> serve(socket));
            }
        });
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void serve(Socket accepted) throws IOException {
        try (Socket socket = accepted) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16_000);
            if (kind.http2) {
                in.readNBytes(24);
                out.write(frame(4, 0, 0));
                out.flush();
                int type;
                do {
                    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                    type = in.readUnsignedByte();
                    in.readNBytes(5 + length);
                } while (type != 1);
            } else {
                for (int end = 0; end != 0x0d0a0d0a; ) {
                    end = end << 8 | in.readUnsignedByte();
                }
            }
            out.write(kind.beginning);
            out.flush();
            while (true) {
                out.write(kind.repeated);
            }
        } finally {
            ended.release();
        }
    }

    /** Returns when the connection is closed. */
    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // The client has closed the connection.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private static String chunked(String beginning) {
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + beginning;
    }

    /** Returns the header of a response that continues. */
    private static byte[] head() {
        return frame(1, 4, 1, new byte[] {(byte) 0x88});
    }

    private static byte[] frame(int type, int flags, int stream, byte... payload) {
        return concat(
                new byte[] {
                    (byte) (payload.length >> 16),
                    (byte) (payload.length >> 8),
                    (byte) payload.length,
                    (byte) type,
                    (byte) flags,
                    0,
                    0,
                    0,
                    (byte) stream
                },
                payload);
    }

    /** Returns an HPACK field that is in no table, of less than 127 octets. */
    private static byte[] literal(String name, String value) {
        byte[] field = new byte[] {0, (byte) name.length()};
        field = concat(field, name.getBytes(ISO_8859_1));
        field = concat(field, new byte[] {(byte) value.length()});
        return concat(field, value.getBytes(ISO_8859_1));
    }

    private static byte[] concat(byte[] one, byte[] two) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(one);
        both.writeBytes(two);
        return both.toByteArray();
    }
}
