// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.sandbox.GuestHttp;
import dev.wagi.core.sandbox.GuestIo;
import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.GuestOutput;
import dev.wagi.core.sandbox.GuestStrings;
import dev.wagi.core.sandbox.GuestTrapException;
import dev.wagi.core.sandbox.NoRoomException;
import dev.wagi.core.sandbox.Sandbox;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Guests that take more of the heap together than there is for them. */
class GuestHeapTest {

    private static final int MIB = 1 << 20;

    /** Grows by 8 MiB, calls the host (by printing), and traps unless it could; {@code tables} does so with a table. */
    private static final String GROWING = """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (table $t 0 funcref)
              (func $print
                (i32.store (i32.const 4) (i32.const 1))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
              (func (export "_start")
                (if (i32.eq (memory.grow (i32.const 128)) (i32.const -1)) (then (unreachable)))
                (call $print))
              (func (export "tables")
                (if (i32.eq (table.grow $t (ref.null func) (i32.const 500000)) (i32.const -1)) (then (unreachable)))
                (call $print))
              (func (export "trap")
                (drop (memory.grow (i32.const 128)))
                (unreachable)))
            """;

    private static final String LARGE = """
            (module (memory (export "memory") 160) (func (export "_start")))
            """;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void grow_othersHaveTakenIt_fails(boolean compile) throws IOException {
        GuestHeap heap = new GuestHeap(16 * MIB);
        GuestModule module = load(GROWING, compile, heap);
        Sandbox first = module.instantiate();
        Sandbox second = module.instantiate();
        Sandbox third = module.instantiate();

        first.run("_start", printing(() -> {
            long used = heap.used();
            assertThat(used).isGreaterThan(6 * MIB);
            assertThatThrownBy(() -> second.run("_start", printing(() -> {}))).isInstanceOf(GuestTrapException.class);
            assertThat(heap.used()).as("what failed has taken nothing").isEqualTo(used);
            third.run("tables", printing(() -> assertThat(heap.used()).isEqualTo(used + 4_000_000)));
            assertThat(heap.used()).isEqualTo(used);
        }));

        assertThat(heap.used()).isZero();
        assertThatThrownBy(() -> third.run("trap", printing(() -> {}))).isInstanceOf(GuestTrapException.class);
        assertThat(heap.used()).as("a trap gives it back, too").isZero();
        assertThat(first.reset()).isTrue();
        first.run("_start", printing(() -> assertThat(heap.used()).isGreaterThan(6 * MIB)));
    }

    @Test
    void run_largeFromTheStart_isRefusedWhileOthersHaveIt() throws IOException {
        GuestHeap heap = new GuestHeap(12 * MIB);
        GuestModule growing = load(GROWING, false, heap);
        GuestModule large = load(LARGE, false, heap);
        Sandbox ready = large.instantiate();

        growing.instantiate().run("_start", printing(() -> {
            assertThatThrownBy(() -> ready.run("_start", printing(() -> {})))
                    .isInstanceOf(NoRoomException.class)
                    .hasMessageContaining("other guests have taken half of the JVM's heap");
            assertThatThrownBy(large::instantiate).isInstanceOf(NoRoomException.class);
        }));

        assertThat(ready.run("_start", printing(() -> {}))).isZero();
        assertThat(heap.used()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void growTable_beyondItsMaximum_takesNothing(boolean compile) throws IOException {
        GuestHeap heap = new GuestHeap(64 * MIB);
        GuestModule module = load("""
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (table $t 0 10 funcref)
                  (func (export "_start")
                    (drop (table.grow $t (ref.null func) (i32.const 60000)))
                    (drop (table.grow $t (ref.null func) (i32.const 60000)))
                    (i32.store (i32.const 4) (i32.const 1))
                    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
                """, compile, heap);

        module.instantiate()
                .run("_start", printing(() -> assertThat(heap.used()).isZero()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void request_responsesThatAreNotRead_takeRoom(boolean compile) throws IOException {
        GuestHeap heap = new GuestHeap(8 * MIB);
        GuestModule module = load("""
                (module
                  (import "wasi_experimental_http" "req" (func $req
                    (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
                  (import "wasi_experimental_http" "close" (func $close (param i32) (result i32)))
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") 1)
                  (global $good (mut i32) (i32.const 0))
                  (func $open (param $body i32) (result i32)
                    (call $req (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                      (i32.const 0) (local.get $body) (i32.const 100) (i32.const 104)))
                  (func (export "_start")
                    (local $error i32)
                    (block $full
                      (loop $more
                        (local.set $error (call $open (i32.const 0)))
                        (br_if $full (local.get $error))
                        (global.set $good (i32.add (global.get $good) (i32.const 1)))
                        (br $more)))
                    (drop (call $close (i32.const 1)))
                    ;; its body is counted as well: no room
                    (if (i32.eqz (call $open (i32.const 1))) (then (unreachable)))
                    ;; room again
                    (if (call $open (i32.const 0)) (then (unreachable)))
                    (call $exit (i32.add (i32.mul (local.get $error) (i32.const 100)) (global.get $good)))))
                """, compile, heap);
        Sandbox sandbox = module.instantiate();

        assertThat(sandbox.run("_start", connected()))
                .as("error 12 after 8 responses")
                .isEqualTo(1208);
        assertThat(heap.used()).isZero();
    }

    /** With responses that come at once and are never read. */
    private static GuestIo connected() {
        GuestIo io = printing(() -> {});
        GuestHttp http = (GuestHttp) Proxy.newProxyInstance(
                GuestHttp.class.getClassLoader(), new Class<?>[] {GuestHttp.class}, new InvocationHandler() {
                    private final Set<Object> open = new HashSet<>();
                    private int last;

                    @Override
                    public Object invoke(Object proxy, Method method, Object[] args) {
                        return switch (method.getName()) {
                            case "open" -> {
                                open.add(++last);
                                yield last;
                            }
                            case "status" -> 200;
                            case "heldBytes" -> open.size() * GuestHttp.RESPONSE_BYTES;
                            case "close" -> {
                                open.remove(args[0]);
                                yield null;
                            }
                            default -> throw new UnsupportedOperationException(method.getName());
                        };
                    }
                });
        return (GuestIo) Proxy.newProxyInstance(
                GuestIo.class.getClassLoader(),
                new Class<?>[] {GuestIo.class},
                (proxy, method, args) -> method.getName().equals("http") ? http : method.invoke(io, args));
    }

    private static GuestModule load(String text, boolean compile, GuestHeap heap) {
        return new ChicoryEngine(compile, null, heap).load("guest", text.getBytes(StandardCharsets.UTF_8));
    }

    private interface Step {
        void run() throws IOException;
    }

    /** Does something while the guest prints. */
    private static GuestIo printing(Step step) {
        GuestOutput output = new GuestOutput() {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                step.run();
            }

            @Override
            public void flush() {}
        };
        return GuestIo.of(GuestStrings.none(), GuestStrings.none(), (buffer, offset, length) -> -1, output, output);
    }
}
