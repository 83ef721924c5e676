// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.GuestInput;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.RequestOutcome;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.request.MemorySink;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestOutline;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Modules that are loaded at their first request. */
@Timeout(120)
class LazyLoadingTest {

    private static final String HELLO = Guests.printing("Content-Type: text/plain\n\nhello", "");

    /** {@code (module (func (export "_start") drop))}, of which only the body of the function is wrong. */
    private static final byte[] UNDERFLOW = HexFormat.of()
            .parseHex("0061736d01000000" + "010401600000" + "03020100" + "070a01065f73746172740000" + "0a050103001a0b");

    @TempDir
    private Path directory;

    private final Gated engine = new Gated();
    private final ExecutorService clients = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        engine.gate.countDown();
        clients.shutdownNow();
    }

    /** Loads when the test allows it, and counts. */
    private static final class Gated implements SandboxEngine {
        private final SandboxEngine real = new ChicoryEngine(false);
        private final AtomicInteger loads = new AtomicInteger();
        private final AtomicInteger alone = new AtomicInteger();
        private final AtomicInteger outlines = new AtomicInteger();
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch interrupted = new CountDownLatch(1);
        private CountDownLatch gate = new CountDownLatch(0);

        @Override
        public GuestCode load(String name, byte[] bytes, String digest) {
            loads.incrementAndGet();
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw new ModuleLoadException(name + " was not loaded because loading was given up; try again", e);
            }
            return real.load(name, bytes, digest);
        }

        @Override
        public GuestCode loadAlone(String name, byte[] bytes, String digest) {
            alone.incrementAndGet();
            return load(name, bytes, digest);
        }

        @Override
        public GuestOutline outline(String name, byte[] bytes, String digest) {
            outlines.incrementAndGet();
            return real.outline(name, bytes, digest);
        }
    }

    private Wagi.Builder builder(String text) {
        Path module = Guests.wat(directory, "module", text);
        return Wagi.builder()
                .sandboxEngine(engine)
                .addModule(m -> m.route("/lazy/...").source(module).lazy(true));
    }

    private static WagiResponse get(Wagi wagi, String path) {
        return wagi.handle(WagiRequest.get(path));
    }

    private static String body(WagiResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Test
    void build_lazyModule_validatesButDoesNotLoad() {
        try (Wagi wagi = builder(HELLO).build()) {
            assertThat(engine.outlines).hasValue(1);
            assertThat(engine.loads).hasValue(0);
            assertThat(wagi.routes()).hasSize(1);

            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
            assertThat(body(get(wagi, "/lazy/again"))).isEqualTo("hello");
            assertThat(engine.loads).hasValue(1);
            assertThat(engine.alone)
                    .as("requests of others need the other processors")
                    .hasValue(1);
        }
    }

    @Test
    void build_moduleThatIsNotLazy_isLoadedOnAllProcessors() {
        Path module = Guests.wat(directory, "eager", HELLO);
        try (Wagi wagi = Wagi.builder()
                .sandboxEngine(engine)
                .addModule(m -> m.route("/eager").source(module).lazy(false))
                .build()) {
            assertThat(body(get(wagi, "/eager"))).isEqualTo("hello");
            assertThat(engine.loads).hasValue(1);
            assertThat(engine.alone).hasValue(0);
        }
    }

    @Test
    void build_loadOnDemand_loadsWhatAnswers_whateverTheModuleSays() {
        Path one = Guests.wat(directory, "one", HELLO);
        Path two = Guests.wat(directory, "two", HELLO.replace("hello", "world"));
        Wagi.Builder builder = Wagi.builder()
                .sandboxEngine(engine)
                .addModule(m -> m.route("/one").source(one).lazy(false))
                .addModule(m -> m.route("/two").source(two).addEnvironment("KEY", "value"))
                .loadOnDemand();
        try (Wagi wagi = builder.build()) {
            GuestInput input = wagi.preview(WagiRequest.get("/two?a")).orElseThrow();
            assertThat(input.environment()).containsEntry("KEY", "value").containsEntry("QUERY_STRING", "a");
            assertThat(input.configured()).containsExactly("KEY");
            assertThat(input.arguments()).containsExactly("/two", "a");
            assertThat(input.bodyBytes()).isZero();
            assertThat(input).hasToString("two at /two");
            assertThat(wagi.preview(WagiRequest.get("/three"))).isEmpty();
            assertThat(engine.loads).hasValue(0);

            assertThat(body(get(wagi, "/one"))).isEqualTo("hello");
            assertThat(engine.loads).hasValue(1);
        }
    }

    /** Whatever can be found without compiling or running anything. */
    @Test
    void build_lazyModuleThatIsWrong_isRefused() throws IOException {
        record Case(byte[] module, String problem) {}
        for (Case wrong : List.of(
                new Case(UNDERFLOW, "is not a valid WebAssembly module"),
                new Case(
                        text("(module (import \"other\" \"f\" (func)) (func (export \"_start\")))"),
                        "imports what this host does not offer"),
                new Case(text("(module (func (export \"main\")))"), "the module exports no function \"_start\""))) {
            Path module = Files.write(directory.resolve("wrong"), wrong.module());
            assertThatThrownBy(() -> Wagi.builder()
                            .sandboxEngine(engine)
                            .addModule(m -> m.route("/").source(module).lazy(true))
                            .build())
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining(wrong.problem());
        }
        assertThat(engine.loads).hasValue(0);
    }

    private static byte[] text(String module) {
        return module.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void build_lazyNotAllowed_loads() {
        try (Wagi wagi = builder(HELLO).lazy(false).build()) {
            assertThat(engine.loads).hasValue(1);
            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
        }
    }

    /** Its routes are needed before the first request. */
    @Test
    void build_lazyModuleThatDeclaresRoutes_loads() {
        String declaring = Guests.printing("/more _start\n", "").replace("\"_start\"", "\"_routes\"");
        String both = declaring.substring(0, declaring.lastIndexOf(')')) + "(func (export \"_start\")))";
        try (Wagi wagi = builder(both).build()) {
            assertThat(engine.loads).hasValue(1);
            assertThat(wagi.routes()).hasSize(2);
        }
    }

    @Test
    void build_manyModules_areLazyUnlessTheySayOtherwise() {
        record Case(int modules, int loaded) {}
        for (Case number : List.of(new Case(64, 64), new Case(65, 1))) {
            engine.loads.set(0);
            Wagi.Builder builder = Wagi.builder().sandboxEngine(engine);
            for (int i = 0; i < number.modules(); i++) {
                String route = "/" + i;
                Path module = Guests.wat(directory, "m" + i, HELLO + ";; " + i);
                builder.addModule(m -> {
                    m.route(route).source(module);
                    if (route.equals("/0")) {
                        m.lazy(false);
                    }
                });
            }
            try (Wagi wagi = builder.build()) {
                assertThat(engine.loads).as("of %s modules", number.modules()).hasValue(number.loaded());
                assertThat(body(get(wagi, "/7"))).isEqualTo("hello");
            }
        }
    }

    /** What counts is what must be compiled. */
    @Test
    void build_manyRoutesOfOneModule_areEager() {
        Path module = Guests.wat(directory, "m", HELLO);
        Wagi.Builder builder = Wagi.builder().sandboxEngine(engine);
        for (int i = 0; i < 100; i++) {
            String route = "/" + i;
            builder.addModule(m -> m.route(route).source(module));
        }
        try (Wagi wagi = builder.build()) {
            assertThat(engine.loads).hasValue(1);
            assertThat(body(get(wagi, "/99"))).isEqualTo("hello");
        }
    }

    @Test
    void handle_64FirstRequests_loadOnceAndAllAreAnswered() throws Exception {
        engine.gate = new CountDownLatch(1);
        try (Wagi wagi = builder(HELLO).build()) {
            List<Future<WagiResponse>> answers = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                Callable<WagiResponse> client = () -> get(wagi, "/lazy");
                answers.add(clients.submit(client));
            }
            engine.begun.await();
            while (wagi.usage().waiting() < 64) {
                Thread.onSpinWait();
            }
            // They take no place of those that run.
            assertThat(wagi.usage().running()).isZero();

            engine.gate.countDown();

            for (Future<WagiResponse> answer : answers) {
                assertThat(body(answer.get())).isEqualTo("hello");
            }
            assertThat(engine.loads).hasValue(1);
        }
    }

    /** The queue of the module is as long while it is loaded. */
    @Test
    void handle_moreFirstRequestsThanMayWait_refusesTheRest() throws Exception {
        engine.gate = new CountDownLatch(1);
        try (Wagi wagi = builder(HELLO).limits(l -> l.withMaxQueue(2)).build()) {
            List<Future<WagiResponse>> answers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Callable<WagiResponse> client = () -> get(wagi, "/lazy");
                answers.add(clients.submit(client));
            }
            while (wagi.usage().waiting() < 2) {
                Thread.onSpinWait();
            }

            WagiResponse refused = get(wagi, "/lazy");

            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.headers().first("Retry-After")).contains("1");
            engine.gate.countDown();
            for (Future<WagiResponse> answer : answers) {
                assertThat(answer.get().status()).isEqualTo(200);
            }
        }
    }

    /** A request that nobody may wait for starts the loading nevertheless, so that a later one is answered. */
    @Test
    void handle_noRequestMayWait_isRefusedAndLoads() throws Exception {
        try (Wagi wagi = builder(HELLO).limits(l -> l.withMaxQueue(0)).build()) {
            int status = get(wagi, "/lazy").status();
            while (status == 503) {
                status = get(wagi, "/lazy").status();
            }
            assertThat(status).isEqualTo(200);
            assertThat(engine.loads).hasValue(1);
        }
    }

    /** Neither the timeout nor the interrupt of the request that wanted the module first ends the loading. */
    @Test
    void handle_firstRequestsGiveUp_loadingGoesOnForTheOthers() throws Exception {
        engine.gate = new CountDownLatch(1);
        Path module = Guests.wat(directory, "module", HELLO);
        try (Wagi wagi = builder(HELLO)
                .addModule(m ->
                        m.route("/hasty").source(module).lazy(true).limits(l -> l.withTimeout(Duration.ofMillis(300))))
                .build()) {
            CountDownLatch ended = new CountDownLatch(1);
            Thread interrupted = new Thread(() -> {
                get(wagi, "/lazy");
                ended.countDown();
            });
            interrupted.start();
            engine.begun.await();
            interrupted.interrupt();
            ended.await();
            assertThat(get(wagi, "/hasty").status()).isEqualTo(504);
            Callable<WagiResponse> client = () -> get(wagi, "/lazy");
            Future<WagiResponse> patient = clients.submit(client);

            engine.gate.countDown();

            assertThat(body(patient.get())).isEqualTo("hello");
            assertThat(engine.loads).hasValue(1);
        }
    }

    /** Whatever a module does before its first request, others are loaded meanwhile. */
    @Test
    void handle_startFunctionsDoNotEnd_otherModulesAreLoaded() {
        Wagi.Builder builder = builder(HELLO).limits(l -> l.withTimeout(Duration.ofHours(1)));
        int hostile = Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < hostile; i++) {
            String route = "/endless" + i;
            Path module = Guests.wat(
                    directory, "endless" + i, "(module (func $f (loop (br 0))) (start $f) (func (export \"_start\")))");
            builder.addModule(m -> m.route(route).source(module).lazy(true));
        }
        try (Wagi wagi = builder.build()) {
            for (int i = 0; i < hostile; i++) {
                wagi.handle(WagiRequest.get("/endless" + i), new MemorySink(), clients);
            }

            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
            wagi.close(Duration.ZERO);
        }
    }

    /** On a transport without a thread per request, one that waits for its module holds none. */
    @Test
    void handle_withExecutor_waitsWithoutThread() throws Exception {
        engine.gate = new CountDownLatch(1);
        LinkedBlockingQueue<RequestOutcome> outcomes = new LinkedBlockingQueue<>();
        ExecutorService one = Executors.newFixedThreadPool(1);
        try (Wagi wagi = builder(HELLO)
                .addListener(new WagiListener() {
                    @Override
                    public void requestEnded(RequestEnded event) {
                        outcomes.add(event.outcome());
                    }
                })
                .build()) {
            for (int i = 0; i < 10; i++) {
                wagi.handle(WagiRequest.get("/lazy"), new MemorySink(), one);
            }
            one.submit(() -> {}).get();
            assertThat(outcomes).isEmpty();

            engine.gate.countDown();

            for (int i = 0; i < 10; i++) {
                assertThat(outcomes.take()).isEqualTo(RequestOutcome.ANSWERED);
            }
        } finally {
            one.shutdownNow();
        }
    }

    @Test
    void tryHandle_notLoaded_doesNotBlock() {
        try (Wagi wagi = builder(HELLO).build()) {
            assertThat(wagi.tryHandle(WagiRequest.get("/lazy"), new MemorySink()))
                    .isFalse();
            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
        }
    }

    /** What is found only when it is instantiated: it answers as a module that could not be loaded. */
    @Test
    void handle_moduleThatCannotBeInstantiated_isOutOfServiceAndNotTriedAgainAtOnce() {
        String trapping = "(module (func $f unreachable) (start $f) (func (export \"_start\")))";
        try (Wagi wagi = builder(trapping)
                .addModule(m -> m.route("/good").source(Guests.wat(directory, "good", HELLO)))
                .build()) {
            int loads = engine.loads.get();
            for (int i = 0; i < 5; i++) {
                WagiResponse response = get(wagi, "/lazy");
                assertThat(response.status()).isEqualTo(503);
                assertThat(response.headers().first("Retry-After")).contains("60");
                assertThat(body(response)).doesNotContain("module.wat");
            }
            assertThat(engine.loads).hasValue(loads + 1);
            assertThat(get(wagi, "/good").status()).isEqualTo(200);
        }
    }

    /**
     * Until that says so, a request that waits for the module ends after the module's timeout, which does not count for
     * it.
     */
    @Test
    void loadModule_takesLongerThanTheTimeout_loads() throws Exception {
        engine.gate = new CountDownLatch(1);
        try (Wagi wagi = builder(HELLO)
                .patience(Duration.ofMinutes(1))
                .limits(l -> l.withTimeout(Duration.ofSeconds(1)))
                .build()) {
            Future<?> loading = clients.submit(() -> wagi.loadModule("module"));
            engine.begun.await();
            assertThat(get(wagi, "/lazy").status()).isEqualTo(504);
            assertThat(loading.isDone()).isFalse();

            engine.gate.countDown();
            loading.get();

            assertThat(wagi.modules()).extracting(ModuleInfo::state).containsExactly(ModuleInfo.State.LOADED);
            wagi.loadModule("module");
            assertThat(engine.loads).hasValue(1);
        }
    }

    @Test
    void loadModule_cannotBeLoaded_saysWhy_andTriesAgain() {
        String trapping = "(module (func $f unreachable) (start $f) (func (export \"_start\")))";
        try (Wagi wagi = builder(trapping).build()) {
            for (int attempt = 1; attempt <= 2; attempt++) {
                assertThatThrownBy(() -> wagi.loadModule("module"))
                        .isInstanceOf(WagiConfigException.class)
                        .hasMessageContaining("key 'module': ")
                        .hasMessageContaining("module.wat cannot be instantiated");
                assertThat(get(wagi, "/lazy").status()).isEqualTo(503);
            }
        }
    }

    @Test
    void loadModule_unknownOrOfAClosedHost_isRefused() {
        Wagi wagi = builder(HELLO).build();
        assertThatThrownBy(() -> wagi.loadModule("other"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"other\"");
        wagi.close();
        assertThatThrownBy(() -> wagi.loadModule("module"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void loadModule_failedWhenTheHostWasBuilt_isRefused() {
        Path missing = directory.resolve("missing.wasm");
        try (Wagi wagi = builder(HELLO)
                .keepGoing(true)
                .addModule(m -> m.route("/").source(missing))
                .build()) {
            assertThatThrownBy(() -> wagi.loadModule("missing"))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining("could not be loaded when the host was built");
        }
    }

    @Test
    void loadModule_hostIsClosedMeanwhile_ends() throws Exception {
        engine.gate = new CountDownLatch(1);
        Wagi wagi = builder(HELLO).build();
        Future<?> loading = clients.submit(() -> wagi.loadModule("module"));
        engine.begun.await();

        wagi.close(Duration.ZERO);

        assertThatThrownBy(loading::get).hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void handle_loadingTakesTooLong_isGivenUp() {
        engine.gate = new CountDownLatch(1);
        try (Wagi wagi = builder(HELLO).loadTimeout(Duration.ofSeconds(1)).build()) {
            assertThat(get(wagi, "/lazy").status()).isEqualTo(503);
            assertThat(engine.interrupted.getCount()).isZero();
        }
    }

    @Test
    void close_whileLoading_endsTheLoading() throws Exception {
        engine.gate = new CountDownLatch(1);
        Wagi wagi = builder(HELLO).build();
        Callable<WagiResponse> client = () -> get(wagi, "/lazy");
        Future<WagiResponse> waiting = clients.submit(client);
        engine.begun.await();

        assertThat(wagi.close(Duration.ZERO)).isFalse();

        engine.interrupted.await();
        assertThat(waiting.get().status()).isEqualTo(503);
    }

    /** Requests in flight finish with the configuration that they found, also if they wait for its module. */
    @Test
    void reload_whileLoading_answersThoseThatWait() throws Exception {
        engine.gate = new CountDownLatch(1);
        try (Wagi wagi = builder(HELLO).build()) {
            Callable<WagiResponse> client = () -> get(wagi, "/lazy");
            Future<WagiResponse> waiting = clients.submit(client);
            engine.begun.await();

            wagi.reload(builder(HELLO));
            engine.gate.countDown();

            assertThat(body(waiting.get())).isEqualTo("hello");
            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
        }
    }

    @Test
    void reload_unchangedModule_keepsWhatIsLoaded() {
        try (Wagi wagi = builder(HELLO).build()) {
            get(wagi, "/lazy");

            wagi.reload(builder(HELLO));

            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
            assertThat(engine.loads).hasValue(1);
        }
    }

    /** A module in use is not replaced by one that cannot be loaded. */
    @Test
    void reload_moduleInUseChangesIntoOneThatTraps_isRefused() {
        try (Wagi wagi = builder(HELLO).build()) {
            get(wagi, "/lazy");

            assertThatThrownBy(() -> wagi.reload(
                            builder("(module (func $f unreachable) (start $f) (func (export \"_start\")))")))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining("cannot be instantiated");

            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
        }
    }

    /** One that was never used is validated only. */
    @Test
    void reload_moduleNotInUse_staysUnloaded() {
        try (Wagi wagi = builder(HELLO).build()) {
            wagi.reload(builder(HELLO + ";; changed"));

            assertThat(engine.loads).hasValue(0);
            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
        }
    }

    /** The second start reads the compiled module from the cache, at the first request. */
    @Test
    void handle_compiled_isKeptForTheNextStart() {
        Path cache = directory.resolve("cache");
        Path module = Guests.wat(directory, "module", HELLO);
        for (boolean cached : new boolean[] {false, true}) {
            List<WagiListener.ModuleLoaded> events = new ArrayList<>();
            try (Wagi wagi = Wagi.builder()
                    .compileCache(cache)
                    .addModule(m -> m.route("/lazy").source(module).lazy(true))
                    .addListener(new WagiListener() {
                        @Override
                        public void moduleLoaded(ModuleLoaded event) {
                            events.add(event);
                        }
                    })
                    .build()) {
                assertThat(events).isEmpty();
                assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
                assertThat(events)
                        .extracting(WagiListener.ModuleLoaded::isCached)
                        .containsExactly(cached);
            }
        }
    }

    /** A module that no request wanted need not be validated again at the next start. */
    @Test
    void build_lazyModule_notesInTheCacheThatItIsValid() throws IOException {
        Path cache = directory.resolve("cache");
        Path module = Files.write(directory.resolve("m.wasm"), Files.readAllBytes(Guests.sample("hello")));
        for (int start = 0; start < 2; start++) {
            try (Wagi wagi = Wagi.builder()
                    .compileCache(cache)
                    .addModule(m -> m.route("/lazy").source(module).lazy(true))
                    .build()) {
                try (Stream<Path> entries = Files.list(cache)) {
                    assertThat(entries)
                            .singleElement()
                            .satisfies(entry ->
                                    assertThat(entry.getFileName().toString()).startsWith("valid-"));
                }
                if (start == 1) {
                    assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello world\n");
                }
            }
        }
    }

    /** What is not as it was written says nothing about a module. */
    @Test
    void build_noteIsDamaged_validatesAgain() throws IOException {
        Path cache = directory.resolve("cache");
        Path module = Files.write(directory.resolve("m.wasm"), Files.readAllBytes(Guests.sample("hello")));
        Wagi.Builder builder = Wagi.builder()
                .compileCache(cache)
                .addModule(m -> m.route("/lazy").source(module).lazy(true));
        builder.build().close();
        Path note;
        try (Stream<Path> entries = Files.list(cache)) {
            note = entries.findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(note);
        Files.write(note, new byte[0]);

        builder.build().close();

        assertThat(note).hasBinaryContent(whole);
    }

    /** Without a resolver that could be asked again. */
    @Test
    void handle_fileIsGoneSinceTheStart_isServedAsItWas() {
        try (Wagi wagi = builder(HELLO).build()) {
            try {
                Files.delete(directory.resolve("module.wat"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }

            assertThat(body(get(wagi, "/lazy"))).isEqualTo("hello");
        }
    }
}
