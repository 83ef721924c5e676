// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// What a first CGI program in C looks like: printf and one variable.

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    const char *method = getenv("REQUEST_METHOD");
    printf("Content-Type: text/plain\n\n");
    printf("hello from %s, %s request number %d\n", "C", method == NULL ? "unknown" : method, 1);
    return 0;
}
