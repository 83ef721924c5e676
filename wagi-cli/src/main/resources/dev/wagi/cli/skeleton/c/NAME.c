// Answers each request with its method and the path below the route.

#include <stdio.h>
#include <stdlib.h>

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value == NULL ? "" : value;
}

int main(void) {
    printf("Content-Type: text/plain; charset=utf-8\n"
           "\n"
           "hello from C\n"
           "%s %s\n",
           variable("REQUEST_METHOD"), variable("PATH_INFO"));
    return 0;
}
