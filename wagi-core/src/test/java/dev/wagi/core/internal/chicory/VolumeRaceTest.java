// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.volume.Mount;
import dev.wagi.core.internal.volume.Volume;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody swaps a directory of a volume for a link to outside, again and again, while a guest works in it.
 *
 * @see dev.wagi.core.internal.volume.ConfinedDirectoryTest where the swap comes at the very moment between look and use
 */
class VolumeRaceTest {

    private static final int VOLUME = 3;
    private static final int RUNS = 40;
    private static final int CALLS = 40;
    private static final long READ_WRITE = Rights.FD_READ | Rights.FD_WRITE;

    @TempDir
    Path temporary;

    private final ExecutorService swapper = Executors.newSingleThreadExecutor();
    private final AtomicBoolean stop = new AtomicBoolean();
    private Path volume;
    private Path outside;
    private List<Mount> mounts;
    private int swaps;

    @BeforeEach
    void plant() throws IOException {
        try (var stream = Files.newDirectoryStream(temporary)) {
            assumeTrue(stream instanceof SecureDirectoryStream, "this JDK cannot hold directories open here");
        }
        volume = Files.createDirectory(temporary.resolve("volume"));
        outside = Files.createDirectory(temporary.resolve("outside"));
        Files.writeString(outside.resolve("file"), "SECRET");
        Files.createDirectory(outside.resolve("empty"));
        Files.createDirectory(volume.resolve("dir"));
        Files.writeString(volume.resolve("dir/file"), "inside");
        Files.writeString(volume.resolve("mine"), "mine");
        mounts = new Mount.Table().mount(List.of(new Volume("/v", volume, true, Volume.UNLIMITED, Volume.UNLIMITED)));
    }

    @AfterEach
    void end() throws InterruptedException {
        stop.set(true);
        swapper.shutdown();
        assertThat(swapper.awaitTermination(5, TimeUnit.MINUTES)).isTrue();
    }

    private Void swap() throws IOException {
        Path directory = volume.resolve("dir");
        Path away = volume.resolve("away");
        while (!stop.get()) {
            Files.move(directory, away);
            Files.createSymbolicLink(directory, Path.of("../outside"));
            swaps++;
            Files.delete(directory);
            Files.move(away, directory);
        }
        return null;
    }

    @Test
    void read_directorySwappedForALink_neverSeesTheSecret() throws Exception {
        Future<Void> swapping = swapper.submit(this::swap);
        Sandbox sandbox = WasiCalls.COMPILED.instantiate();
        int opened = 0;
        for (int run = 0; run < RUNS; run++) {
            WasiCalls calls = new WasiCalls();
            int[] buffers = new int[CALLS];
            for (int i = 0; i < CALLS; i++) {
                WasiCalls.At file = calls.open(VOLUME, "dir/file", 0, Rights.FD_READ);
                buffers[i] = calls.read(file, 8);
                calls.call("fd_close", file);
                calls.call("sched_yield");
            }
            WasiCalls.Result result = calls.run(sandbox, mounts);
            for (int i = 0; i < CALLS; i++) {
                int errno = result.errnos().get(4 * i);
                assertThat(errno).isIn(Errno.SUCCESS, Errno.NOENT, Errno.PERM, Errno.BUSY);
                if (errno == Errno.SUCCESS) {
                    assertThat(result.text(buffers[i], 6)).isEqualTo("inside");
                    opened++;
                }
            }
            assertThat(sandbox.reset()).isTrue();
        }
        stop.set(true);
        swapping.get();

        assertThat(opened).as("what the guest got to see of the directory").isPositive();
        assertThat(swaps).isGreaterThan(RUNS);
    }

    @Test
    void change_directorySwappedForALink_changesNothingOutside() throws Exception {
        Future<Void> swapping = swapper.submit(this::swap);
        Sandbox sandbox = WasiCalls.COMPILED.instantiate();
        int done = 0;
        for (int run = 0; run < RUNS; run++) {
            WasiCalls calls = new WasiCalls();
            for (int i = 0; i < CALLS; i++) {
                WasiCalls.At made = calls.open(VOLUME, "dir/made", 1, READ_WRITE);
                calls.write(made, "by the guest");
                calls.call("fd_close", made);
                WasiCalls.At file = calls.open(VOLUME, "dir/file", 8, READ_WRITE);
                calls.write(file, "inside");
                calls.call("fd_close", file);
                calls.call("sched_yield");
                calls.call("path_create_directory", VOLUME, "dir/new");
                calls.call("path_remove_directory", VOLUME, "dir/empty");
                calls.call("path_filestat_set_times", VOLUME, 1, "dir/file", 0, 0, 5);
                calls.call("path_rename", VOLUME, "mine", VOLUME, "dir/mine");
                calls.call("path_rename", VOLUME, "dir/mine", VOLUME, "mine");
                calls.call("path_rename", VOLUME, "dir/empty", VOLUME, "stolen");
                calls.call("path_unlink_file", VOLUME, "dir/made");
                calls.call("path_remove_directory", VOLUME, "dir/new");
            }
            done += (int) calls.run(sandbox, mounts).errnos().stream()
                    .filter(errno -> errno == Errno.SUCCESS)
                    .count();
            assertThat(sandbox.reset()).isTrue();
        }
        stop.set(true);
        swapping.get();

        assertThat(done).isPositive();
        assertThat(swaps).isGreaterThan(RUNS);
        try (Stream<Path> files = Files.list(outside)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("file", "empty");
        }
        assertThat(outside.resolve("file")).hasContent("SECRET");
        assertThat(Files.getLastModifiedTime(outside.resolve("file")).toMillis())
                .isNotZero();
        assertThat(volume.resolve("stolen")).doesNotExist();
    }

    /**
     * Two guests make and move links and directories in the same tree, one of them also through a volume that lies in
     * the other's, each trying to have a link end up nearer to the root than it was made for.
     */
    @Test
    void links_whileDirectoriesAreMoved_neverLeadOut() throws Exception {
        Files.createDirectories(volume.resolve("a/b/c"));
        Files.createDirectories(volume.resolve("x/y/z"));
        List<Mount> linking = new Mount.Table()
                .mount(List.of(
                        new Volume("/v", volume, true, Volume.UNLIMITED, Volume.UNLIMITED, true),
                        new Volume("/n", volume.resolve("a"), true, Volume.UNLIMITED, Volume.UNLIMITED, true)));
        int nested = VOLUME + 1;
        Future<Integer> moving = swapper.submit(() -> {
            Sandbox mover = WasiCalls.COMPILED.instantiate();
            int done = 0;
            while (!stop.get()) {
                WasiCalls calls = new WasiCalls();
                WasiCalls.At open = calls.open(VOLUME, "a/b/c", 2, Rights.FD_READ);
                calls.call("path_rename", VOLUME, "a/b/c", VOLUME, "c");
                calls.call("path_symlink", "../../../mine", open, "h");
                calls.call("path_symlink", "../../mine", open, "i");
                calls.call("path_rename", VOLUME, "x/y/z/l", open, "l");
                calls.call("path_unlink_file", open, "h").call("path_unlink_file", open, "i");
                calls.call("path_rename", VOLUME, "c", VOLUME, "a/b/c");
                calls.call("path_rename", VOLUME, "a/b", VOLUME, "b").call("path_rename", VOLUME, "b", VOLUME, "a/b");
                done += successes(calls.run(mover, linking));
                assertThat(mover.reset()).isTrue();
            }
            return done;
        });
        Sandbox linker = WasiCalls.COMPILED.instantiate();
        int done = 0;
        for (int run = 0; run < RUNS; run++) {
            WasiCalls calls = new WasiCalls();
            for (int i = 0; i < CALLS; i++) {
                calls.call("path_symlink", "../../../mine", VOLUME, "a/b/c/l");
                calls.call("path_symlink", "../../x", nested, "b/c/n");
                calls.call("path_rename", VOLUME, "a/b/c/l", VOLUME, "l");
                calls.call("path_rename", VOLUME, "a/b/c/l", VOLUME, "x/y/z/l");
                calls.call("path_rename", VOLUME, "x/y/z/l", VOLUME, "c/l");
                calls.call("path_rename", nested, "b/c/n", nested, "n");
                calls.call("path_unlink_file", VOLUME, "x/y/z/l").call("path_unlink_file", nested, "b/c/n");
                calls.call("path_unlink_file", VOLUME, "a/b/c/l");
            }
            done += successes(calls.run(linker, linking));
            assertThat(linker.reset()).isTrue();
            linksStayWithin();
        }
        stop.set(true);
        assertThat(moving.get()).isPositive();

        assertThat(done).isPositive();
        linksStayWithin();
    }

    private static int successes(WasiCalls.Result result) {
        return (int)
                result.errnos().stream().filter(errno -> errno == Errno.SUCCESS).count();
    }

    private void linksStayWithin() throws IOException {
        Files.walkFileTree(volume, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                // One that is being made has a name that guests cannot reach.
                if (attributes.isSymbolicLink()
                        && !file.getFileName().toString().startsWith(".wagi-new-")) {
                    try {
                        Path text = Files.readSymbolicLink(file);
                        assertThat(file.getParent().resolve(text).normalize()).startsWithRaw(volume);
                    } catch (NoSuchFileException e) {
                        // Moved meanwhile.
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
