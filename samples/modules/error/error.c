// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// A module chooses the status of its response with a "Status" line.

#include <stdio.h>

int main(void) {
    fputs("Status: 404 Not Found\n"
          "Content-Type: text/plain; charset=utf-8\n"
          "\n"
          "This page was not found, says the module itself.\n",
          stdout);
    return 0;
}
