// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CountDownLatch;

/** An empty body whose end comes when the test says so. */
final class PausedInput extends InputStream {

    private final CountDownLatch reading = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    @Override
    public int read() throws IOException {
        reading.countDown();
        try {
            end.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return -1;
    }

    /** Waits until the guest reads. */
    void awaitReader() throws InterruptedException {
        reading.await();
    }

    /** Lets it read the end. */
    void end() {
        end.countDown();
    }
}
