// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static dev.wagi.core.internal.bytecode.WasmBinary.EMPTY;
import static dev.wagi.core.internal.bytecode.WasmBinary.I32;
import static dev.wagi.core.internal.bytecode.WasmBinary.I64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Limits;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.bytecode.WasmBinary;
import dev.wagi.core.internal.bytecode.WasmBinary.Bytes;
import dev.wagi.core.internal.sandbox.GuestHttp;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.NoRoomException;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
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

    /** Nobody would know otherwise why a guest says that it has no memory. */
    @ParameterizedTest
    @CsvSource({"_start, 8388608", "tables, 4000000"})
    void run_thatWasRefusedMemory_isReportedWhenItEnds(String function, long bytes) throws IOException {
        GuestHeap heap = new GuestHeap(3 * MIB);
        Sandbox guest = load(GROWING, true, heap).instantiate();
        List<Long> refused = new ArrayList<>();

        assertThatThrownBy(() -> guest.run(function, reporting(refused::add))).isInstanceOf(GuestTrapException.class);
        assertThat(refused).containsExactly(bytes);
        Sandbox other = load(
                        "(module (memory (export \"memory\") 1 2) (func (export \"_start\")"
                                + " (drop (memory.grow (i32.const 9)))))",
                        true,
                        heap)
                .instantiate();
        other.run("_start", reporting(refused::add));
        assertThat(refused).as("beyond its own maximum").hasSize(1);
    }

    /** Where the heap is full, the report may fail as well. */
    @ParameterizedTest
    @MethodSource("failures")
    void run_reportOfRefusedMemoryFails_allWasGivenBackBefore(LongConsumer failing) throws IOException {
        GuestHeap heap = new GuestHeap(6 * MIB);
        Sandbox guest = load("""
                (module
                  (memory (export "memory") 1)
                  (table $t 0 funcref)
                  (func (export "_start")
                    (drop (table.grow $t (ref.null func) (i32.const 500000)))
                    (drop (memory.grow (i32.const 128)))
                    (unreachable)))
                """, true, heap).instantiate();
        List<Long> used = new ArrayList<>();

        assertThatThrownBy(() -> guest.run("_start", reporting(bytes -> {
                    used.add(heap.used());
                    failing.accept(bytes);
                })))
                .isInstanceOf(GuestTrapException.class);

        assertThat(used).containsExactly(0L);
    }

    static Stream<LongConsumer> failures() {
        return Stream.of(
                bytes -> {
                    throw new IllegalStateException("a listener's");
                },
                bytes -> {
                    throw new OutOfMemoryError("of a test");
                });
    }

    private static GuestIo reporting(LongConsumer refused) {
        return new QuietGuestIo() {
            @Override
            public void heapRefused(long bytes) {
                refused.accept(bytes);
            }
        };
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

    /** Ways to take much of the heap with each call, in a function that calls itself. */
    private enum Greed {
        LOCALS,
        BLOCKS,
        OPERANDS,
        CALL_INDIRECT;

        /** @param large whether it is too large for a method of the JVM, and so interpreted in compiled modules */
        byte[] module(boolean large) {
            WasmBinary module = new WasmBinary();
            int type = module.type(new int[0]);
            module.global(I32, 0);
            Bytes body = new Bytes();
            if (large) {
                body.put(0x23, 0, 0x04, EMPTY); // if (global.get 0)
                for (int i = 0; i < 7500; i++) {
                    body.constant(I32, 12345).put(0x24, 0); // global.set 0
                }
                body.put(0x0b);
            }
            Bytes call = new Bytes().put(0x10, 0);
            switch (this) {
                case LOCALS -> body.put(call);
                case CALL_INDIRECT ->
                    body.constant(I32, 0).put(0x11).unsigned(type).put(0);
                case BLOCKS -> around(body, new Bytes().put(0x02, EMPTY), call, new Bytes().put(0x0b), 2000);
                case OPERANDS -> around(body, new Bytes().constant(I64, 1), call, new Bytes().put(0x1a), 5000);
            }
            boolean locals = this == LOCALS || this == CALL_INDIRECT;
            int[] types = new int[locals ? 5000 : 0];
            Arrays.fill(types, I64);
            module.inTable(module.exported("_start", type, types, body));
            return module.toByteArray();
        }

        private static void around(Bytes body, Bytes before, Bytes call, Bytes after, int times) {
            for (int i = 0; i < times; i++) {
                body.put(before);
            }
            body.put(call);
            for (int i = 0; i < times; i++) {
                body.put(after);
            }
        }
    }

    static Stream<Arguments> greed() {
        return Stream.of(Greed.values())
                .flatMap(greed -> Stream.of(Arguments.of(greed, true), Arguments.of(greed, false)));
    }

    /** The interpreter's frames and operands are in the heap, so the thread's stack does not bound them. */
    @ParameterizedTest
    @MethodSource("greed")
    void interpretedRecursion_largeFrames_isBoundedAndCharged(Greed greed, boolean compile) {
        byte[] binary = greed.module(compile);
        GuestHeap heap = new GuestHeap(256 * MIB);
        GuestModule module = interpreting(binary, compile, heap);
        GuestHeap small = new GuestHeap(8 * MIB);
        Sandbox poor = interpreting(binary, compile, small).instantiate();

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> module.instantiate().run("_start", printing(() -> {})))
                    .isInstanceOf(GuestTrapException.class)
                    .hasMessageContaining("call stack exhausted: interpreted functions take")
                    .hasMessageEndingWith("the limit is 33554432");
            assertThat(heap.used()).as("given back").isZero();
        }
        assertThatThrownBy(() -> poor.run("_start", printing(() -> {})))
                .isInstanceOf(GuestTrapException.class)
                .hasMessage("call stack exhausted: other guests have taken half of the JVM's heap, see -Xmx");
        assertThat(small.used()).as("given back").isZero();
    }

    /** What one deep request leaves behind is not kept for the next. */
    @Test
    void reset_afterDeepOperandStack_isRefused() throws IOException {
        Sandbox sandbox = load(
                        "(module (func (export \"_start\") " + "(i64.const 1)".repeat(9000) + "(drop)".repeat(9000)
                                + ") (func (export \"few\") (drop (i32.const 1))))",
                        false,
                        new GuestHeap(64 * MIB))
                .instantiate();
        sandbox.run("few", printing(() -> {}));
        assertThat(sandbox.reset()).isTrue();
        sandbox.run("_start", printing(() -> {}));
        assertThat(sandbox.reset()).isFalse();
    }

    private static GuestModule load(String text, boolean compile, GuestHeap heap) {
        return load(text.getBytes(StandardCharsets.UTF_8), compile, heap);
    }

    /** Large functions stay with the interpreter if the engine's compiler cannot be patched. */
    private static GuestModule interpreting(byte[] module, boolean compile, GuestHeap heap) {
        ModuleCompiler compiler = compile ? new ModuleCompiler(null, () -> null, CodePass.COMPILED) : null;
        return new ChicoryEngine(compiler, heap)
                .load("guest", module, ModuleDigest.of(module))
                .module(SandboxLimits.of(Limits.defaults()));
    }

    private static GuestModule load(byte[] module, boolean compile, GuestHeap heap) {
        return new ChicoryEngine(compile, null, heap).load("guest", module);
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
