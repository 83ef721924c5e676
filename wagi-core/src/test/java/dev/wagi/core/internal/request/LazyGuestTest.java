// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.Problems;
import dev.wagi.core.internal.admission.Admission;
import dev.wagi.core.internal.admission.Strays;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.config.ConfigurationDraft;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.loading.LoadedGuest;
import dev.wagi.core.internal.loading.Loading;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.InstanceCounts;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import dev.wagi.core.internal.sandbox.SandboxPool;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** When a module is loaded and unloaded; loading is done when the test runs the tasks. */
class LazyGuestTest {

    private static final GuestModule MODULE = module();

    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final Queue<Runnable> starts = new ArrayDeque<>();
    private final List<String> loads = new ArrayList<>();
    private final Admission admission = new Admission(new Strays(Strays.PATIENCE, Watchdog.SHARED));
    private long now = Long.MAX_VALUE - 5; // overflows, as the clock may

    LazyGuestTest() {
        admission.limit(16, 16);
    }

    /** Notes whether it is admitted. */
    private static final class Request extends Admission.Waiter {
        private boolean admitted;

        @Override
        protected boolean admitted() {
            admitted = true;
            return true;
        }
    }

    private record Code(long bytes) implements GuestCode {
        @Override
        public GuestModule module(SandboxLimits limits) {
            return MODULE;
        }
    }

    private static GuestModule module() {
        byte[] text = "(module (func (export \"_start\")))".getBytes(StandardCharsets.UTF_8);
        return new ChicoryEngine(false)
                .load("test", text, ModuleDigest.of(text))
                .module(SandboxLimits.of(Limits.defaults()));
    }

    private static ModuleConfiguration configuration() {
        ConfigurationDraft draft = new ConfigurationDraft("test");
        draft.addModule(m -> m.route("/").source("test.wasm"));
        return draft.check(List.of(), Problems.none()).modules().get(0);
    }

    private LazyGuest guest(String name, Admission.Lane lane, LoadedModules memory) {
        // An object of its own for each, as equal ones are not the same code.
        GuestCode code = new Code(10);
        return guest(lane, memory, () -> {
            loads.add(name);
            return new LoadedGuest(code, MODULE);
        });
    }

    private LazyGuest guest(Admission.Lane lane, LoadedModules memory, Supplier<LoadedGuest> loading) {
        return new LazyGuest(
                configuration(),
                steps(loading),
                lane,
                module -> SandboxPool.fresh(module, new InstanceCounts()),
                memory,
                tasks::add,
                starts::add,
                () -> now);
    }

    /** Compiling takes the time and fails; instantiating does nothing. */
    private static Loading steps(Supplier<LoadedGuest> loading) {
        return new Loading() {
            @Override
            public boolean isLarge() {
                return false;
            }

            @Override
            public GuestCode compile() {
                return loading.get().code();
            }

            @Override
            public LoadedGuest instantiate(GuestCode compiled) {
                return new LoadedGuest(compiled, MODULE);
            }
        };
    }

    private void runTasks() {
        while (!tasks.isEmpty() || !starts.isEmpty()) {
            (tasks.isEmpty() ? starts : tasks).remove().run();
        }
    }

    /** A request enters, waits for the module, and leaves. */
    private void serve(Admission.Lane lane) {
        Request request = new Request();
        Admission.Verdict verdict = lane.enter(request);
        runTasks();
        assertThat(verdict == Admission.Verdict.ADMITTED || request.admitted).isTrue();
        lane.leave();
    }

    @Test
    void requestWaits_untilLoaded() {
        Admission.Lane lane = admission.lane(4, 4);
        LazyGuest guest = guest("a", lane, new LoadedModules(100));
        Request request = new Request();

        assertThat(lane.tryEnter()).isFalse();
        assertThat(tasks).as("an attempt loads nothing").isEmpty();
        assertThat(lane.enter(request)).isEqualTo(Admission.Verdict.WAITS);
        assertThat(tasks).hasSize(1);
        assertThat(guest.pool()).isNull();
        runTasks();

        assertThat(request.admitted).isTrue();
        assertThat(guest.pool()).isNotNull();
        assertThat(lane.tryEnter()).isTrue();
    }

    @Test
    void memoryIsShort_unloadsWhatWasNotUsed() {
        LoadedModules memory = new LoadedModules(25);
        Admission.Lane[] lanes = {admission.lane(4, 4), admission.lane(4, 4), admission.lane(4, 4)};
        LazyGuest a = guest("a", lanes[0], memory);
        LazyGuest b = guest("b", lanes[1], memory);
        LazyGuest c = guest("c", lanes[2], memory);
        serve(lanes[0]);
        serve(lanes[1]);
        assertThat(memory.used()).isEqualTo(20);

        serve(lanes[2]);

        assertThat(memory.used()).isEqualTo(20);
        assertThat(a.pool()).as("the oldest").isNull();
        assertThat(b.pool()).isNotNull();
        assertThat(c.pool()).isNotNull();

        c.use();
        serve(lanes[0]);
        assertThat(loads).containsExactly("a", "b", "c", "a");
        assertThat(b.pool()).as("not used since").isNull();
        assertThat(c.pool()).isNotNull();
    }

    /** The limit is exceeded rather than that a request loses its module. */
    @Test
    void memoryIsShort_modulesWithRequestsStay() {
        LoadedModules memory = new LoadedModules(15);
        Admission.Lane[] lanes = {admission.lane(1, 4), admission.lane(4, 4)};
        LazyGuest a = guest("a", lanes[0], memory);
        LazyGuest b = guest("b", lanes[1], memory);
        serve(lanes[0]);
        assertThat(lanes[0].tryEnter()).isTrue();
        Request waiting = new Request();
        assertThat(lanes[0].enter(waiting)).isEqualTo(Admission.Verdict.WAITS);

        serve(lanes[1]);
        assertThat(a.pool()).isNotNull();
        assertThat(memory.used()).isEqualTo(20);
        assertThat(a.evict()).isFalse();

        lanes[0].leave();
        assertThat(waiting.admitted).as("the lane is open").isTrue();
        lanes[0].leave();
        assertThat(a.evict()).isTrue();
        assertThat(a.pool()).isNull();
        assertThat(b.pool()).isNotNull();
    }

    @Test
    void codeThatModulesShare_countsOnce() {
        LoadedModules memory = new LoadedModules(100);
        GuestCode code = new Code(10);
        Admission.Lane one = admission.lane(4, 4);
        Admission.Lane two = admission.lane(4, 4);
        LazyGuest first = guest(one, memory, () -> new LoadedGuest(code, MODULE));
        LazyGuest second = guest(two, memory, () -> new LoadedGuest(code, MODULE));
        serve(one);
        serve(two);
        assertThat(memory.used()).isEqualTo(10);

        first.close(false);
        assertThat(memory.used()).isEqualTo(10);
        second.close(false);
        assertThat(memory.used()).isZero();
    }

    @Test
    void cannotBeLoaded_isTriedAgainAfterAMinute() {
        Admission.Lane lane = admission.lane(4, 4);
        boolean[] works = {false};
        LazyGuest guest = guest(lane, new LoadedModules(100), () -> {
            loads.add("a");
            if (!works[0]) {
                throw new ModuleLoadException("no room");
            }
            return new LoadedGuest(new Code(10), MODULE);
        });
        serve(lane);
        assertThat(guest.isBroken()).isTrue();
        assertThat(lane.tryEnter()).as("its requests are answered at once").isTrue();
        lane.leave();

        now += LazyGuest.RETRY_NANOS - 1;
        assertThat(guest.isBroken()).isTrue();
        now++;
        works[0] = true;
        assertThat(guest.isBroken()).isFalse();
        serve(lane);

        assertThat(loads).hasSize(2);
        assertThat(guest.pool()).isNotNull();
    }

    /** A module that takes its time to fail is not tried as often, so that others find a thread. */
    @Test
    void cannotBeLoadedInTime_isTriedAgainAfterTenTimesAsLong() {
        Admission.Lane lane = admission.lane(4, 4);
        long took = LazyGuest.RETRY_NANOS / 2;
        LazyGuest guest = guest(lane, new LoadedModules(100), () -> {
            now += took;
            throw new ModuleLoadException("too slow");
        });
        serve(lane);

        now += LazyGuest.RETRY_FACTOR * took - 1;
        assertThat(guest.isBroken()).isTrue();
        now++;
        assertThat(guest.isBroken()).isFalse();
    }

    /** What was not begun is not begun any more. */
    @Test
    void cancelledBeforeItsTurn_isNotLoaded() {
        Admission.Lane lane = admission.lane(4, 4);
        LazyGuest guest = guest("a", lane, new LoadedModules(100));
        Request request = new Request();
        lane.enter(request);
        guest.close(true);

        runTasks();

        assertThat(loads).isEmpty();
        assertThat(request.admitted).isTrue();
    }

    /** Nor if there is no heap to say so. */
    @Test
    void loadingThrowsWhatCannotBeDescribed_isBroken() {
        ModuleLoadException mute = new ModuleLoadException("test") {
            private static final long serialVersionUID = 1L;

            @Override
            public String getMessage() {
                throw new OutOfMemoryError("test");
            }
        };
        Admission.Lane lane = admission.lane(4, 4);
        LazyGuest guest = guest(lane, new LoadedModules(100), () -> {
            throw mute;
        });
        Request request = new Request();
        lane.enter(request);
        assertThatThrownBy(this::runTasks).isInstanceOf(OutOfMemoryError.class);
        assertThat(request.admitted).isTrue();
        assertThat(guest.isBroken()).isTrue();
    }

    /** Whatever is thrown, no request is left waiting. */
    @Test
    void loadingThrows_isBroken() {
        List<Supplier<LoadedGuest>> failures = List.of(
                () -> {
                    throw new OutOfMemoryError("test");
                },
                () -> {
                    throw new IllegalStateException("test");
                },
                () -> {
                    throw new StackOverflowError("test");
                });
        for (Supplier<LoadedGuest> failure : failures) {
            Admission.Lane lane = admission.lane(4, 4);
            LazyGuest guest = guest(lane, new LoadedModules(100), failure);
            serve(lane);
            assertThat(guest.isBroken()).isTrue();
        }
    }

    @Test
    void noThread_isBroken() {
        Admission.Lane lane = admission.lane(4, 4);
        LazyGuest guest = new LazyGuest(
                configuration(),
                steps(() -> {
                    throw new AssertionError("there is no thread for it");
                }),
                lane,
                module -> SandboxPool.NONE,
                new LoadedModules(100),
                task -> {
                    throw new RejectedExecutionException("test");
                },
                starts::add,
                () -> now);
        serve(lane);
        assertThat(guest.isBroken()).isTrue();
    }

    @Test
    void closedWhileLoading_isNotCounted() {
        Admission.Lane lane = admission.lane(4, 4);
        LoadedModules memory = new LoadedModules(100);
        LazyGuest guest = guest("a", lane, memory);
        Request request = new Request();
        lane.enter(request);
        guest.close(false);

        runTasks();

        assertThat(request.admitted)
                .as("it is answered with what it waited for")
                .isTrue();
        assertThat(memory.used()).isZero();
    }
}
