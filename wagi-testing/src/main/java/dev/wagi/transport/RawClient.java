// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** An HTTP/1.1 client that gives a test direct access to the bytes. Text has one {@code char} per octet. */
final class RawClient implements AutoCloseable {

    /** Ends a test that hangs; no test may depend on a response within this time. */
    private static final int TIMEOUT_MILLIS = 300_000;

    /** The socket below TLS, if TLS is used. */
    private final Socket plain;

    private final Socket socket;
    private final InputStream in;

    RawClient(URI server) throws IOException {
        String host = server.getHost().replaceAll("[\\[\\]]", "");
        plain = new Socket(host, server.getPort());
        plain.setSoTimeout(TIMEOUT_MILLIS);
        plain.setTcpNoDelay(true);
        socket = server.getScheme().equals("https")
                ? Certificates.careless().getSocketFactory().createSocket(plain, host, server.getPort(), true)
                : plain;
        in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
    }

    /**
     * A response: its head as sent, and its body. {@code whole} is false if the connection ended before the body did.
     */
    record Response(int status, List<String> head, String body, boolean whole) {

        List<String> all(String name) {
            String prefix = name.toLowerCase(Locale.ROOT) + ":";
            return head.stream()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
                    .map(line -> line.substring(prefix.length()).strip())
                    .toList();
        }

        String first(String name) {
            return all(name).isEmpty() ? "" : all(name).get(0);
        }
    }

    RawClient send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Whether something can be read without blocking. */
    boolean isReady() throws IOException {
        return in.available() > 0;
    }

    /** Reads a response to anything but HEAD. */
    Response read() throws IOException {
        return read(true);
    }

    /** Reads a response to HEAD. */
    Response readHead() throws IOException {
        return read(false);
    }

    /** Reads up to and including a text. */
    String readUntil(String text) throws IOException {
        StringBuilder seen = new StringBuilder();
        while (seen.indexOf(text, Math.max(0, seen.length() - text.length())) < 0) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException("the connection ended after: " + seen);
            }
            seen.append((char) octet);
        }
        return seen.toString();
    }

    /**
     * Everything up to the end of a connection. {@code orderly} is false after a reset, and in TLS without
     * close_notify.
     */
    record Rest(String text, boolean orderly) {}

    /** Reads to the end of the connection, orderly or not. */
    String readAll() {
        return readRest().text();
    }

    /**
     * Reads to the end of the connection.
     *
     * @throws IllegalStateException if it does not end in time
     */
    Rest readRest() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        boolean orderly = true;
        try {
            in.transferTo(all);
        } catch (SocketTimeoutException e) {
            throw new IllegalStateException("the connection is still open after " + all.size() + " bytes", e);
        } catch (IOException e) {
            orderly = false;
        }
        return new Rest(all.toString(StandardCharsets.ISO_8859_1), orderly);
    }

    private Response read(boolean withBody) throws IOException {
        List<String> head = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            head.add(line);
        }
        int status = Integer.parseInt(head.get(0).substring(9, 12));
        if (status == 100) {
            return read(withBody);
        }
        Response bare = new Response(status, head, "", true);
        if (!withBody || status == 204 || status == 205 || status == 304) {
            return bare;
        }
        StringBuilder body = new StringBuilder();
        boolean whole;
        try {
            if (bare.first("Transfer-Encoding").equals("chunked")) {
                for (int size = chunkSize(); size > 0; size = chunkSize()) {
                    copy(size, body);
                    line();
                }
                line();
            } else {
                copy(Integer.parseInt(bare.first("Content-Length")), body);
            }
            whole = true;
        } catch (IOException e) {
            whole = false;
        }
        return new Response(status, head, body.toString(), whole);
    }

    private int chunkSize() throws IOException {
        return Integer.parseInt(line(), 16);
    }

    private void copy(int count, StringBuilder to) throws IOException {
        byte[] bytes = in.readNBytes(count);
        to.append(new String(bytes, StandardCharsets.ISO_8859_1));
        if (bytes.length < count) {
            throw new EOFException();
        }
    }

    private String line() throws IOException {
        return readUntil("\r\n").replace("\r\n", "");
    }

    /** Ends the output; responses can still be read. */
    void finishSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Resets the connection. */
    void reset() throws IOException {
        plain.setSoLinger(true, 0);
        plain.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
