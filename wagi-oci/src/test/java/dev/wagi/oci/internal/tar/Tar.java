// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;

/** An archive that is written entry by entry, well-formed or malformed. */
public final class Tar {

    private static final int NAME = 100;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public static byte[] of(Map<String, byte[]> files) {
        Tar tar = new Tar().add('5', "./blobs/", new byte[0]);
        files.forEach((name, content) -> tar.add('0', "./" + name, content));
        return tar.end();
    }

    public Tar file(String name, byte[] content) {
        if (name.length() > NAME) {
            pax("path=" + name);
        }
        return add('0', name, content);
    }

    public Tar link(String name, String target, boolean symbolic) {
        return header(symbolic ? '2' : '1', name, 0, target);
    }

    public Tar directory(String name) {
        return header('5', name, 0, "");
    }

    /** Adds an extended header with one record, whose length includes itself. */
    public Tar pax(String record) {
        int rest = record.getBytes(StandardCharsets.UTF_8).length + 2;
        int length = rest + 1;
        while (length != rest + Integer.toString(length).length()) {
            length++;
        }
        return add('x', "pax", (length + " " + record + "\n").getBytes(StandardCharsets.UTF_8));
    }

    public Tar add(char type, String name, byte[] content) {
        return header(type, name, content.length, "").content(content);
    }

    public Tar header(char type, String name, long size, String link) {
        return header(type, name, "%011o\0".formatted(size), link, header -> {});
    }

    /** Adds a header with the text of its size, and modifies it before the checksum is computed. */
    public Tar header(char type, String name, String size, String link, Consumer<byte[]> change) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 124, size);
        put(header, 148, "        ");
        header[156] = (byte) type;
        put(header, 157, link);
        put(header, 257, "ustar\00000");
        change.accept(header);
        int sum = 0;
        for (byte octet : header) {
            sum += octet & 0xff;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        bytes.writeBytes(header);
        return this;
    }

    public Tar content(byte[] content) {
        bytes.writeBytes(content);
        bytes.writeBytes(new byte[-content.length & 511]);
        return this;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(octets, 0, header, at, Math.min(octets.length, NAME));
    }

    /** Returns the bytes written, without an end. */
    public byte[] cut() {
        return bytes.toByteArray();
    }

    public byte[] end() {
        bytes.writeBytes(new byte[1024]);
        return bytes.toByteArray();
    }
}
