// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// Computes for five seconds, then answers. It looks at the clock only now and then: a guest that calls its host all the
// time would be easier to live with.

#include <stdint.h>
#include <stdio.h>
#include <time.h>

static int64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int main(void) {
    int64_t end = milliseconds() + 5000;
    uint32_t state = 2463534242u;
    uint64_t rounds = 0;
    do {
        for (int i = 0; i < 1000000; i++) {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
        }
        rounds++;
    } while (milliseconds() < end);
    printf("Content-Type: text/plain\n\nspun %u million rounds: %08x\n", (unsigned)rounds, (unsigned)state);
    return 0;
}
