// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.pod;

import java.time.Duration;
import java.time.Instant;

/** The kubelet's pauses between attempts: 10 s, doubled up to 300 s. Not thread-safe. */
final class Backoff {

    private static final Duration FIRST = Duration.ofSeconds(10);
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private Duration pause = Duration.ZERO;
    private Instant until = Instant.MIN;

    /** Records a failed attempt. */
    void failed(Instant now) {
        pause = pause.isZero() ? FIRST : pause.multipliedBy(2);
        if (pause.compareTo(LONGEST) > 0) {
            pause = LONGEST;
        }
        until = now.plus(pause);
    }

    /** Clears the failures. */
    void reset() {
        pause = Duration.ZERO;
        until = Instant.MIN;
    }

    /** Makes the next attempt due immediately. If it fails as well, the pause is longer than before. */
    void skip() {
        until = Instant.MIN;
    }

    boolean isDue(Instant now) {
        return !until.isAfter(now);
    }

    /** Returns the time until the next attempt. */
    Duration remaining(Instant now) {
        return isDue(now) ? Duration.ZERO : Duration.between(now, until);
    }

    /** Returns the pause after the last failure. */
    Duration pause() {
        return pause;
    }
}
