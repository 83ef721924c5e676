// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.NoRoomException;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Modules of a few kilobytes that would take much of the heap, while they are loaded or in each instance. */
class HostileModulesTest {

    private static final int MIB = 1 << 20;
    private static final byte[] TYPE_OF_NOTHING = bytes(0x60, 0, 0);
    private static final byte[] TYPE = section(1, list(1, TYPE_OF_NOTHING));
    private static final byte[] START = section(7, list(1, bytes(6, '_', 's', 't', 'a', 'r', 't', 0, 0)));

    record Hostile(String what, byte[] module, String problem) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Hostile> refused() {
        return Stream.of(
                new Hostile(
                        "40 KB: 5000 functions with 50000 local variables each",
                        module(TYPE, section(3, list(5000, bytes(0))), section(10, list(5000, locals(50_000)))),
                        "its functions have 250000000 local variables together; at most 1000000 are given"),
                new Hostile(
                        "one function with 100 groups of 50000 local variables",
                        module(
                                TYPE,
                                section(3, list(1, bytes(0))),
                                section(10, list(1, body(list(100, cat(number(50_000), bytes(0x7e))), bytes())))),
                        "has more than 50000 local variables"),
                new Hostile(
                        "local variables beyond 32 bits",
                        module(
                                TYPE,
                                section(3, list(1, bytes(0))),
                                section(10, list(1, body(list(2, cat(number(0xffffffffL), bytes(0x7e))), bytes())))),
                        "has more than 50000 local variables"),
                new Hostile(
                        "60000 tags, of which the engine keeps an exception each",
                        module(TYPE, section(13, list(60_000, bytes(0, 0)))),
                        "it has 60000 tags; at most 256 are given"),
                new Hostile(
                        "a function of 5000 parameters",
                        module(section(1, list(1, cat(bytes(0x60), list(5000, bytes(0x7e)), bytes(0))))),
                        "has 5000 parameters or results; at most 1000 are given"),
                new Hostile(
                        "a function of 5000 results",
                        module(section(1, list(1, cat(bytes(0x60, 0), list(5000, bytes(0x7e)))))),
                        "has 5000 parameters or results; at most 1000 are given"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void load_tooMuchOfSomething_isRefusedBeforeItIsParsed(Hostile hostile) {
        for (boolean compile : new boolean[] {true, false}) {
            assertThatThrownBy(() -> load(compile, new GuestHeap(64 * MIB), hostile.module))
                    .isInstanceOf(ModuleLoadException.class)
                    .hasMessageStartingWith("x is not a valid WebAssembly module: ")
                    .hasMessageContaining(hostile.problem);
        }
    }

    /** What the validator and the compiler would make gigabytes of: products of two numbers that the module chooses. */
    static Stream<Hostile> amplified() {
        byte[] wide = cat(bytes(0x60, 0), list(1000, bytes(0x7f)));
        byte[] through = cat(bytes(0x60), list(1000, bytes(0x7f)), list(1000, bytes(0x7f)));
        return Stream.of(
                new Hostile(
                        "branches x operands below them",
                        code(0, repeat(10_000, 0x41, 0), repeat(10_000, 0x41, 0, 0x0d, 0)),
                        ""),
                new Hostile(
                        "labels of a table x operands below them",
                        code(
                                0,
                                repeat(5000, 0x02, 0x40),
                                repeat(20_000, 0x41, 0),
                                bytes(0x41, 0, 0x0e),
                                number(5000),
                                repeat(5001, 1),
                                repeat(5000, 0x0b)),
                        ""),
                new Hostile(
                        "blocks x operands below them",
                        code(0, repeat(10_000, 0x41, 0), repeat(10_000, 0x41, 0, 0x04, 0x40, 0x05, 0x0b)),
                        ""),
                new Hostile(
                        "handlers x operands below them",
                        code(0, repeat(10_000, 0x41, 0), repeat(10_000, 0x1f, 0x40, 0, 0x01, 0x0b)),
                        ""),
                new Hostile(
                        "1.4 KB: what handlers keep of operands x stores of it",
                        code(0, repeat(110, 0x41, 0), repeat(110, 0x02, 0x40, 0x1f, 0x40, 1, 2, 0, 0x01, 0x0b, 0x0b)),
                        ""),
                new Hostile("handlers in handlers", code(0, repeat(5000, 0x1f, 0x40, 1, 2, 0), repeat(5000, 0x0b)), ""),
                new Hostile(
                        "labels x local variables",
                        code(50_000, repeat(20_000, 0x02, 0x40, 0x20, 0, 0xa7, 0x0d, 0, 0x0b)),
                        ""),
                new Hostile(
                        "calls x results",
                        module(
                                section(1, list(2, TYPE_OF_NOTHING, wide)),
                                section(3, list(2, bytes(0), bytes(1))),
                                section(
                                        10,
                                        list(2, body(bytes(0), repeat(50_000, 0x10, 1)), body(bytes(0), bytes(0))))),
                        ""),
                new Hostile(
                        "blocks x parameters",
                        module(
                                section(1, list(2, TYPE_OF_NOTHING, through)),
                                section(3, list(1, bytes(0))),
                                section(
                                        10,
                                        list(
                                                1,
                                                body(
                                                        bytes(0),
                                                        cat(repeat(1000, 0x41, 0), repeat(50_000, 0x02, 1, 0x0b)))))),
                        ""),
                new Hostile(
                        "equal types x functions",
                        module(
                                section(1, list(4000, TYPE_OF_NOTHING)),
                                section(3, list(4000, bytes(0))),
                                section(10, list(4000, body(bytes(0), bytes())))),
                        ""));
    }

    @ParameterizedTest
    @MethodSource("amplified")
    void check_productsOfTwoNumbers_areCountedBeforeTheyAreMade(Hostile hostile) {
        assertThat(hostile.module.length).isLessThan(400_000);

        assertThat(ModuleCheck.check("x", hostile.module).bytes()).isGreaterThan(1L << 30);
    }

    @Test
    void check_ordinaryModules_takeLittle() throws Exception {
        for (String name : List.of("echo-c", "echo-rust", "echo-go")) {
            byte[] module = Files.readAllBytes(Path.of("../samples/modules", name, name + ".wasm"));

            assertThat(ModuleCheck.check(name, module).bytes()).as(name).isLessThan(80L * module.length);
        }
    }

    @Test
    void load_typesTimesFunctions_isBounded() {
        byte[] module = module(
                section(1, list(30_000, TYPE_OF_NOTHING, bytes(0x60, 1, 0x7f, 0))),
                section(3, list(30_000, bytes(0))),
                section(10, list(30_000, body(bytes(0), bytes()))));

        assertThatThrownBy(() -> load(true, new GuestHeap(64 * MIB), module))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageContaining(
                        "the number of its types and imports times that of its functions is 900000000; at most");
    }

    static Stream<Hostile> heavy() {
        byte[] function = section(3, list(1, bytes(0)));
        byte[] code = section(10, list(1, body(bytes(0), bytes())));
        return Stream.of(
                new Hostile(
                        "a table of 1048576 entries",
                        module(TYPE, function, section(4, list(1, cat(bytes(0x70, 0), number(MIB)))), START, code),
                        ""),
                new Hostile(
                        "200000 globals",
                        module(TYPE, function, section(6, list(200_000, bytes(0x7f, 1, 0x41, 0, 0x0b))), START, code),
                        ""),
                new Hostile(
                        "60000 tables",
                        module(TYPE, function, section(4, list(60_000, bytes(0x70, 0, 0))), START, code),
                        ""),
                new Hostile(
                        "256 tags of 900 numbers",
                        module(
                                section(
                                        1,
                                        list(2, bytes(0x60, 0, 0), cat(bytes(0x60), list(900, bytes(0x7e)), bytes(0)))),
                                function,
                                section(13, list(256, bytes(0, 1))),
                                START,
                                code),
                        ""));
    }

    @ParameterizedTest
    @MethodSource("heavy")
    void instantiate_heavyInstances_areChargedFromTheStart(Hostile hostile) {
        for (boolean compile : new boolean[] {true, false}) {
            GuestHeap heap = new GuestHeap(20 * MIB);
            GuestModule module = load(compile, heap, hostile.module);
            assertThat(heap.used()).as("nothing runs").isZero();

            GuestHeap.Charge others = heap.new Charge();
            assertThat(others.take(17 * MIB)).isTrue();
            assertThatThrownBy(module::instantiate).isInstanceOf(NoRoomException.class);
            assertThat(heap.used()).as("what failed has taken nothing").isEqualTo(17 * MIB);
            others.end();
            assertThat(module.instantiate().footprint()).isGreaterThan(4 * MIB);
        }
    }

    @Test
    void loadRoom_moreThanTheHeapHas_isRefused() {
        assertThatThrownBy(() -> new LoadRoom(100 * MIB).take("x", 76 * MIB))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessage("x takes about 76 MiB of heap while it is loaded, and the JVM has 100;"
                        + " raise the JVM's -Xmx, or make the module smaller");
    }

    @Test
    void loadRoom_severalLargeModules_areLoadedOneAfterAnother() throws Exception {
        LoadRoom room = new LoadRoom(100 * MIB);
        LoadRoom.Taken first = room.take("first", 40 * MIB);
        LoadRoom.Taken small = room.take("small", 5 * MIB);
        ExecutorService others = Executors.newCachedThreadPool();
        try {
            CountDownLatch begun = new CountDownLatch(2);
            List<Future<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                waiting.add(others.submit(() -> {
                    begun.countDown();
                    room.take("other", 40 * MIB).giveBack();
                }));
            }
            begun.await();
            assertThat(waiting).noneMatch(Future::isDone);
            first.giveBack();
            small.giveBack();
            for (Future<?> each : waiting) {
                each.get();
            }
        } finally {
            others.shutdownNow();
        }
    }

    @Test
    void loadRoom_interruptedWhileItWaits_givesUp() {
        LoadRoom room = new LoadRoom(100 * MIB);
        room.take("first", 40 * MIB);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> room.take("x", 40 * MIB))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessage("x was not loaded because loading was given up; try again");
        assertThat(Thread.interrupted()).isTrue();
    }

    private static GuestModule load(boolean compile, GuestHeap heap, byte[] module) {
        return new ChicoryEngine(compile, null, heap)
                .load("x", module, ModuleDigest.of(module))
                .module(SandboxLimits.of(Limits.defaults()));
    }

    private static byte[] code(int variables, byte[]... code) {
        byte[] own = variables == 0 ? bytes(0) : list(1, cat(number(variables), bytes(0x7e)));
        return module(TYPE, section(3, list(1, bytes(0))), section(10, list(1, body(own, cat(cat(code), bytes(0))))));
    }

    private static byte[] repeat(int times, int... octets) {
        byte[] all = list(times, bytes(octets));
        return Arrays.copyOfRange(all, number(times).length, all.length);
    }

    private static byte[] locals(int count) {
        return body(list(1, cat(number(count), bytes(0x7e))), bytes());
    }

    private static byte[] body(byte[] locals, byte[] code) {
        byte[] body = cat(locals, code, bytes(0x0b));
        return cat(number(body.length), body);
    }

    private static byte[] module(byte[]... sections) {
        return cat(bytes(0, 'a', 's', 'm', 1, 0, 0, 0), cat(sections));
    }

    private static byte[] section(int id, byte[] content) {
        return cat(bytes(id), number(content.length), content);
    }

    /** A list: the same entry several times, or that many entries. */
    private static byte[] list(int count, byte[]... entries) {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        list.writeBytes(number(count));
        for (int i = 0; i < count; i++) {
            list.writeBytes(entries[i % entries.length]);
        }
        return list.toByteArray();
    }

    private static byte[] number(long value) {
        ByteArrayOutputStream number = new ByteArrayOutputStream();
        long rest = value;
        while (rest >>> 7 != 0) {
            number.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        number.write((int) rest);
        return number.toByteArray();
    }

    private static byte[] bytes(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return bytes;
    }

    private static byte[] cat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
