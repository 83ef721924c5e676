// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// Calls another server with the functions of the module "wasi_experimental_http".
// The host lets it through only if the module's allowed_hosts has https://api.brigade.sh

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define HTTP(name) __attribute__((import_module("wasi_experimental_http"), import_name(#name)))

// Every function answers 0 or one of the error codes below.
HTTP(req) extern uint32_t http_req(const char *url, size_t url_length,
                                   const char *method, size_t method_length,
                                   const char *headers, size_t headers_length,
                                   const char *body, size_t body_length,
                                   uint16_t *status, uint32_t *response);
HTTP(close) extern uint32_t http_close(uint32_t response);
HTTP(header_get) extern uint32_t http_header_get(uint32_t response, const char *name, size_t name_length,
                                                 char *buffer, size_t buffer_length, uint32_t *written);
HTTP(headers_get_all) extern uint32_t http_headers_get_all(uint32_t response,
                                                           char *buffer, size_t buffer_length, uint32_t *written);
HTTP(body_read) extern uint32_t http_body_read(uint32_t response,
                                               char *buffer, size_t buffer_length, uint32_t *written);

static const char URL[] = "https://api.brigade.sh/healthz";
static const char METHOD[] = "GET";
static const char HEADERS[] = "accept:*/*\n";
static const char CONTENT_TYPE[] = "content-type";

static const char *const ERRORS[] = {
    "success",
    "invalid handle",
    "memory not found",
    "memory access error",
    "buffer too small",
    "header not found",
    "invalid UTF-8",
    "destination not allowed",
    "invalid method",
    "invalid encoding",
    "invalid URL",
    "request error",
    "runtime error",
    "too many sessions",
};

static char buffer[16 * 1024];

static void print_error(uint32_t code) {
    const char *name = code < sizeof ERRORS / sizeof *ERRORS ? ERRORS[code] : "unknown error";
    printf("failed: error %u (%s)\n", (unsigned) code, name);
}

static void print_content_type(uint32_t response) {
    uint32_t written = 0;
    uint32_t code = http_header_get(response, CONTENT_TYPE, strlen(CONTENT_TYPE), buffer, sizeof buffer, &written);
    printf("%s: ", CONTENT_TYPE);
    if (code != 0) {
        print_error(code);
        return;
    }
    fwrite(buffer, 1, written, stdout);
    putchar('\n');
}

static void print_header_count(uint32_t response) {
    uint32_t written = 0;
    uint32_t code = http_headers_get_all(response, buffer, sizeof buffer, &written);
    printf("header lines: ");
    if (code != 0) {
        print_error(code);
        return;
    }
    unsigned lines = 0;
    for (uint32_t i = 0; i < written; i++) {
        if (buffer[i] == '\n') {
            lines++;
        }
    }
    printf("%u\n", lines);
}

static void print_body(uint32_t response) {
    for (;;) {
        uint32_t written = 0;
        uint32_t code = http_body_read(response, buffer, sizeof buffer, &written);
        if (code != 0) {
            printf("\nbody_read ");
            print_error(code);
            return;
        }
        if (written == 0) {
            return;
        }
        fwrite(buffer, 1, written, stdout);
    }
}

int main(void) {
    uint16_t status = 0;
    uint32_t response = 0;
    printf("Content-Type: text/plain; charset=utf-8\n\n");

    uint32_t code = http_req(URL, strlen(URL), METHOD, strlen(METHOD), HEADERS, strlen(HEADERS), "", 0,
                             &status, &response);
    printf("%s %s ", METHOD, URL);
    if (code != 0) {
        print_error(code);
        return 0;
    }
    printf("-> status %u\n", (unsigned) status);
    print_content_type(response);
    print_header_count(response);
    putchar('\n');
    print_body(response);
    http_close(response);
    return 0;
}
