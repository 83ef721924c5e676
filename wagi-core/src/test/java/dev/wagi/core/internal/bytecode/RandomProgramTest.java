// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.runtime.Instance;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Programs that nobody wrote, run as the engine compiles them and through the pass, whole and in many parts. Not in the
 * engine's interpreter: that one and its compiler do not agree on all of them (seed 96 is one).
 */
class RandomProgramTest {

    private static final int SEEDS = Integer.getInteger("wagi.seeds", 60);
    private static final int FIRST = Integer.getInteger("wagi.firstSeed", 1);
    private static final int CALLS = 3;

    @Test
    void everyProgramComesToTheSame() {
        for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
            Guests guests = new Guests(RandomProgram.of(seed));
            List<Object> expected = run(guests.compiled(), seed);
            assertThat(run(guests.passed(), seed)).as("seed %d", seed).isEqualTo(expected);
            assertThat(run(guests.rewritten(200), seed))
                    .as("seed %d, rewritten", seed)
                    .isEqualTo(expected);
            for (int limit : new int[] {200}) {
                assertThat(run(guests.split(limit), seed))
                        .as("seed %d, split at %d", seed, limit)
                        .isEqualTo(expected);
            }
        }
    }

    private static List<Object> run(Instance instance, long seed) {
        List<Object> observed = new ArrayList<>();
        for (int call = 0; call < CALLS; call++) {
            for (int function = 0; function < RandomProgram.FUNCTIONS; function++) {
                observed.add(Guests.call(instance, "f" + function, RandomProgram.arguments(seed, call)));
            }
            observed.add(Guests.state(instance, RandomProgram.GLOBALS));
            instance.global(0).setValue(400);
        }
        return observed;
    }
}
