// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.wasi.WasiOptions;
import dev.wagi.core.internal.sandbox.GuestInput;
import dev.wagi.core.internal.sandbox.GuestIo;
import dev.wagi.core.internal.sandbox.GuestModule;
import dev.wagi.core.internal.sandbox.GuestOutput;
import dev.wagi.core.internal.sandbox.GuestStrings;
import dev.wagi.core.internal.sandbox.GuestTrapException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The WASI functions, called by guests of a few instructions. */
class WasiPreview1Test {

    @Test
    void functions_areThoseOfTheEngineWithTheirTypes() {
        Map<String, String> engine = new TreeMap<>();
        try (var wasi = com.dylibso.chicory.wasi.WasiPreview1.builder()
                .withOptions(WasiOptions.builder().build())
                .build()) {
            for (HostFunction function : wasi.toHostFunctions()) {
                engine.put(function.name(), function.functionType().toString());
            }
        }
        Map<String, String> ours = new TreeMap<>();
        for (String name : engine.keySet()) {
            ours.put(name, type(WasiPreview1.FUNCTIONS.find(name)));
        }

        assertThat(ours).isEqualTo(engine).hasSize(48);
        assertThat(ours.keySet()).containsAll(WasiCalls.NAMES).hasSize(WasiCalls.NAMES.size() + 1);
    }

    @Test
    void unstable_hasTheFunctionsOfItsTime() {
        Map<String, String> now = new TreeMap<>();
        Map<String, String> then = new TreeMap<>();
        for (String name : WasiCalls.NAMES) {
            now.put(name, type(WasiPreview1.FUNCTIONS.find(name)));
            then.put(name, type(WasiPreview1.UNSTABLE.find(name)));
        }

        List.of("sock_accept", "adapter_close_badfd", "adapter_open_badfd").forEach(name -> {
            now.remove(name);
            assertThat(then.remove(name)).isEqualTo("missing");
        });
        assertThat(then).isEqualTo(now).hasSize(44);
        assertThat(WasiPreview1.UNSTABLE.find("proc_exit")).isNotNull();
        assertThat(WasiPreview1.UNSTABLE.module()).isEqualTo("wasi_unstable");
    }

    private static String type(HostFunctions.@Nullable Definition definition) {
        return definition == null ? "missing" : definition.type().toString();
    }

    record Call(String what, String function, String arguments, int errno) {
        @Override
        public String toString() {
            return function + ": " + what;
        }
    }

    private static final String OUTSIDE = "(i32.const 65533)";
    private static final String I0 = "(i32.const 0)";
    private static final String L0 = "(i64.const 0)";

    /** One call each; the guest exits with the error number. */
    static Stream<Call> calls() {
        return Stream.of(
                new Call("pointers outside", "args_get", OUTSIDE + I0, 21),
                new Call("buffer outside", "args_get", I0 + OUTSIDE, 21),
                new Call("highest address", "args_sizes_get", "(i32.const -1)(i32.const 0)", 21),
                new Call("buffer outside", "environ_get", I0 + OUTSIDE, 21),
                new Call("inside", "environ_get", "(i32.const 100)(i32.const 200)", 0),
                new Call("inside", "environ_sizes_get", "(i32.const 100)(i32.const 200)", 0),
                new Call("real time", "clock_time_get", "(i32.const 0)" + L0 + "(i32.const 8)", 0),
                new Call("monotonic", "clock_time_get", "(i32.const 1)" + L0 + "(i32.const 8)", 0),
                new Call("CPU time of the process", "clock_time_get", "(i32.const 2)" + L0 + "(i32.const 8)", 58),
                new Call("CPU time of the thread", "clock_time_get", "(i32.const 3)" + L0 + "(i32.const 8)", 58),
                new Call("unknown clock", "clock_time_get", "(i32.const 4)" + L0 + "(i32.const 8)", 28),
                new Call("outside", "clock_time_get", "(i32.const 0)" + L0 + OUTSIDE, 21),
                new Call("real time", "clock_res_get", "(i32.const 0)(i32.const 8)", 0),
                new Call("inside", "random_get", "(i32.const 0)(i32.const 65536)", 0),
                new Call("longer than the memory", "random_get", "(i32.const 1)(i32.const 65536)", 21),
                new Call("4 GiB", "random_get", "(i32.const 0)(i32.const -1)", 21),
                new Call("yields", "sched_yield", "", 0),
                new Call("no descriptor", "fd_close", "(i32.const 3)", 8),
                new Call("negative descriptor", "fd_close", "(i32.const -1)", 8),
                new Call("standard output", "fd_close", "(i32.const 1)", 0),
                new Call("standard error", "fd_fdstat_get", "(i32.const 2)(i32.const 100)", 0),
                new Call("outside", "fd_fdstat_get", "(i32.const 0)" + OUTSIDE, 21),
                new Call("no descriptor", "fd_fdstat_get", "(i32.const 3)(i32.const 100)", 8),
                new Call("standard input", "fd_filestat_get", "(i32.const 0)(i32.const 100)", 0),
                new Call("a stream has no position", "fd_seek", "(i32.const 1)" + L0 + I0 + "(i32.const 8)", 70),
                new Call("a stream has no position", "fd_tell", "(i32.const 1)(i32.const 8)", 70),
                new Call("output is not read", "fd_read", "(i32.const 1)" + I0 + "(i32.const 1)(i32.const 8)", 8),
                new Call("input is not written", "fd_write", "(i32.const 0)" + I0 + "(i32.const 1)(i32.const 8)", 8),
                new Call("too many buffers", "fd_write", "(i32.const 1)" + I0 + "(i32.const 1025)(i32.const 8)", 28),
                new Call("negative count", "fd_write", "(i32.const 1)" + I0 + "(i32.const -1)(i32.const 8)", 28),
                new Call("buffers outside", "fd_write", "(i32.const 1)" + OUTSIDE + "(i32.const 1)(i32.const 8)", 21),
                new Call("result outside", "fd_write", "(i32.const 1)" + I0 + "(i32.const 0)" + OUTSIDE, 21),
                new Call("no directory is open", "fd_prestat_get", "(i32.const 3)(i32.const 8)", 8),
                new Call("a stream is no directory", "fd_prestat_get", "(i32.const 0)(i32.const 8)", 8),
                new Call(
                        "no directory is open",
                        "path_open",
                        "(i32.const 3)(i32.const 0)(i32.const 0)(i32.const 1)(i32.const 0)" + L0 + L0
                                + "(i32.const 0)(i32.const 8)",
                        8),
                new Call("no directory is open", "path_unlink_file", "(i32.const 3)(i32.const 0)(i32.const 1)", 8),
                new Call("not a socket", "sock_shutdown", "(i32.const 1)(i32.const 2)", 57),
                new Call("no descriptor", "sock_accept", "(i32.const 3)(i32.const 0)(i32.const 8)", 8),
                new Call("no signals", "proc_raise", "(i32.const 9)", 58),
                new Call("nothing to wait for", "poll_oneoff", I0 + "(i32.const 100)(i32.const 0)(i32.const 8)", 28),
                new Call(
                        "too much to wait for", "poll_oneoff", I0 + "(i32.const 100)(i32.const 1025)(i32.const 8)", 28),
                new Call(
                        "subscription outside",
                        "poll_oneoff",
                        OUTSIDE + "(i32.const 100)(i32.const 1)(i32.const 8)",
                        21));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void call_anyArguments_givesErrnoAndNeverHarms(Call row) throws IOException {
        assertThat(run("(call $exit (call $f " + row.arguments + "))", row.function).code)
                .isEqualTo(row.errno);
    }

    @Test
    void pollOneoff_clockAndStream_givesTheReadyOne() throws IOException {
        // Subscription 0: a clock in a minute, userdata 7. Subscription 1: standard output, userdata 9.
        Result result = run("""
                (i64.store (i32.const 0) (i64.const 7))
                (i32.store (i32.const 16) (i32.const 1))
                (i64.store (i32.const 24) (i64.const 60000000000))
                (i64.store (i32.const 48) (i64.const 9))
                (i32.store8 (i32.const 56) (i32.const 2))
                (i32.store (i32.const 64) (i32.const 1))
                (drop (call $f (i32.const 0) (i32.const 200) (i32.const 2) (i32.const 400)))
                ;; events * 100 + userdata of the first
                (call $exit (i32.add (i32.mul (i32.load (i32.const 400)) (i32.const 100)) (i32.load (i32.const 200))))
                """, "poll_oneoff");

        assertThat(result.code).isEqualTo(109);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    long ago              | 1
                    -1                    | 2
                    -9223372036854775808  | 2
                    """)
    void pollOneoff_absoluteClockAndOutput_comesWhenItIsDue(String time, int expected) throws IOException {
        // Subscription 0: the real-time clock at that time. Subscription 1: standard output, ready at once.
        long absolute = time.equals("long ago") ? 1 : Long.parseLong(time);
        Result result = run("""
                (i64.store (i32.const 0) (i64.const 1))
                (i32.store (i32.const 16) (i32.const 0))
                (i64.store (i32.const 24) (i64.const %d))
                (i32.store16 (i32.const 40) (i32.const 1))
                (i64.store (i32.const 48) (i64.const 2))
                (i32.store8 (i32.const 56) (i32.const 2))
                (i32.store (i32.const 64) (i32.const 1))
                ;; the events overlap the subscriptions
                (drop (call $f (i32.const 0) (i32.const 48) (i32.const 2) (i32.const 400)))
                (call $exit (i32.load (i32.const 48)))
                """.formatted(absolute), "poll_oneoff");

        assertThat(result.code).as("userdata of the first event").isEqualTo(expected);
    }

    /** A clock's number, its timeout and its flags are elsewhere in snapshot 0. */
    @Test
    void pollOneoff_ofSnapshot0_readsItsOwnSubscriptions() throws IOException {
        String subscriptions = """
                (i64.store (i32.const 0) (i64.const 7))
                (i64.store (i32.const 16) (i64.const -1))
                (i32.store (i32.const 24) (i32.const 1))
                (i64.store (i32.const 32) (i64.const %d))
                (i64.store (i32.const 40) (i64.const -1))
                (i32.store16 (i32.const 48) (i32.const %d))
                (i64.store (i32.const 56) (i64.const 9))
                (i32.store8 (i32.const 64) (i32.const 2))
                (i32.store (i32.const 72) (i32.const 1))
                (local.set $errno (call $f (i32.const 0) (i32.const 200) (i32.const 2) (i32.const 400)))
                (if (local.get $errno) (then (call $exit (local.get $errno))))
                (call $exit (i32.add (i32.mul (i32.load (i32.const 400)) (i32.const 100)) (i32.load (i32.const 200))))
                """;

        assertThat(unstable(subscriptions.formatted(60_000_000_000L, 0)).code)
                .as("events * 100 + userdata of the first")
                .isEqualTo(109);
        assertThat(unstable(subscriptions.formatted(0, 0)).code).isEqualTo(207);
        assertThat(unstable(subscriptions.formatted(1, 1)).code).isIn(109, 207);
        assertThat(unstable(subscriptions.formatted(0, 2)).code).isEqualTo(Errno.INVAL);
    }

    private static Result unstable(String body) throws IOException {
        return run(body, "poll_oneoff", "wasi_unstable", new PausedInput(""));
    }

    private static final String STDIN_AND_CLOCK = """
            (i64.store (i32.const 0) (i64.const 7))
            (i32.store8 (i32.const 8) (i32.const 1))
            (i64.store (i32.const 48) (i64.const 9))
            (i32.store (i32.const 64) (i32.const 1))
            (i64.store (i32.const 72) (i64.const %d))
            (drop (call $f (i32.const 0) (i32.const 200) (i32.const %d) (i32.const 400)))
            (call $exit (i32.add (i32.mul (i32.load (i32.const 400)) (i32.const 100)) (i32.load (i32.const 200))))
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    what                                        | timeout     | subscriptions | looks | result
                    ready at once                               | 60000000000 | 2             | 0     | 107
                    ready later                                 | 60000000000 | 2             | 3     | 107
                    ready later, without timeout                | 0           | 1             | 3     | 107
                    never ready: the clock                      | 1000000     | 2             | -1    | 109
                    a timeout of 0 does not wait                | 0           | 2             | -1    | 109
                    nobody can tell                             | 0           | 1             | -2    | 107
                    nobody can tell: the clock                  | 1000000     | 2             | -2    | 109
                    """, useHeadersInDisplayName = true)
    void pollOneoff_standardInput_isReadyWhenThereIsSomething(
            String what, long timeout, int subscriptions, int looks, int result) throws IOException {
        for (boolean compiled : new boolean[] {true, false}) {
            Result run = run(
                    STDIN_AND_CLOCK.formatted(timeout, subscriptions),
                    "poll_oneoff",
                    WasiPreview1.MODULE,
                    new PausedInput("input", looks),
                    new ChicoryEngine(compiled));

            assertThat(run.code).as("events * 100 + userdata of the first").isEqualTo(result);
        }
    }

    /** Heart-beats: what was printed is sent before the guest waits, each time. */
    @Test
    void pollOneoff_heartBeats_areSentWhileNothingComes() throws IOException {
        PausedInput input = new PausedInput("input", -1);
        Result run = run("""
                (loop $beat
                  (call $print (i32.const 1))
                  (i32.store8 (i32.const 8) (i32.const 1))
                  (i32.store (i32.const 64) (i32.const 1))
                  (i64.store (i32.const 72) (i64.const 1000000))
                  (drop (call $f (i32.const 0) (i32.const 200) (i32.const 2) (i32.const 400)))
                  (local.set $errno (i32.add (local.get $errno) (i32.const 1)))
                  (br_if $beat (i32.lt_u (local.get $errno) (i32.const 3))))
                """, "poll_oneoff", WasiPreview1.MODULE, input);

        assertThat(run.stdout).isEqualTo("text!text!text!");
    }

    @Test
    void pollOneoff_waitingForInput_endsWhenInterrupted() {
        GuestInput interrupting = new GuestInput() {
            @Override
            public int read(byte[] buffer, int offset, int length) {
                throw new IllegalStateException("there is nothing to read");
            }

            @Override
            public boolean isReady() {
                Thread.currentThread().interrupt();
                return false;
            }
        };
        try {
            assertThatThrownBy(() ->
                            run(STDIN_AND_CLOCK.formatted(0, 1), "poll_oneoff", WasiPreview1.MODULE, interrupting))
                    .isInstanceOf(GuestTrapException.class)
                    .hasMessageContaining("interrupted");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** NONBLOCK and APPEND of streams are remembered; reading obeys. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    not ready                        | 0 | 4  | -1 | 6  | 4
                    nobody can tell                  | 0 | 4  | -2 | 0  | 4
                    blocking                         | 0 | 0  | -1 | 0  | 0
                    ready                            | 0 | 4  | 0  | 0  | 4
                    APPEND                           | 0 | 1  | 0  | 0  | 1
                    """)
    void fdRead_nonBlocking_isAgainUntilThereIsSomething(
            String what, int fd, int flags, int looks, int errno, int remembered) throws IOException {
        Result result = run(
                """
                (drop (call $f (i32.const %d) (i32.const %d)))
                (drop (call $fdstat (i32.const 0) (i32.const 300)))
                (i32.store (i32.const 0) (i32.const 500))
                (i32.store (i32.const 4) (i32.const 10))
                (local.set $errno (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 100)))
                (call $exit (i32.add (local.get $errno) (i32.mul (i32.const 10) (i32.load16_u (i32.const 302)))))
                """.formatted(fd, flags), "fd_fdstat_set_flags", WasiPreview1.MODULE, new PausedInput("input", looks));

        assertThat(result.code).isEqualTo(errno + 10 * remembered);
    }

    /**
     * Has something to read after somebody has looked so many times; never if it is negative, and without telling if it
     * is -2.
     */
    private static final class PausedInput implements GuestInput {
        private final ByteArrayInputStream bytes;
        private int looks;

        PausedInput(String text) {
            this(text, 0);
        }

        PausedInput(String text, int looks) {
            this.bytes = new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
            this.looks = looks;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            return bytes.read(buffer, offset, length);
        }

        @Override
        public boolean isReady() {
            return looks == 0 || looks > 0 && looks-- < 0;
        }

        @Override
        public boolean isWatched() {
            return looks != -2;
        }
    }

    @Test
    void fdWrite_secondBufferOutside_writesNothing() throws IOException {
        Result result = run("""
                (i32.store (i32.const 0) (i32.const 1008))
                (i32.store (i32.const 4) (i32.const 4))
                (i32.store (i32.const 8) (i32.const 65530))
                (i32.store (i32.const 12) (i32.const 100))
                (call $exit (call $f (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 100)))
                """, "fd_write");

        assertThat(result.code).isEqualTo(21);
        assertThat(result.stdout).isEmpty();
    }

    @Test
    void fdRead_severalBuffers_fillsTheFirstThatIsNotEmpty() throws IOException {
        // Buffers of 0, 3 and 10 bytes; the input is "input".
        Result result = run("""
                (i32.store (i32.const 8) (i32.const 200))
                (i32.store (i32.const 12) (i32.const 3))
                (i32.store (i32.const 16) (i32.const 300))
                (i32.store (i32.const 20) (i32.const 10))
                (drop (call $f (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 100)))
                (i32.store (i32.const 1000) (i32.const 200))
                (i32.store (i32.const 1004) (i32.load (i32.const 100)))
                (call $print (i32.const 1))
                (i32.store (i32.const 12) (i32.const 30))
                (drop (call $f (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 100)))
                (i32.store (i32.const 1004) (i32.load (i32.const 100)))
                (call $print (i32.const 1))
                (drop (call $f (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 100)))
                (call $exit (i32.load (i32.const 100)))
                """, "fd_read");

        assertThat(result.stdout).isEqualTo("input");
        assertThat(result.code).as("at the end").isZero();
    }

    @Test
    void fdFdstatGet_standardOutput_isAPipeThatCanBeWritten() throws IOException {
        Result result = run("""
                (i64.store (i32.const 200) (i64.const -1))
                (i64.store (i32.const 208) (i64.const -1))
                (i64.store (i32.const 216) (i64.const -1))
                (drop (call $f (i32.const 1) (i32.const 200)))
                (call $exit
                  (i32.and
                    (i32.and (i32.eqz (i32.load8_u (i32.const 200))) (i32.eq (i32.load16_u (i32.const 202)) (i32.const 1)))
                    (i32.and
                      (i64.eq (i64.load (i32.const 208)) (i64.const 134217792))
                      (i64.eqz (i64.load (i32.const 216))))))
                """, "fd_fdstat_get");

        assertThat(result.code).isOne();
    }

    @Test
    void pollOneoff_clock_waits() throws IOException {
        long began = System.nanoTime();
        Result result = run("""
                (i32.store (i32.const 16) (i32.const 1))
                (i64.store (i32.const 24) (i64.const 30000000))
                (call $exit (call $f (i32.const 0) (i32.const 200) (i32.const 1) (i32.const 400)))
                """, "poll_oneoff");

        assertThat(result.code).isZero();
        assertThat(System.nanoTime() - began)
                .as("at least the 30 ms it asked for")
                .isGreaterThanOrEqualTo(30_000_000);
    }

    @Test
    void fdRenumber_errorOntoOutput_redirectsIt() throws IOException {
        Result result = run("""
                (drop (call $f (i32.const 2) (i32.const 1)))
                (call $print (i32.const 1))
                (call $print (i32.const 2))
                """, "fd_renumber");

        assertThat(result.stderr).isEqualTo("text");
        assertThat(result.stdout).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    unreachable                                        | Trapped on unreachable instruction
                    (drop (i32.load (i32.const -4)))                   | out of bounds memory access
                    (drop (i32.div_u (i32.const 1) (i32.const 0)))     | integer divide by zero
                    (call_indirect (i32.const 5))                      | undefined element
                    (call $loop)                                       | call stack exhausted
                    """)
    void run_trap_isToldWithItsReason(String instructions, String reason) {
        assertThatThrownBy(() -> run(instructions, "sched_yield"))
                .isInstanceOf(GuestTrapException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void run_growingMemory_endsAtTheLimit() throws IOException {
        Result result = run("""
                (loop $more (br_if $more (i32.ne (memory.grow (i32.const 64)) (i32.const -1))))
                (call $exit (memory.size))
                """, "sched_yield");

        assertThat(result.code).as("pages of 64 KiB").isEqualTo(4033);
    }

    record Result(int code, String stdout, String stderr) {}

    private static Result run(String body, String function) throws IOException {
        Result interpreted =
                run(body, function, WasiPreview1.MODULE, new PausedInput("input"), new ChicoryEngine(false));
        Result compiled = run(body, function, WasiPreview1.MODULE, new PausedInput("input"));
        assertThat(compiled).as("both engines").isEqualTo(interpreted);
        return compiled;
    }

    private static Result run(String body, String function, String module, GuestInput stdin) throws IOException {
        return run(body, function, module, stdin, new ChicoryEngine(true));
    }

    private static Result run(String body, String function, String module, GuestInput stdin, ChicoryEngine engine)
            throws IOException {
        HostFunctions.Definition definition = Objects.requireNonNull(WasiPreview1.FUNCTIONS.find(function));
        String parameters = String.join(
                " ", definition.type().params().stream().map(Object::toString).toList());
        String text = """
                (module
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
                  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fdstat (param i32 i32) (result i32)))
                  (import "%s" "%s" (func $f (param %s) (result i32)))
                  (memory (export "memory") 1)
                  (table 1 funcref)
                  (data (i32.const 1000) "\\f0\\03\\00\\00\\04\\00\\00\\00text")
                  (func $loop (call $loop))
                  (func $print (param i32)
                    (drop (call $fd_write (local.get 0) (i32.const 1000) (i32.const 1) (i32.const 1100))))
                  (func (export "_start") (local $errno i32) %s))
                """.formatted(module, function, parameters.toLowerCase(java.util.Locale.ROOT), body);
        GuestModule loaded = engine.load("guest", text.getBytes(StandardCharsets.UTF_8));
        Collector stdout = new Collector("!");
        Collector stderr = new Collector("");
        GuestIo io = GuestIo.of(GuestStrings.of("a", "b=c"), GuestStrings.of("NAME=value"), stdin, stdout, stderr);
        int code = loaded.instantiate().run("_start", io);
        return new Result(code, stdout.bytes.toString(), stderr.bytes.toString());
    }

    private static final class Collector implements GuestOutput {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final String flushed;

        /**
         * None yet.
         *
         * @param flushed what to write when it is flushed
         */
        Collector(String flushed) {
            this.flushed = flushed;
        }

        @Override
        public void write(byte[] buffer, int offset, int length) {
            bytes.write(buffer, offset, length);
        }

        @Override
        public void flush() {
            bytes.writeBytes(flushed.getBytes(StandardCharsets.US_ASCII));
        }
    }
}
