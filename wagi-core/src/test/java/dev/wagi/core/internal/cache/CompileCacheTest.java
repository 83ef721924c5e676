// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompileCacheTest {

    private static final String KEY = "0f.1-a";
    private static final byte[] CODE = "the compiled code".repeat(10).getBytes();
    private static final int HEADER = 8 + 4 + 2 + KEY.length() + 8 + 4;

    @TempDir
    private Path parent;

    private final List<String> warnings = new ArrayList<>();
    private final SetClock clock = new SetClock();

    // --- what is put is there

    @Test
    void get_afterPut_isThereForANewInstance() throws IOException {
        cache().put(KEY, CODE);
        cache().put("empty", new byte[0]);

        assertThat(cache().get(KEY)).hasValue(CODE);
        assertThat(cache().get("empty")).hasValue(new byte[0]);
        assertThat(cache().get("other")).isEmpty();
        assertThat(files()).containsExactly(KEY + ".wagi-code", "empty.wagi-code");
        assertThat(warnings).isEmpty();
    }

    /** With the paths of Windows, whose files have no modes; what is wrong is reported with such a path. */
    @Test
    void put_onWindows_isThereForANewInstance() throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path directory = windows.getPath("C:\\Users\\me\\cache");
            new CompileCache(directory, 1 << 20, clock, warnings::add).put(KEY, CODE);

            assertThat(new CompileCache(directory, 1 << 20, clock, warnings::add).get(KEY))
                    .hasValue(CODE);
            assertThat(warnings).isEmpty();

            Path file = Files.writeString(windows.getPath("C:\\Users\\me\\file"), "");
            new CompileCache(file, 1 << 20, clock, warnings::add).put(KEY, CODE);
            assertThat(warnings).singleElement().asString().contains("C:\\Users\\me\\file ");
        }
    }

    @Test
    void get_noDirectory_makesNone() {
        assertThat(cache().get(KEY)).isEmpty();

        assertThat(directory()).doesNotExist();
        assertThat(warnings).isEmpty();
    }

    @Test
    void put_again_replaces() throws IOException {
        cache().put(KEY, "old".getBytes());
        cache().put(KEY, CODE);

        assertThat(cache().get(KEY)).hasValue(CODE);
        assertThat(files()).hasSize(1);
    }

    @Test
    void put_makesDirectoriesAndFiles_forTheUserOnly() throws IOException {
        assumePosix();
        Path deep = parent.resolve("a/b");
        new CompileCache(deep).put(KEY, CODE);

        for (Path made : List.of(deep, deep.getParent())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwx------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(deep.resolve(KEY + ".wagi-code"))))
                .isEqualTo("rw-------");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "a/b", "../a", ".a", "-a", "a_b", "a\\b", "a\0", "ä"})
    void key_thatIsNoName_isAnError(String key) {
        assertThatIllegalArgumentException().isThrownBy(() -> cache().get(key));
        assertThatIllegalArgumentException().isThrownBy(() -> cache().put(key, CODE));
        assertThatIllegalArgumentException().isThrownBy(() -> cache().get("a".repeat(201)));
    }

    @Test
    void key_ofGreatestLength_isAFile() {
        cache().put("a".repeat(200), CODE);

        assertThat(cache().get("a".repeat(200))).hasValue(CODE);
    }

    // --- what is not whole is not there

    /** A change to the file of an entry. */
    record Damage(String name, Change change) {
        interface Change {
            byte[] apply(byte[] file);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Damage> damages() {
        List<Damage> all = new ArrayList<>();
        int length = HEADER + CODE.length;
        int[] offsets = {0, 7, 8, 11, 12, 13, 14, 13 + KEY.length(), 14 + KEY.length(), 21 + KEY.length()};
        IntStream.concat(Arrays.stream(offsets), IntStream.of(HEADER - 4, HEADER - 1, HEADER, length - 1))
                .forEach(at -> {
                    for (int bit : new int[] {0, 7}) {
                        all.add(new Damage("bit " + bit + " of byte " + at, file -> flip(file, at, bit)));
                    }
                });
        for (int eighths = 0; eighths < 8; eighths++) {
            int end = length * eighths / 8;
            all.add(new Damage("cut to " + eighths + "/8", file -> Arrays.copyOf(file, end)));
            all.add(new Damage("zeroes from " + eighths + "/8", file -> {
                byte[] zeroes = Arrays.copyOf(file, end);
                return Arrays.copyOf(zeroes, file.length);
            }));
        }
        all.add(new Damage("cut by a byte", file -> Arrays.copyOf(file, file.length - 1)));
        all.add(new Damage("a byte too many", file -> Arrays.copyOf(file, file.length + 1)));
        all.add(new Damage("cut to the header", file -> Arrays.copyOf(file, HEADER)));
        all.add(new Damage("something else", file -> "hello".repeat(100).getBytes()));
        all.add(new Damage("length of the key too large", file -> put(file, 12, (byte) 0xff)));
        all.add(new Damage("length negative", file -> put(file, 14 + KEY.length(), (byte) 0x80)));
        return all;
    }

    @ParameterizedTest
    @MethodSource("damages")
    void get_damaged_isEmptyAndReplacedByPut(Damage damage) throws IOException {
        cache().put(KEY, CODE);
        byte[] good = Files.readAllBytes(entry(KEY));
        byte[] bad = damage.change().apply(good.clone());
        assertThat(bad).isNotEqualTo(good);
        Files.write(entry(KEY), bad);

        assertThat(cache().get(KEY)).isEmpty();

        cache().put(KEY, CODE);
        assertThat(cache().get(KEY)).hasValue(CODE);
        assertThat(Files.readAllBytes(entry(KEY))).isEqualTo(good);
        assertThat(warnings).isEmpty();
    }

    @Test
    void get_entryOfAnotherKey_isEmpty() throws IOException {
        cache().put(KEY, CODE);
        cache().put("other1", CODE); // a key of the same length
        Files.copy(entry("other1"), entry(KEY), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(entry("other1"), entry("other1.2"));

        assertThat(cache().get(KEY)).isEmpty();
        assertThat(cache().get("other1.2")).isEmpty();
        assertThat(cache().get("other1")).hasValue(CODE);
    }

    @Test
    void get_hugeFile_isNotRead() throws IOException {
        cache().put(KEY, CODE);
        long length = CacheEntry.MAX_BYTES + 1L;
        // A sparse file whose header says the same.
        try (FileChannel file = FileChannel.open(entry(KEY), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(8).putLong(length).flip(), 14 + KEY.length());
            file.write(ByteBuffer.allocate(1), HEADER + length - 1);
        }

        assertThat(cache().get(KEY)).isEmpty();
    }

    // --- what others could have written is not read

    /** Something that could be another's in the place of an entry, and what is said about it. */
    record Foreign(String name, Making making, String reason) {
        interface Making {
            void accept(Path entry) throws IOException;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Foreign> foreignEntries() {
        return List.of(
                new Foreign(
                        "link",
                        entry -> {
                            Path elsewhere = entry.getParent().resolveSibling("elsewhere");
                            Files.move(entry, elsewhere);
                            Files.createSymbolicLink(entry, elsewhere);
                        },
                        "is a symbolic link"),
                new Foreign(
                        "dangling link",
                        entry -> {
                            Files.delete(entry);
                            Files.createSymbolicLink(entry, Path.of("absent"));
                        },
                        "is a symbolic link"),
                new Foreign(
                        "writable by group",
                        entry -> permit(entry, "rw-rw----"),
                        "is writable by others than its owner"),
                new Foreign(
                        "writable by all",
                        entry -> permit(entry, "rw----rw-"),
                        "is writable by others than its owner"));
    }

    @ParameterizedTest
    @MethodSource("foreignEntries")
    void get_entryOthersCouldHaveWritten_isRefusedOnceAndReplacedByPut(Foreign foreign) throws IOException {
        assumePosix();
        CompileCache cache = cache();
        cache.put(KEY, CODE);
        assertThat(cache.has(KEY)).isTrue();
        foreign.making().accept(entry(KEY));

        assertThat(cache.has(KEY)).isFalse();
        assertThat(cache.get(KEY)).isEmpty();
        assertThat(cache.get(KEY)).isEmpty();

        assertThat(warnings)
                .containsExactly("a file of the compile cache is not used and will be replaced: " + entry(KEY) + " "
                        + foreign.reason() + "; find out who did that");
        cache.put(KEY, CODE);
        assertThat(cache.get(KEY)).hasValue(CODE);
        assertThat(entry(KEY)).isRegularFile();
        assertThat(Files.isSymbolicLink(entry(KEY))).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(entry(KEY))))
                .isEqualTo("rw-------");
    }

    @Test
    void get_entryOfAnotherUser_isRefused() throws IOException {
        assumeRoot("to give a file away");
        CompileCache cache = cache();
        cache.put(KEY, CODE);
        Files.setAttribute(entry(KEY), "unix:uid", 65534);

        assertThat(cache.get(KEY)).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains(entry(KEY) + " belongs to ", " and not to root, who runs this; find out who did that");
        cache.put(KEY, CODE);
        assertThat(cache.get(KEY)).hasValue(CODE);
    }

    @Test
    void get_directoryInPlaceOfAnEntry_isRefused() throws IOException {
        CompileCache cache = cache();
        cache.put("other", CODE);
        Files.createDirectory(entry(KEY));
        Files.createFile(entry(KEY).resolve("file"));

        assertThat(cache.get(KEY)).isEmpty();
        cache.put(KEY, CODE);

        assertThat(warnings).hasSize(2);
        assertThat(warnings.get(0)).contains(entry(KEY) + " is not a regular file; find out who did that");
        assertThat(warnings.get(1)).startsWith("the compile cache " + directory() + " does not work, ");
        assertThat(files()).containsExactly(KEY + ".wagi-code", "other.wagi-code");
        assertThat(cache.get("other")).hasValue(CODE);
    }

    static List<Foreign> foreignDirectories() {
        return List.of(
                new Foreign(
                        "link",
                        directory -> {
                            Path elsewhere = directory.resolveSibling("elsewhere");
                            Files.move(directory, elsewhere);
                            Files.createSymbolicLink(directory, elsewhere);
                        },
                        "is a symbolic link, and what is in it would run with the rights of this process; name the"
                                + " directory that it points to"),
                new Foreign(
                        "writable by group",
                        directory -> permit(directory, "rwxrwx---"),
                        "is writable by others than its owner, and what is in it would run with the rights of this"
                                + " process; run 'chmod go-w' on it, or name another directory"),
                new Foreign(
                        "writable by all",
                        directory -> permit(directory, "rwx---rwx"),
                        "is writable by others than its owner, and what is in it would run with the rights of this"
                                + " process; run 'chmod go-w' on it, or name another directory"));
    }

    @ParameterizedTest
    @MethodSource("foreignDirectories")
    void directory_othersCouldWriteTo_switchesTheCacheOffAndIsToldOnce(Foreign foreign) throws IOException {
        assumePosix();
        cache().put(KEY, CODE);
        foreign.making().accept(directory());
        List<String> before = files();
        CompileCache cache = cache();

        assertThat(cache.has(KEY)).isFalse();
        assertThat(cache.get(KEY)).isEmpty();
        cache.put("other", CODE);
        assertThat(cache.get("other")).isEmpty();
        CompileCache writer = cache();
        writer.put("other", CODE);

        assertThat(files()).isEqualTo(before);
        assertThat(warnings)
                .hasSize(2)
                .containsOnly("the compile cache is off, modules are compiled at every start: " + directory() + " "
                        + foreign.reason());
    }

    @Test
    void directory_ofAnotherUser_isRefused() throws IOException {
        assumePosix();
        Path others = Path.of("/");
        if (isRoot()) {
            others = Files.createDirectory(directory());
            Files.setAttribute(others, "unix:uid", 65534);
        }
        CompileCache cache = new CompileCache(others, 1 << 20, clock, warnings::add);

        cache.put(KEY, CODE);

        assertThat(cache.get(KEY)).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("the compile cache is off, modules are compiled at every start: " + others + " belongs to ")
                .endsWith(
                        "; name a directory of your own, or make this one read-only ('chmod -R a-w,a+rX') if you trust"
                                + " its owner");
        assertThat(others.resolve(KEY + ".wagi-code")).doesNotExist();
    }

    /** As in the image of a container that runs as somebody else. */
    @Test
    void directory_ofAnotherUserThatNobodyCanWriteTo_isRead() throws IOException {
        assumeRoot("to give files away");
        cache().put(KEY, CODE);
        permit(entry(KEY), "r--r--r--");
        permit(directory(), "r-xr-xr-x");
        Files.setAttribute(entry(KEY), "unix:uid", 65534);
        Files.setAttribute(directory(), "unix:uid", 65533);

        assertThat(cache().get(KEY)).hasValue(CODE);
        assertThat(warnings).isEmpty();

        permit(entry(KEY), "rw-r--r--");
        assertThat(cache().get(KEY)).isEmpty();
        assertThat(warnings).singleElement().asString().contains(entry(KEY) + " belongs to ");
    }

    @Test
    void directory_thatIsAFile_isRefused() throws IOException {
        Files.createFile(directory());
        CompileCache cache = cache();

        cache.put(KEY, CODE);

        assertThat(cache.get(KEY)).isEmpty();
        assertThat(warnings)
                .containsExactly("the compile cache is off, modules are compiled at every start: " + directory()
                        + " is not a directory, and what is in it would run with the rights of this process; remove it,"
                        + " or name another directory");
    }

    // --- what cannot be written is told once

    @Test
    void directory_thatCannotBeMade_isToldOnce() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));
        CompileCache cache = new CompileCache(file.resolve("cache"), 1 << 20, clock, warnings::add);

        cache.put(KEY, CODE);
        cache.put(KEY, CODE);

        assertThat(cache.get(KEY)).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .startsWith("the compile cache " + file.resolve("cache")
                        + " does not work, modules may be compiled at every start: java.nio.file.")
                .endsWith("; make room, correct permissions, or name another directory");
    }

    @Test
    void directory_thatIsReadOnly_isReadAndToldOnce() throws IOException {
        assumePosix();
        cache().put(KEY, CODE);
        permit(directory(), "r-x------");
        try {
            assumeThat(isRoot()).as("root may write everywhere").isFalse();
            CompileCache cache = cache();

            cache.put("other", CODE);
            cache.put("other", CODE);

            assertThat(cache.get(KEY)).hasValue(CODE);
            assertThat(warnings).singleElement().asString().contains(" does not work, ", "AccessDeniedException");
        } finally {
            permit(directory(), "rwx------");
        }
    }

    @Test
    void put_interrupted_isNotTold() {
        CompileCache cache = cache();
        Thread.currentThread().interrupt();

        cache.put(KEY, CODE);
        cache.get(KEY);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(warnings).isEmpty();
        cache.put(KEY, CODE);
        assertThat(cache.get(KEY)).hasValue(CODE);
    }

    // --- the bound

    @Test
    void put_full_removesWhatWasNotUsedForLongest() throws IOException {
        byte[] code = new byte[1000 - HEADER];
        CompileCache cache = cache(10_000);
        for (int i = 0; i < 10; i++) {
            cache.put("key-0" + i, code);
            used("key-0" + i, Duration.ofHours(-20 + i));
        }
        Files.write(directory().resolve("foreign.code"), new byte[20_000]);
        assertThat(files()).hasSize(11);
        cache.get("key-00"); // used just now

        cache.put("key-10", code);

        assertThat(files())
                .as("10 and a new one are too many; down to 9")
                .containsExactly(
                        "foreign.code",
                        "key-00.wagi-code",
                        "key-03.wagi-code",
                        "key-04.wagi-code",
                        "key-05.wagi-code",
                        "key-06.wagi-code",
                        "key-07.wagi-code",
                        "key-08.wagi-code",
                        "key-09.wagi-code",
                        "key-10.wagi-code");
    }

    @Test
    void put_manyEntriesOfAllSizes_staysInTheBound() throws IOException {
        CompileCache cache = cache(50_000);
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            String key = "key-" + i;
            byte[] code = new byte[random.nextInt(12_000)];
            random.nextBytes(code);

            cache.put(key, code);

            assertThat(cache.get(key)).hasValue(code);
            assertThat(size()).isLessThanOrEqualTo(50_000);
        }
        assertThat(size()).isGreaterThan(30_000);
        assertThat(warnings).isEmpty();
    }

    @Test
    void put_moreThanAQuarterOfTheBound_isNotStored() throws IOException {
        CompileCache cache = cache(4000);

        cache.put(KEY, new byte[1000 - HEADER]);
        cache.put("large1", new byte[1001 - HEADER]);

        assertThat(cache.get(KEY)).isPresent();
        assertThat(cache.get("large1")).isEmpty();
        assertThat(files()).hasSize(1);
        assertThat(warnings).isEmpty();
    }

    @Test
    void get_marksAsUsed_atMostOnceAMinute() throws IOException {
        CompileCache cache = cache();
        cache.put(KEY, CODE);
        Instant now = clock.instant();

        used(KEY, Duration.ofSeconds(-59));
        cache.get(KEY);
        assertThat(used(KEY)).isEqualTo(now.minusSeconds(59));

        used(KEY, Duration.ofSeconds(-61));
        cache.get(KEY);
        assertThat(used(KEY)).isEqualTo(now);

        used(KEY, Duration.ofDays(365)); // somebody's clock was wrong
        cache.get(KEY);
        assertThat(used(KEY)).isEqualTo(now);
    }

    @Test
    void put_removesLeftOversOfKilledProcesses_afterAnHour() throws IOException {
        cache().put(KEY, CODE);
        for (String name : List.of("old.0.wagi-tmp", "new.0.wagi-tmp", "other.tmp")) {
            Files.write(directory().resolve(name), CODE);
            touch(directory().resolve(name), Duration.ofMinutes(name.startsWith("new") ? -59 : -61));
        }

        cache().put(KEY, CODE);

        assertThat(files()).containsExactly(KEY + ".wagi-code", "new.0.wagi-tmp", "other.tmp");
    }

    /** Thousands of small entries would take time squared otherwise. */
    @Test
    void put_looksThroughTheDirectory_onceFor64Entries() throws IOException {
        CompileCache cache = cache();
        cache.put("0", CODE);
        Path leftOver = Files.write(directory().resolve("old.0.wagi-tmp"), CODE);
        touch(leftOver, Duration.ofMinutes(-61));

        for (int i = 1; i < 64; i++) {
            cache.put(Integer.toString(i), new byte[0]);
        }
        assertThat(leftOver).exists();
        cache.put("64", new byte[0]);
        assertThat(leftOver).doesNotExist();
    }

    @Test
    void put_nothingCanBeRemoved_isNotStoredAndToldOnce() throws IOException {
        CompileCache cache = cache(1000);
        cache.put("first", new byte[100]);
        // Counts, but is not empty, so it cannot be removed.
        Path full = Files.createDirectories(directory().resolve("full.0.wagi-tmp"));
        Files.createFile(full.resolve("file"));
        Files.write(directory().resolve("new.0.wagi-tmp"), new byte[900]);
        touch(directory().resolve("new.0.wagi-tmp"), Duration.ZERO);

        cache.put(KEY, new byte[150]);
        cache.put(KEY, new byte[150]);

        assertThat(cache.get(KEY)).isEmpty();
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains(" does not work, ", "it is full, and its files cannot be removed");
    }

    // --- several at once

    @Test
    void putAndGet_byManyThreads_areWholeOrAbsent() throws Exception {
        int threads = 8;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            List<CompileCache> caches = List.of(cache(200_000), cache(200_000));
            List<Future<Integer>> runs = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                CompileCache cache = caches.get(i % 2);
                int seed = i;
                runs.add(executor.submit(() -> {
                    start.await();
                    return CacheUser.use(cache, seed, 300);
                }));
            }
            start.countDown();
            int hits = 0;
            for (Future<Integer> run : runs) {
                hits += run.get();
            }

            assertThat(hits).isPositive();
            assertThat(warnings).isEmpty();
            assertThat(files()).allMatch(name -> name.endsWith(".wagi-code"));
        } finally {
            executor.shutdownNow();
        }
    }

    /** One process runs all the time, others are killed in the middle of what they do. */
    @Test
    void putAndGet_byProcessesThatAreKilled_areWholeOrAbsent() throws Exception {
        Process other = CacheUser.start(directory(), 1);
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("used");
            for (int round = 0; round < 6; round++) {
                Process killed = CacheUser.start(directory(), 2 + round);
                try {
                    for (int lines = 0; lines <= round * 3; lines++) {
                        assertThat(killed.inputReader().readLine()).isEqualTo("used");
                    }
                } finally {
                    killed.destroyForcibly();
                }
                killed.waitFor();
                CacheUser.use(cache(CacheUser.MAX_BYTES), round, 20);
            }
            other.getOutputStream().close();
            assertThat(other.inputReader().lines()).containsOnly("used");
            assertThat(other.waitFor()).isZero();
        } finally {
            other.destroyForcibly();
        }

        CacheUser.use(cache(CacheUser.MAX_BYTES), 0, 100);
        clock.now = Instant.now().plus(Duration.ofHours(2));
        cache(CacheUser.MAX_BYTES).put(KEY, CODE);
        assertThat(cache(CacheUser.MAX_BYTES).get(KEY)).hasValue(CODE);
        assertThat(files()).allMatch(name -> name.endsWith(".wagi-code"));
        assertThat(size()).isLessThanOrEqualTo(CacheUser.MAX_BYTES);
        assertThat(warnings).isEmpty();
    }

    /**
     * A process that may not write files of more than 16 KiB gets the errors of a full disk, in the middle of a file.
     */
    @Test
    void put_noRoomForAll_leavesNothingAndIsToldOnce() throws Exception {
        assumePosix();
        Process process = CacheUser.startWithFullDisk(directory());
        List<String> lines = process.inputReader().lines().toList();

        assertThat(process.waitFor()).isZero();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("the compile cache " + directory() + " does not work, modules may be compiled at every"
                        + " start: java.io.IOException: ");
        assertThat(lines.get(1)).isEqualTo("large: false, small: true");
        assertThat(files()).containsExactly("small.wagi-code");
    }

    // --- tools

    private Path directory() {
        return parent.resolve("cache");
    }

    private CompileCache cache() {
        return cache(1 << 20);
    }

    private CompileCache cache(long maxBytes) {
        return new CompileCache(directory(), maxBytes, clock, warnings::add);
    }

    private Path entry(String key) {
        return directory().resolve(key + ".wagi-code");
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(directory())) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private long size() throws IOException {
        long size = 0;
        for (String name : files()) {
            size += Files.size(directory().resolve(name));
        }
        return size;
    }

    private void used(String key, Duration ago) throws IOException {
        touch(entry(key), ago);
    }

    private Instant used(String key) throws IOException {
        return Files.getLastModifiedTime(entry(key)).toInstant();
    }

    private void touch(Path file, Duration ago) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(clock.instant().plus(ago)));
    }

    private static byte[] flip(byte[] file, int at, int bit) {
        return put(file, at, (byte) (file[at] ^ 1 << bit));
    }

    private static byte[] put(byte[] file, int at, byte value) {
        file[at] = value;
        return file;
    }

    private static void permit(Path file, String permissions) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static void assumePosix() {
        assumeThat(FileSystems.getDefault().supportedFileAttributeViews())
                .as("owners and permissions")
                .contains("posix");
    }

    private void assumeRoot(String why) throws IOException {
        assumePosix();
        assumeThat(isRoot()).as("run by root, " + why).isTrue();
    }

    private boolean isRoot() throws IOException {
        return Files.getAttribute(parent, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(0);
    }

    /** A clock that stands. */
    private static final class SetClock extends Clock {
        private Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
