// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The files in a tar of ustar, with the extensions for long names and sizes of pax and GNU. An archive is a sequence of
 *
 * <pre>
 * header    512 bytes: name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] linkname[100]
 *                      magic[6] version[2] uname[32] gname[32] major[8] minor[8] prefix[155] unused[12]
 * content   size bytes, filled up to a multiple of 512
 * </pre>
 *
 * and ends with a header of zeros. Links, devices and names that lead outside are refused, extended headers have a
 * bound. How much comes out of the stream in all is for the caller to bound. For one thread; the stream stays the caller's.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">pax, ustar interchange format</a>
 */
public final class TarReader {

    private static final int BLOCK = 512;
    private static final int MAX_EXTENSION = 64 << 10;
    private static final int MAX_QUOTE = 120;

    private final InputStream tar;
    private long left;
    private int padding;

    /** Reads from where the stream is. */
    public TarReader(InputStream tar) {
        this.tar = tar;
    }

    /**
     * A file.
     *
     * @param name relative, without {@code ..}
     * @param size in bytes
     */
    public record Entry(String name, long size) {}

    /**
     * Goes to the next file; empty at the end.
     *
     * @throws TarException if the archive is broken, or holds something else than files and directories
     */
    public Optional<Entry> next() throws IOException {
        String longName = null;
        long longSize = -1;
        while (true) {
            skip();
            byte[] header = tar.readNBytes(BLOCK);
            if (header.length == 0 || isZero(header)) {
                return Optional.empty();
            }
            if (header.length < BLOCK) {
                throw bad("ends in the middle of a header");
            }
            checkSum(header);
            long size = number(header, 124, 12);
            char type = (char) (header[156] & 0xff);
            begin(size);
            switch (type) {
                case 'L' -> longName = text(extension(size));
                case 'x' -> {
                    Pax pax = Pax.parse(extension(size));
                    longName = pax.path != null ? pax.path : longName;
                    longSize = pax.size >= 0 ? pax.size : longSize;
                }
                case 'g' -> extension(size);
                case '5' -> {
                    longName = null;
                    longSize = -1;
                }
                case '0', '\0', '7' -> {
                    String name = clean(longName != null ? longName : name(header));
                    if (longSize >= 0) {
                        begin(longSize);
                    }
                    return Optional.of(new Entry(name, left));
                }
                case '1', '2' -> throw bad("holds the link " + quoted(longName != null ? longName : name(header)));
                default -> throw bad("holds something of type '" + (type > ' ' && type < 0x7f ? type : '?') + "'");
            }
        }
    }

    /** Reads on in the current file; -1 at its end. */
    public int read(byte[] buffer) throws IOException {
        if (left == 0) {
            return -1;
        }
        int read = tar.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
            throw bad("ends in the middle of a file");
        }
        left -= read;
        return read;
    }

    private void begin(long size) {
        left = size;
        padding = (int) (-size & (BLOCK - 1));
    }

    private void skip() throws IOException {
        byte[] buffer = new byte[8192];
        while (read(buffer) >= 0) {
            // on
        }
        if (tar.readNBytes(padding).length < padding) {
            throw bad("ends in the middle of a file");
        }
        padding = 0;
    }

    private byte[] extension(long size) throws IOException {
        if (size > MAX_EXTENSION) {
            throw bad("has an extended header of " + size + " bytes");
        }
        byte[] bytes = tar.readNBytes((int) size);
        if (bytes.length < size) {
            throw bad("ends in the middle of a header");
        }
        left = 0;
        return bytes;
    }

    private static final class Pax {
        private @Nullable String path;
        private long size = -1;

        /** Records of {@code length key=value\n}, the length counting itself. */
        static Pax parse(byte[] bytes) throws TarException {
            Pax pax = new Pax();
            int at = 0;
            while (at < bytes.length && bytes[at] != 0) {
                int blank = at;
                int length = 0;
                while (blank < bytes.length && bytes[blank] >= '0' && bytes[blank] <= '9' && length < MAX_EXTENSION) {
                    length = length * 10 + bytes[blank++] - '0';
                }
                int end = at + length;
                if (blank >= bytes.length || bytes[blank] != ' ' || end <= blank + 1 || end > bytes.length) {
                    throw bad("has a broken extended header");
                }
                String record = new String(bytes, blank + 1, end - blank - 2, StandardCharsets.UTF_8);
                if (record.startsWith("path=")) {
                    pax.path = record.substring(5);
                } else if (record.startsWith("size=")) {
                    pax.size = size(record.substring(5));
                } else if (record.startsWith("GNU.sparse")) {
                    throw bad("holds a file with holes");
                }
                at = end;
            }
            return pax;
        }

        private static long size(String text) throws TarException {
            if (!text.matches("[0-9]{1,18}")) {
                throw bad("has a broken extended header");
            }
            return Long.parseLong(text);
        }
    }

    private static void checkSum(byte[] header) throws TarException {
        long sum = 0;
        for (int i = 0; i < BLOCK; i++) {
            sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
        }
        if (number(header, 148, 8) != sum) {
            throw bad("has a header with a wrong checksum");
        }
    }

    /** Octal, or binary if the first bit is set. */
    private static long number(byte[] header, int at, int length) throws TarException {
        long value = 0;
        if ((header[at] & 0x80) != 0) {
            for (int i = at; i < at + length; i++) {
                int octet = i == at ? header[i] & 0x7f : header[i] & 0xff;
                if (value >>> 54 != 0) {
                    throw bad("has a number that is too large");
                }
                value = value << 8 | octet;
            }
            return value;
        }
        for (int i = at; i < at + length && header[i] != 0; i++) {
            if (header[i] == ' ') {
                continue;
            }
            if (header[i] < '0' || header[i] > '7') {
                throw bad("has a header that is not one");
            }
            value = value << 3 | header[i] - '0';
        }
        return value;
    }

    private static String name(byte[] header) {
        String name = text(java.util.Arrays.copyOfRange(header, 0, 100));
        boolean ustar = new String(header, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
        String prefix = ustar ? text(java.util.Arrays.copyOfRange(header, 345, 500)) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    private static String clean(String name) throws TarException {
        String relative = name;
        while (relative.startsWith("./")) {
            relative = relative.substring(2);
        }
        if (relative.isEmpty()
                || relative.startsWith("/")
                || relative.indexOf('\\') >= 0
                || ("/" + relative + "/").contains("/../")) {
            throw bad("holds the name " + quoted(name) + ", which leads outside");
        }
        return relative;
    }

    private static String quoted(String name) {
        String start = name.length() > MAX_QUOTE ? name.substring(0, MAX_QUOTE) : name;
        return '"' + start.replaceAll("[^ -~]|\"", "?") + '"';
    }

    private static boolean isZero(byte[] header) {
        for (byte octet : header) {
            if (octet != 0) {
                return false;
            }
        }
        return true;
    }

    private static TarException bad(String reason) {
        return new TarException(reason);
    }
}
