// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.layer;

import dev.wagi.oci.OciException;
import dev.wagi.oci.internal.manifest.ImageConfig;
import dev.wagi.oci.internal.text.Foreign;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A layer that is a tar archive. The one file that is looked for is read into memory; links, devices and whatever else is in
 * an archive are passed over, so nothing of it can reach a disk.
 */
public final class LayerArchive {

    /** What the module is called where an image does not say. */
    private static final String USUAL_NAME = "plugin.wasm";

    private static final int MAX_ENTRIES = 10_000;

    /** What is around the module in an archive. */
    private static final long MAX_OTHERS = 64L << 20;

    /** Modules shrink to a third or a tenth; a thousandth is what a bomb does. */
    private static final long MAX_RATIO = 200;

    /** Below that a ratio says nothing. */
    private static final long MIN_RATIO_BYTES = 4L << 20;

    private final byte[] layer;
    private final boolean gzip;
    private final long maxModule;

    /**
     * A layer.
     *
     * @param maxModule how large the module may be, in bytes
     */
    public LayerArchive(byte[] layer, boolean gzip, long maxModule) {
        this.layer = layer;
        this.gzip = gzip;
        this.maxModule = maxModule;
    }

    /**
     * The module in the archive.
     *
     * @param path its path as the image says; if it does not: {@code plugin.wasm}, else the only file that ends in {@code
     *     .wasm}
     * @return empty if it is not in here
     * @throws OciException.Unsupported if the archive is malformed or too large, or it is not clear which file is meant
     */
    public Optional<byte[]> module(Optional<String> path) {
        String wanted = path.orElse(USUAL_NAME);
        byte[] exact = null;
        byte[] other = null;
        String otherName = null;
        boolean ambiguous = false;
        int entries = 0;
        try (TarArchiveInputStream tar = new TarArchiveInputStream(unpacked())) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                if (++entries > MAX_ENTRIES) {
                    throw new OciException.Unsupported("the image's archive has more than " + MAX_ENTRIES
                            + " entries; push the module on its own");
                }
                String name = name(entry);
                if (name.equals(wanted)) {
                    exact = read(tar, entry, name);
                } else if (path.isEmpty() && exact == null && name.endsWith(".wasm") && isPlainFile(entry)) {
                    ambiguous = ambiguous || otherName != null && !otherName.equals(name);
                    otherName = name;
                    other = ambiguous ? null : read(tar, entry, name);
                }
            }
        } catch (IOException | RuntimeException e) {
            if (e instanceof OciException known) {
                throw known;
            }
            throw new OciException.Unsupported(
                    "the image's archive is malformed (" + Foreign.quoted(String.valueOf(e.getMessage()))
                            + "); push the image again",
                    e);
        }
        if (exact == null && ambiguous) {
            throw new OciException.Unsupported("the image's archive holds several .wasm files; say in the image's"
                    + " entrypoint which one is meant, or name it plugin.wasm");
        }
        return Optional.ofNullable(exact != null ? exact : other);
    }

    private InputStream unpacked() throws IOException {
        InputStream packed = new ByteArrayInputStream(layer);
        long limit = maxModule + MAX_OTHERS;
        return new Bounded(gzip ? new GZIPInputStream(packed, 1 << 16) : packed, limit, gzip ? layer.length : 0);
    }

    private static String name(TarArchiveEntry entry) {
        String name = ImageConfig.normal(entry.getName());
        if (Arrays.asList(name.split("/")).contains("..")) {
            throw new OciException.Unsupported("the image's archive holds the path " + Foreign.quoted(entry.getName())
                    + ", which leads out of it; do not use that image");
        }
        return name;
    }

    private static boolean isPlainFile(TarArchiveEntry entry) {
        return entry.isFile()
                && !entry.isSymbolicLink()
                && !entry.isLink()
                && !entry.isSparse()
                && !entry.isDirectory()
                && !entry.isFIFO()
                && !entry.isCharacterDevice()
                && !entry.isBlockDevice();
    }

    private byte[] read(TarArchiveInputStream tar, TarArchiveEntry entry, String name) throws IOException {
        if (!isPlainFile(entry)) {
            throw new OciException.Unsupported("in the image's archive " + Foreign.quoted(name)
                    + " is a link or something else that is not a file; push the image with the file itself");
        }
        if (entry.getSize() > maxModule) {
            throw tooLarge(entry.getSize(), maxModule);
        }
        byte[] bytes = tar.readNBytes((int) entry.getSize());
        if (bytes.length != entry.getSize()) {
            throw new IOException("it ends too early");
        }
        return bytes;
    }

    /** For a module of that size. */
    public static OciException tooLarge(long bytes, long max) {
        return new OciException.Unsupported("the image's module has " + bytes + " bytes and " + max
                + " are allowed; is it a module? If so, raise the limit");
    }

    /** Gives up on what unpacks to too much. */
    private static final class Bounded extends FilterInputStream {
        private final long limit;
        private final long packed;
        private long count;

        /**
         * Around a stream.
         *
         * @param packed the bytes that it was unpacked from, or 0 if it was not
         */
        Bounded(InputStream stream, long limit, long packed) {
            super(stream);
            this.limit = limit;
            this.packed = packed;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            count(Math.max(read, 0));
            return read;
        }

        /** Reads what is skipped, so that it is counted. */
        @Override
        public long skip(long wanted) throws IOException {
            byte[] scratch = new byte[(int) Math.min(wanted, 1 << 16)];
            int read = scratch.length == 0 ? 0 : read(scratch, 0, scratch.length);
            return Math.max(read, 0);
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void count(int bytes) {
            count += bytes;
            if (count > limit || packed > 0 && count > MIN_RATIO_BYTES && count / packed > MAX_RATIO) {
                throw new OciException.Unsupported("the image's archive of " + packed + " bytes unpacks to more than "
                        + Math.min(limit, count) + "; push the module on its own");
            }
        }
    }
}
