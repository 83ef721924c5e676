// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadTest {

    private static final String TYPE = "Content-Type: text/plain\n\n";

    @TempDir
    Path directory;

    @Test
    void reload_newConfiguration_replacesTheOldOne() {
        try (Wagi wagi = serving("one").build()) {
            wagi.reload(serving("two").addModule(m -> m.route("/more").source(guest("more"))));

            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("two");
            assertThat(wagi.handle(WagiRequest.get("/more")).text()).isEqualTo("more");
            assertThat(wagi.routes()).hasSize(2);
        }
    }

    @Test
    void reload_badConfiguration_keepsTheOldOne() {
        try (Wagi wagi = serving("one").build()) {
            assertThatThrownBy(() -> wagi.reload(Wagi.builder().addConfiguration(directory.resolve("nope.toml"))))
                    .isInstanceOf(WagiConfigException.class);

            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("one");
        }
    }

    @Test
    void reload_closed_isRefusedAndClosesWhatItLoaded() {
        Wagi wagi = serving("one").build();
        assertThat(wagi.close(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();

        assertThatThrownBy(() -> wagi.reload(serving("two")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("this host is closed; build another one");
        assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(503);
    }

    @Test
    void reload_closedMeanwhile_isRefused() {
        Wagi wagi = serving("one").build();
        WagiListener closing = new WagiListener() {
            @Override
            public void moduleLoading(ModuleLoading event) {
                wagi.close(Duration.ofSeconds(Long.MIN_VALUE));
            }
        };

        assertThatThrownBy(() -> wagi.reload(serving("two").listener(closing)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(503);
    }

    @Test
    void reload_sameModule_isNotLoadedAgain() {
        List<String> loaded = Collections.synchronizedList(new ArrayList<>());
        WagiListener listener = new WagiListener() {
            @Override
            public void moduleLoading(ModuleLoading event) {
                loaded.add(Path.of(event.origin()).getFileName().toString());
            }
        };
        try (Wagi wagi = serving("one").listener(listener).build()) {
            wagi.reload(serving("one")
                    .listener(listener)
                    .addModule(m -> m.route("/two").source(guest("two"))));

            assertThat(loaded).containsExactly("one.wat", "two.wat");
        }
    }

    @Test
    void reload_requestInFlight_finishesOnTheOldConfiguration() throws Exception {
        PausedInput slow = new PausedInput();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Wagi wagi = Wagi.builder()
                .addModule(m -> m.route("/").source(Guests.sample("env")))
                .build()) {
            Future<WagiResponse> inFlight = executor.submit(() ->
                    wagi.handle(WagiRequest.builder("POST", "/").body(slow, -1).build()));
            slow.awaitReader();

            wagi.reload(serving("new"));
            assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("new");
            slow.end();

            assertThat(inFlight.get().text()).startsWith("arguments:\n0 = /\n");
        } finally {
            executor.shutdownNow();
        }
    }

    /** Compiled modules are classes: what a reload replaces must be unloaded, or a watched host dies of it. */
    @Test
    void reload_thousandTimes_leavesNothingBehind() throws IOException {
        Path file = directory.resolve("changing.wat");
        Files.writeString(file, Guests.printing(TYPE + "0", ""));
        Wagi.Builder changing = Wagi.builder().addModule(m -> m.route("/").source(file));
        try (Wagi wagi = changing.build()) {
            for (int i = 0; i < 50; i++) {
                reload(wagi, changing, file, i);
            }
            long classes = loadedClasses();
            long heap = usedHeap();
            int threads = ManagementFactory.getThreadMXBean().getThreadCount();

            for (int i = 0; i < 1000; i++) {
                reload(wagi, changing, file, i);
            }

            assertThat(loadedClasses()).as("classes").isLessThan(classes + 200);
            assertThat(usedHeap()).as("heap").isLessThan(heap + (8 << 20));
            assertThat(ManagementFactory.getThreadMXBean().getThreadCount())
                    .as("threads")
                    .isLessThanOrEqualTo(threads + 4);
        }
    }

    private static void reload(Wagi wagi, Wagi.Builder builder, Path file, int number) throws IOException {
        // The assembler costs more than all the rest, so the module is made by hand: only its text changes.
        Files.write(file, binary("Status: 200\n\n" + number + "       "));
        wagi.reload(builder);
        assertThat(wagi.handle(WagiRequest.get("/")).text().strip()).isEqualTo(String.valueOf(number));
    }

    /** A module that prints the first 16 bytes of the text. */
    private static byte[] binary(String text) {
        byte[] module = TEMPLATE.clone();
        byte[] bytes = text.substring(0, 17).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, module, module.length - bytes.length, bytes.length);
        return module;
    }

    /** The module of {@link #binary}, its text at the end of the data section at the end of the file. */
    private static final byte[] TEMPLATE = template();

    private static byte[] template() {
        try (var out = new java.io.ByteArrayOutputStream()) {
            out.write(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
            // types: (i32 i32 i32 i32) -> i32 and () -> ()
            out.write(new byte[] {1, 12, 2, 0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7f, 0x60, 0, 0});
            byte[] wasi = "wasi_snapshot_preview1".getBytes(StandardCharsets.US_ASCII);
            byte[] write = "fd_write".getBytes(StandardCharsets.US_ASCII);
            out.write(new byte[] {2, (byte) (1 + 1 + wasi.length + 1 + write.length + 2), 1, (byte) wasi.length});
            out.write(wasi);
            out.write(write.length);
            out.write(write);
            out.write(new byte[] {0, 0});
            out.write(new byte[] {3, 2, 1, 1}); // one function of type 1
            out.write(new byte[] {5, 3, 1, 0, 1}); // one page
            out.write(new byte[] {7, 10, 1, 6, '_', 's', 't', 'a', 'r', 't', 0, 1});
            // call fd_write(1, 0, 1, 100), drop
            out.write(new byte[] {10, 16, 1, 14, 0, 0x41, 1, 0x41, 0, 0x41, 1, 0x41, (byte) 0xe4, 0, 0x10, 0, 0x1a, 0x0b
            });
            // at 0: the buffer's address 8 and length 17, then the text
            out.write(new byte[] {11, 31, 1, 0, 0x41, 0, 0x0b, 25, 8, 0, 0, 0, 17, 0, 0, 0});
            out.write(new byte[17]);
            return out.toByteArray();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static long loadedClasses() {
        collect();
        return ManagementFactory.getClassLoadingMXBean().getLoadedClassCount();
    }

    private static long usedHeap() {
        collect();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void collect() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
    }

    private Wagi.Builder serving(String text) {
        return Wagi.builder().addModule(m -> m.route("/").source(guest(text)));
    }

    private Path guest(String text) {
        return Guests.wat(directory, text, Guests.printing(TYPE + text, ""));
    }
}
