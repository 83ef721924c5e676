// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static dev.wagi.core.internal.bytecode.WasmBinary.EMPTY;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.wasm.ChicoryException;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that do not end by themselves. */
class InterruptsTest {

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private static Instance instance() {
        WasmBinary module = new WasmBinary();
        int type = module.type(new int[] {I32}, I32);
        // loop br 0 end
        module.exported(
                "spin",
                type,
                new int[0],
                new Bytes().put(0x03, EMPTY, 0x0c, 0, 0x0b).put(0x00));
        // loop (br_if 0 (1)) end
        module.exported(
                "spinIf",
                type,
                new int[0],
                new Bytes().put(0x03, EMPTY).constant(I32, 1).put(0x0d, 0, 0x0b).get(0));
        // loop (br_table 0 0 (x)) end
        module.exported(
                "spinTable",
                type,
                new int[0],
                new Bytes().put(0x03, EMPTY).get(0).put(0x0e, 1, 0, 0, 0x0b).put(0x00));
        // Two functions that call each other 2^30 times, never deeper than 30: x == 0 ? 1 : other(x - 1) + other(x - 1)
        for (int i = 0; i < 2; i++) {
            Bytes call = new Bytes().get(0).constant(I32, 1).put(0x6b, 0x10).unsigned(4 - i);
            module.exported(
                    "tree" + i,
                    type,
                    new int[0],
                    new Bytes()
                            .get(0)
                            .put(0x45, 0x04, I32)
                            .constant(I32, 1)
                            .put(0x05)
                            .put(call)
                            .put(call)
                            .put(0x6a, 0x0b));
        }
        // By the table.
        int indirect = module.exported(
                "indirect",
                type,
                new int[0],
                new Bytes()
                        .put(0x03, EMPTY)
                        .get(0)
                        .constant(I32, 0)
                        .put(0x11)
                        .unsigned(type)
                        .put(0, 0x1a, 0x0c, 0, 0x0b, 0x00));
        module.exported(
                "deep",
                type,
                new int[0],
                new Bytes().get(0).constant(I32, 1).put(0x6a, 0x10).unsigned(indirect + 1));
        module.inTable(indirect);
        return new Guests(module.toByteArray()).passed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "spinIf", "spinTable", "tree0", "tree1", "indirect", "deep"})
    void anInterruptEndsTheGuest(String export) {
        Instance instance = instance();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> instance.export(export).apply(40)).isInstanceOf(ChicoryInterruptedException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"spin", "tree0"})
    void anInterruptEndsTheGuestWhileItRuns(String export) throws InterruptedException {
        Instance instance = instance();
        Thread[] guest = new Thread[1];
        Throwable[] thrown = new Throwable[1];
        java.util.concurrent.CountDownLatch running = new java.util.concurrent.CountDownLatch(1);
        guest[0] = new Thread(() -> {
            running.countDown();
            try {
                instance.export(export).apply(40);
            } catch (RuntimeException e) {
                thrown[0] = e;
            }
        });
        guest[0].start();
        running.await();
        guest[0].interrupt();
        guest[0].join();
        assertThat(thrown[0]).isInstanceOf(ChicoryInterruptedException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deep", "indirect"})
    void endlessRecursionIsATrap(String export) {
        Instance instance = instance();
        assertThatThrownBy(() -> instance.export(export).apply(0))
                .isInstanceOf(ChicoryException.class)
                .hasMessageContaining("call stack exhausted");
    }
}
