// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.internal.admission.Admission.Lane;
import dev.wagi.core.internal.admission.Admission.Verdict;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private final Admission admission = new Admission(new Strays(Strays.PATIENCE, Watchdog.SHARED));
    private final List<String> admitted = new ArrayList<>();

    @Test
    void enter_withRoom_isAdmittedAtOnce() {
        admission.limit(2, 0);
        Lane lane = admission.lane(2, 0);

        assertThat(lane.tryEnter()).isTrue();
        assertThat(lane.enter(waiter("a"))).isEqualTo(Verdict.ADMITTED);
        assertThat(lane.tryEnter()).isFalse();
        assertThat(admitted).isEmpty();
    }

    @Test
    void enter_busy_waitsInOrderOfArrival() {
        admission.limit(1, 10);
        Lane lane = admission.lane(1, 10);
        Lane other = admission.lane(1, 10);
        lane.tryEnter();

        assertThat(lane.enter(waiter("a"))).isEqualTo(Verdict.WAITS);
        assertThat(other.enter(waiter("b"))).isEqualTo(Verdict.WAITS);
        assertThat(lane.enter(waiter("c"))).isEqualTo(Verdict.WAITS);
        assertThat(other.tryEnter()).as("nobody overtakes").isFalse();
        lane.leave();
        assertThat(admitted).containsExactly("a");
        lane.leave();
        assertThat(admitted).containsExactly("a", "b");
        other.leave();
        assertThat(admitted).containsExactly("a", "b", "c");
    }

    @Test
    void enter_moduleBusy_othersOvertakeIt() {
        admission.limit(2, 10);
        Lane flooded = admission.lane(1, 10);
        Lane other = admission.lane(1, 10);
        flooded.tryEnter();
        flooded.enter(waiter("flood"));

        assertThat(other.enter(waiter("other"))).isNotEqualTo(Verdict.REFUSED);
        assertThat(admitted).containsExactly("other");
        flooded.leave();
        assertThat(admitted).containsExactly("other", "flood");
    }

    @Test
    void enter_moduleQueueFull_isRefused() {
        admission.limit(10, 10);
        Lane lane = admission.lane(1, 1);
        lane.tryEnter();
        lane.enter(waiter("a"));

        assertThat(lane.isFull()).isTrue();
        assertThat(lane.enter(waiter("b"))).isEqualTo(Verdict.REFUSED);
        lane.leave();
        assertThat(lane.isFull()).isFalse();
        assertThat(lane.enter(waiter("c"))).isEqualTo(Verdict.WAITS);
    }

    @Test
    void enter_queueOfAllFull_isRefusedUnlessItCanRun() {
        admission.limit(2, 1);
        Lane flooded = admission.lane(1, 10);
        Lane other = admission.lane(2, 10);
        flooded.tryEnter();
        flooded.enter(waiter("flood"));

        assertThat(flooded.enter(waiter("more"))).isEqualTo(Verdict.REFUSED);
        assertThat(other.enter(waiter("other"))).isEqualTo(Verdict.ADMITTED);
        assertThat(other.enter(waiter("another"))).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void enter_noQueue_refusesWhatCannotRun() {
        admission.limit(1, 0);
        Lane lane = admission.lane(5, 5);
        lane.tryEnter();

        assertThat(lane.isFull()).isTrue();
        assertThat(lane.enter(waiter("a"))).isEqualTo(Verdict.REFUSED);
        lane.leave();
        assertThat(lane.isFull()).isFalse();
        assertThat(lane.tryEnter()).isTrue();
    }

    @Test
    void giveUp_makesRoomAndIsFinal() {
        admission.limit(1, 1);
        Lane lane = admission.lane(1, 1);
        lane.tryEnter();
        Admission.Waiter first = waiter("first");
        lane.enter(first);

        assertThat(first.giveUp()).isTrue();
        assertThat(first.giveUp()).isFalse();
        Admission.Waiter second = waiter("second");
        assertThat(lane.enter(second)).isEqualTo(Verdict.WAITS);
        lane.leave();
        assertThat(admitted).containsExactly("second");
        assertThat(second.giveUp()).isFalse();
    }

    @Test
    void limit_raised_letsThoseInThatWait() {
        admission.limit(1, 10);
        Lane lane = admission.lane(3, 10);
        lane.tryEnter();
        lane.enter(waiter("a"));
        lane.enter(waiter("b"));

        admission.limit(3, 10);

        assertThat(admitted).containsExactly("a", "b");
    }

    @Test
    void enter_onAThread_endsWithItsDeadlineOrAnInterrupt() {
        admission.limit(1, 10);
        Lane lane = admission.lane(1, 10);
        lane.tryEnter();

        assertThat(lane.enter(System.nanoTime() + 1_000_000)).isEqualTo(Verdict.WAITS);
        Thread.currentThread().interrupt();
        assertThat(lane.enter(System.nanoTime() + TimeUnit.HOURS.toNanos(1))).isEqualTo(Verdict.WAITS);
        assertThat(Thread.interrupted()).isTrue();
        lane.leave();
        assertThat(lane.tryEnter()).as("nobody waits any more").isTrue();
    }

    /** Never more than may run, never one forgotten, whoever gives up in between. */
    @Test
    void hammer_manyThreads_boundsHoldAndNobodyIsForgotten() throws Exception {
        admission.limit(3, 1000);
        Lane[] lanes = {admission.lane(2, 1000), admission.lane(2, 1000), admission.lane(1, 1000)};
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        AtomicInteger gaveUp = new AtomicInteger();
        int threads = 8;
        int rounds = 2000;
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        List<Future<?>> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int seed = t;
            all.add(executor.submit(() -> {
                start.await();
                for (int i = 0; i < rounds; i++) {
                    Lane lane = lanes[(i + seed) % lanes.length];
                    long patience = (i + seed) % 5 == 0 ? 1000 : TimeUnit.MINUTES.toNanos(1);
                    if (lane.enter(System.nanoTime() + patience) == Verdict.ADMITTED) {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        Thread.onSpinWait();
                        running.decrementAndGet();
                        ran.incrementAndGet();
                        lane.leave();
                    } else {
                        gaveUp.incrementAndGet();
                    }
                }
                return null;
            }));
        }
        start.countDown();
        for (Future<?> each : all) {
            each.get();
        }
        executor.shutdown();

        assertThat(ran.get() + gaveUp.get()).isEqualTo(threads * rounds);
        assertThat(most.get()).isLessThanOrEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(lanes[i % 2].tryEnter()).as("all room is free again").isTrue();
        }
    }

    /** Who tries in vain holds a place of the lane for a moment, in which another one may look for it. */
    @Test
    void hammer_triesInVain_nobodyWhoWaitsIsForgotten() throws Exception {
        admission.limit(1, 1);
        Lane lane = admission.lane(1, 1);
        Lane other = admission.lane(1, 1);
        AtomicBoolean over = new AtomicBoolean();
        int threads = 6;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        for (int t = 0; t < threads; t++) {
            executor.execute(() -> {
                while (!over.get()) {
                    if (lane.tryEnter()) {
                        lane.leave();
                    }
                }
            });
        }
        int forgotten = 0;
        for (int round = 0; round < 50_000 && forgotten == 0; round++) {
            while (!other.tryEnter()) {
                Thread.onSpinWait();
            }
            CountDownLatch turn = new CountDownLatch(1);
            Admission.Waiter waiter = new Admission.Waiter() {
                @Override
                protected boolean admitted() {
                    turn.countDown();
                    return true;
                }
            };
            Verdict verdict = lane.enter(waiter);
            other.leave();
            if (verdict == Verdict.WAITS && !turn.await(5, TimeUnit.MINUTES) && waiter.giveUp()) {
                forgotten++;
            } else {
                lane.leave();
            }
        }
        over.set(true);
        executor.shutdown();

        assertThat(forgotten).isZero();
    }

    @Test
    void leave_noneOfManyThatWaitCanRun_theirRoomIsFreeAgain() {
        int many = 60_000;
        admission.limit(1, many);
        Lane lane = admission.lane(1, many);
        lane.tryEnter();
        AtomicInteger dropped = new AtomicInteger();
        for (int i = 0; i < many; i++) {
            lane.enter(new Admission.Waiter() {
                @Override
                protected boolean admitted() {
                    dropped.incrementAndGet();
                    return false;
                }
            });
        }

        lane.leave();

        assertThat(dropped).hasValue(many);
        assertThat(lane.tryEnter()).isTrue();
    }

    @Test
    void enter_oneModuleTakesAll_aPartIsLeftForEachOther() {
        admission.limit(16, 16, 3);
        Lane flooded = admission.lane(16, 16);
        Lane other = admission.lane(16, 16);
        int running = 0;
        while (flooded.tryEnter()) {
            running++;
        }
        int waiting = 0;
        while (flooded.enter(waiter("flood")) == Verdict.WAITS) {
            waiting++;
        }

        assertThat(running).isEqualTo(14);
        assertThat(waiting).isEqualTo(14);
        assertThat(flooded.isFull()).isTrue();
        assertThat(other.isFull()).isFalse();
        assertThat(other.enter(waiter("other"))).isEqualTo(Verdict.WAITS);
        assertThat(admitted).as("it overtakes").containsExactly("other");
        flooded.leave();
        assertThat(admitted).as("what is kept is not the flood's").containsExactly("other");
        other.leave();
        assertThat(admitted).containsExactly("other", "flood");
    }

    @Test
    void limit_oneModule_keepsNothing() {
        admission.limit(16, 0, 1);
        Lane lane = admission.lane(16, 0);
        for (int i = 0; i < 16; i++) {
            assertThat(lane.tryEnter()).isTrue();
        }
    }

    @Test
    void leave_oneThatWaitsFails_theNextOneRunsAndNothingIsLost() {
        admission.limit(2, 10);
        Lane lane = admission.lane(2, 10);
        lane.tryEnter();
        lane.tryEnter();
        for (Error failure : List.of(new OutOfMemoryError("on purpose"), new StackOverflowError("on purpose"))) {
            lane.enter(new Admission.Waiter() {
                @Override
                protected boolean admitted() {
                    throw failure;
                }
            });
        }
        lane.enter(waiter("next"));

        lane.leave();
        lane.leave();

        assertThat(admitted).containsExactly("next");
        assertThat(lane.tryEnter()).isTrue();
        assertThat(lane.tryEnter()).isFalse();
    }

    private Admission.Waiter waiter(String name) {
        return new Admission.Waiter() {
            @Override
            protected boolean admitted() {
                admitted.add(name);
                return true;
            }
        };
    }
}
