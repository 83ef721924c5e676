// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.internal.volume.VolumeException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Turns of guests in a volume, and counting: nothing that a guest waits for holds it when it is to be stopped. */
class UsageTest {

    private static final OpenMode READ = new OpenMode(true, false, false, false, false, false, false, false, false);
    private static final OpenMode WRITE = new OpenMode(true, true, false, false, false, false, false, false, false);
    private static final OpenMode CREATE = new OpenMode(true, true, false, false, false, true, false, false, false);
    private static final OpenMode APPEND = new OpenMode(false, true, true, false, false, false, false, false, false);
    private static final OpenMode TRUNCATE = new OpenMode(true, true, false, false, false, false, false, true, false);

    @TempDir
    Path temporary;

    private Path volume;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void plant() throws IOException {
        volume = Files.createDirectory(temporary.resolve("volume"));
        Files.createDirectories(volume.resolve("dir/empty"));
        Files.writeString(volume.resolve("file"), "content");
        Files.writeString(volume.resolve("dir/other"), "other");
    }

    @AfterEach
    void end() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    private Mount mount(Mount.Table table, Path host, long maxBytes, long maxFiles) {
        return table.mount(List.of(new Volume("/v", host, true, maxBytes, maxFiles)))
                .get(0);
    }

    private interface Operation {
        void run(ConfinedDirectory root) throws IOException;
    }

    record Waiting(String what, Operation operation) {
        @Override
        public String toString() {
            return what;
        }
    }

    private interface OnFile {
        void run(ConfinedFile file) throws IOException;
    }

    private static Waiting onFile(String what, OpenMode mode, OnFile function) {
        return new Waiting(what, root -> {
            try (ConfinedFile file = (ConfinedFile) root.open("file", true, mode)) {
                function.run(file);
            }
        });
    }

    /** All that waits for its turn. */
    static Stream<Waiting> waiting() {
        return Stream.of(
                new Waiting(
                        "make a file", root -> root.open("new", true, CREATE).close()),
                new Waiting("make a directory", root -> root.createDirectory("new")),
                new Waiting("remove a file", root -> root.removeFile("file")),
                new Waiting("remove a directory", root -> root.removeDirectory("dir/empty")),
                new Waiting("rename a file", root -> root.rename("file", root, "new")),
                new Waiting("rename a directory", root -> root.rename("dir", root, "new")),
                onFile("write", WRITE, file -> file.write(ByteBuffer.allocate(1), 0)),
                onFile("append", APPEND, file -> file.write(ByteBuffer.allocate(1), 0)),
                onFile("cut", WRITE, file -> file.resize(1)),
                onFile("extend", WRITE, file -> file.resize(100)),
                onFile("allocate", WRITE, file -> file.allocate(0, 100)),
                onFile("empty while opening", TRUNCATE, file -> {}));
    }

    @ParameterizedTest
    @MethodSource("waiting")
    void change_whileAnotherGuestHasItsTurn_endsWhenInterrupted(Waiting row) throws Exception {
        Mount mount = mount(new Mount.Table(), volume, 1000, 1000);
        Future<?> waiting = mount.usage().change(() -> {
            CountDownLatch begun = new CountDownLatch(1);
            Thread[] guest = new Thread[1];
            Future<?> result = threads.submit(() -> {
                guest[0] = Thread.currentThread();
                begun.countDown();
                try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
                    assertThatThrownBy(() -> row.operation.run(root)).satisfies(UsageTest::isInterrupted);
                }
                return null;
            });
            try {
                begun.await();
                guest[0].interrupt();
                result.get(30, TimeUnit.SECONDS); // still in our turn
            } catch (Exception e) {
                throw new IllegalStateException(row.what, e);
            }
            return result;
        });

        assertThat(waiting).isDone();
        assertThat(volume.resolve("file")).hasContent("content");
        assertThat(volume.resolve("new")).doesNotExist();
    }

    private static void isInterrupted(Throwable e) {
        assertThat(e)
                .isInstanceOfSatisfying(
                        VolumeException.class, told -> assertThat(told.reason()).isEqualTo(Reason.INTERRUPTED));
    }

    @Test
    void count_interrupted_ends() throws IOException {
        Usage usage = new Usage(volume);
        usage.track();
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> Usage.count(volume)).satisfies(UsageTest::isInterrupted);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(usage.bytes()).isEqualTo(12);
        assertThat(Usage.count(volume)).isEqualTo(new Usage.Count(12, 4, true));
    }

    /** A counter whose second counting waits until it is let go. */
    private static final class Slow implements Usage.Counter {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch go = new CountDownLatch(1);
        private final AtomicInteger times = new AtomicInteger();
        private final List<Usage.Count> results;

        Slow(Usage.Count... results) {
            this.results = List.of(results);
        }

        @Override
        public Usage.Count count(Path root) throws VolumeException {
            int time = times.getAndIncrement();
            if (time > 0) {
                begun.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new VolumeException(Reason.INTERRUPTED);
                }
            }
            return results.get(Math.min(time, results.size() - 1));
        }
    }

    private static final Usage.Count FULL = new Usage.Count(100, 10, true);
    private static final Usage.Count ROOM = new Usage.Count(40, 10, true);

    private static Usage tracked(Slow counter, Path root) {
        AtomicLong now = new AtomicLong();
        Usage usage = new Usage(root, counter, now::get);
        usage.track();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        return usage;
    }

    private static Void grow(Usage usage, long bytes) throws IOException {
        return usage.change(() -> {
            usage.grow(bytes, 100);
            return null;
        });
    }

    @Test
    void count_byAnotherGuest_holdsNobodyUp() throws Exception {
        Slow counter = new Slow(FULL, ROOM);
        Usage usage = tracked(counter, volume);
        Future<Void> needsRoom = threads.submit(() -> grow(usage, 10));
        counter.begun.await();

        usage.shrink(30);
        grow(usage, 20); // counted meanwhile, as it may have been missed
        usage.change(() -> null);
        counter.go.countDown();
        needsRoom.get(30, TimeUnit.SECONDS);

        assertThat(usage.bytes()).isEqualTo(40 + 20 + 10);
    }

    @Test
    void count_someoneRenamesMeanwhile_nothingIsForgotten() throws Exception {
        Slow counter = new Slow(FULL, ROOM);
        Usage usage = tracked(counter, volume);
        Future<Void> needsRoom = threads.submit(() -> grow(usage, 10));
        counter.begun.await();

        usage.renamed(List.of("a"), List.of("b"));
        counter.go.countDown();

        assertThatThrownBy(() -> needsRoom.get(30, TimeUnit.SECONDS))
                .rootCause()
                .satisfies(e -> assertThat(((VolumeException) e).reason()).isEqualTo(Reason.QUOTA));
        assertThat(usage.bytes()).isEqualTo(100);
    }

    @Test
    void count_guestsThatNeedRoom_waitInterruptiblyForOne() throws Exception {
        Slow counter = new Slow(FULL, ROOM);
        Usage usage = tracked(counter, volume);
        Future<Void> first = threads.submit(() -> grow(usage, 10));
        counter.begun.await();
        Future<?> interrupted = threads.submit(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> grow(usage, 10)).satisfies(UsageTest::isInterrupted);
        });
        interrupted.get(30, TimeUnit.SECONDS);
        Future<Void> second = threads.submit(() -> grow(usage, 10));
        counter.go.countDown();
        first.get(30, TimeUnit.SECONDS);
        second.get(30, TimeUnit.SECONDS);

        assertThat(usage.bytes()).isEqualTo(60);
    }

    @Test
    void changes_inDirectoriesThatLieInEachOther_takeTurns() throws Exception {
        Mount.Table table = new Mount.Table();
        Mount outer = mount(table, volume, Volume.UNLIMITED, Volume.UNLIMITED);
        Mount inner = mount(table, volume.resolve("dir"), Volume.UNLIMITED, Volume.UNLIMITED);
        Mount other = mount(table, temporary, Volume.UNLIMITED, Volume.UNLIMITED);
        for (Mount one : List.of(outer, inner, other)) {
            for (Mount two : List.of(outer, inner, other)) {
                Future<?> result = one.usage().change(() -> {
                    Future<?> waiting = threads.submit(() -> {
                        Thread.currentThread().interrupt();
                        assertThatThrownBy(() -> two.usage().change(() -> null)).satisfies(UsageTest::isInterrupted);
                    });
                    try {
                        waiting.get(30, TimeUnit.SECONDS);
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                    return waiting;
                });
                assertThat(result).isDone();
            }
        }
    }

    @Test
    void removed_whileItIsOpen_countsUntilItIsClosed() throws IOException {
        Mount mount = mount(new Mount.Table(), volume, 20, 100);
        try (ConfinedDirectory root = ConfinedDirectory.open(mount)) {
            ConfinedFile file = (ConfinedFile) root.open("file", true, READ);
            root.rename("file", root, "dir/file");
            root.rename("dir", root, "moved");
            assertThat(file.node().names()).containsExactly("moved", "file");
            root.removeFile("moved/file");
            assertThat(file.node().isRemoved()).isTrue();
            assertThat(mount.usage().bytes()).isEqualTo(12);
            file.close();
            assertThat(mount.usage().bytes()).isEqualTo(5);
        }
    }
}
