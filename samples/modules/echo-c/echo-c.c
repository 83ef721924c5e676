// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// The echo contract in C: /echo sends the request body back, everything else describes the request.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[64 * 1024];

// write() may write less than it is given. It has no buffer, so there is nothing to flush.
static void print_bytes(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written < 0) {
            exit(1);
        }
        bytes += written;
        length -= (size_t)written;
    }
}

static void print(const char *text) {
    print_bytes(text, strlen(text));
}

static const char *variable(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value != NULL && *value != '\0' ? value : otherwise;
}

static void echo(void) {
    print("Content-Type: ");
    print(variable("CONTENT_TYPE", "application/octet-stream"));
    print("\n\n");
    ssize_t length;
    while ((length = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        print_bytes(buffer, (size_t)length);
    }
    if (length < 0) {
        exit(1);
    }
}

static void describe(void) {
    const char *length = getenv("CONTENT_LENGTH");
    print("Content-Type: text/plain; charset=utf-8\n"
          "Set-Cookie: first=1\n"
          "Set-Cookie: second=2\n"
          "\n"
          "method = ");
    print(variable("REQUEST_METHOD", ""));
    print("\npath_info = ");
    print(variable("PATH_INFO", ""));
    print("\ncontent_type = ");
    print(variable("CONTENT_TYPE", ""));
    print("\ncontent_length = ");
    print(length != NULL ? length : "absent");
    print("\n");
}

int main(void) {
    if (strcmp(variable("PATH_INFO", ""), "/echo") == 0) {
        echo();
    } else {
        describe();
    }
    return 0;
}
