// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutline;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.sandbox.SandboxEngine;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What a reload does again of a configuration of which one module changes: nothing for the others. */
class ReloadReuseTest {

    private static final String TYPE = "Content-Type: text/plain\n\n";

    /** Prints a route of its own, and the same page for each request. */
    private static final String DECLARING = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "\\10\\00\\00\\00\\0b\\00\\00\\00")
              (data (i32.const 16) "/own page\\0a\\0a")
              (data (i32.const 64) "\\50\\00\\00\\00\\1c\\00\\00\\00")
              (data (i32.const 80) "Content-Type: text/plain\\0a\\0aok")
              (func (export "_routes") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
              (func $page (export "page") (drop (call $write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 8))))
              (func (export "_start") (call $page)))
            """;

    private final Counting engine = new Counting();
    private final Store store = new Store();

    /** Modules by name, and how often their bytes were read. */
    private static final class Store implements ModuleResolver {
        private final Map<String, byte[]> modules = new ConcurrentHashMap<>();
        private final Map<String, String> digests = new ConcurrentHashMap<>();
        private final AtomicInteger reads = new AtomicInteger();

        void put(String name, String text) {
            modules.put(name, text.getBytes(StandardCharsets.UTF_8));
            digests.put(name, ModuleDigest.of(modules.get(name)));
        }

        @Override
        public String scheme() {
            return "store";
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference) {
            String name = reference.location();
            return ResolvedModule.of(
                    digests.get(name),
                    () -> {
                        reads.incrementAndGet();
                        return modules.get(name);
                    },
                    name);
        }
    }

    /** Counts what is done for modules. */
    private static final class Counting implements SandboxEngine {
        private final SandboxEngine real = new ChicoryEngine(false);
        private final AtomicInteger loads = new AtomicInteger();
        private final AtomicInteger outlines = new AtomicInteger();
        private final AtomicInteger starts = new AtomicInteger();
        private final AtomicInteger instances = new AtomicInteger();

        @Override
        public GuestCode load(String name, byte[] bytes, String digest) {
            loads.incrementAndGet();
            GuestCode code = real.load(name, bytes, digest);
            Map<SandboxLimits, GuestModule> known = new ConcurrentHashMap<>();
            return new GuestCode() {
                @Override
                public GuestModule module(SandboxLimits limits) {
                    starts.incrementAndGet();
                    return known.computeIfAbsent(limits, key -> counting(code.module(key)));
                }

                @Override
                public GuestModule known(SandboxLimits limits) {
                    return known.get(limits);
                }
            };
        }

        private GuestModule counting(GuestModule module) {
            return new GuestModule() {
                @Override
                public Set<String> entrypoints() {
                    return module.entrypoints();
                }

                @Override
                public boolean exports(String function) {
                    return module.exports(function);
                }

                @Override
                public boolean isReusable() {
                    return module.isReusable();
                }

                @Override
                public Sandbox instantiate() {
                    instances.incrementAndGet();
                    return module.instantiate();
                }
            };
        }

        @Override
        public GuestOutline outline(String name, byte[] bytes, String digest) {
            outlines.incrementAndGet();
            return real.outline(name, bytes, digest);
        }
    }

    private Wagi.Builder builder(String... names) {
        Wagi.Builder builder = Wagi.builder().sandboxEngine(engine).addResolver(store);
        for (String name : names) {
            builder.addModule(m -> m.name(name).route("/" + name + "/...").source("store:" + name));
        }
        return builder;
    }

    private static String get(Wagi wagi, String path) {
        return wagi.handle(WagiRequest.get(path)).text();
    }

    @Test
    void reload_oneModuleMore_doesNothingForTheOthers() {
        for (int i = 0; i < 10; i++) {
            store.put("m" + i, Guests.printing(TYPE + i, ""));
        }
        store.put("declares", DECLARING);
        String[] names = {"m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "declares"};
        try (Wagi wagi = builder(names).build()) {
            assertThat(get(wagi, "/declares/own")).isEqualTo("ok");
            assertThat(get(wagi, "/m3/")).isEqualTo("3");
            assertThat(engine.loads).hasValue(10);
            assertThat(engine.starts).hasValue(10);
            assertThat(store.reads).hasValue(10);
            int instances = engine.instances.get();

            wagi.reload(
                    builder(names).addModule(m -> m.name("m9").route("/m9/...").source("store:m9")));

            assertThat(engine.loads).hasValue(11);
            assertThat(engine.starts).hasValue(11);
            assertThat(store.reads).hasValue(11);
            assertThat(get(wagi, "/declares/own")).isEqualTo("ok");
            assertThat(get(wagi, "/m3/")).isEqualTo("3");
            // Those that have waited before were lent again.
            assertThat(engine.instances).hasValue(instances);
            assertThat(get(wagi, "/m9/")).isEqualTo("9");
        }
    }

    @Test
    void reload_withoutAModule_doesNothingForTheOthers() {
        store.put("a", Guests.printing(TYPE + "a", ""));
        store.put("b", Guests.printing(TYPE + "b", ""));
        try (Wagi wagi = builder("a", "b").build()) {
            assertThat(get(wagi, "/b/")).isEqualTo("b");
            wagi.reload(builder("b"));

            assertThat(get(wagi, "/b/")).isEqualTo("b");
            assertThat(engine.loads).hasValue(2);
            assertThat(engine.starts).hasValue(2);
            ModuleUsage usage = wagi.usage().modules().get(0);
            assertThat(usage.instancesCreated()).isEqualTo(1);
            assertThat(usage.instancesReused()).isEqualTo(1);
        }
    }

    @Test
    void reload_aModuleThatCannotBeLoaded_leavesTheOthersAsTheyAre() {
        store.put("a", Guests.printing(TYPE + "a", ""));
        store.put("broken", "(module (nonsense))");
        try (Wagi wagi = builder("a").build()) {
            assertThat(get(wagi, "/a/")).isEqualTo("a");
            int instances = engine.instances.get();

            assertThatThrownBy(() -> wagi.reload(builder("a", "broken"))).isInstanceOf(WagiConfigException.class);

            assertThat(get(wagi, "/a/")).isEqualTo("a");
            assertThat(engine.instances).hasValue(instances);
            assertThat(engine.starts).hasValue(1);
        }
    }

    @Test
    void reload_otherBytes_areLoaded() {
        store.put("a", Guests.printing(TYPE + "before", ""));
        try (Wagi wagi = builder("a").build()) {
            assertThat(get(wagi, "/a/")).isEqualTo("before");
            store.put("a", Guests.printing(TYPE + "after", ""));

            wagi.reload(builder("a"));

            assertThat(get(wagi, "/a/")).isEqualTo("after");
        }
    }

    /** Limits belong to the instances, so other limits need others. */
    @Test
    void reload_otherLimits_areOfNewInstances() {
        store.put("a", Guests.printing(TYPE + "a", ""));
        try (Wagi wagi = builder("a").build()) {
            assertThat(get(wagi, "/a/")).isEqualTo("a");

            wagi.reload(builder("a").limits(limits -> limits.withMaxMemoryBytes(1 << 20)));

            assertThat(get(wagi, "/a/")).isEqualTo("a");
            assertThat(engine.loads).hasValue(1);
            assertThat(engine.starts).hasValue(2);
            assertThat(engine.instances).hasValue(2);
        }
    }

    /** Routes may depend on what the module is given. */
    @Test
    void reload_otherEnvironment_letsRoutesBeDeclaredAgain() {
        store.put("a", DECLARING);
        try (Wagi wagi = builder("a").build()) {
            assertThat(get(wagi, "/a/own")).isEqualTo("ok");
            int instances = engine.instances.get();

            wagi.reload(builder("a").addEnvironment("A", "b"));

            assertThat(engine.instances).hasValue(instances + 1);
        }
    }

    @Test
    void reload_lazyModules_areNotValidatedAgain() {
        store.put("a", Guests.printing(TYPE + "a", ""));
        UnaryOperator<Wagi.Builder> lazily = Wagi.Builder::loadOnDemand;
        try (Wagi wagi = lazily.apply(builder("a")).build()) {
            wagi.reload(lazily.apply(builder("a")));

            assertThat(engine.outlines).hasValue(1);
            assertThat(engine.loads).hasValue(0);
            assertThat(get(wagi, "/a/")).isEqualTo("a");
            wagi.reload(lazily.apply(builder("a")));
            assertThat(get(wagi, "/a/")).isEqualTo("a");
            assertThat(engine.loads).hasValue(1);
        }
    }

    @Test
    void build_resolverThatNamesAnotherDigest_isAProblem() {
        store.put("a", Guests.printing(TYPE + "a", ""));
        store.digests.put("a", "0".repeat(64));

        assertThatThrownBy(() -> builder("a").build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("a has the SHA-256 " + ModuleDigest.of(store.modules.get("a"))
                        + ", not the one that its resolver has named");
    }

    @Test
    void resolved_malformedDigest_isRefused() {
        assertThatThrownBy(() -> ResolvedModule.of("SHA", () -> new byte[0], "a"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
