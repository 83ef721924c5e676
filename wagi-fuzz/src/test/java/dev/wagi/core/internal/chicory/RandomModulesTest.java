// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The first modules of {@link RandomModuleFuzz}, by seed: the same in each build, more of them with the profile
 * {@code fuzz}.
 */
class RandomModulesTest {

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS)
    void modules_ofTheFirstSeeds_doTheSameCompiledInterpretedAndReused() throws IOException {
        int count = Integer.getInteger("fuzz.modules", 200);
        for (long seed = 0; seed < count; seed++) {
            try {
                RandomModuleFuzz.check(RandomModule.of(seed));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("the module of seed " + seed, e);
            }
        }
    }
}
