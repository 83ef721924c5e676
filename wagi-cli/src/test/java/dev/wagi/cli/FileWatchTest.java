// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs symbolic links")
class FileWatchTest {

    @TempDir
    private Path directory;

    private final List<String> warnings = new ArrayList<>();
    private FileWatch watch;

    /** Something that is done to files below a directory. */
    @FunctionalInterface
    interface Step {
        void run(Path directory) throws IOException;

        default Step andThen(Step next) {
            return at -> {
                run(at);
                next.run(at);
            };
        }
    }

    /** A way in which a file changes. */
    record Change(String name, String file, Step before, Step change) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Change> changes() {
        Step a = at -> Files.writeString(at.resolve("a"), "1");
        Step v1 = at ->
                Files.writeString(Files.createDirectories(at.resolve("v1")).resolve("a"), "1");
        return List.of(
                new Change("written in place, same length", "a", a, at -> Files.writeString(at.resolve("a"), "2")),
                new Change("deleted", "a", a, at -> Files.delete(at.resolve("a"))),
                new Change("made", "a", at -> {}, a),
                new Change("replaced by renaming", "a", a, at -> {
                    Files.writeString(at.resolve("a.tmp"), "2");
                    move(at, "a.tmp", "a");
                }),
                new Change("moved away and written anew", "a", a, at -> {
                    move(at, "a", "a~");
                    Files.writeString(at.resolve("a"), "2");
                }),
                new Change("replaced by an older file of the same size", "a", a, at -> {
                    Files.writeString(at.resolve("b"), "2");
                    Files.setLastModifiedTime(at.resolve("b"), Files.getLastModifiedTime(at.resolve("a")));
                    move(at, "b", "a");
                }),
                new Change("its directory is made", "b/c/a", at -> {}, at -> {
                    Files.createDirectories(at.resolve("b/c"));
                    Files.writeString(at.resolve("b/c/a"), "1");
                }),
                new Change("its directory is replaced", "v1/a", v1, at -> {
                    Files.createDirectory(at.resolve("v2"));
                    Files.writeString(at.resolve("v2/a"), "2");
                    move(at, "v1", "v0");
                    move(at, "v2", "v1");
                }),
                new Change("its directory is deleted", "v1/a", v1, at -> {
                    Files.delete(at.resolve("v1/a"));
                    Files.delete(at.resolve("v1"));
                }),
                new Change(
                        "what a link leads to is written",
                        "link",
                        v1.andThen(link("link", "v1/a")),
                        at -> Files.writeString(at.resolve("v1/a"), "2")),
                new Change(
                        "a link in the middle is swapped, as in a Kubernetes volume",
                        "a",
                        v1.andThen(link("..data", "v1")).andThen(link("a", "..data/a")),
                        at -> {
                            Files.createDirectory(at.resolve("v2"));
                            Files.writeString(at.resolve("v2/a"), "2");
                            link("..data_tmp", "v2").run(at);
                            move(at, "..data_tmp", "..data");
                        }),
                new Change("a broken link's target is made", "link", link("link", "b/../v1/a"), at -> {
                    Files.createDirectory(at.resolve("b"));
                    v1.run(at);
                }),
                new Change("a link that led to itself", "loop", link("loop", "loop"), at -> {
                    Files.delete(at.resolve("loop"));
                    Files.writeString(at.resolve("loop"), "1");
                }),
                new Change(
                        "its permissions change",
                        "a",
                        a,
                        at -> assertThat(at.resolve("a").toFile().setReadable(false))
                                .isTrue()));
    }

    private static Step link(String name, String target) {
        return at -> Files.createSymbolicLink(at.resolve(name), Path.of(target));
    }

    private static void move(Path at, String from, String to) throws IOException {
        Files.move(at.resolve(from), at.resolve(to), StandardCopyOption.ATOMIC_MOVE);
    }

    @BeforeEach
    void open() throws IOException {
        watch = FileWatch.open(warnings::add);
    }

    @AfterEach
    void close() {
        watch.close();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void awaitChange_seesIt(Change change) throws Exception {
        change.before().run(directory);
        watch.add(directory.resolve(change.file()));
        CompletableFuture<Void> changed = await();
        Files.writeString(directory.resolve("another"), "no matter");

        change.change().run(directory);

        changed.get(5, TimeUnit.MINUTES);
        assertThat(warnings).isEmpty();
    }

    @Test
    void awaitChange_changedBeforeTheWait_isSeen() throws Exception {
        Path file = Files.writeString(directory.resolve("a"), "1");
        watch.add(file);
        Files.writeString(file, "2");

        await().get(5, TimeUnit.MINUTES);

        assertThat(warnings).isEmpty();
    }

    @Test
    void awaitChange_addedAgain_waitsForTheNext() throws Exception {
        Path file = Files.writeString(directory.resolve("a"), "1");
        watch.add(file);
        for (int i = 0; i < 3; i++) {
            CompletableFuture<Void> changed = await();
            Files.writeString(file, "2" + i);
            changed.get(5, TimeUnit.MINUTES);

            watch.clear();
            watch.add(file);
        }
        CompletableFuture<Void> none = await();
        watch.close();

        assertThat(none)
                .failsWithin(30, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(ClosedWatchServiceException.class);
    }

    @Test
    void awaitChange_changesComeFast_areOne() throws Exception {
        Path file = Files.writeString(directory.resolve("a"), "");
        watch.add(file);
        CompletableFuture<Void> changed = await();
        // Without a pause; more than the queue of a key holds.
        for (int i = 0; i < 2000; i++) {
            Files.writeString(file, "x".repeat(i));
        }
        changed.get(5, TimeUnit.MINUTES);

        watch.clear();
        watch.add(file);
        CompletableFuture<Void> none = await();
        watch.close();

        assertThat(none)
                .failsWithin(30, TimeUnit.SECONDS)
                .withThrowableOfType(ExecutionException.class)
                .withCauseInstanceOf(ClosedWatchServiceException.class);
    }

    private CompletableFuture<Void> await() {
        CompletableFuture<Void> changed = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                watch.awaitChange();
                changed.complete(null);
            } catch (InterruptedException | RuntimeException e) {
                changed.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return changed;
    }
}
