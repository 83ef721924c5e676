// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GateTest {

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE})
    void close_nobodyInside_anyGraceWillDo(long seconds) {
        Gate gate = new Gate();
        gate.enter();
        gate.leave();

        assertThat(gate.close(Duration.ofSeconds(seconds))).isTrue();
        assertThat(gate.enter()).isFalse();
        assertThat(gate.close(Duration.ofSeconds(seconds))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void leave_twice_isABugAndCountsOnce(boolean closed) {
        Gate gate = new Gate();
        gate.enter();
        gate.enter();
        if (closed) {
            assertThat(gate.close(Duration.ZERO)).isFalse();
        }
        gate.leave();
        gate.leave();

        assertThatThrownBy(gate::leave).isInstanceOf(IllegalStateException.class);

        assertThat(gate.enter()).isEqualTo(!closed);
        assertThat(gate.close(Duration.ZERO)).isEqualTo(closed);
    }

    @Test
    void leave_lastOne_endsClosing() throws InterruptedException {
        Gate gate = new Gate();
        gate.enter();
        assertThat(gate.close(Duration.ZERO)).isFalse();

        Thread guest = new Thread(gate::leave);
        guest.start();

        assertThat(gate.close(Duration.ofSeconds(Long.MAX_VALUE))).isTrue();
        guest.join();
    }
}
