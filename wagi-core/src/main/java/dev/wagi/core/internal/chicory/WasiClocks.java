// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.IOException;

/** The functions of WASI preview 1 on clocks, and {@code poll_oneoff}. */
final class WasiClocks {

    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int CLOCK_LAST = 3;

    /** Most subscriptions in one {@code poll_oneoff}. */
    private static final int MAX_SUBSCRIPTIONS = 1024;

    private static final byte EVENT_CLOCK = 0;
    private static final byte EVENT_FD_READ = 1;
    private static final byte EVENT_FD_WRITE = 2;
    private static final int EVENT_SIZE = 32;
    private static final int ABSOLUTE = 1;

    /** How often to look whether there is something to read, in nanoseconds: at first, and at last. */
    private static final long FIRST_LOOK = 200_000;

    private static final long LAST_LOOK = 10_000_000;

    private WasiClocks() {}

    static int clockResGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int errno = checkClock((int) args[0]);
        if (errno == Errno.SUCCESS) {
            Bounds.writeI64(memory, (int) args[1], 1);
        }
        return errno;
    }

    static int clockTimeGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int errno = checkClock((int) args[0]);
        if (errno == Errno.SUCCESS) {
            Bounds.writeI64(memory, (int) args[2], now((int) args[0]));
        }
        return errno;
    }

    /** The CPU-time clocks would show a guest what else runs here. */
    private static int checkClock(int clock) {
        return clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC
                ? Errno.SUCCESS
                : clock > 0 && clock <= CLOCK_LAST ? Errno.NOTSUP : Errno.INVAL;
    }

    private static long now(int clock) {
        if (clock == CLOCK_MONOTONIC) {
            return System.nanoTime();
        }
        var now = java.time.Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /**
     * Waits for clocks, and for something to read; output and files are always ready, what is not open is as well, with
     * its error.
     *
     * <pre>
     * event, 32 bytes: userdata u64, errno u16 at 8, type u8 at 10, bytes u64 at 16
     * </pre>
     *
     * @see WasiLayout for subscriptions
     */
    static int pollOneoff(WasiLayout layout, ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        int in = (int) args[0];
        int out = (int) args[1];
        int count = (int) args[2];
        if (count <= 0 || count > MAX_SUBSCRIPTIONS) {
            return Errno.INVAL;
        }
        Bounds.check(memory, in, (long) count * layout.subscriptionSize());
        Bounds.check(memory, out, (long) count * EVENT_SIZE);
        Bounds.check(memory, (int) args[3], 4);
        // Copied first: the guest may let its events overlap its subscriptions.
        long[] userdata = new long[count];
        byte[] tags = new byte[count];
        int[] sources = new int[count];
        long[] due = new long[count];
        long began = System.nanoTime();
        long wait = Long.MAX_VALUE;
        boolean reads = false;
        for (int i = 0; i < count; i++) {
            int subscription = in + i * layout.subscriptionSize();
            userdata[i] = memory.readLong(subscription);
            tags[i] = memory.read(subscription + 8);
            if (tags[i] == EVENT_CLOCK) {
                sources[i] = layout.clockId(memory, subscription);
                int flags = layout.clockFlags(memory, subscription);
                int errno = (flags & ~ABSOLUTE) != 0 ? Errno.INVAL : checkClock(sources[i]);
                if (errno != Errno.SUCCESS) {
                    return errno;
                }
                due[i] = untilDue(layout.clockTimeout(memory, subscription), flags == ABSOLUTE, sources[i]);
            } else if (tags[i] == EVENT_FD_READ || tags[i] == EVENT_FD_WRITE) {
                sources[i] = memory.readInt(subscription + WasiLayout.DESCRIPTOR);
                if (tags[i] == EVENT_FD_READ && guest.input(sources[i]) != null) {
                    reads = true;
                    due[i] = Long.MAX_VALUE;
                }
            } else {
                return Errno.INVAL;
            }
            wait = Math.min(wait, due[i]);
        }
        boolean readable = reads
                && (guest.io().stdin().isReady()
                        || wait == Long.MAX_VALUE && !guest.io().stdin().isWatched());
        if (wait > 0 && !readable) {
            guest.io().willWait();
            guest.io().stdout().flush();
            if (reads) {
                readable = awaitInput(guest, began, wait);
            } else {
                guest.sleep(wait);
            }
        }
        long elapsed = readable ? System.nanoTime() - began : Math.max(System.nanoTime() - began, wait);
        int events = 0;
        for (int i = 0; i < count; i++) {
            boolean input = due[i] == Long.MAX_VALUE && tags[i] == EVENT_FD_READ;
            if (input ? readable : due[i] <= elapsed) {
                write(guest, memory, out + events++ * EVENT_SIZE, userdata[i], tags[i], sources[i]);
            }
        }
        memory.writeI32((int) args[3], events);
        return Errno.SUCCESS;
    }

    private static void write(ChicorySandbox guest, FlatMemory memory, int event, long userdata, byte tag, int source) {
        boolean bad = tag == EVENT_FD_READ && !WasiDescriptors.isReadable(guest, source)
                || tag == EVENT_FD_WRITE && !WasiDescriptors.isWritable(guest, source);
        memory.fill((byte) 0, event, event + EVENT_SIZE);
        memory.writeLong(event, userdata);
        memory.writeShort(event + 8, (short) (bad ? Errno.BADF : Errno.SUCCESS));
        memory.writeByte(event + 10, tag);
        memory.writeLong(event + 16, tag == EVENT_CLOCK || bad ? 0 : 1);
    }

    /**
     * Waits for something to read, or the end of it. No transport can notify the host of it, so this polls.
     *
     * @param wait how long at most
     */
    private static boolean awaitInput(ChicorySandbox guest, long began, long wait) throws IOException {
        long pause = FIRST_LOOK;
        while (true) {
            long left = wait - (System.nanoTime() - began);
            if (left <= 0) {
                return guest.io().stdin().isReady();
            }
            guest.sleep(Math.min(left, pause));
            if (guest.io().stdin().isReady()) {
                return true;
            }
            pause = Math.min(pause * 2, LAST_LOOK);
        }
    }

    /** Nanoseconds from now; the timeout is unsigned, and what is above 2^63 never comes. */
    private static long untilDue(long timeout, boolean absolute, int clock) {
        if (!absolute) {
            return timeout < 0 ? Long.MAX_VALUE : timeout;
        }
        // The monotonic clock may itself be negative as a signed number.
        long now = now(clock);
        return Long.compareUnsigned(timeout, now) <= 0 ? 0 : timeout - now < 0 ? Long.MAX_VALUE : timeout - now;
    }
}
