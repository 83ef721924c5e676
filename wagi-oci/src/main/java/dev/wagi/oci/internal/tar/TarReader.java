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
 * The entries of a tar of ustar, with the extensions for long names and sizes of pax and GNU. An archive is a sequence of
 *
 * <pre>
 * header    512 bytes: name[100] mode[8] uid[8] gid[8] size[12] mtime[12] checksum[8] type[1] linkname[100]
 *                      magic[6] version[2] uname[32] gname[32] major[8] minor[8] prefix[155] unused[12]
 * content   size bytes, filled up to a multiple of 512
 * </pre>
 *
 * and ends with a header of zeros. Names that lead outside are refused, and so is what readers understand in different
 * ways: whoever checks an archive must see the one that is run. The caller says what becomes of links and devices, and how
 * much there may be; what claims more is refused before it is read. For one thread; the stream stays the caller's.
 *
 * @see <a href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html">pax, ustar interchange format</a>
 */
public final class TarReader {

    private static final int BLOCK = 512;
    private static final int MAX_EXTENSION = 64 << 10;
    private static final int MAX_QUOTE = 120;
    private static final int CHUNK = 1 << 16;

    /** Where GNU tar says that more blocks of a map of holes follow: in the header, and in each of these blocks. */
    private static final int MORE_IN_HEADER = 482;

    private static final int MORE_IN_MAP = 504;

    private final InputStream tar;
    private final Others others;
    private final Limits limits;
    private int entries;
    private boolean directory;
    private long left;
    private int padding;

    /** Reads from where the stream is. */
    public TarReader(InputStream tar, Others others, Limits limits) {
        this.tar = tar;
        this.others = others;
        this.limits = limits;
    }

    /**
     * Reads an archive that may be compressed. How much comes out of it has a bound, and so has how much it grows.
     *
     * @throws IOException if it is not compressed after all
     */
    public static TarReader unpacking(InputStream packed, boolean gzip, Others others, Limits limits)
            throws IOException {
        return new TarReader(Unpacked.of(packed, gzip, limits.allBytes()), others, limits);
    }

    /** What becomes of links, devices and sparse files. */
    public enum Others {
        /** The archive is refused; directories are passed over. */
        REFUSED,
        /** They are entries that are no file, and directories are too; there is nothing to read of them. */
        LISTED
    }

    /**
     * How much there may be.
     *
     * @param entries in number, directories too
     * @param fileBytes in one file
     * @param allBytes in all of it, headers too, after unpacking
     */
    public record Limits(int entries, long fileBytes, long allBytes) {}

    /**
     * An entry.
     *
     * @param name relative, without {@code ..}
     * @param size in bytes
     * @param isFile whether there is content to read, of the size; otherwise it is a link, a directory or the like
     */
    public record Entry(String name, long size, boolean isFile) {}

    /**
     * Goes to the next entry; empty at the end.
     *
     * @throws TarException if the archive is broken, too large, or holds what is refused
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
                        throw bad("has one name or size for all of its files");
                    }
                }
                default -> {
                    if (++entries > limits.entries()) {
                        throw bad("has more than " + limits.entries() + " entries");
                    }
                    if (pax.path != null && longName != null) {
                        throw bad("has a file of two names, " + quoted(pax.path) + " and " + quoted(longName));
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

    /** The content of an entry, or nothing of one that is passed over; either way it is where the stream is. */
    private Optional<Entry> entry(char type, String name, long size, byte[] header, boolean sparse) throws IOException {
        boolean plain = type == '0' || type == '\0' || type == '7';
        directory = type == '5' || plain && name.endsWith("/");
        if (plain && !sparse && !name.endsWith("/")) {
            begin(size);
            return Optional.of(new Entry(clean(name), size, true));
        }
        if (others == Others.REFUSED) {
            if (plain && sparse) {
                throw bad("holds a file with holes");
            }
            if (plain) {
                throw bad("holds the file " + quoted(name) + ", which has the name of a directory");
            }
            if (type != '5') {
                throw type == '1' || type == '2'
                        ? bad("holds the link " + quoted(name))
                        : bad("holds something of type '" + (type > ' ' && type < 0x7f ? type : '?') + "'");
            }
        }
        if (type >= '1' && type <= '6' && size > 0) {
            // Some readers skip as much, others nothing, and so they see different entries behind it.
            throw bad("says that " + quoted(name) + " has content, though it is no file");
        }
        begin(size);
        if (type == 'S') {
            skipMap(header);
        }
        return others == Others.REFUSED ? Optional.empty() : Optional.of(new Entry(clean(name), 0, false));
    }

    /** The rest of GNU tar's map of holes stands between the header and the content. */
    private void skipMap(byte[] header) throws IOException {
        boolean more = header[MORE_IN_HEADER] != 0;
        for (int read = 0; more; read += BLOCK) {
            byte[] map = tar.readNBytes(BLOCK);
            if (map.length < BLOCK || read > MAX_EXTENSION) {
                throw bad("has a file with too many holes");
            }
            more = map[MORE_IN_MAP] != 0;
        }
    }

    /** Whether the current entry is a directory. */
    public boolean isDirectory() {
        return directory;
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

    /** The rest of the current file. Memory is taken as bytes arrive, not as the header claims. */
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
            throw bad("holds a file of " + size + " bytes, and " + limits.fileBytes() + " are allowed");
        }
        left = size;
        padding = (int) (-size & (BLOCK - 1));
    }

    private void skip() throws IOException {
        byte[] buffer = new byte[(int) Math.min(CHUNK, left)];
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
        padding = (int) (-size & (BLOCK - 1));
        return bytes;
    }

    private static final class Pax {
        private @Nullable String path;
        private long size = -1;
        private boolean sparse;

        /** Records of {@code length key=value\n}, the length counting itself. */
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
                    throw bad("has a broken extended header");
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
                throw bad("has a broken extended header");
            }
            return name;
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

    /** Octal, or binary if the first bit is set; never negative. */
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

    /** Digits, perhaps with blanks in front, and blanks or zeros behind. */
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
     * Without empty parts and dots. Where everything is expected, an image may hold names with backslashes, and absolute ones,
     * which mean the image's root; an archive of files alone needs neither.
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
        return bad("holds the name " + quoted(name) + ", which points outside the archive");
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
