// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Modules that cannot be loaded, or not in time, or only on a large stack; and those beside them. */
@Timeout(120)
class KeepGoingTest {

    private static final String GOOD = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 16) "Status: 200\\n\\n")
              (func (export "_start")
                (i32.store (i32.const 0) (i32.const 16))
                (i32.store (i32.const 4) (i32.const 13))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
            """;

    @TempDir
    private Path directory;

    private Wagi.Builder builder(Path changing) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .keepGoing(true)
                .addModule(m -> m.route("/good").source(write("good.wat", GOOD)))
                .addModule(m -> m.route("/changing/...").source(changing));
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ModuleResolver resolver(Supplier<ResolvedModule> modules) {
        return new ModuleResolver() {
            @Override
            public String scheme() {
                return "slow";
            }

            @Override
            public ResolvedModule resolve(ModuleReference reference) {
                return modules.get();
            }
        };
    }

    private static int status(Wagi wagi, String path) {
        return wagi.handle(WagiRequest.get(path)).status();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "(module (fun))",
                "(module (import \"env\" \"now\" (func)) (func (export \"_start\")))",
                "(module (func (export \"run\")))",
                "(module (func (export \"_start\")) (func $s (unreachable)) (start $s))",
                "(module (func (export \"_start\")) (func (export \"_routes\") (unreachable)))"
            })
    void keepGoing_moduleThatCannotBeLoaded_answers503UntilAReload(String broken) {
        Path file = broken.isEmpty() ? directory.resolve("changing.wat") : write("changing.wat", broken);
        assertThatThrownBy(() -> builder(file).keepGoing(false).build()).isInstanceOf(WagiConfigException.class);

        try (Wagi wagi = builder(file).build()) {
            WagiResponse answer = wagi.handle(WagiRequest.get("/changing/x"));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.headers().first("Retry-After")).hasValue("60");
            assertThat(new String(answer.body(), StandardCharsets.UTF_8))
                    .startsWith("Service Unavailable\nrequest id: ");
            assertThat(status(wagi, "/good")).isEqualTo(200);
            assertThat(status(wagi, "/healthz")).isEqualTo(200);
            assertThat(wagi.routes()).hasSize(2);

            write("changing.wat", GOOD);
            wagi.reload(builder(file));
            assertThat(status(wagi, "/changing/x")).isEqualTo(200);

            write("changing.wat", broken);
            assertThatThrownBy(() -> wagi.reload(builder(file)))
                    .as("what is served now is not taken out of service")
                    .isInstanceOf(WagiConfigException.class);
            assertThat(status(wagi, "/changing/x")).isEqualTo(200);
        }
    }

    /** However the route's other properties change: its requests were answered, and would be no longer. */
    @Test
    void keepGoing_reloadWithOtherHostsOrMethods_takesNothingOutOfService() {
        Path broken = write("broken.wat", "(module");
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/a").hosts("Shop.example").source(write("good.wat", GOOD)))
                .build()) {
            for (String host : List.of("Shop.example", "shop.example")) {
                assertThatThrownBy(() -> wagi.reload(Wagi.builder()
                                .keepGoing(true)
                                .addModule(m -> m.route("/a").hosts(host).source(broken))))
                        .as(host)
                        .isInstanceOf(WagiConfigException.class);
            }
            assertThatThrownBy(() -> wagi.reload(Wagi.builder()
                            .keepGoing(true)
                            .addModule(m -> m.route("/a").methods("HEAD").source(broken))))
                    .isInstanceOf(WagiConfigException.class);

            wagi.reload(Wagi.builder()
                    .keepGoing(true)
                    .addModule(m -> m.route("/a").hosts("shop.example").source(write("good.wat", GOOD)))
                    .addModule(m -> m.route("/a").hosts("new.example").source(broken)));
        }
    }

    /** Resolvers and engines are other people's code, too. */
    @Test
    void keepGoing_loadingFailsUnexpectedly_servesTheOthers() {
        Path good = write("good.wat", GOOD);
        Wagi.Builder builder = Wagi.builder()
                .addResolver(resolver(() -> {
                    throw new IllegalStateException("a bug");
                }))
                .addModule(m -> m.route("/good").source(good))
                .addModule(m -> m.route("/bad").source("slow:a"));
        assertThatThrownBy(builder::build).isInstanceOf(IllegalStateException.class);

        try (Wagi wagi = builder.keepGoing(true).build()) {
            assertThat(status(wagi, "/good")).isEqualTo(200);
            assertThat(status(wagi, "/bad")).isEqualTo(503);
        }
    }

    @Test
    void loadTimeout_overForBytesOfTwoModules_isAProblemOfBoth() {
        CountDownLatch never = new CountDownLatch(1);
        SandboxEngine slow = (name, bytes, digest) -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("interrupted");
        };
        Path good = write("good.wat", GOOD);

        assertThatThrownBy(() -> Wagi.builder()
                        .sandboxEngine(slow)
                        .loadTimeout(Duration.ofSeconds(1))
                        .addModule(m -> m.route("/a").source(good))
                        .addModule(m -> m.route("/b").source(good))
                        .build())
                .isInstanceOfSatisfying(
                        WagiConfigException.class,
                        e -> assertThat(e.problems())
                                .hasSize(2)
                                .allMatch(problem -> problem.contains("the load_timeout, to be compiled")));
    }

    @Test
    void keepGoing_wrongConfiguration_isRefused() {
        assertThatThrownBy(() -> builder(write("a.wat", GOOD))
                        .addModule(m -> m.route("b").source("s3:b"))
                        .addModule(m -> m.route("/c").source("s3:b"))
                        .build())
                .isInstanceOfSatisfying(
                        WagiConfigException.class, e -> assertThat(e.problems()).hasSize(2));
    }

    @Test
    void loadTimeout_over_saysWhatTookTooLong() {
        CountDownLatch never = new CountDownLatch(1);
        ModuleResolver slow = resolver(() -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IllegalStateException("interrupted");
        });
        Wagi.Builder builder = Wagi.builder()
                .addResolver(slow)
                .loadTimeout(Duration.ofSeconds(1))
                .addModule(m -> m.route("/").source("slow:a"));

        assertThatThrownBy(builder::build)
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("took longer than 1 s, the load_timeout, to be fetched; does its server answer?");
    }

    /** Parsers and compilers descend into what is nested; how deep is a stranger's choice. */
    @Test
    void load_engineThatDescendsDeeply_hasTheStack() {
        SandboxEngine real = new ChicoryEngine(false);
        SandboxEngine deep = new SandboxEngine() {
            @Override
            public GuestCode load(String name, byte[] bytes, String digest) {
                return descend(100_000, () -> real.load(name, bytes, digest));
            }
        };

        try (Wagi wagi = builder(write("a.wat", GOOD))
                .keepGoing(false)
                .sandboxEngine(deep)
                .build()) {
            assertThat(status(wagi, "/good")).isEqualTo(200);
        }
    }

    private static <T> T descend(int depth, Supplier<T> bottom) {
        return depth == 0 ? bottom.get() : descend(depth - 1, bottom);
    }
}
