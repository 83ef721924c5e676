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
    private static final int SUBSCRIPTION_SIZE = 48;
    private static final int EVENT_SIZE = 32;

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

    /** The CPU-time clocks would tell a guest what else runs here. */
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
     * Waits for clocks; streams and files are always ready.
     *
     * <pre>
     * subscription, 48 bytes: userdata u64, tag u8 at 8,
     *     clock:  id u32 at 16, timeout u64 at 24, precision u64 at 32, flags u16 at 40 (1 = absolute)
     *     other:  descriptor u32 at 16
     * event, 32 bytes: userdata u64, errno u16 at 8, type u8 at 10, bytes u64 at 16
     * </pre>
     */
    static int pollOneoff(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        int in = (int) args[0];
        int out = (int) args[1];
        int count = (int) args[2];
        if (count <= 0 || count > MAX_SUBSCRIPTIONS) {
            return Errno.INVAL;
        }
        Bounds.check(memory, in, (long) count * SUBSCRIPTION_SIZE);
        Bounds.check(memory, out, (long) count * EVENT_SIZE);
        Bounds.check(memory, (int) args[3], 4);
        // Copied first: the guest may let its events overlap its subscriptions.
        long[] userdata = new long[count];
        byte[] tags = new byte[count];
        int[] sources = new int[count];
        long[] due = new long[count];
        long began = System.nanoTime();
        long wait = Long.MAX_VALUE;
        for (int i = 0; i < count; i++) {
            int subscription = in + i * SUBSCRIPTION_SIZE;
            userdata[i] = memory.readLong(subscription);
            tags[i] = memory.read(subscription + 8);
            sources[i] = memory.readInt(subscription + 16);
            if (tags[i] == EVENT_CLOCK) {
                int errno = checkClock(sources[i]);
                if (errno != Errno.SUCCESS) {
                    return errno;
                }
                long timeout = memory.readLong(subscription + 24);
                boolean absolute = (memory.readShort(subscription + 40) & 1) != 0;
                due[i] = untilDue(timeout, absolute, sources[i]);
            } else if (tags[i] != EVENT_FD_READ && tags[i] != EVENT_FD_WRITE) {
                return Errno.INVAL;
            }
            wait = Math.min(wait, due[i]);
        }
        if (wait > 0) {
            guest.io().willTakeLong();
            guest.io().stdout().flush();
            guest.sleep(wait);
        }
        long elapsed = Math.max(System.nanoTime() - began, wait);
        int events = 0;
        for (int i = 0; i < count; i++) {
            if (due[i] <= elapsed) {
                int event = out + events++ * EVENT_SIZE;
                boolean bad = tags[i] == EVENT_FD_READ && !WasiDescriptors.isReadable(guest, sources[i])
                        || tags[i] == EVENT_FD_WRITE && !WasiDescriptors.isWritable(guest, sources[i]);
                memory.fill((byte) 0, event, event + EVENT_SIZE);
                memory.writeLong(event, userdata[i]);
                memory.writeShort(event + 8, (short) (bad ? Errno.BADF : Errno.SUCCESS));
                memory.writeByte(event + 10, tags[i]);
                memory.writeLong(event + 16, tags[i] == EVENT_CLOCK || bad ? 0 : 1);
            }
        }
        memory.writeI32((int) args[3], events);
        return Errno.SUCCESS;
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
