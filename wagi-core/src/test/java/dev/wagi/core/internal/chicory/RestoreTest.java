// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.runtime.ByteArrayMemory;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.ExternalType;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An instance that was reset is the same as one that never ran: after random and adversarial guests, byte by byte.
 *
 * <p>The guest is {@code adversary.wat}, which does whatever its standard input says.
 */
class RestoreTest {

    private static final int OPERATIONS = 27;
    private static final int FILL = 6;
    private static final int GROW = 10;
    private static final int TABLE_GROW = 17;
    private static final int CLOSE = 22;
    private static final int ENVIRONMENT = 25;
    private static final int END = 26;

    /**
     * Numbers at which something begins or ends: pages of the map and of the memory, the memory itself, the number
     * range.
     */
    private static final int[] EDGES = {
        0, 1, 4, 7, 8, 4088, 4093, 4095, 4096, 8191, 65535, 65536, 131071, 131072, 196600, 196607, 196608, 2621439, -1,
        -8
    };

    private static final ChicoryModule COMPILED = load(true);
    private static final ChicoryModule INTERPRETED = load(false);

    private static ChicoryModule load(boolean compile) {
        try {
            byte[] text = Files.readAllBytes(resource("adversary.wat"));
            return (ChicoryModule) new ChicoryEngine(compile).load("adversary", text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, 3000", "false, 300"})
    void reset_randomGuests_leaveNothingBehind(boolean compiled, int programs) throws IOException {
        ChicoryModule module = compiled ? COMPILED : INTERPRETED;
        List<String> fresh = state(module);
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        int resets = 0;
        for (int seed = 0; seed < programs; seed++) {
            if (!run(sandbox, program(new Random(seed))) || !sandbox.reset()) {
                sandbox = (ChicorySandbox) module.instantiate();
                continue;
            }
            resets++;
            assertThat(state(sandbox)).as("after program %d", seed).isEqualTo(fresh);
            if (seed % 20 == 0) {
                FlatMemory memory = sandbox.memory();
                int size = memory.pages() << 16;
                memory.grow(memory.maximumPages() - memory.pages());
                assertThat(firstSet(memory.readBytes(size, (memory.pages() << 16) - size)))
                        .as("what a guest can grow into, after program %d", seed)
                        .isEqualTo(-1);
            }
        }
        // Most of the rest trap or grow a table: those instances are not used again.
        assertThat(resets).isGreaterThan(programs / 5);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 10, 40, 1000})
    void reset_afterGrowing_leavesZerosWhereTheGuestGrowsAgain(int pages) throws IOException {
        ChicorySandbox sandbox = (ChicorySandbox) COMPILED.instantiate();
        int grown = Math.min(pages, 37);
        assertThat(run(sandbox, GROW, grown, 0, 0, FILL, 0, 0xee, (3 + grown) << 16))
                .isTrue();
        assertThat(sandbox.reset()).isTrue();
        FlatMemory memory = sandbox.memory();

        assertThat(memory.pages()).isEqualTo(3);
        assertThat(memory.grow(37)).isEqualTo(3);
        assertThat(firstSet(memory.readBytes(3 << 16, 37 << 16))).isEqualTo(-1);
    }

    @Test
    void reset_closedAndRenumberedDescriptors_areBack() throws IOException {
        ChicorySandbox sandbox = (ChicorySandbox) COMPILED.instantiate();
        assertThat(run(sandbox, CLOSE, 1, 0, 0, CLOSE + 1, 2, 0, 0)).isTrue();
        assertThat(sandbox.isOpen(1)).isFalse();
        assertThat(sandbox.isOpen(2)).as("renumbered to 0").isFalse();
        assertThat(sandbox.reset()).isTrue();
        for (int fd = 0; fd < 3; fd++) {
            assertThat(sandbox.isOpen(fd)).isTrue();
        }
    }

    @Test
    void reset_grownTable_cannotBeUndone() throws IOException {
        ChicorySandbox sandbox = (ChicorySandbox) COMPILED.instantiate();
        assertThat(run(sandbox, TABLE_GROW, 1, 0, 0)).isTrue();
        assertThat(sandbox.reset()).isFalse();
        assertThat(state(COMPILED)).as("another instance").isEqualTo(state((ChicorySandbox) COMPILED.instantiate()));
    }

    /** The engine sets each new memory to zero, and may do so whenever it likes. */
    @Test
    void zero_memoryThatWasWritten_isZeroAgain() {
        FlatMemory memory = new FlatMemory(new MemoryLimits(2, 2));
        memory.writeI32(70_000, 7);
        memory.zero();
        assertThat(memory.readInt(70_000)).as("before the engine has begun").isZero();

        memory.writeI32(70_000, 7);
        FlatMemory restored = new FlatMemory(new MemoryLimits(2, 2));
        restored.restore(memory.image(), true);
        assertThat(restored.readInt(70_000)).isEqualTo(7);
        restored.zero();
        assertThat(restored.readInt(70_000))
                .as("what was restored, not written")
                .isZero();
    }

    /** Whoever interrupts a thread means what it does for a guest, not what the host does after it. */
    @Test
    void reset_interruptedThread_restoresALargeTableAllTheSame() throws IOException {
        String text = """
                (module
                  (table $t 10000 funcref)
                  (func $f (export "_start") (table.set $t (i32.const 9999) (ref.func $f)))
                  (elem declare func $f))
                """;
        ChicoryModule module =
                (ChicoryModule) new ChicoryEngine(true).load("table", text.getBytes(StandardCharsets.UTF_8));
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        assertThat(run(sandbox)).isTrue();
        Thread.currentThread().interrupt();
        assertThat(sandbox.reset()).isTrue();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(sandbox.instance().table(0).instance(9999)).isNull();
    }

    /** The interpreter keeps the frames of a guest that exits from below its entrypoint. */
    @Test
    void reset_exitInTheInterpreter_isNotReused() throws IOException {
        ChicorySandbox sandbox = (ChicorySandbox) INTERPRETED.instantiate();
        assertThat(run(sandbox, END, 1, 3, 0)).isTrue();
        assertThat(sandbox.reset()).isFalse();
        ChicorySandbox compiled = (ChicorySandbox) COMPILED.instantiate();
        assertThat(run(compiled, END, 1, 3, 0)).isTrue();
        assertThat(compiled.reset()).isTrue();
    }

    /** What a module starts from, as the engine itself would make it with its own memory. */
    @ParameterizedTest
    @MethodSource("samples")
    void instantiate_sample_isWhatTheEngineMakes(Path sample) throws IOException {
        byte[] binary = Files.readAllBytes(sample);
        ChicoryModule module = (ChicoryModule) new ChicoryEngine(false).load(sample.toString(), binary);
        Instance plain = plain(Parser.parse(binary));
        FlatMemory ours = ((ChicorySandbox) module.instantiate()).memory();
        Memory theirs = plain.memory();

        assertThat(ours.pages()).isEqualTo(theirs.pages());
        int size = ours.pages() * Memory.PAGE_SIZE;
        assertThat(ours.readBytes(0, size)).isEqualTo(theirs.readBytes(0, size));
    }

    @Test
    void wizer_initialize_runsOnceBeforeTheFirstRequest() throws IOException {
        String text = """
                (module
                  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
                  (memory (export "memory") 1)
                  (global $runs (mut i32) (i32.const 0))
                  (func (export "wizer.initialize")
                    (drop (call $random (i32.const 100) (i32.const 8)))
                    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
                    (i32.store (i32.const 8) (global.get $runs)))
                  (func (export "_start") (i32.store (i32.const 8) (i32.const 77))))
                """;
        ChicoryModule module =
                (ChicoryModule) new ChicoryEngine(true).load("wizer", text.getBytes(StandardCharsets.UTF_8));
        ChicorySandbox first = (ChicorySandbox) module.instantiate();
        ChicorySandbox second = (ChicorySandbox) module.instantiate();

        assertThat(first.memory().readInt(8)).isEqualTo(1);
        assertThat(second.memory().readInt(8)).isEqualTo(1);
        assertThat(first.memory().readLong(100))
                .as("drawn once")
                .isEqualTo(second.memory().readLong(100));
        run(first);
        assertThat(first.memory().readInt(8)).isEqualTo(77);
        assertThat(first.reset()).isTrue();
        assertThat(first.memory().readInt(8)).isEqualTo(1);
    }

    @Test
    void wizer_initializeGrowsATable_everyInstanceHasItSo() {
        String text = """
                (module
                  (table $t 1 10 funcref)
                  (func $f (export "_start") (table.set $t (i32.const 3) (ref.null func)))
                  (func (export "wizer.initialize")
                    (drop (table.grow $t (ref.null func) (i32.const 4)))
                    (table.set $t (i32.const 4) (ref.func $f))))
                """;
        ChicoryModule module =
                (ChicoryModule) new ChicoryEngine(true).load("wizer", text.getBytes(StandardCharsets.UTF_8));
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        assertThat(sandbox.instance().table(0).size()).isEqualTo(5);
        assertThat(sandbox.instance().table(0).instance(4)).isSameAs(sandbox.instance());
    }

    /** The engine's compiler and its interpreter tell different objects that a segment was dropped. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void dataDrop_thenInit_trapsUntilItWasReset(boolean compile) throws IOException {
        String text = """
                (module
                  (memory (export "memory") 1)
                  (data $p "dropped")
                  (func (export "_start")
                    (memory.init $p (i32.const 0) (i32.const 0) (i32.const 7))
                    (data.drop $p))
                  (func (export "twice")
                    (data.drop $p)
                    (memory.init $p (i32.const 0) (i32.const 0) (i32.const 1))))
                """;
        ChicoryModule module =
                (ChicoryModule) new ChicoryEngine(compile).load("drop", text.getBytes(StandardCharsets.UTF_8));
        ChicorySandbox sandbox = (ChicorySandbox) module.instantiate();
        for (int i = 0; i < 3; i++) {
            assertThat(run(sandbox)).as("run %d", i).isTrue();
            assertThat(sandbox.reset()).isTrue();
        }
        assertThatThrownBy(() -> sandbox.run("twice", nothing())).isInstanceOf(GuestTrapException.class);
    }

    /**
     * Compiled code has the first globals in fields; the instance, the interpreter and a restore have the same values.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void globals_ofEachTypeAndIndex_areTheInstancesAndRestored(boolean withMemory) throws IOException {
        List<String> types = List.of("i32", "i64", "f32", "f64");
        StringBuilder globals = new StringBuilder(withMemory ? "(memory (export \"memory\") 1)" : "");
        StringBuilder code = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            String type = types.get(i % 4);
            globals.append("(global $%d (mut %s) (%s.const %d))".formatted(i, type, type, i - 3));
            code.append("(global.set $%d (%s.add (global.get $%d) (%s.sub (global.get $%d) (%s.const %d))))"
                    .formatted(i, type, i, type, i, type, -2 - i));
        }
        String text = "(module %s (func (export \"_start\") %s))".formatted(globals, code);
        List<ChicorySandbox> sandboxes = new ArrayList<>();
        for (boolean compile : new boolean[] {true, false}) {
            ChicoryModule module =
                    (ChicoryModule) new ChicoryEngine(compile).load("globals", text.getBytes(StandardCharsets.UTF_8));
            sandboxes.add((ChicorySandbox) module.instantiate());
        }
        List<Long> first = values(sandboxes.get(0).instance());
        assertThat(first).isEqualTo(values(sandboxes.get(1).instance()));
        for (int i = 0; i < 2; i++) {
            for (ChicorySandbox sandbox : sandboxes) {
                for (int global = 0; global < 12; global++) { // as a host does
                    sandbox.instance()
                            .global(global)
                            .setValue(sandbox.instance().global(global).getValue() + 1);
                }
                assertThat(run(sandbox)).isTrue();
            }
            assertThat(values(sandboxes.get(0).instance()))
                    .isEqualTo(values(sandboxes.get(1).instance()))
                    .isNotEqualTo(first);
            for (ChicorySandbox sandbox : sandboxes) {
                assertThat(sandbox.reset()).isTrue();
                assertThat(values(sandbox.instance())).isEqualTo(first);
            }
        }
    }

    /** A section of memories may be there and empty. */
    @Test
    void globals_withAnEmptySectionOfMemories_areThere() throws IOException {
        byte[] module = HexFormat.of()
                .parseHex(
                        "0061736d01000000" // one type, one function, no memory, a global of 3
                                + "010401600000" + "03020100" + "050100" + "0606017f0141030b"
                                + "070a01065f73746172740000"
                                // global 0 = global 0 + 4
                                + "0a0b010900230041046a24000b");
        for (boolean compile : new boolean[] {true, false}) {
            ChicorySandbox sandbox = (ChicorySandbox)
                    new ChicoryEngine(compile).load("empty", module).instantiate();
            assertThat(run(sandbox)).isTrue();
            assertThat((int) sandbox.instance().global(0).getValue()).isEqualTo(7);
        }
    }

    private static List<Long> values(Instance instance) {
        List<Long> values = new ArrayList<>();
        for (int i = 0; i < instance.globalCount(); i++) {
            boolean isWide = i % 4 % 2 == 1;
            long value = instance.global(i).getValue();
            values.add(isWide ? value : (int) value);
        }
        return values;
    }

    @Test
    void wizer_initializeTraps_isAnErrorWhenItIsLoaded() {
        String text = "(module (func (export \"wizer.initialize\") unreachable) (func (export \"_start\")))";
        assertThatThrownBy(() -> new ChicoryEngine(true).load("bad", text.getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("bad cannot be instantiated: ");
    }

    /** As bytes, because the assembler knows none of it. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "a tag, 0d03010000, ''",
        "a global of type exnref, '', 0606016901d0690b",
        "a table of exnref, 040401690001, ''",
        "a table of functions of one type, 04050163000001, ''"
    })
    void isReusable_stateOutsideOfTheGuest_runsFresh(String feature, String early, String late) {
        String start = "070a01065f7374617274" + "0000";
        byte[] binary = HexFormat.of()
                .parseHex("0061736d01000000" + "010401600000" + "03020100" + early + late + start + "0a040102000b");
        assertThat(new ChicoryEngine(true).load(feature, binary).isReusable()).isFalse();
        byte[] without =
                HexFormat.of().parseHex("0061736d01000000" + "010401600000" + "03020100" + start + "0a040102000b");
        assertThat(new ChicoryEngine(true).load("without", without).isReusable())
                .isTrue();
    }

    static Stream<Path> samples() throws IOException {
        Path root = Path.of(System.getProperty("wagi.root", "..")).resolve("samples/modules");
        try (Stream<Path> files = Files.walk(root, 2)) {
            return files.filter(file -> file.toString().endsWith(".wasm")).sorted().toList().stream();
        }
    }

    private static Path resource(String name) {
        return Path.of(System.getProperty("wagi.root", "..")).resolve("wagi-core/src/test/resources/sandbox/" + name);
    }

    private static int[] program(Random random) {
        int[] words = new int[4 * (1 + random.nextInt(12))];
        for (int i = 0; i < words.length; i += 4) {
            // Seldom what ends the run, and numbers that fit more often than not.
            words[i] = random.nextInt(OPERATIONS - 1);
            for (int j = 1; j < 4; j++) {
                words[i + j] = switch (random.nextInt(4)) {
                    case 0 -> EDGES[random.nextInt(EDGES.length)];
                    case 1 -> random.nextInt(6);
                    default -> random.nextInt(190_000);
                };
            }
        }
        if (random.nextInt(4) == 0) {
            words[words.length - 4] = END;
            words[words.length - 3] = random.nextInt(4);
        }
        return words;
    }

    /** Whether the guest ended by itself. */
    private static boolean run(ChicorySandbox sandbox, int... words) throws IOException {
        ByteBuffer program = ByteBuffer.allocate(words.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            program.putInt(word);
        }
        try {
            sandbox.run("_start", io(new ByteArrayInputStream(program.array())));
            return true;
        } catch (GuestTrapException e) {
            return false;
        }
    }

    /** A world without anything in it. */
    static GuestIo nothing() {
        return io(new ByteArrayInputStream(new byte[0]));
    }

    private static GuestIo io(ByteArrayInputStream stdin) {
        GuestOutput nowhere = new GuestOutput() {
            @Override
            public void write(byte[] bytes, int offset, int length) {
                // not looked at
            }

            @Override
            public void flush() {
                // nothing is held
            }
        };
        return GuestIo.of(
                GuestStrings.of("adversary"), GuestStrings.of("SECRET=of this request"), stdin::read, nowhere, nowhere);
    }

    private static List<String> state(ChicoryModule module) {
        return state((ChicorySandbox) module.instantiate());
    }

    /** The index of the first byte that is not zero, or -1. AssertJ would make an object of each of these millions. */
    private static int firstSet(byte[] bytes) {
        return Arrays.mismatch(bytes, new byte[bytes.length]);
    }

    /** Everything that a guest could see or change. */
    private static List<String> state(ChicorySandbox sandbox) {
        Instance instance = sandbox.instance();
        FlatMemory memory = sandbox.memory();
        List<String> state = new ArrayList<>();
        state.add("pages " + memory.pages());
        byte[] bytes = memory.readBytes(0, memory.pages() * Memory.PAGE_SIZE);
        for (int from = 0; from < bytes.length; from += 4096) {
            int hash = Arrays.hashCode(Arrays.copyOfRange(bytes, from, from + 4096));
            state.add("page " + from + ": " + hash);
        }
        for (int i = 0; i < instance.module().globalSection().globalCount(); i++) {
            state.add("global " + i + ": " + instance.global(i).getValueLow() + " "
                    + instance.global(i).getValueHigh());
        }
        for (int i = 0; i < instance.module().tableSection().tableCount(); i++) {
            for (int j = 0; j < instance.table(i).size(); j++) {
                Instance owner = instance.table(i).instance(j);
                state.add("table " + i + "[" + j + "]: " + instance.table(i).ref(j) + " "
                        + (owner == null ? "none" : owner == instance ? "own" : "foreign"));
            }
        }
        for (int i = 0; i < instance.elementCount(); i++) {
            state.add("element " + i + ": " + (instance.element(i) == null ? "dropped" : "there"));
        }
        for (int i = 0; i < instance.module().dataSection().dataSegmentCount(); i++) {
            state.add("data " + i + ": " + (memory.isDropped(i) ? "dropped" : "there"));
        }
        for (int fd = 0; fd < 3; fd++) {
            state.add("descriptor " + fd + ": " + sandbox.isOpen(fd));
        }
        return state;
    }

    private static Instance plain(WasmModule module) {
        ImportFunction[] imports = module.importSection().stream()
                .filter(wanted -> wanted.importType() == ExternalType.FUNCTION)
                .map(wanted -> new HostFunction(
                        wanted.module(),
                        wanted.name(),
                        module.typeSection().getType(((FunctionImport) wanted).typeIndex()),
                        (instance, args) -> new long[] {0}))
                .toArray(ImportFunction[]::new);
        return Instance.builder(module)
                .withImportValues(ImportValues.builder().addFunction(imports).build())
                .withMemoryFactory(ByteArrayMemory::new)
                .withStart(false)
                .build();
    }
}
