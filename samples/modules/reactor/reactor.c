// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// A reactor: a module without main. Its function _initialize, which the compiler makes, runs the constructors; then the
// route's entrypoint is called. Each request has its own instance, so both run on every request.

#include <stdio.h>

static const char *greeting;

__attribute__((constructor)) static void prepare(void) {
    greeting = "hello from a reactor";
}

__attribute__((export_name("greet"))) void greet(void) {
    printf("Content-Type: text/plain; charset=utf-8\n\n%s\n", greeting);
    // Nothing else would: there is no main that returns.
    fflush(stdout);
}
