// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import dev.wagi.core.internal.chicory.ChicoryEngine;
import dev.wagi.core.internal.chicory.EmittedClasses;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Modules that are compiled by several threads. Counts these, so nothing else may compile meanwhile. */
@Isolated
@Timeout(300)
class CompileThreadsTest {

    private static final int FUNCTIONS = 700;
    private static final int BLOCK = 0x02;
    private static final int END = 0x0b;
    private static final int BR = 0x0c;
    private static final int CALL = 0x10;
    private static final int DROP = 0x1a;
    private static final int ADD = 0x6a;
    private static final int XOR = 0x73;

    /**
     * Small functions, and some that are split.
     *
     * @param interprets whether there are also some that can only be interpreted: the first and the last one and one
     *     between because of their results, which the pass finds out, and one that the engine's compiler fails on
     */
    private static byte[] manyFunctions(boolean interprets) {
        WasmBinary module = new WasmBinary();
        module.memory(1, 1);
        module.global(I32, 0);
        int one = module.type(new int[] {I32}, I32);
        int two = module.type(new int[] {I32}, I32, I32);
        Bytes all = new Bytes().get(0);
        for (int i = 0; i < FUNCTIONS; i++) {
            boolean isPair = interprets && (i == 0 || i == 50 || i == FUNCTIONS - 1);
            int length = isPair ? 9000 : i % 100 == 40 ? 1500 : i % 7;
            Bytes body = new Bytes();
            for (int j = 0; j < length; j++) {
                body.put(0x23, 0).constant(I32, i + j).put(ADD, 0x24, 0);
            }
            if (interprets && i == 66) {
                // a block with a parameter that is left by a branch
                body.constant(I32, 1).constant(I32, 2).put(BLOCK).unsigned(one).put(BR, 0, END, DROP, DROP);
            }
            body.get(0).put(0x23, 0);
            module.function(isPair ? two : one, new int[0], isPair ? body : body.put(XOR));
            all.put(CALL).unsigned(i);
            if (isPair) {
                all.put(DROP);
            }
        }
        module.exported("f", one, new int[0], all);
        return module.toByteArray();
    }

    @Test
    void manyFunctions_onOneThreadAndOnSeveral_becomeTheSameClasses() {
        WasmModule module = Parser.parse(manyFunctions(true));
        Map<String, byte[]> alone = CompileThreads.without(() -> EmittedClasses.of(module, CodePass.COMPILED));
        Map<String, byte[]> several = EmittedClasses.of(module, CodePass.COMPILED);

        assertThat(several.keySet()).isEqualTo(alone.keySet());
        several.forEach(
                (name, bytes) -> assertThat(bytes).as(name).containsExactly(alone.getOrDefault(name, new byte[0])));
        assertThat(methods(several)).contains("func_0", "func_" + FUNCTIONS, "part_40_1");
    }

    private static List<String> methods(Map<String, byte[]> classes) {
        List<String> names = new ArrayList<>();
        classes.values().forEach(bytes -> {
            org.objectweb.asm.tree.ClassNode node = new org.objectweb.asm.tree.ClassNode();
            new org.objectweb.asm.ClassReader(bytes).accept(node, 0);
            node.methods.forEach(method -> names.add(method.name));
        });
        return names;
    }

    @Test
    void manyFunctions_onSeveralThreads_computeWhatTheInterpreterComputes() {
        Guests guests = new Guests(manyFunctions(false));
        Instance several = guests.passed();
        Instance interpreted = guests.interpreted();

        for (int argument : new int[] {0, 1, -1, 77}) {
            assertThat(Guests.call(several, "f", argument)).isEqualTo(Guests.call(interpreted, "f", argument));
        }
    }

    /** In the middle, with work in flight. */
    @Test
    void compiling_isInterrupted_endsAndGivesItsThreadsBack() throws InterruptedException {
        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
        WasmModule module = Parser.parse(manyFunctions(false));
        AtomicInteger emitted = new AtomicInteger();
        int before = CompileThreads.started();

        assertThatThrownBy(() -> EmittedClasses.of(module, CodePass.COMPILED, () -> {
                    if (emitted.incrementAndGet() == FUNCTIONS / 2) {
                        Thread.currentThread().interrupt();
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(emitted.get()).isBetween(FUNCTIONS / 2, FUNCTIONS / 2 + 1);
        assertThat(CompileThreads.started()).as("several threads were used").isGreaterThan(before);

        EmittedClasses.of(module, CodePass.COMPILED);
        int again = CompileThreads.started();
        EmittedClasses.of(module, CodePass.COMPILED);
        assertThat(CompileThreads.started())
                .as("the next module has some again")
                .isGreaterThan(again);
    }

    @Test
    void loadAlone_manyFunctions_usesNoOtherThread() {
        byte[] binary = manyFunctions(false);
        ChicoryEngine engine = new ChicoryEngine(true);
        int before = CompileThreads.started();
        engine.loadAlone("alone", binary, ModuleDigest.of(binary));
        assertThat(CompileThreads.started()).isEqualTo(before);

        assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
        engine.load("helped", binary, ModuleDigest.of(binary));
        assertThat(CompileThreads.started()).isGreaterThan(before);
    }

    @Test
    void threads_areTaken_othersHaveNoneUntilThoseHaveEnded() throws InterruptedException {
        Semaphore free = new Semaphore(2);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (CompileThreads all = new CompileThreads(3, free)) {
            assertThat(all.any()).isTrue();
            assertThat(free.availablePermits()).isZero();
            try (CompileThreads none = new CompileThreads(1, free)) {
                assertThat(none.any()).isFalse();
            }
            all.add(endless(begun, end));
            begun.await();
        }
        assertThat(free.availablePermits()).as("one still works").isZero();
        end.countDown();
        free.acquire(2);
    }

    /** As code that does not look for interrupts. */
    private static FutureTask<Integer> endless(CountDownLatch begun, CountDownLatch end) {
        return new FutureTask<>(() -> {
            begun.countDown();
            while (end.getCount() > 0) {
                Thread.onSpinWait();
            }
            return 1;
        });
    }

    @Test
    void without_threadsAreFree_hasNone() {
        Semaphore free = new Semaphore(1);
        assertThat(CompileThreads.without(() -> {
                    try (CompileThreads none = new CompileThreads(1, free)) {
                        return none.any();
                    }
                }))
                .isFalse();
        try (CompileThreads none = new CompileThreads(0, free);
                CompileThreads one = new CompileThreads(1, free)) {
            assertThat(none.any()).isFalse();
            assertThat(one.any()).as("afterwards").isTrue();
        }
    }

    @Test
    void finish_withoutThreads_doesTheTaskOnce() {
        AtomicInteger done = new AtomicInteger();
        try (CompileThreads none = new CompileThreads(0)) {
            FutureTask<Integer> task = new FutureTask<>(done::incrementAndGet);
            none.add(task);

            assertThat(none.finish(task)).isEqualTo(1);
            assertThat(none.finish(task)).isEqualTo(1);
        }
    }

    @Test
    void finish_aTaskThatFailsOnAnotherThread_fails() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        try (CompileThreads one = new CompileThreads(1, new Semaphore(1))) {
            FutureTask<Integer> task = new FutureTask<>(() -> {
                begun.countDown();
                throw new StackOverflowError("in the task");
            });
            one.add(task);
            begun.await();

            assertThatThrownBy(() -> one.finish(task)).isInstanceOf(StackOverflowError.class);
        }
    }

    @Test
    void finish_isInterruptedWhileAnotherThreadWorks_isCancelled() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        try (CompileThreads one = new CompileThreads(1, new Semaphore(1))) {
            FutureTask<Integer> task = endless(begun, end);
            one.add(task);
            begun.await();
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> one.finish(task)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            end.countDown();
        }
    }
}
