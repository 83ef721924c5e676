// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// Serves the files of a volume: PATH_INFO is the path below the guest's directory /site.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *type_of(const char *path) {
    const char *dot = strrchr(path, '.');
    if (dot != NULL && strcmp(dot, ".html") == 0) {
        return "text/html; charset=utf-8";
    } else if (dot != NULL && strcmp(dot, ".css") == 0) {
        return "text/css; charset=utf-8";
    }
    return "text/plain; charset=utf-8";
}

int main(void) {
    const char *info = getenv("PATH_INFO");
    char path[1024];
    struct stat status;
    int length = snprintf(path, sizeof path, "/site%s", info != NULL ? info : "");
    if (length > 0 && (size_t)length < sizeof path && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        length = snprintf(path, sizeof path, "/site%s/index.html", info != NULL ? info : "");
    }
    // No check for "..": nothing outside the volume can be opened.
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "r") : NULL;
    if (file == NULL) {
        fputs("Status: 404 Not Found\nContent-Type: text/plain; charset=utf-8\n\nThere is no such file.\n", stdout);
        return 0;
    }
    printf("Content-Type: %s\n\n", type_of(path));
    char buffer[16 * 1024];
    for (size_t read; (read = fread(buffer, 1, sizeof buffer, file)) > 0;) {
        fwrite(buffer, 1, read, stdout);
    }
    fclose(file);
    return 0;
}
