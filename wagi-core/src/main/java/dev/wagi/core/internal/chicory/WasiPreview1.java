// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.sandbox.GuestInput;
import dev.wagi.core.sandbox.GuestOutput;
import dev.wagi.core.sandbox.GuestStrings;
import java.io.IOException;
import java.security.SecureRandom;

/**
 * The import module {@code wasi_snapshot_preview1}.
 *
 * <p>A guest has the three standard streams and nothing else: no directory is open for it, so every function on paths ends
 * in EBADF. Addresses and lengths are unsigned and checked before anything is allocated or read.
 *
 * @see <a href="https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md">WASI preview 1</a>
 */
final class WasiPreview1 {

    static final String MODULE = "wasi_snapshot_preview1";

    /** Longest list of buffers in one call, as on Linux. */
    private static final int MAX_IOVECS = 1024;

    /** Most bytes moved through a host buffer at once. */
    private static final int CHUNK = 64 << 10;

    /** Most subscriptions in one {@code poll_oneoff}. */
    private static final int MAX_SUBSCRIPTIONS = 1024;

    private static final int CLOCK_REALTIME = 0;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int CLOCK_LAST = 3;

    private static final byte EVENT_CLOCK = 0;
    private static final byte EVENT_FD_READ = 1;
    private static final byte EVENT_FD_WRITE = 2;
    private static final int SUBSCRIPTION_SIZE = 48;
    private static final int EVENT_SIZE = 32;

    /** A pipe, for which WASI has no type. A character device would pass for a terminal, and guests would print colours. */
    private static final byte FILETYPE_UNKNOWN = 0;

    private static final long RIGHT_FD_READ = 1L << 1;
    private static final long RIGHT_FD_WRITE = 1L << 6;
    private static final long RIGHT_POLL = 1L << 27;
    private static final int FDFLAGS_APPEND = 1;

    private static final SecureRandom RANDOM = new SecureRandom();

    static final HostFunctions FUNCTIONS = new HostFunctions(MODULE, Errno.FAULT, Errno.FAULT)
            .add("args_get", "ii", (g, m, a) -> strings(g.io().arguments(), m, a))
            .add("args_sizes_get", "ii", (g, m, a) -> sizes(g.io().arguments(), m, a))
            .add("environ_get", "ii", (g, m, a) -> strings(g.io().environment(), m, a))
            .add("environ_sizes_get", "ii", (g, m, a) -> sizes(g.io().environment(), m, a))
            .add("clock_res_get", "ii", WasiPreview1::clockResGet)
            .add("clock_time_get", "iIi", WasiPreview1::clockTimeGet)
            .add("random_get", "ii", WasiPreview1::randomGet)
            .add("sched_yield", "", (g, m, a) -> {
                Thread.yield();
                return Errno.SUCCESS;
            })
            .add("poll_oneoff", "iiii", WasiPreview1::pollOneoff)
            .addVoid("proc_exit", "i", (g, m, a) -> {
                throw new GuestExit((int) a[0]);
            })
            .add("proc_raise", "i", (g, m, a) -> Errno.NOTSUP)
            // streams
            .add("fd_read", "iiii", WasiPreview1::fdRead)
            .add("fd_write", "iiii", WasiPreview1::fdWrite)
            .add("fd_close", "i", (g, m, a) -> g.close((int) a[0]) ? Errno.SUCCESS : Errno.BADF)
            .add("fd_renumber", "ii", (g, m, a) -> g.renumber((int) a[0], (int) a[1]) ? Errno.SUCCESS : Errno.BADF)
            .add("fd_datasync", "i", WasiPreview1::fdSync)
            .add("fd_sync", "i", WasiPreview1::fdSync)
            .add("fd_fdstat_get", "ii", WasiPreview1::fdFdstatGet)
            .add("fd_fdstat_set_flags", "ii", (g, m, a) -> onStream(g, a, Errno.SUCCESS))
            .add("fd_fdstat_set_rights", "iII", (g, m, a) -> onStream(g, a, Errno.SUCCESS))
            .add("fd_filestat_get", "ii", WasiPreview1::fdFilestatGet)
            // A stream has no position, size or times.
            .add("fd_advise", "iIIi", (g, m, a) -> onStream(g, a, Errno.SPIPE))
            .add("fd_allocate", "iII", (g, m, a) -> onStream(g, a, Errno.SPIPE))
            .add("fd_filestat_set_size", "iI", (g, m, a) -> onStream(g, a, Errno.INVAL))
            .add("fd_filestat_set_times", "iIIi", (g, m, a) -> onStream(g, a, Errno.INVAL))
            .add("fd_pread", "iiiIi", (g, m, a) -> onStream(g, a, Errno.SPIPE))
            .add("fd_pwrite", "iiiIi", (g, m, a) -> onStream(g, a, Errno.SPIPE))
            .add("fd_seek", "iIii", (g, m, a) -> onStream(g, a, Errno.SPIPE))
            .add("fd_tell", "ii", (g, m, a) -> onStream(g, a, Errno.SPIPE))
            // No directory is open: neither the streams nor any other descriptor is one.
            .add("fd_prestat_get", "ii", WasiPreview1::noDirectory)
            .add("fd_prestat_dir_name", "iii", WasiPreview1::noDirectory)
            .add("fd_readdir", "iiiIi", WasiPreview1::noDirectory)
            .add("path_create_directory", "iii", WasiPreview1::noDirectory)
            .add("path_filestat_get", "iiiii", WasiPreview1::noDirectory)
            .add("path_filestat_set_times", "iiiiIIi", WasiPreview1::noDirectory)
            .add("path_link", "iiiiiii", WasiPreview1::noDirectory)
            .add("path_open", "iiiiiIIii", WasiPreview1::noDirectory)
            .add("path_readlink", "iiiiii", WasiPreview1::noDirectory)
            .add("path_remove_directory", "iii", WasiPreview1::noDirectory)
            .add("path_rename", "iiiiii", WasiPreview1::noDirectory)
            .add("path_symlink", "iiiii", WasiPreview1::noDirectory)
            .add("path_unlink_file", "iii", WasiPreview1::noDirectory)
            // No sockets either.
            .add("sock_accept", "iii", (g, m, a) -> onStream(g, a, Errno.NOTSOCK))
            .add("sock_recv", "iiiiii", (g, m, a) -> onStream(g, a, Errno.NOTSOCK))
            .add("sock_send", "iiiii", (g, m, a) -> onStream(g, a, Errno.NOTSOCK))
            .add("sock_shutdown", "ii", (g, m, a) -> onStream(g, a, Errno.NOTSOCK))
            // What the preview 1 adapter of components imports to learn whether it runs on a real host.
            .add("adapter_close_badfd", "i", (g, m, a) -> Errno.BADF)
            .add("adapter_open_badfd", "i", (g, m, a) -> Errno.BADF);

    private WasiPreview1() {}

    private static int noDirectory(ChicorySandbox guest, FlatMemory memory, long[] args) {
        return Errno.BADF;
    }

    private static int onStream(ChicorySandbox guest, long[] args, int errno) {
        return guest.isOpen((int) args[0]) ? errno : Errno.BADF;
    }

    /** {@code args_get}, {@code environ_get}: the strings, and the address of each. */
    private static int strings(GuestStrings strings, FlatMemory memory, long[] args) {
        int pointers = (int) args[0];
        int buffer = (int) args[1];
        check(memory, pointers, strings.count() * 4L);
        check(memory, buffer, strings.length());
        for (int i = 0; i < strings.count(); i++) {
            memory.writeI32(pointers + i * 4, buffer + strings.offset(i));
        }
        memory.write(buffer, strings.bytes(), 0, strings.length());
        return Errno.SUCCESS;
    }

    /** {@code args_sizes_get}, {@code environ_sizes_get}. */
    private static int sizes(GuestStrings strings, FlatMemory memory, long[] args) {
        writeI32(memory, (int) args[0], strings.count());
        writeI32(memory, (int) args[1], strings.length());
        return Errno.SUCCESS;
    }

    private static int clockResGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int errno = checkClock((int) args[0]);
        if (errno == Errno.SUCCESS) {
            writeI64(memory, (int) args[1], 1);
        }
        return errno;
    }

    private static int clockTimeGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int errno = checkClock((int) args[0]);
        if (errno == Errno.SUCCESS) {
            writeI64(memory, (int) args[2], now((int) args[0]));
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

    private static int randomGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int address = (int) args[0];
        long length = args[1] & 0xffffffffL;
        check(memory, address, length);
        byte[] chunk = new byte[(int) Math.min(length, CHUNK)];
        for (long done = 0; done < length; done += chunk.length) {
            guest.checkInterrupt();
            RANDOM.nextBytes(chunk);
            memory.write(address + (int) done, chunk, 0, (int) Math.min(chunk.length, length - done));
        }
        return Errno.SUCCESS;
    }

    /**
     * Whether there are not too many iovecs; each is a pointer and a length, 4 bytes each. Their list and the result, the
     * arguments 1 to 3, must be inside the memory.
     */
    private static boolean checkIovecs(FlatMemory memory, long[] args) {
        int count = (int) args[2];
        if (count < 0 || count > MAX_IOVECS) {
            return false;
        }
        check(memory, (int) args[1], count * 8L);
        check(memory, (int) args[3], 4);
        return true;
    }

    private static int fdRead(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        GuestInput input = guest.input((int) args[0]);
        if (input == null) {
            return Errno.BADF;
        }
        int iovecs = (int) args[1];
        int count = (int) args[2];
        if (!checkIovecs(memory, args)) {
            return Errno.INVAL;
        }
        int total = 0;
        for (int i = 0; i < count; i++) {
            int address = memory.readInt(iovecs + i * 8);
            long length = memory.readInt(iovecs + i * 8 + 4) & 0xffffffffL;
            check(memory, address, length);
            if (length > 0) {
                if (!input.isReady()) {
                    // The client may be waiting for what was printed before it sends more.
                    guest.io().stdout().flush();
                }
                total += Math.max(0, memory.read(input, address, (int) Math.min(length, CHUNK)));
                break;
            }
        }
        memory.writeI32((int) args[3], total);
        return Errno.SUCCESS;
    }

    private static int fdWrite(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        GuestOutput output = guest.output((int) args[0]);
        if (output == null) {
            return Errno.BADF;
        }
        int iovecs = (int) args[1];
        int count = (int) args[2];
        if (!checkIovecs(memory, args)) {
            return Errno.INVAL;
        }
        // All of it is checked before the first byte is taken: a guest that is told EFAULT may try again.
        long total = 0;
        for (int i = 0; i < count; i++) {
            long length = memory.readInt(iovecs + i * 8 + 4) & 0xffffffffL;
            check(memory, memory.readInt(iovecs + i * 8), length);
            total += length;
        }
        if (total > Integer.MAX_VALUE) {
            return Errno.INVAL;
        }
        for (int i = 0; i < count; i++) {
            int address = memory.readInt(iovecs + i * 8);
            int length = memory.readInt(iovecs + i * 8 + 4);
            for (int done = 0; done < length; done += CHUNK) {
                guest.checkInterrupt();
                memory.write(output, address + done, Math.min(CHUNK, length - done));
            }
        }
        memory.writeI32((int) args[3], (int) total);
        return Errno.SUCCESS;
    }

    private static int fdSync(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        GuestOutput output = guest.output((int) args[0]);
        if (output != null) {
            output.flush();
        }
        return onStream(guest, args, Errno.SUCCESS);
    }

    /** fdstat: filetype u8, flags u16 at 2, rights u64 at 8, inheriting rights u64 at 16. */
    private static int fdFdstatGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int fd = (int) args[0];
        int address = (int) args[1];
        if (!guest.isOpen(fd)) {
            return Errno.BADF;
        }
        check(memory, address, 24);
        boolean input = guest.input(fd) != null;
        memory.fill((byte) 0, address, address + 24);
        memory.writeByte(address, FILETYPE_UNKNOWN);
        memory.writeShort(address + 2, (short) (input ? 0 : FDFLAGS_APPEND));
        memory.writeLong(address + 8, RIGHT_POLL | (input ? RIGHT_FD_READ : RIGHT_FD_WRITE));
        return Errno.SUCCESS;
    }

    /** filestat: 64 bytes, filetype u8 at 16; everything else of a stream is 0. */
    private static int fdFilestatGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int address = (int) args[1];
        if (!guest.isOpen((int) args[0])) {
            return Errno.BADF;
        }
        check(memory, address, 64);
        memory.fill((byte) 0, address, address + 64);
        memory.writeByte(address + 16, FILETYPE_UNKNOWN);
        return Errno.SUCCESS;
    }

    /**
     * Waits for clocks; streams are always ready.
     *
     * <pre>
     * subscription, 48 bytes: userdata u64, tag u8 at 8,
     *     clock:  id u32 at 16, timeout u64 at 24, precision u64 at 32, flags u16 at 40 (1 = absolute)
     *     stream: descriptor u32 at 16
     * event, 32 bytes: userdata u64, errno u16 at 8, type u8 at 10, bytes u64 at 16
     * </pre>
     */
    private static int pollOneoff(ChicorySandbox guest, FlatMemory memory, long[] args) throws IOException {
        int in = (int) args[0];
        int out = (int) args[1];
        int count = (int) args[2];
        if (count <= 0 || count > MAX_SUBSCRIPTIONS) {
            return Errno.INVAL;
        }
        check(memory, in, (long) count * SUBSCRIPTION_SIZE);
        check(memory, out, (long) count * EVENT_SIZE);
        check(memory, (int) args[3], 4);
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
                boolean bad = tags[i] == EVENT_FD_READ && guest.input(sources[i]) == null
                        || tags[i] == EVENT_FD_WRITE && guest.output(sources[i]) == null;
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

    private static void writeI32(FlatMemory memory, int address, int value) {
        check(memory, address, 4);
        memory.writeI32(address, value);
    }

    private static void writeI64(FlatMemory memory, int address, long value) {
        check(memory, address, 8);
        memory.writeLong(address, value);
    }

    /** Refuses a range that is not wholly inside the memory; address and length are unsigned. */
    private static void check(FlatMemory memory, int address, long length) {
        if (!memory.contains(address, length)) {
            throw MemoryFault.INSTANCE;
        }
    }
}
