// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import dev.wagi.core.internal.transport.BodySource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Notes what is read from another source. */
final class CountedSource implements BodySource {

    private final BodySource source;
    private volatile long count;
    private volatile boolean failed;

    CountedSource(BodySource source) {
        this.source = source;
    }

    /** Returns how many bytes were read. */
    long count() {
        return count;
    }

    /** Returns whether it could not be read, or was over too early. */
    boolean hasFailed() {
        return failed;
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
        failed = true;
        int read = source.read(bytes);
        if (read >= 0) {
            count += read;
            failed = false;
        }
        return read;
    }

    @Override
    public void close() {
        source.close();
    }
}
