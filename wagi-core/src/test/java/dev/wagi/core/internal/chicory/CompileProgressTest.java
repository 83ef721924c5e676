// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompileProgressTest {

    /** Each function takes the same time. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            functions | milliseconds each | told
            1000      | 1                 | ''
            1000      | 25                | 20 40 60 80
            10        | 2500              | 20 40 60 80
            10        | 9000              | 10 20 30 40 50 60 70 80 90
            1         | 60000             | ''
            3         | 4000              | 66
            250       | 100               | 20 40 60 80
            """, useHeadersInDisplayName = true)
    void functions_areToldNowAndThen(int functions, long millis, String told) {
        List<String> percents = new ArrayList<>();
        long[] now = {Long.MAX_VALUE - 1}; // as nanoTime may be
        CompileProgress progress =
                new CompileProgress(functions, () -> now[0], percent -> percents.add(String.valueOf(percent)));

        for (int i = 0; i < functions; i++) {
            now[0] += TimeUnit.MILLISECONDS.toNanos(millis);
            progress.run();
        }

        assertThat(String.join(" ", percents)).isEqualTo(told);
    }
}
