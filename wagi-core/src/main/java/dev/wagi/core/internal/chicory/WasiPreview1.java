// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import dev.wagi.core.internal.sandbox.GuestStrings;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

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

    static final HostFunctions FUNCTIONS =
            new HostFunctions(MODULE, Errno.FAULT, Errno.FAULT, (functions, name) -> switch (name) {
                case "sock_accept" ->
                    functions.define("iii", (g, m, a) -> noSocket(g, a, a[1], WasiDescriptors.FDFLAGS));
                // What the preview 1 adapter of components imports to learn whether it runs on a real host.
                case "adapter_close_badfd", "adapter_open_badfd" -> functions.define("i", (g, m, a) -> Errno.BADF);
                default -> common(WasiLayout.PREVIEW_1, functions, name);
            });

    /** Snapshot 0, which modules of 2019 and 2020 import. */
    static final HostFunctions UNSTABLE = new HostFunctions(
            UNSTABLE_MODULE,
            Errno.FAULT,
            Errno.FAULT,
            (functions, name) -> common(WasiLayout.SNAPSHOT_0, functions, name));

    private WasiPreview1() {}

    @SuppressWarnings("ThreadPriorityCheck") // what sched_yield is
    private static HostFunctions.@Nullable Definition common(WasiLayout layout, HostFunctions functions, String name) {
        return switch (name) {
            case "args_get" -> functions.define("ii", (g, m, a) -> strings(g.io().arguments(), m, a));
            case "args_sizes_get" -> functions.define("ii", (g, m, a) -> sizes(g.io().arguments(), m, a));
            case "environ_get" -> functions.define("ii", (g, m, a) -> strings(g.io().environment(), m, a));
            case "environ_sizes_get" -> functions.define("ii", (g, m, a) -> sizes(g.io().environment(), m, a));
            case "clock_res_get" -> functions.define("ii", WasiClocks::clockResGet);
            case "clock_time_get" -> functions.define("iIi", WasiClocks::clockTimeGet);
            case "random_get" -> functions.define("ii", WasiPreview1::randomGet);
            case "sched_yield" ->
                functions.define("", (g, m, a) -> {
                    Thread.yield();
                    return Errno.SUCCESS;
                });
            case "poll_oneoff" -> functions.define("iiii", (g, m, a) -> WasiClocks.pollOneoff(layout, g, m, a));
            case "proc_exit" ->
                functions.defineVoid("i", (g, m, a) -> {
                    throw new GuestExit((int) a[0]);
                });
            case "proc_raise" -> functions.define("i", (g, m, a) -> Errno.NOTSUP);
            // streams and files
            case "fd_read" -> functions.define("iiii", WasiDescriptors::read);
            case "fd_write" -> functions.define("iiii", WasiDescriptors::write);
            case "fd_close" ->
                functions.define("i", (g, m, a) -> g.descriptors().close((int) a[0]) ? Errno.SUCCESS : Errno.BADF);
            case "fd_renumber" -> functions.define("ii", WasiDescriptors::renumber);
            case "fd_datasync" -> functions.define("i", WasiDescriptors::dataSync);
            case "fd_sync" -> functions.define("i", WasiDescriptors::sync);
            case "fd_fdstat_get" -> functions.define("ii", WasiDescriptors::fdstatGet);
            case "fd_fdstat_set_flags" -> functions.define("ii", WasiDescriptors::fdstatSetFlags);
            case "fd_fdstat_set_rights" -> functions.define("iII", WasiDescriptors::fdstatSetRights);
            case "fd_filestat_get" -> functions.define("ii", (g, m, a) -> WasiDescriptors.filestatGet(layout, g, m, a));
            case "fd_advise" -> functions.define("iIIi", WasiDescriptors::advise);
            case "fd_allocate" -> functions.define("iII", WasiDescriptors::allocate);
            case "fd_filestat_set_size" -> functions.define("iI", WasiDescriptors::filestatSetSize);
            case "fd_filestat_set_times" -> functions.define("iIIi", WasiDescriptors::filestatSetTimes);
            case "fd_pread" -> functions.define("iiiIi", WasiDescriptors::pread);
            case "fd_pwrite" -> functions.define("iiiIi", WasiDescriptors::pwrite);
            case "fd_seek" -> functions.define("iIii", (g, m, a) -> WasiDescriptors.seek(layout, g, m, a));
            case "fd_tell" -> functions.define("ii", WasiDescriptors::tell);
            // directories
            case "fd_prestat_get" -> functions.define("ii", WasiPaths::prestatGet);
            case "fd_prestat_dir_name" -> functions.define("iii", WasiPaths::prestatDirName);
            case "fd_readdir" -> functions.define("iiiIi", WasiPaths::readdir);
            case "path_create_directory" -> functions.define("iii", WasiPaths::createDirectory);
            case "path_filestat_get" -> functions.define("iiiii", (g, m, a) -> WasiPaths.filestatGet(layout, g, m, a));
            case "path_filestat_set_times" -> functions.define("iiiiIIi", WasiPaths::filestatSetTimes);
            case "path_link" -> functions.define("iiiiiii", WasiPaths::link);
            case "path_open" -> functions.define("iiiiiIIii", WasiPaths::open);
            case "path_readlink" -> functions.define("iiiiii", WasiPaths::readlink);
            case "path_remove_directory" -> functions.define("iii", WasiPaths::removeDirectory);
            case "path_rename" -> functions.define("iiiiii", WasiPaths::rename);
            case "path_symlink" -> functions.define("iiiii", WasiPaths::symlink);
            case "path_unlink_file" -> functions.define("iii", WasiPaths::unlinkFile);
            // There are no sockets.
            case "sock_recv" -> functions.define("iiiiii", (g, m, a) -> noSocket(g, a, a[3], RIFLAGS));
            case "sock_send" -> functions.define("iiiii", (g, m, a) -> noSocket(g, a, a[3], 0));
            case "sock_shutdown" -> functions.define("ii", (g, m, a) -> noSocket(g, a, a[1], SDFLAGS));
            default -> null;
        };
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
