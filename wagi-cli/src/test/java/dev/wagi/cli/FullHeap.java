// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/**
 * The command in a JVM in which something else takes all of the heap for good, as soon as a byte comes on standard
 * input.
 */
final class FullHeap {

    private static volatile Object[] held;

    private FullHeap() {}

    /** As {@link Main#main}. */
    public static void main(String[] args) {
        Thread thread = new Thread(FullHeap::obey, "full-heap");
        thread.setDaemon(true);
        thread.start();
        Main.main(args);
    }

    private static void obey() {
        try {
            if (System.in.read() >= 0) {
                while (true) {
                    fill(); // again, for others may have given something back
                    LockSupport.parkNanos(100_000_000);
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A list that grows until nothing fits any more. */
    private static void fill() {
        for (int size = 64 << 10; size > 64; size /= 8) {
            try {
                while (true) {
                    held = new Object[] {held, new byte[size]};
                }
            } catch (OutOfMemoryError e) {
                // That is what it is for.
            }
        }
    }
}
