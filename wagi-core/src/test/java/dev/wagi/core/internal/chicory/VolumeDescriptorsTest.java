// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.GuestTrapException;
import dev.wagi.core.sandbox.Sandbox;
import dev.wagi.core.volume.Mount;
import dev.wagi.core.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What guests have open in volumes: what they read and write, how many there can be, and that none outlives its run. */
class VolumeDescriptorsTest {

    private static final int RW = 3;
    private static final int CREATE = 1;
    private static final int APPEND = 1;

    @TempDir
    Path temporary;

    private Path directory;
    private List<Mount> mounts;

    @BeforeEach
    void volume() throws IOException {
        directory = Files.createDirectory(temporary.resolve("volume"));
        Files.writeString(directory.resolve("file"), "content");
        mounts = new Mount.Table().mount(List.of(Volume.readOnly("/ro", directory), writable("/rw")));
        mounts = List.of(mounts.get(1), mounts.get(0));
    }

    private Volume writable(String guest) {
        return new Volume(guest, directory, true, Volume.UNLIMITED, Volume.UNLIMITED);
    }

    static Stream<GuestModule> modules() {
        return Stream.of(WasiCalls.COMPILED, WasiCalls.INTERPRETED);
    }

    @ParameterizedTest
    @MethodSource("modules")
    void file_writtenSeekedAndRead_holdsIt(GuestModule module) throws IOException {
        WasiCalls calls = new WasiCalls();
        WasiCalls.At fd = calls.open(RW, "new", CREATE, Rights.ALL);
        calls.write(fd, "0123456789");
        int end = calls.reserve(8);
        calls.call("fd_tell", fd, end);
        calls.call("fd_seek", fd, -3, 2, calls.reserve(8));
        int tail = calls.read(fd, 10);
        calls.call("fd_seek", fd, 20, 0, calls.reserve(8));
        calls.write(fd, "beyond");
        calls.call("fd_filestat_set_size", fd, 24);
        int stat = calls.reserve(64);
        calls.call("fd_filestat_get", fd, stat);
        WasiCalls.Result result = calls.run(module, mounts);

        assertThat(result.errnos()).containsOnly(Errno.SUCCESS);
        assertThat(result.memory().getLong(end)).isEqualTo(10);
        assertThat(result.text(tail, 3)).isEqualTo("789");
        assertThat(result.memory().get(stat + 16)).as("file type").isEqualTo((byte) 4);
        assertThat(result.memory().getLong(stat + 32)).as("size").isEqualTo(24);
        assertThat(directory.resolve("new")).hasContent("0123456789" + "\0".repeat(10) + "beyo");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void append_evenAfterSeeking_goesToTheEnd(GuestModule module) throws IOException {
        WasiCalls calls = new WasiCalls();
        for (long rights : List.of(Rights.FD_WRITE | Rights.FD_SEEK, Rights.ALL)) {
            WasiCalls.At fd = calls.open(RW, "file", 1, 0, rights, APPEND);
            calls.call("fd_seek", fd, 0, 0, calls.reserve(8));
            calls.write(fd, "+");
        }

        assertThat(calls.run(module, mounts).errnos()).containsOnly(Errno.SUCCESS);
        assertThat(directory.resolve("file")).hasContent("content++");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void readdir_bufferOfAnySize_givesEveryEntryOnce(GuestModule module) throws IOException {
        Set<String> expected = new TreeSet<>(Set.of(".", "..", "file"));
        for (int i = 0; i < 30; i++) {
            String name = "entry-" + "x".repeat(i) + i;
            Files.createDirectory(directory.resolve(name));
            expected.add(name);
        }
        for (int size : new int[] {64, 100, 333, 4096}) {
            Sandbox sandbox = module.instantiate();
            Set<String> seen = new TreeSet<>();
            long cookie = 0;
            for (int call = 0; call < 100; call++) {
                // As C libraries do: a call for what comes after the last entry that was whole; here in a run of its
                // own.
                WasiCalls calls = new WasiCalls();
                int buffer = calls.reserve(size);
                int used = calls.reserve(4);
                calls.call("fd_readdir", RW, buffer, size, cookie, used);
                WasiCalls.Result result = calls.run(sandbox, mounts);
                assertThat(result.last()).isEqualTo(Errno.SUCCESS);
                int length = result.memory().getInt(used);
                for (int at = buffer; at + 24 <= buffer + length; ) {
                    int name = result.memory().getInt(at + 16);
                    if (at + 24 + name > buffer + length) {
                        break;
                    }
                    assertThat(seen.add(result.text(at + 24, name))).isTrue();
                    cookie = result.memory().getLong(at);
                    at += 24 + name;
                }
                assertThat(sandbox.reset()).isTrue();
                if (length < size) {
                    break;
                }
            }

            assertThat(seen).as("buffers of %d bytes", size).isEqualTo(expected);
        }
    }

    @Test
    void readdir_lastEntryCut_comesAgain() throws IOException {
        WasiCalls calls = new WasiCalls();
        int first = calls.reserve(32);
        int second = calls.reserve(200);
        calls.call("fd_readdir", RW, first, 32, 0, calls.reserve(4));
        calls.call("fd_readdir", RW, second, 200, 1, calls.reserve(4));
        calls.call("fd_readdir", RW, second, 200, 1, calls.reserve(4));
        WasiCalls.Result result = calls.run(WasiCalls.COMPILED, mounts);

        assertThat(result.text(first + 24, 1)).isEqualTo(".");
        assertThat(result.text(second + 24, 2)).isEqualTo("..");
        assertThat(result.text(second + 26 + 24, 4)).isEqualTo("file");
    }

    @Test
    void prestat_volumes_areThoseOfTheModule() throws IOException {
        WasiCalls calls = new WasiCalls();
        int prestat = calls.reserve(8);
        int name = calls.reserve(8);
        calls.call("fd_prestat_get", RW, prestat).call("fd_prestat_dir_name", RW, name, 3);
        WasiCalls.Result result = calls.run(WasiCalls.COMPILED, mounts);

        assertThat(result.errnos()).containsOnly(Errno.SUCCESS);
        assertThat(result.memory().getInt(prestat + 4)).isEqualTo(3);
        assertThat(result.text(name, 3)).isEqualTo("/rw");
    }

    @Test
    void pathOpen_moreThanThereMayBe_isMfile() throws IOException {
        WasiCalls calls = new WasiCalls();
        for (int i = 0; i < 6; i++) {
            calls.open(RW, "file", 0, Rights.FD_READ);
        }
        calls.call("fd_close", 7);
        calls.open(RW, "file", 0, Rights.FD_READ);

        // Three streams and two volumes are open from the start.
        assertThat(calls.run(WasiCalls.COMPILED.instantiate(), mounts, 10).errnos())
                .containsExactly(0, 0, 0, 0, 0, Errno.MFILE, 0, 0);
    }

    @Test
    void reset_afterARunWithFiles_leavesNothingOpen() throws IOException {
        Sandbox sandbox = WasiCalls.COMPILED.instantiate();
        WasiCalls first = new WasiCalls();
        first.open(RW, "file", 0, Rights.FD_READ);
        first.open(RW, ".", 0, Rights.FD_READ);
        first.call("fd_close", 4).call("fd_renumber", 5, RW).call("fd_close", 2);
        assertThat(first.run(sandbox, mounts).errnos()).containsOnly(Errno.SUCCESS);
        assertThat(sandbox.reset()).isTrue();

        WasiCalls second = new WasiCalls();
        int stat = second.reserve(64);
        second.call("fd_prestat_get", 3, 64).call("fd_prestat_get", 4, 64).call("fd_fdstat_get", 2, stat);
        second.call("fd_fdstat_get", 5, stat);
        assertThat(second.run(sandbox, mounts).errnos()).containsExactly(0, 0, 0, Errno.BADF);
        assertThat(sandbox.reset()).isTrue();

        WasiCalls third = new WasiCalls().call("fd_prestat_get", 3, 64);
        assertThat(third.run(sandbox, List.of()).errnos())
                .as("a module without volumes")
                .containsExactly(Errno.BADF);
    }

    @Test
    void run_endsInAnyWay_closesWhatWasOpen() throws Exception {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors), "only Linux tells which descriptors a process has");
        Sandbox sandbox = WasiCalls.COMPILED.instantiate();
        leakAll().run(sandbox, mounts); // loads what it takes
        long before = ofVolume(descriptors);
        for (int i = 0; i < 800; i++) {
            assertThat(sandbox.reset()).isTrue();
            leakAll().run(sandbox, mounts);
        }
        for (int i = 0; i < 200; i++) {
            Sandbox trapping = WasiCalls.COMPILED.instantiate();
            WasiCalls calls = leakAll().trap();
            assertThatThrownBy(() -> calls.run(trapping, mounts)).isInstanceOf(GuestTrapException.class);
        }
        for (int i = 0; i < 5; i++) {
            Thread guest = new Thread(() -> {
                Sandbox spinning = WasiCalls.COMPILED.instantiate();
                assertThatThrownBy(() -> leakAll().spin().run(spinning, mounts)).isInstanceOf(GuestTrapException.class);
            });
            guest.start();
            guest.interrupt();
            guest.join(TimeUnit.SECONDS.toMillis(30));
            assertThat(guest.isAlive()).isFalse();
        }

        assertThat(before).isZero();
        assertThat(ofVolume(descriptors)).isZero();
    }

    private static WasiCalls leakAll() {
        WasiCalls calls = new WasiCalls();
        calls.open(RW, "file", 0, Rights.ALL);
        calls.open(RW, ".", 0, Rights.ALL);
        calls.call("fd_readdir", RW, 64, 30, 0, 0);
        calls.open(RW, "nothing", 0, Rights.ALL);
        calls.open(RW, "made", 1, Rights.ALL);
        calls.call("path_unlink_file", RW, "made");
        return calls;
    }

    /** How many descriptors of this process lead into the volume; others are not this test's. */
    private long ofVolume(Path descriptors) throws IOException {
        long count = 0;
        try (Stream<Path> all = Files.list(descriptors)) {
            for (Path descriptor : all.toList()) {
                try {
                    count += Files.readSymbolicLink(descriptor).startsWith(directory) ? 1 : 0;
                } catch (IOException e) {
                    // Closed meanwhile, by another test or the listing itself.
                }
            }
        }
        return count;
    }

    @Test
    void write_quotaInTheMiddle_tellsWhatWasWritten() throws IOException {
        List<Mount> small =
                new Mount.Table().mount(List.of(new Volume("/rw", directory, true, 7 + 100_000, Volume.UNLIMITED)));
        WasiCalls calls = new WasiCalls();
        WasiCalls.At fd = calls.open(RW, "new", CREATE, Rights.ALL);
        int written = calls.writeTold(fd, "x".repeat(150_000));
        calls.write(fd, "y");
        calls.write(fd, "z".repeat(50_000));
        WasiCalls.Result result = calls.run(WasiCalls.COMPILED, small);

        // In pieces of 64 KiB: the first fits, the second does not.
        assertThat(result.errnos()).containsExactly(0, 0, 0, Errno.DQUOT);
        assertThat(result.memory().getInt(written)).isEqualTo(65536);
        assertThat(Files.size(directory.resolve("new"))).isEqualTo(65537);
    }

    @Test
    void append_fromManyThreads_losesNothing() throws Exception {
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(n -> new Thread(() -> {
                    Sandbox sandbox = WasiCalls.COMPILED.instantiate();
                    for (int run = 0; run < 10; run++) {
                        WasiCalls calls = new WasiCalls();
                        // Half of them for reading as well, which takes another way.
                        long rights = n % 2 == 0 ? Rights.FD_WRITE : Rights.ALL;
                        WasiCalls.At fd = calls.open(RW, "log", 1, CREATE, rights, APPEND);
                        for (int line = 0; line < 10; line++) {
                            calls.write(fd, "line of " + n + "\n");
                        }
                        try {
                            calls.run(sandbox, mounts);
                        } catch (IOException e) {
                            throw new IllegalStateException(e);
                        }
                        sandbox.reset();
                    }
                }))
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(Files.readAllLines(directory.resolve("log")))
                .hasSize(400)
                .allMatch(line -> line.matches("line of [0-3]"));
    }
}
