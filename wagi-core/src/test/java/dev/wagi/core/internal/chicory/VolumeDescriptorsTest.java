// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/**
 * What guests have open in volumes: what they read and write, how many there can be, and that none outlives its run.
 */
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

    /** What {@code fdopen(fd, "a")} and {@code fcntl(F_SETFL)} do. */
    @ParameterizedTest
    @MethodSource("modules")
    void append_switchedOnAndOff_goesWhereItSays(GuestModule module) throws IOException {
        WasiCalls calls = new WasiCalls();
        WasiCalls.At fd = calls.open(RW, "file", 0, Rights.ALL);
        int stat = calls.reserve(24);
        calls.write(fd, "C").call("fd_fdstat_set_flags", fd, APPEND).write(fd, "+1");
        calls.call("fd_fdstat_get", fd, stat);
        // Also under another name, and without one.
        calls.call("path_rename", RW, "file", RW, "moved").write(fd, "+2");
        calls.call("fd_fdstat_set_flags", fd, 0);
        calls.call("fd_seek", fd, 1, 0, calls.reserve(8)).write(fd, "O");
        calls.call("fd_fdstat_set_flags", fd, APPEND).write(fd, "+3");
        WasiCalls.At gone = calls.open(RW, "gone", CREATE, Rights.ALL);
        calls.call("path_unlink_file", RW, "gone").call("fd_fdstat_set_flags", gone, APPEND);
        calls.write(gone, "1").call("fd_seek", gone, 0, 0, calls.reserve(8)).write(gone, "2");
        int read = calls.reserve(8);
        calls.call("fd_seek", gone, 0, 0, read);
        int content = calls.read(gone, 8);
        WasiCalls.Result result = calls.run(module, mounts);

        assertThat(result.errnos()).containsOnly(Errno.SUCCESS);
        assertThat(directory.resolve("moved")).hasContent("COntent+1+2+3");
        assertThat(result.memory().getShort(stat + 2)).isEqualTo((short) APPEND);
        assertThat(result.text(content, 2)).isEqualTo("12");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void append_openedSo_canBeSwitchedOff(GuestModule module) throws IOException {
        WasiCalls calls = new WasiCalls();
        WasiCalls.At fd = calls.open(RW, "file", 1, 0, Rights.FD_WRITE, APPEND);
        calls.write(fd, "+").call("fd_fdstat_set_flags", fd, 0);
        calls.call("fd_seek", fd, 0, 0, calls.reserve(8)).write(fd, "C");

        assertThat(calls.run(module, mounts).errnos()).containsOnly(Errno.SUCCESS);
        assertThat(directory.resolve("file")).hasContent("Content+");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void size_ofAFileThatIsOnlyAppendedTo_isSet(GuestModule module) throws IOException {
        WasiCalls calls = new WasiCalls();
        WasiCalls.At fd = calls.open(RW, "file", 1, 0, Rights.FD_WRITE, APPEND);
        int size = calls.reserve(64);
        int allocated = calls.reserve(64);
        calls.call("fd_filestat_set_size", fd, 20).call("fd_filestat_get", fd, size);
        calls.write(fd, "+").call("fd_allocate", fd, 0, 30).call("fd_filestat_get", fd, allocated);
        calls.write(fd, "-").call("fd_filestat_set_size", fd, 31);
        WasiCalls.Result result = calls.run(module, mounts);

        assertThat(result.errnos()).containsOnly(Errno.SUCCESS);
        assertThat(result.memory().getLong(size + 32)).isEqualTo(20);
        assertThat(result.memory().getLong(allocated + 32)).isEqualTo(30);
        assertThat(directory.resolve("file")).hasContent("content" + "\0".repeat(13) + "+" + "\0".repeat(9) + "-");
    }

    /** Of files, directories and links, by path and while they are open: what the host itself says. */
    @ParameterizedTest
    @MethodSource("modules")
    void filestat_ofAnything_isWhatTheHostSays(GuestModule module) throws IOException {
        assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("unix"), "only Unix has numbers of links");
        Files.createDirectories(directory.resolve("dir/a"));
        Files.createDirectory(directory.resolve("dir/b"));
        Files.createSymbolicLink(directory.resolve("link"), Path.of("dir/a/nothing"));
        Files.createLink(directory.resolve("hard"), directory.resolve("file"));
        FileTime time = FileTime.from(1_234_567_890_123_456_789L, TimeUnit.NANOSECONDS);
        Files.setLastModifiedTime(directory.resolve("file"), time);
        Files.setLastModifiedTime(directory.resolve("dir"), time);
        WasiCalls calls = new WasiCalls();
        List<String> names = List.of("file", "dir", "link", ".");
        List<Integer> stats = new ArrayList<>();
        for (String name : names) {
            int stat = calls.reserve(64);
            calls.call("path_filestat_get", RW, 0, name, stat);
            stats.add(stat);
        }
        int open = calls.reserve(64);
        WasiCalls.At fd = calls.open(RW, "file", 0, Rights.ALL);
        calls.call("fd_filestat_get", fd, open);
        int moved = calls.reserve(64);
        int gone = calls.reserve(64);
        calls.call("path_rename", RW, "file", RW, "dir/moved").call("fd_filestat_set_times", fd, 5, 6_000_000_007L, 5);
        calls.call("fd_filestat_get", fd, moved).call("path_unlink_file", RW, "dir/moved");
        calls.call("fd_filestat_set_times", fd, 5, 8_000_000_009L, 5).call("fd_filestat_get", fd, gone);
        Map<String, Map<String, Object>> expected = new HashMap<>();
        for (String name : names) {
            expected.put(
                    name,
                    Files.readAttributes(
                            directory.resolve(name), "unix:nlink,size,lastModifiedTime", LinkOption.NOFOLLOW_LINKS));
        }
        WasiCalls.Result result = calls.run(module, mounts);

        assertThat(result.errnos()).containsOnly(Errno.SUCCESS);
        for (int i = 0; i < names.size(); i++) {
            Map<String, Object> host = expected.get(names.get(i));
            assertThat(result.memory().getLong(stats.get(i) + 24))
                    .as("links of %s", names.get(i))
                    .isEqualTo(((Number) host.get("nlink")).longValue());
            assertThat(result.memory().getLong(stats.get(i) + 48))
                    .as("time of %s", names.get(i))
                    .isEqualTo(((FileTime) host.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS));
        }
        assertThat(result.memory().getLong(stats.get(0) + 32)).isEqualTo(7);
        assertThat(result.memory().getLong(stats.get(2) + 32))
                .as("size of a link")
                .isEqualTo(13);
        assertThat(result.memory().getLong(open + 24)).isEqualTo(2);
        assertThat(result.memory().getLong(open + 48))
                .isEqualTo(((FileTime) expected.get("file").get("lastModifiedTime")).to(TimeUnit.NANOSECONDS));
        assertThat(result.memory().getLong(moved + 48) / 1000).isEqualTo(6_000_000L);
        assertThat(result.memory().getLong(gone + 48)).isEqualTo(8_000_000_009L);
        assertThat(result.memory().getLong(gone + 24)).isZero();
    }

    @Test
    void unstable_structuresInVolumes_areThoseOfItsTime() throws IOException {
        assumeTrue(Files.getFileStore(directory).supportsFileAttributeView("unix"), "only Unix has numbers of links");
        Files.createLink(directory.resolve("hard"), directory.resolve("file"));
        Files.setLastModifiedTime(directory.resolve("file"), FileTime.fromMillis(7_000));
        Files.getFileAttributeView(directory.resolve("file"), BasicFileAttributeView.class)
                .setTimes(null, FileTime.fromMillis(5_000), null);
        WasiCalls calls = new WasiCalls();
        int byPath = calls.reserve(64);
        calls.call("path_filestat_get", RW, 1, "file", byPath);
        WasiCalls.At fd = calls.open(RW, "file", 0, Rights.ALL);
        int open = calls.reserve(64);
        calls.call("fd_filestat_get", fd, open);
        int stream = calls.reserve(64);
        calls.call("fd_filestat_get", 1, stream);
        int here = calls.reserve(8);
        int end = calls.reserve(8);
        int start = calls.reserve(8);
        int dirent = calls.reserve(64);
        calls.call("fd_seek", fd, 2, 2, start).call("fd_seek", fd, 3, 0, here).call("fd_seek", fd, -1, 1, end);
        calls.call("fd_readdir", RW, dirent, 64, 0, calls.reserve(4));
        calls.call("fd_seek", fd, 0, 3, calls.reserve(8));
        WasiCalls.Result result = calls.run(WasiCalls.UNSTABLE, mounts);

        assertThat(result.errnos().subList(0, result.errnos().size() - 1)).containsOnly(Errno.SUCCESS);
        assertThat(result.last()).isEqualTo(Errno.INVAL);
        for (int stat : List.of(byPath, open)) {
            assertThat(result.memory().get(stat + 16)).as("file type").isEqualTo((byte) 4);
            assertThat(result.memory().getInt(stat + 20)).as("links").isEqualTo(2);
            assertThat(result.memory().getLong(stat + 24)).as("size").isEqualTo(7);
            assertThat(result.memory().getLong(stat + 32)).as("accessed").isEqualTo(5_000_000_000L);
            assertThat(result.memory().getLong(stat + 40)).as("modified").isEqualTo(7_000_000_000L);
            assertThat(result.memory().getLong(stat + 48)).as("changed").isEqualTo(7_000_000_000L);
            assertThat(result.memory().getLong(stat + 56)).as("beyond it").isZero();
        }
        assertThat(result.memory().getLong(stream + 24)).isZero();
        assertThat(result.memory().getLong(start)).isEqualTo(2);
        assertThat(result.memory().getLong(here)).isEqualTo(5);
        assertThat(result.memory().getLong(end)).isEqualTo(6);
        assertThat(result.text(dirent + 24, 1)).isEqualTo(".");
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
