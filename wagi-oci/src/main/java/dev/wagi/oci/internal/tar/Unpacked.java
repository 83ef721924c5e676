// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** What comes out of an archive, until it is too much: in all, or for what it was packed in. */
final class Unpacked extends FilterInputStream {

    /** Modules shrink to a third or a tenth; a thousandth is what a bomb does. */
    private static final long MAX_RATIO = 200;

    /** Below that a ratio says nothing. */
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

    /** Reads what is skipped, so that it is counted. */
    @Override
    public long skip(long wanted) throws IOException {
        byte[] scratch = new byte[(int) Math.max(0, Math.min(wanted, BUFFER))];
        return scratch.length == 0 ? 0 : Math.max(read(scratch, 0, scratch.length), 0);
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Counts what is read of the packed bytes. */
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
