// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the entries of a ustar archive, with the extensions of pax and GNU for long names and sizes. An archive is a
 * sequence of
 *
 * <pre>
 * header    512 bytes: name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] linkname[100]
 *                      magic[6] version[2] uname[32] gname[32] major[8] minor[8] prefix[155] unused[12]
 * content   size bytes, filled up to a multiple of 512
 * </pre>
 *
 * and ends with a header of zeros. Names that point outside the archive are refused, and so is anything that readers
 * interpret differently: a checker must see the same archive as the program that runs it. The caller decides how links
 * and devices are treated, and sets the limits; larger claims are refused before they are read. For one thread; the
 * caller closes the stream.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">pax, ustar interchange format</a>
 */
public final class TarReader {

    private static final int BLOCK = 512;
    private static final int MAX_EXTENSION = 64 << 10;
    private static final int MAX_QUOTE = 120;
    private static final int CHUNK = 1 << 16;

    /**
     * The offsets of GNU tar's flags for further blocks of the map of a sparse file: in the header, and in each of
     * these blocks.
     */
    private static final int MORE_IN_HEADER = 482;

    private static final int MORE_IN_MAP = 504;

    private final InputStream tar;
    private final Others others;
    private final Limits limits;
    private int entries;
    private boolean directory;
    private long left;
    private int padding;

    /** Reads an archive from the current position of the stream. */
    public TarReader(InputStream tar, Others others, Limits limits) {
        this.tar = tar;
        this.others = others;
        this.limits = limits;
    }

    /**
     * Reads an archive that may be compressed. Its unpacked size and its compression ratio are limited.
     *
     * @throws IOException if {@code gzip} is true but the archive is not compressed with gzip
     */
    public static TarReader unpacking(InputStream packed, boolean gzip, Others others, Limits limits)
            throws IOException {
        return new TarReader(Unpacked.of(packed, gzip, limits.allBytes()), others, limits);
    }

    /** The treatment of links, devices and sparse files. */
    public enum Others {
        /** The archive is refused; directories are skipped. */
        REFUSED,
        /** They are returned as entries without content, and so are directories. */
        LISTED
    }

    /**
     * The limits of an archive.
     *
     * @param entries the number of entries, including directories
     * @param fileBytes the size of a file in bytes
     * @param allBytes the size of the whole unpacked archive in bytes, including headers
     */
    public record Limits(int entries, long fileBytes, long allBytes) {}

    /**
     * An entry.
     *
     * @param name the path, relative and without {@code ..}
     * @param size the size in bytes
     * @param isFile whether it has content of that size; otherwise it is a link, a directory or similar
     */
    public record Entry(String name, long size, boolean isFile) {}

    /**
     * Advances to the next entry; empty at the end.
     *
     * @throws TarException if the archive is malformed, too large, or contains something that is refused
     */
    public Optional<Entry> next() throws IOException {
        Pax pax = new Pax();
        String longName = null;
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
            switch (type) {
                case 'L' -> longName = text(extension(size));
                case 'K' -> extension(size);
                case 'x' -> pax = Pax.parse(extension(size));
                case 'g' -> {
                    Pax all = Pax.parse(extension(size));
                    if (all.path != null || all.size >= 0 || all.sparse) {
                        throw bad("has a global header with a name or size for all files");
                    }
                }
                default -> {
                    if (++entries > limits.entries()) {
                        throw bad("has more than " + limits.entries() + " entries");
                    }
                    if (pax.path != null && longName != null) {
                        throw bad("has a file with two names, " + quoted(pax.path) + " and " + quoted(longName));
                    }
                    String name = pax.path != null ? pax.path : longName != null ? longName : name(header);
                    Optional<Entry> entry = entry(type, name, pax.size >= 0 ? pax.size : size, header, pax.sparse);
                    if (entry.isPresent()) {
                        return entry;
                    }
                    pax = new Pax();
                    longName = null;
                }
            }
        }
    }

    /** Positions the stream at the content of an entry; returns empty if the entry is skipped. */
    private Optional<Entry> entry(char type, String name, long size, byte[] header, boolean sparse) throws IOException {
        boolean plain = type == '0' || type == '\0' || type == '7';
        directory = type == '5' || plain && name.endsWith("/");
        if (plain && !sparse && !name.endsWith("/")) {
            begin(size);
            return Optional.of(new Entry(clean(name), size, true));
        }
        if (others == Others.REFUSED) {
            if (plain && sparse) {
                throw bad("contains a sparse file");
            }
            if (plain) {
                throw bad("contains the file " + quoted(name) + ", which is named like a directory");
            }
            if (type != '5') {
                throw type == '1' || type == '2'
                        ? bad("contains the link " + quoted(name))
                        : bad("contains an entry of type '" + (type > ' ' && type < 0x7f ? type : '?') + "'");
            }
        }
        if (type >= '1' && type <= '6' && size > 0) {
            // Some readers skip that many bytes and others none, so they would see different entries after it.
            throw bad("declares content for " + quoted(name) + ", which is not a file");
        }
        begin(size);
        if (type == 'S') {
            skipMap(header);
        }
        return others == Others.REFUSED ? Optional.empty() : Optional.of(new Entry(clean(name), 0, false));
    }

    /** Skips the rest of GNU tar's map of a sparse file, which precedes the content. */
    private void skipMap(byte[] header) throws IOException {
        boolean more = header[MORE_IN_HEADER] != 0;
        for (int read = 0; more; read += BLOCK) {
            byte[] map = tar.readNBytes(BLOCK);
            if (map.length < BLOCK || read > MAX_EXTENSION) {
                throw bad("has a sparse file with too many holes");
            }
            more = map[MORE_IN_MAP] != 0;
        }
    }

    /** Whether the current entry is a directory. */
    public boolean isDirectory() {
        return directory;
    }

    /** Reads from the current file; returns -1 at its end. */
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

    /** Reads the rest of the current file. Memory is allocated as bytes arrive, not according to the header. */
    public byte[] readAll() throws IOException {
        byte[] bytes = tar.readNBytes((int) Math.min(left, Integer.MAX_VALUE));
        if (bytes.length < left) {
            throw bad("ends in the middle of a file");
        }
        left = 0;
        return bytes;
    }

    private void begin(long size) throws TarException {
        if (size > limits.fileBytes()) {
            throw bad("contains a file of " + size + " bytes, but only " + limits.fileBytes() + " are allowed");
        }
        left = size;
        padding = (int) (-size & (BLOCK - 1));
    }

    private void skip() throws IOException {
        byte[] buffer = new byte[(int) Math.min(CHUNK, left)];
        while (read(buffer) >= 0) {
            // continue
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
        padding = (int) (-size & (BLOCK - 1));
        return bytes;
    }

    private static final class Pax {
        private @Nullable String path;
        private long size = -1;
        private boolean sparse;

        /** Parses records of the form {@code length key=value\n}, where the length includes itself. */
        static Pax parse(byte[] bytes) throws TarException {
            Pax pax = new Pax();
            String sparseName = null;
            int at = 0;
            while (at < bytes.length && bytes[at] != 0) {
                int blank = at;
                int length = 0;
                while (blank < bytes.length && bytes[blank] >= '0' && bytes[blank] <= '9' && length < MAX_EXTENSION) {
                    length = length * 10 + bytes[blank++] - '0';
                }
                int end = at + length;
                if (blank >= bytes.length
                        || bytes[blank] != ' '
                        || end <= blank + 1
                        || end > bytes.length
                        || bytes[end - 1] != '\n') {
                    throw bad("has a malformed extended header");
                }
                String record = new String(bytes, blank + 1, end - blank - 2, StandardCharsets.UTF_8);
                if (record.startsWith("path=")) {
                    pax.path = named(record.substring(5));
                } else if (record.startsWith("size=")) {
                    pax.size = size(record.substring(5));
                } else if (record.startsWith("GNU.sparse.name=")) {
                    sparseName = named(record.substring(16));
                }
                pax.sparse = pax.sparse || record.startsWith("GNU.sparse");
                at = end;
            }
            pax.path = sparseName != null ? sparseName : pax.path;
            return pax;
        }

        private static String named(String name) throws TarException {
            if (name.isEmpty() || name.indexOf('\0') >= 0) {
                throw bad("has a malformed extended header");
            }
            return name;
        }

        private static long size(String text) throws TarException {
            if (!text.matches("[0-9]{1,18}")) {
                throw bad("has a malformed extended header");
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

    /** Parses a number: octal, or binary if the first bit is set; never negative. */
    private static long number(byte[] header, int at, int length) throws TarException {
        return (header[at] & 0x80) != 0 ? binary(header, at, length) : octal(header, at, length);
    }

    private static long binary(byte[] header, int at, int length) throws TarException {
        long value = 0;
        for (int i = at; i < at + length; i++) {
            int octet = i == at ? header[i] & 0x7f : header[i] & 0xff;
            if (value >>> 54 != 0) {
                throw bad("has a number that is negative or too large");
            }
            value = value << 8 | octet;
        }
        return value;
    }

    /** Parses octal digits, optionally with leading spaces, and trailing spaces or NULs. */
    private static long octal(byte[] header, int at, int length) throws TarException {
        int start = at;
        while (start < at + length && header[start] == ' ') {
            start++;
        }
        int end = start;
        long value = 0;
        while (end < at + length && header[end] >= '0' && header[end] <= '7') {
            value = value << 3 | header[end++] - '0';
        }
        for (int i = end; i < at + length; i++) {
            if (header[i] != ' ' && header[i] != 0) {
                throw bad("has an invalid header");
            }
        }
        return value;
    }

    private static String name(byte[] header) {
        String name = text(Arrays.copyOfRange(header, 0, 100));
        boolean ustar = new String(header, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
        String prefix = ustar ? text(Arrays.copyOfRange(header, 345, 500)) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static String text(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }

    /**
     * Removes empty and dot segments. Archives read as {@code LISTED}, such as image layers, may contain names with
     * backslashes, and absolute ones, which are relative to the image's root; other archives need neither.
     */
    private String clean(String name) throws TarException {
        boolean strict = others == Others.REFUSED;
        StringBuilder relative = new StringBuilder();
        for (String part : name.split("/")) {
            if (part.equals("..")) {
                throw outside(name);
            }
            if (!part.isEmpty() && !part.equals(".")) {
                relative.append(relative.length() == 0 ? "" : "/").append(part);
            }
        }
        if (strict && (relative.length() == 0 || name.startsWith("/") || name.indexOf('\\') >= 0)) {
            throw outside(name);
        }
        return relative.toString();
    }

    private static TarException outside(String name) {
        return bad("contains the name " + quoted(name) + ", which points outside the archive");
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
