// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.OpCode;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.internal.bytecode.CodePass;
import dev.wagi.core.internal.chicory.EndlessGuest.Instruction;
import dev.wagi.core.internal.chicory.EndlessGuest.Place;
import dev.wagi.core.internal.chicory.EndlessGuest.Size;
import dev.wagi.core.internal.sandbox.GuestCode;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import dev.wagi.core.internal.sandbox.ModuleDigest;
import dev.wagi.core.internal.sandbox.Sandbox;
import dev.wagi.core.internal.sandbox.SandboxLimits;
import dev.wagi.core.internal.sandbox.Watchdog;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a guest goes on for ever with, in whatever code and called from wherever, an interrupt ends it: every
 * instruction that can jump backwards, and every one that calls, in all ways in which functions are run.
 *
 * <p>An engine that does not look for interrupts somewhere hangs, so each case has a limit and a thread of its own.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoppingTest {

    /** How the function comes to be run, see {@link EndlessGuest.Size}. */
    enum Way {
        COMPILED(Size.SMALL),
        SPLIT(Size.LARGE),
        TOO_LARGE(Size.TOO_LARGE),
        /** Too large, and with an engine whose compiler cannot be patched. */
        LEFT_TO_THE_INTERPRETER(Size.TOO_LARGE),
        INTERPRETED(Size.SMALL);

        private final Size size;

        Way(Size size) {
            this.size = size;
        }

        ChicoryEngine engine() {
            return switch (this) {
                case INTERPRETED -> new ChicoryEngine(false);
                case LEFT_TO_THE_INTERPRETER ->
                    new ChicoryEngine(new ModuleCompiler(null, () -> null, CodePass.COMPILED), GuestHeap.SHARED);
                default -> new ChicoryEngine(true);
            };
        }
    }

    /** Long enough for most to begin, short enough for many cases. */
    private static final long SOON = TimeUnit.MILLISECONDS.toNanos(20);

    static Stream<Arguments> all() {
        return Stream.of(Instruction.values())
                .flatMap(instruction -> Stream.of(Way.values())
                        .flatMap(way -> Stream.of(Place.values()).map(place -> Arguments.of(instruction, way, place))));
    }

    @ParameterizedTest
    @MethodSource("all")
    void anInterrupt_endsTheGuest(Instruction instruction, Way way, Place place) {
        byte[] binary = EndlessGuest.module(instruction, way.size, place);
        ChicoryEngine engine = way.engine();

        if (instruction.isTailCall()) {
            assertThatThrownBy(() -> engine.load("endless", binary))
                    .isInstanceOf(ModuleLoadException.class)
                    .hasMessageStartingWith("endless uses tail calls (instruction 0x1");
            return;
        }
        switch (place) {
            case START_FUNCTION, WIZER -> stoppedWhileLoaded(engine, binary);
            case INITIALIZE -> stoppedWhileItRuns(engine.load("endless", binary), "go");
            case REQUEST -> {
                GuestModule module = engine.load("endless", binary);
                stoppedWhileItRuns(module, "_start");
                stoppedWhileItRuns(module, "_routes");
            }
        }
    }

    /** Nothing can be called there, so the time when it is interrupted is that of the watchdog. */
    private static void stoppedWhileLoaded(ChicoryEngine engine, byte[] binary) {
        GuestCode code = engine.load("endless", binary, ModuleDigest.of(binary));
        assertThatThrownBy(() -> {
                    Watchdog.Watch watch = Watchdog.SHARED.begin(SOON);
                    try {
                        code.module(SandboxLimits.of(Limits.defaults()));
                    } finally {
                        watch.end();
                    }
                })
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageContaining("nterrupted");
    }

    /** The engine's compiler does not look; our pass does, before each function. */
    @Test
    void anInterrupt_endsTheCompilation() {
        byte[] binary = EndlessGuest.module(Instruction.BR, Size.TOO_LARGE, Place.REQUEST);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> new ChicoryEngine(true).load("endless", binary))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessage("endless was not loaded because loading was given up; try again");
        assertThat(Thread.interrupted()).isTrue();
    }

    /** The guest prints, which interrupts it, and then does not end. */
    private static void stoppedWhileItRuns(GuestModule module, String entrypoint) {
        Sandbox sandbox = module.instantiate();
        GuestOutput output = new GuestOutput() {
            @Override
            public void write(byte[] bytes, int offset, int length) {
                Thread.currentThread().interrupt();
            }

            @Override
            public void flush() {}
        };
        GuestIo io = GuestIo.of(GuestStrings.none(), GuestStrings.none(), (b, o, l) -> -1, output, output);

        assertThatThrownBy(() -> sandbox.run(entrypoint, io))
                .isInstanceOf(GuestTrapException.class)
                .hasMessage("interrupted")
                .hasCauseInstanceOf(ChicoryInterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Instruction.class,
            names = {"RETURN_CALL", "RETURN_CALL_INDIRECT", "RETURN_CALL_REF"},
            mode = EnumSource.Mode.EXCLUDE)
    void ways_areWhatTheyAreCalled(Instruction instruction) {
        for (Way way : Way.values()) {
            WasmModule module = Parser.parse(EndlessGuest.module(instruction, way.size, Place.REQUEST));
            CompiledCode code = way == Way.LEFT_TO_THE_INTERPRETER
                    ? CompiledCode.plain(module).improved(module, new BitSet())
                    : EmittedClasses.compiled(module, CodePass.COMPILED);
            boolean split = code.classes().values().stream()
                    .anyMatch(bytes -> new String(bytes, StandardCharsets.ISO_8859_1).contains("part_"));

            // A function with handlers is not split.
            boolean whole = instruction.name().startsWith("CATCH");

            assertThat(code.interpreted())
                    .hasSize(way == Way.LEFT_TO_THE_INTERPRETER || way == Way.TOO_LARGE && whole ? 1 : 0);
            assertThat(code.failed()).isEmpty();
            assertThat(split).isEqualTo((way == Way.SPLIT || way == Way.TOO_LARGE) && !whole);
        }
    }

    /** A new version of the engine may know more of them: each is a row of the table above, or is refused at load. */
    @Test
    void instructions_areAllThatTheEngineKnows() {
        List<String> known = Stream.of(OpCode.values())
                .map(OpCode::name)
                .filter(name -> name.matches("(BR|CALL|RETURN_CALL|TRY|CATCH|THROW|DELEGATE|RESUME|SWITCH|LOOP).*"))
                .toList();

        assertThat(known)
                .containsExactlyInAnyOrder(
                        "LOOP",
                        "THROW",
                        "THROW_REF",
                        "BR",
                        "BR_IF",
                        "BR_TABLE",
                        "CALL",
                        "CALL_INDIRECT",
                        "RETURN_CALL",
                        "RETURN_CALL_INDIRECT",
                        "CALL_REF",
                        "RETURN_CALL_REF",
                        "TRY_TABLE",
                        "BR_ON_NULL",
                        "BR_ON_NON_NULL",
                        // of garbage collection, refused
                        "BR_ON_CAST",
                        "BR_ON_CAST_FAIL");
    }
}
