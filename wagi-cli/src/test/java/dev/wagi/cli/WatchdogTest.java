// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WatchdogTest {

    private static final String OWN = String.valueOf(ProcessHandle.current().pid());

    private final List<String> reports = new ArrayList<>();
    private final List<String> complaints = new ArrayList<>();

    private Optional<Watchdog> watchdog(String micros, String process, Predicate<Duration> look) {
        return Watchdog.of(micros, process, look, () -> reports.add("alive"), complaints::add);
    }

    /** Twice in the time of the service, as sd_watchdog_enabled(3) asks for. */
    @ParameterizedTest
    @CsvSource({"30000000, PT15S, PT7.5S", "1, PT0.0000005S, PT0.00000025S"})
    void step_serverAnswers_reports(String micros, Duration next, Duration limit) {
        List<Duration> limits = new ArrayList<>();

        Watchdog watchdog = watchdog(micros, null, limits::add).orElseThrow();

        assertThat(watchdog.step()).isEqualTo(next);
        assertThat(limits).containsExactly(limit);
        assertThat(reports).containsExactly("alive");
        assertThat(complaints).isEmpty();
    }

    /** And looks again before the time of the service is over. */
    @Test
    void step_serverDoesNotAnswer_doesNotReport() {
        Watchdog watchdog = watchdog("30000000", OWN, limit -> false).orElseThrow();

        assertThat(watchdog.step()).isEqualTo(Duration.ofMillis(7500));
        assertThat(reports).isEmpty();
        assertThat(complaints)
                .containsExactly("the server did not answer the watchdog within 7500 ms; if it still does not, systemd"
                        + " restarts the service (WatchdogSec in the unit)");
    }

    @Test
    void step_lookFails_doesNotReport() {
        Watchdog watchdog = watchdog("30000000", null, limit -> {
                    throw new OutOfMemoryError("a test");
                })
                .orElseThrow();

        assertThat(watchdog.step()).isEqualTo(Duration.ofMillis(7500));
        assertThat(reports).isEmpty();
    }

    @Test
    void step_reportFails_looksAgain() {
        Watchdog watchdog = Watchdog.of(
                        "30000000",
                        null,
                        limit -> true,
                        () -> {
                            throw new OutOfMemoryError("a test");
                        },
                        complaints::add)
                .orElseThrow();

        assertThat(watchdog.step()).isEqualTo(Duration.ofMillis(7500));
    }

    @Test
    void of_notAskedFor_isEmpty() {
        assertThat(watchdog(null, null, limit -> true)).isEmpty();
        assertThat(watchdog("30000000", "1" + OWN, limit -> true))
                .as("for another process")
                .isEmpty();
        assertThat(complaints).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0", "-1", "1s", "''", "99999999999999999999"})
    void of_notATime_isReported(String micros) {
        assertThat(watchdog(micros, null, limit -> true)).isEmpty();
        assertThat(complaints)
                .containsExactly(
                        "the variable WATCHDOG_USEC is not a number of microseconds above 0, so the watchdog is"
                                + " not used; it is set by systemd, from WatchdogSec in the unit");
    }
}
