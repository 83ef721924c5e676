// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is lent again, what is thrown away, and how much is kept. */
class ReusingPoolTest {

    private static final int FOOTPRINT = ReusingPool.OWN + 1;

    private final AtomicInteger made = new AtomicInteger();
    private final Deque<FutureTask<?>> periods = new ArrayDeque<>();
    private boolean resets = true;
    private int footprint = FOOTPRINT;

    @Test
    void borrow_afterACleanRun_lendsTheSameAgain() {
        SandboxPool pool = pool(10);
        Sandbox first = borrow(pool);
        pool.release(first, true);
        assertThat(borrow(pool)).isSameAs(first);
    }

    @Test
    void borrow_afterATrap_makesAnother() {
        SandboxPool pool = pool(10);
        Sandbox first = borrow(pool);
        pool.release(first, false);
        assertThat(borrow(pool)).isNotSameAs(first);
    }

    @Test
    void borrow_afterWhatCannotBeUndone_makesAnother() {
        SandboxPool pool = pool(10);
        Sandbox first = borrow(pool);
        resets = false;
        pool.release(first, true);
        assertThat(borrow(pool)).isNotSameAs(first);
    }

    @Test
    void borrow_byManyAtOnce_growsAndLendsNothingTwice() throws Exception {
        SandboxPool pool = pool(1000);
        ExecutorService executor = Executors.newFixedThreadPool(8);
        CountDownLatch start = new CountDownLatch(1);
        Set<Sandbox> lent = ConcurrentHashMap.newKeySet();
        List<Future<?>> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(executor.submit(() -> {
                start.await();
                for (int j = 0; j < 10_000; j++) {
                    Sandbox sandbox = borrow(pool);
                    assertThat(lent.add(sandbox)).isTrue();
                    lent.remove(sandbox);
                    pool.release(sandbox, true);
                }
                return null;
            }));
        }
        start.countDown();
        for (Future<?> thread : threads) {
            thread.get();
        }
        executor.shutdown();
        assertThat(made).hasValueLessThanOrEqualTo(8);
    }

    @Test
    void release_moreThanThereIsRoomFor_dropsTheRest() {
        IdleMemory memory = new IdleMemory(3 * FOOTPRINT);
        ReusingPool pool = new ReusingPool(module(), memory, new InstanceCounts(), this::afterPeriod);
        lend(pool, 5).forEach(sandbox -> pool.release(sandbox, true));
        assertThat(pool.size()).isEqualTo(3);
        assertThat(memory.used()).isEqualTo(3 * FOOTPRINT);

        ReusingPool other = new ReusingPool(module(), memory, new InstanceCounts(), this::afterPeriod);
        other.release(borrow(other), true);
        assertThat(other.size()).as("the room is for all pools together").isZero();

        pool.close();
        assertThat(memory.used()).isZero();
    }

    @Test
    void release_othersHaveTakenAllTheRoom_keepsOneSmallOne() {
        footprint = ReusingPool.OWN;
        IdleMemory memory = new IdleMemory(0);
        ReusingPool pool = new ReusingPool(module(), memory, new InstanceCounts(), this::afterPeriod);
        lend(pool, 2).forEach(sandbox -> pool.release(sandbox, true));
        assertThat(pool.size()).isEqualTo(1);
        assertThat(memory.used()).isEqualTo(ReusingPool.OWN);

        pool.release(borrow(pool), true);
        pool.close();
        assertThat(memory.used()).isZero();
    }

    /** A process may have hundreds of hosts, each with modules that were asked once. */
    @Test
    void release_otherHostsHaveTakenAllTheRoom_keepsNone() {
        footprint = ReusingPool.OWN;
        IdleMemory.All all = new IdleMemory.All(3L * ReusingPool.OWN);
        List<ReusingPool> hosts = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ReusingPool pool =
                    new ReusingPool(module(), new IdleMemory(0, all), new InstanceCounts(), this::afterPeriod);
            pool.release(borrow(pool), true);
            hosts.add(pool);
        }
        assertThat(hosts).extracting(ReusingPool::size).containsExactly(1, 1, 1, 0, 0);
        assertThat(all.used()).isEqualTo(3L * ReusingPool.OWN);

        hosts.get(0).close();
        ReusingPool last = hosts.get(4);
        last.release(borrow(last), true);
        assertThat(last.size()).isEqualTo(1);
        hosts.forEach(ReusingPool::close);
        assertThat(all.used()).isZero();
    }

    @Test
    void take_greedyHosts_leaveRoomForOneSmallSandboxOfEachOther() {
        IdleMemory.All all = new IdleMemory.All(8L * ReusingPool.OWN);
        for (int i = 0; i < 2; i++) {
            IdleMemory greedy = new IdleMemory(4L * ReusingPool.OWN, all);
            while (greedy.take(ReusingPool.OWN, false)) {
                // as much as it gets
            }
        }

        assertThat(all.used()).isEqualTo(4L * ReusingPool.OWN);
        assertThat(new IdleMemory(0, all).take(ReusingPool.OWN, true)).isTrue();
        assertThat(new IdleMemory(0, all).take(ReusingPool.OWN, true)).isTrue();
    }

    /** What the heap has got back is not counted for ever. */
    @Test
    void release_hostsThatNobodyClosed_makeRoomWhenTheyAreCollected() {
        IdleMemory.All all = new IdleMemory.All(2 * FOOTPRINT);
        ReusingPool pool =
                new ReusingPool(module(), new IdleMemory(FOOTPRINT, all), new InstanceCounts(), this::afterPeriod);
        assertThat(new IdleMemory(FOOTPRINT, all).take(2 * FOOTPRINT, true)).isTrue();

        do {
            pool.release(borrow(pool), true);
            System.gc();
        } while (pool.size() == 0 && !Thread.interrupted()); // the test's time limit ends this

        assertThat(all.used()).isEqualTo(FOOTPRINT);
        pool.close();
    }

    @Test
    void borrowIdle_emptyPool_makesNothing() {
        ReusingPool pool = pool(10);
        assertThat(pool.borrowIdle()).isNull();
        pool.release(borrow(pool), true);
        assertThat(pool.borrowIdle()).isNotNull();
        assertThat(made).hasValue(1);
    }

    @Test
    void endOfPeriod_sandboxesThatNobodyNeeded_areHalvedThenDropped() {
        ReusingPool pool = pool(100);
        lend(pool, 9).forEach(sandbox -> pool.release(sandbox, true));
        endPeriod(); // the first one saw all nine in use
        assertThat(pool.size()).isEqualTo(9);

        pool.release(borrow(pool), true); // one was enough
        endPeriod();
        assertThat(pool.size()).isEqualTo(5);

        endPeriod(); // no request at all
        assertThat(pool.size()).isEqualTo(1);
        for (int i = 0; i < 9; i++) {
            endPeriod();
        }
        assertThat(pool.size()).isZero();
        assertThat(periods).as("nothing is scheduled for an empty pool").isEmpty();

        pool.release(borrow(pool), true);
        assertThat(periods).hasSize(1);
    }

    @Test
    void close_endOfAPeriodIsPending_cancelsIt() {
        ReusingPool pool = pool(100);
        pool.release(borrow(pool), true);
        pool.close();
        assertThat(periods).singleElement().matches(Future::isCancelled);
    }

    @Test
    void close_thenRelease_keepsNothing() {
        ReusingPool pool = pool(100);
        Sandbox lent = borrow(pool);
        pool.release(borrow(pool), true);
        pool.close();
        pool.release(lent, true);
        assertThat(pool.size()).isZero();
    }

    private Future<?> afterPeriod(Runnable task) {
        FutureTask<?> end = new FutureTask<>(task, null);
        periods.add(end);
        return end;
    }

    private void endPeriod() {
        periods.remove().run();
    }

    private static List<Sandbox> lend(SandboxPool pool, int count) {
        List<Sandbox> lent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lent.add(borrow(pool));
        }
        return lent;
    }

    private ReusingPool pool(int room) {
        return new ReusingPool(
                module(), new IdleMemory((long) room * FOOTPRINT), new InstanceCounts(), this::afterPeriod);
    }

    private GuestModule module() {
        return new GuestModule() {
            @Override
            public Set<String> entrypoints() {
                return Set.of("_start");
            }

            @Override
            public boolean exports(String function) {
                return true;
            }

            @Override
            public boolean isReusable() {
                return true;
            }

            @Override
            public Sandbox instantiate() {
                made.incrementAndGet();
                return new FakeSandbox();
            }
        };
    }

    private final class FakeSandbox implements Sandbox {
        @Override
        public int run(String entrypoint, GuestIo io) {
            return 0;
        }

        @Override
        public boolean reset() {
            return resets;
        }

        @Override
        public int footprint() {
            return footprint;
        }
    }

    private static Sandbox borrow(SandboxPool pool) {
        Sandbox idle = pool.borrowIdle();
        return idle == null ? pool.borrowNew() : idle;
    }
}
