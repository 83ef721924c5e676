// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// What a module writes to its standard error is its log; the client never sees it.

#include <stdio.h>
#include <stdlib.h>

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value != NULL ? value : "";
}

int main(void) {
    fprintf(stderr, "log: start of request %s %s\n", variable("REQUEST_METHOD"), variable("SCRIPT_NAME"));
    fputs("log: warning: this is only an example\n", stderr);
    fputs("Content-Type: text/plain; charset=utf-8\n"
          "\n"
          "Three lines were written to the log of this module.\n",
          stdout);
    fflush(stdout);
    fputs("log: end of request\n", stderr);
    return 0;
}
