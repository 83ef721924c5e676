// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.runtime.Instance;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The functions of {@code bytecode/control.wat}, each with the same pairs of arguments. */
class ControlFlowTest {

    private static final List<String> FUNCTIONS = List.of(
            "table",
            "loops",
            "mixed",
            "several",
            "indirect",
            "indirectWide",
            "globals",
            "init",
            "unreachable",
            "zeros",
            "drop",
            "init");
    private static final int[] ARGUMENTS = {0, 1, 2, 3, 5, 6, 40, 70, 65533, -1, Integer.MIN_VALUE, Integer.MAX_VALUE};

    @Test
    void everyFunctionComesToTheSame() throws IOException {
        try (InputStream wasm = Objects.requireNonNull(getClass().getResourceAsStream("/bytecode/control.wasm"))) {
            Guests guests = new Guests(wasm.readAllBytes());
            List<Object> expected = run(guests.compiled());
            assertThat(run(guests.interpreted())).isEqualTo(expected);
            assertThat(run(guests.passed())).isEqualTo(expected);
            assertThat(run(guests.rewritten(60))).isEqualTo(expected);
            for (int limit : new int[] {10, 60, 120, 200}) {
                assertThat(run(guests.split(limit))).as("split at %d", limit).isEqualTo(expected);
            }
        }
    }

    private static List<Object> run(Instance instance) {
        List<Object> observed = new ArrayList<>();
        for (String function : FUNCTIONS) {
            for (int first : ARGUMENTS) {
                for (int second : ARGUMENTS) {
                    observed.add(function + first + " " + second + Guests.call(instance, function, first, second));
                }
            }
        }
        observed.add(Guests.call(instance, "fibonacci", 15, 1));
        observed.addAll(Guests.state(instance, 4));
        return observed;
    }
}
