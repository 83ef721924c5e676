// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.sandbox.GuestStrings;
import java.security.SecureRandom;

/**
 * The import modules {@code wasi_snapshot_preview1} and {@code wasi_unstable}: the same functions on other structures.
 *
 * <p>A guest has the three standard streams and the volumes of its module; without volumes every function on paths ends
 * in EBADF. Addresses and lengths are unsigned and checked before anything is allocated or read.
 *
 * @see <a href="https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md">WASI preview 1</a>
 */
final class WasiPreview1 {

    static final String MODULE = "wasi_snapshot_preview1";
    static final String UNSTABLE_MODULE = "wasi_unstable";

    /** Most bytes moved through a host buffer at once. */
    static final int CHUNK = 64 << 10;

    /** RECV_PEEK and RECV_WAITALL. */
    private static final int RIFLAGS = 3;

    /** RD and WR. */
    private static final int SDFLAGS = 3;

    private static final SecureRandom RANDOM = new SecureRandom();

    static final HostFunctions FUNCTIONS = common(MODULE, WasiLayout.PREVIEW_1)
            .add("sock_accept", "iii", (g, m, a) -> noSocket(g, a, a[1], WasiDescriptors.FDFLAGS))
            // What the preview 1 adapter of components imports to learn whether it runs on a real host.
            .add("adapter_close_badfd", "i", (g, m, a) -> Errno.BADF)
            .add("adapter_open_badfd", "i", (g, m, a) -> Errno.BADF);

    /** Snapshot 0, which modules of 2019 and 2020 import. */
    static final HostFunctions UNSTABLE = common(UNSTABLE_MODULE, WasiLayout.SNAPSHOT_0);

    private WasiPreview1() {}

    @SuppressWarnings("ThreadPriorityCheck") // what sched_yield is
    private static HostFunctions common(String module, WasiLayout layout) {
        return new HostFunctions(module, Errno.FAULT, Errno.FAULT)
                .add("args_get", "ii", (g, m, a) -> strings(g.io().arguments(), m, a))
                .add("args_sizes_get", "ii", (g, m, a) -> sizes(g.io().arguments(), m, a))
                .add("environ_get", "ii", (g, m, a) -> strings(g.io().environment(), m, a))
                .add("environ_sizes_get", "ii", (g, m, a) -> sizes(g.io().environment(), m, a))
                .add("clock_res_get", "ii", WasiClocks::clockResGet)
                .add("clock_time_get", "iIi", WasiClocks::clockTimeGet)
                .add("random_get", "ii", WasiPreview1::randomGet)
                .add("sched_yield", "", (g, m, a) -> {
                    Thread.yield();
                    return Errno.SUCCESS;
                })
                .add("poll_oneoff", "iiii", (g, m, a) -> WasiClocks.pollOneoff(layout, g, m, a))
                .addVoid("proc_exit", "i", (g, m, a) -> {
                    throw new GuestExit((int) a[0]);
                })
                .add("proc_raise", "i", (g, m, a) -> Errno.NOTSUP)
                // streams and files
                .add("fd_read", "iiii", WasiDescriptors::read)
                .add("fd_write", "iiii", WasiDescriptors::write)
                .add("fd_close", "i", (g, m, a) -> g.descriptors().close((int) a[0]) ? Errno.SUCCESS : Errno.BADF)
                .add("fd_renumber", "ii", WasiDescriptors::renumber)
                .add("fd_datasync", "i", WasiDescriptors::dataSync)
                .add("fd_sync", "i", WasiDescriptors::sync)
                .add("fd_fdstat_get", "ii", WasiDescriptors::fdstatGet)
                .add("fd_fdstat_set_flags", "ii", WasiDescriptors::fdstatSetFlags)
                .add("fd_fdstat_set_rights", "iII", WasiDescriptors::fdstatSetRights)
                .add("fd_filestat_get", "ii", (g, m, a) -> WasiDescriptors.filestatGet(layout, g, m, a))
                .add("fd_advise", "iIIi", WasiDescriptors::advise)
                .add("fd_allocate", "iII", WasiDescriptors::allocate)
                .add("fd_filestat_set_size", "iI", WasiDescriptors::filestatSetSize)
                .add("fd_filestat_set_times", "iIIi", WasiDescriptors::filestatSetTimes)
                .add("fd_pread", "iiiIi", WasiDescriptors::pread)
                .add("fd_pwrite", "iiiIi", WasiDescriptors::pwrite)
                .add("fd_seek", "iIii", (g, m, a) -> WasiDescriptors.seek(layout, g, m, a))
                .add("fd_tell", "ii", WasiDescriptors::tell)
                // directories
                .add("fd_prestat_get", "ii", WasiPaths::prestatGet)
                .add("fd_prestat_dir_name", "iii", WasiPaths::prestatDirName)
                .add("fd_readdir", "iiiIi", WasiPaths::readdir)
                .add("path_create_directory", "iii", WasiPaths::createDirectory)
                .add("path_filestat_get", "iiiii", (g, m, a) -> WasiPaths.filestatGet(layout, g, m, a))
                .add("path_filestat_set_times", "iiiiIIi", WasiPaths::filestatSetTimes)
                .add("path_link", "iiiiiii", WasiPaths::link)
                .add("path_open", "iiiiiIIii", WasiPaths::open)
                .add("path_readlink", "iiiiii", WasiPaths::readlink)
                .add("path_remove_directory", "iii", WasiPaths::removeDirectory)
                .add("path_rename", "iiiiii", WasiPaths::rename)
                .add("path_symlink", "iiiii", WasiPaths::symlink)
                .add("path_unlink_file", "iii", WasiPaths::unlinkFile)
                // There are no sockets.
                .add("sock_recv", "iiiiii", (g, m, a) -> noSocket(g, a, a[3], RIFLAGS))
                .add("sock_send", "iiiii", (g, m, a) -> noSocket(g, a, a[3], 0))
                .add("sock_shutdown", "ii", (g, m, a) -> noSocket(g, a, a[1], SDFLAGS));
    }

    private static int noSocket(ChicorySandbox guest, long[] args, long flags, int known) {
        if (!guest.isOpen((int) args[0])) {
            return Errno.BADF;
        }
        return ((int) flags & ~known) != 0 ? Errno.INVAL : Errno.NOTSOCK;
    }

    /** {@code args_get}, {@code environ_get}: the strings, and the address of each. */
    private static int strings(GuestStrings strings, FlatMemory memory, long[] args) {
        int pointers = (int) args[0];
        int buffer = (int) args[1];
        Bounds.check(memory, pointers, strings.count() * 4L);
        Bounds.check(memory, buffer, strings.length());
        for (int i = 0; i < strings.count(); i++) {
            memory.writeI32(pointers + i * 4, buffer + strings.offset(i));
        }
        memory.write(buffer, strings.bytes(), 0, strings.length());
        return Errno.SUCCESS;
    }

    /** {@code args_sizes_get}, {@code environ_sizes_get}. */
    private static int sizes(GuestStrings strings, FlatMemory memory, long[] args) {
        Bounds.writeI32(memory, (int) args[0], strings.count());
        Bounds.writeI32(memory, (int) args[1], strings.length());
        return Errno.SUCCESS;
    }

    private static int randomGet(ChicorySandbox guest, FlatMemory memory, long[] args) {
        int address = (int) args[0];
        long length = args[1] & 0xffffffffL;
        Bounds.check(memory, address, length);
        byte[] chunk = new byte[(int) Math.min(length, CHUNK)];
        for (long done = 0; done < length; done += chunk.length) {
            guest.checkInterrupt();
            RANDOM.nextBytes(chunk);
            memory.write(address + (int) done, chunk, 0, (int) Math.min(chunk.length, length - done));
        }
        return Errno.SUCCESS;
    }
}
