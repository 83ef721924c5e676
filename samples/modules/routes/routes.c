// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// A module that declares routes below its own: each line of _routes is a pattern and the function that answers it.

#include <stdio.h>
#include <stdlib.h>

static void page(const char *name) {
    const char *rest = getenv("PATH_INFO");
    printf("Content-Type: text/plain; charset=utf-8\n\n%s%s\n", name, rest != NULL ? rest : "");
    // Only main flushes automatically on return.
    fflush(stdout);
}

// Called once, when the module is loaded.
__attribute__((export_name("_routes"))) void routes(void) {
    puts("/cart cart_page");
    puts("/item/... item_page");
    fflush(stdout);
}

__attribute__((export_name("cart_page"))) void cart_page(void) {
    page("cart");
}

__attribute__((export_name("item_page"))) void item_page(void) {
    page("item ");
}

int main(void) {
    page("shop");
    return 0;
}
