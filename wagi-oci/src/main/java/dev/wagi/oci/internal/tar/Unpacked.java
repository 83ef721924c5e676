// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** The unpacked bytes of an archive, limited in total and in relation to the packed size. */
final class Unpacked extends FilterInputStream {

    /**
     * The maximum compression ratio: modules compress to a third or a tenth of their size, decompression bombs to a
     * thousandth.
     */
    private static final long MAX_RATIO = 200;

    /** The unpacked size below which the ratio is not checked. */
    private static final long MIN_RATIO_BYTES = 4L << 20;

    private static final int BUFFER = 1 << 16;

    private final long max;
    private final Counted packed;
    private final boolean gzip;
    private long count;

    private Unpacked(InputStream stream, Counted packed, boolean gzip, long max) {
        super(stream);
        this.max = max;
        this.packed = packed;
        this.gzip = gzip;
    }

    static Unpacked of(InputStream packed, boolean gzip, long max) throws IOException {
        Counted counted = new Counted(packed);
        return new Unpacked(gzip ? new GZIPInputStream(counted, BUFFER) : counted, counted, gzip, max);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = super.read(target, offset, length);
        count += Math.max(read, 0);
        if (count > max) {
            throw new TarException("unpacks to more than " + max + " bytes");
        }
        if (gzip && count > MIN_RATIO_BYTES && count / packed.count > MAX_RATIO) {
            throw new TarException("unpacks to more than " + MAX_RATIO + " times its size");
        }
        return read;
    }

    /** Reads the skipped bytes, so that they are counted. */
    @Override
    public long skip(long wanted) throws IOException {
        byte[] scratch = new byte[(int) Math.max(0, Math.min(wanted, BUFFER))];
        return scratch.length == 0 ? 0 : Math.max(read(scratch, 0, scratch.length), 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Counts the packed bytes that were read. */
    private static final class Counted extends FilterInputStream {
        private long count;

        Counted(InputStream stream) {
            super(stream);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count += read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            count += Math.max(read, 0);
            return read;
        }
    }
}
