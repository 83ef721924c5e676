// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// Compute-bound work, one kernel per request. A kernel is named by the first argument or the first name of the query
// string (WAGI gives a guest the path as argument 0, and the query's pieces after it), or called as an entrypoint of that
// name. Each prints a checksum over all that it computed, so that no compiler can leave the work out.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state;

// xorshift32: the same numbers on every host.
static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void answer(uint32_t checksum) {
    printf("Content-Type: text/plain\n\n%08x\n", (unsigned)checksum);
    // An entrypoint has no main that would do this when it returns.
    fflush(stdout);
}

static uint32_t fnv(uint32_t hash, const void *bytes, size_t count) {
    const unsigned char *next_byte = bytes;
    while (count-- > 0) {
        hash = (hash ^ *next_byte++) * 16777619u;
    }
    return hash;
}

// --- SHA-256 of 1 MiB, FIPS 180-4 ---

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, int count) {
    return word >> count | word << (32 - count);
}

static void compress(uint32_t hash[8], const unsigned char *block) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
    uint32_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i];
        uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    hash[0] += a;
    hash[1] += b;
    hash[2] += c;
    hash[3] += d;
    hash[4] += e;
    hash[5] += f;
    hash[6] += g;
    hash[7] += h;
}

__attribute__((export_name("sha256"))) void sha256(void) {
    enum { CHUNK = 64 * 1024, CHUNKS = 16 };
    unsigned char *chunk = malloc(CHUNK);
    state = 2463534242u;
    for (int i = 0; i < CHUNK; i++) {
        chunk[i] = (unsigned char)next();
    }
    uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (int i = 0; i < CHUNKS; i++) {
        chunk[0] = (unsigned char)i;
        for (int block = 0; block < CHUNK; block += 64) {
            compress(hash, chunk + block);
        }
    }
    unsigned char last[64] = {0x80};
    uint64_t bits = (uint64_t)CHUNK * CHUNKS * 8;
    for (int i = 0; i < 8; i++) {
        last[56 + i] = (unsigned char)(bits >> (56 - 8 * i));
    }
    compress(hash, last);
    free(chunk);
    answer(hash[0]);
}

// --- qsort of 65536 numbers ---

static int ascending(const void *left, const void *right) {
    int32_t a = *(const int32_t *)left;
    int32_t b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

__attribute__((export_name("qsort"))) void sort(void) {
    enum { COUNT = 65536 };
    int32_t *numbers = malloc(COUNT * sizeof *numbers);
    state = 2463534242u;
    for (int i = 0; i < COUNT; i++) {
        numbers[i] = (int32_t)next();
    }
    qsort(numbers, COUNT, sizeof *numbers, ascending);
    uint32_t checksum = fnv(2166136261u, numbers, COUNT * sizeof *numbers);
    free(numbers);
    answer(checksum);
}

// --- 20000 x snprintf ---

__attribute__((export_name("snprintf"))) void format(void) {
    char text[128];
    uint32_t checksum = 2166136261u;
    state = 2463534242u;
    for (int i = 0; i < 20000; i++) {
        uint32_t number = next();
        int length;
        switch (i % 8) {
        case 0:
            length = snprintf(text, sizeof text, "%d %s", (int)number, "some words");
            break;
        case 1:
            length = snprintf(text, sizeof text, "%x:%08x", (unsigned)number, (unsigned)i);
            break;
        case 2:
            length = snprintf(text, sizeof text, "%s=%s;", "a name", "its value");
            break;
        case 3:
            length = snprintf(text, sizeof text, "%5d|%-8d|%+d", i, (int)(number & 0xfff), (int)number);
            break;
        case 4:
            length = snprintf(text, sizeof text, "%c%c%10s%%", 'a' + (int)(number & 7), 'z', "right");
            break;
        case 5:
            length = snprintf(text, sizeof text, "%lld %u", (long long)number * number, (unsigned)number);
            break;
        case 6:
            length = snprintf(text, sizeof text, "%.3s%d.%d.%d", "cut here", i, i + 1, i + 2);
            break;
        default:
            // Rarely, because it is far more work than the others.
            length = i % 64 == 7 ? snprintf(text, sizeof text, "%5.2f", number / 65536.0)
                                 : snprintf(text, sizeof text, "%d %d %s", i, (int)number, "tail");
        }
        checksum = fnv(checksum, text, (size_t)length);
    }
    answer(checksum);
}

// --- 200000 x malloc and free, 256 blocks alive ---

__attribute__((export_name("malloc"))) void allocate(void) {
    enum { LIVE = 256 };
    unsigned char *blocks[LIVE] = {0};
    uint32_t checksum = 2166136261u;
    state = 2463534242u;
    for (int i = 0; i < 200000; i++) {
        uint32_t number = next();
        unsigned slot = number % LIVE;
        if (blocks[slot] != NULL) {
            checksum = (checksum ^ blocks[slot][0]) * 16777619u;
            free(blocks[slot]);
        }
        // Mostly small, as in real programs; now and then 4 KiB.
        size_t size = (number >> 8 & 31) == 0 ? 4096 : 8 + (number >> 16 & 511);
        blocks[slot] = malloc(size);
        blocks[slot][0] = (unsigned char)number;
        blocks[slot][size - 1] = (unsigned char)i;
    }
    for (int i = 0; i < LIVE; i++) {
        free(blocks[i]);
    }
    answer(checksum);
}

// --- JSON: a document of about 64 KB is parsed into a tree and printed again ---

typedef enum { OBJECT, ARRAY, STRING, NUMBER, WORD } Kind;

typedef struct Node {
    Kind kind;
    char *name;       // in an object
    char *text;       // of a string or word
    double number;
    struct Node *first;
    struct Node *following;
} Node;

typedef struct {
    char *text;
    size_t length;
    size_t capacity;
} Buffer;

static void put(Buffer *buffer, const char *text, size_t length) {
    if (buffer->length + length > buffer->capacity) {
        buffer->capacity = (buffer->length + length) * 2;
        buffer->text = realloc(buffer->text, buffer->capacity);
    }
    memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
}

static void put_text(Buffer *buffer, const char *text) {
    put(buffer, text, strlen(text));
}

static void put_number(Buffer *buffer, int64_t number) {
    char digits[24];
    int at = sizeof digits;
    uint64_t rest = number < 0 ? (uint64_t)-number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    put(buffer, digits + at, sizeof digits - (size_t)at);
}

static void put_string(Buffer *buffer, const char *text) {
    put_text(buffer, "\"");
    for (; *text != 0; text++) {
        if (*text == '"' || *text == '\\') {
            put_text(buffer, "\\");
            put(buffer, text, 1);
        } else if (*text == '\n') {
            put_text(buffer, "\\n");
        } else {
            put(buffer, text, 1);
        }
    }
    put_text(buffer, "\"");
}

static void fail(const char *what, const char *at) {
    fprintf(stderr, "json: %s at \"%.20s\"\n", what, at);
    exit(1);
}

static const char *skip(const char *at) {
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') {
        at++;
    }
    return at;
}

static const char *parse_string(const char *at, char **string) {
    const char *end = at + 1;
    while (*end != '"') {
        if (*end == 0) {
            fail("no end of string", at);
        }
        end += *end == '\\' ? 2 : 1;
    }
    char *to = *string = malloc((size_t)(end - at));
    for (at++; at < end; at++) {
        if (*at == '\\') {
            at++;
            *to++ = *at == 'n' ? '\n' : *at;
        } else {
            *to++ = *at;
        }
    }
    *to = 0;
    return end + 1;
}

static const char *parse(const char *at, Node **result) {
    Node *node = *result = calloc(1, sizeof *node);
    if (*at == '{' || *at == '[') {
        node->kind = *at == '{' ? OBJECT : ARRAY;
        char end = *at == '{' ? '}' : ']';
        Node **last = &node->first;
        at = skip(at + 1);
        while (*at != end) {
            char *name = NULL;
            if (node->kind == OBJECT) {
                if (*at != '"') {
                    fail("no name", at);
                }
                at = skip(parse_string(at, &name));
                if (*at != ':') {
                    fail("no colon", at);
                }
                at = skip(at + 1);
            }
            at = skip(parse(at, last));
            (*last)->name = name;
            last = &(*last)->following;
            if (*at == ',') {
                at = skip(at + 1);
            } else if (*at != end) {
                fail("no comma", at);
            }
        }
        return at + 1;
    }
    if (*at == '"') {
        node->kind = STRING;
        return parse_string(at, &node->text);
    }
    if (*at == '-' || (*at >= '0' && *at <= '9')) {
        node->kind = NUMBER;
        char *end;
        node->number = strtod(at, &end);
        return end;
    }
    node->kind = WORD;
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0) {
            node->text = strdup(words[i]);
            return at + strlen(words[i]);
        }
    }
    fail("no value", at);
    return at;
}

static void print(Buffer *buffer, const Node *node) {
    switch (node->kind) {
    case OBJECT:
    case ARRAY:
        put_text(buffer, node->kind == OBJECT ? "{" : "[");
        for (const Node *child = node->first; child != NULL; child = child->following) {
            if (child != node->first) {
                put_text(buffer, ",");
            }
            if (node->kind == OBJECT) {
                put_string(buffer, child->name);
                put_text(buffer, ":");
            }
            print(buffer, child);
        }
        put_text(buffer, node->kind == OBJECT ? "}" : "]");
        break;
    case STRING:
        put_string(buffer, node->text);
        break;
    case NUMBER:
        if (node->number == (double)(int64_t)node->number) {
            put_number(buffer, (int64_t)node->number);
        } else {
            // Two digits behind the point are all that the document has.
            int64_t hundredths = (int64_t)(node->number * 100 + (node->number < 0 ? -0.5 : 0.5));
            put_number(buffer, hundredths / 100);
            put_text(buffer, ".");
            put_number(buffer, hundredths % 100 / 10);
            put_number(buffer, hundredths % 10);
        }
        break;
    case WORD:
        put_text(buffer, node->text);
    }
}

static void discard(Node *node) {
    while (node != NULL) {
        Node *following = node->following;
        discard(node->first);
        free(node->name);
        free(node->text);
        free(node);
        node = following;
    }
}

static void write_document(Buffer *buffer) {
    static const char *const names[] = {"red", "green \"light\"", "blue\nline", "a\\b", "longer text of a description"};
    put_text(buffer, "{\"items\": [\n");
    for (int i = 0; buffer->length < 64 * 1024; i++) {
        put_text(buffer, i == 0 ? "  {\"id\": " : ",\n  {\"id\": ");
        put_number(buffer, i);
        put_text(buffer, ", \"name\": ");
        put_string(buffer, names[next() % 5]);
        put_text(buffer, ", \"price\": ");
        put_number(buffer, next() % 10000);
        put_text(buffer, ".25, \"tags\": [\"x\", ");
        put_string(buffer, names[next() % 5]);
        put_text(buffer, ", [], {}], \"stock\": {\"count\": ");
        put_number(buffer, (int32_t)next() % 1000);
        put_text(buffer, next() & 1 ? ", \"sold\": true}, \"note\": null}" : ", \"sold\": false}, \"note\": \"\"}");
    }
    put_text(buffer, "\n], \"end\": true}\n");
    put(buffer, "", 1);
}

__attribute__((export_name("json"))) void json(void) {
    Buffer document = {0};
    state = 2463534242u;
    write_document(&document);
    uint32_t checksum = 2166136261u;
    for (int i = 0; i < 4; i++) {
        Node *root;
        const char *end = skip(parse(skip(document.text), &root));
        if (*end != 0) {
            fail("something behind the end", end);
        }
        Buffer printed = {0};
        print(&printed, root);
        checksum = fnv(checksum, printed.text, printed.length);
        free(printed.text);
        discard(root);
    }
    free(document.text);
    answer(checksum);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*kernel)(void);
    } kernels[] = {{"sha256", sha256}, {"qsort", sort}, {"snprintf", format}, {"malloc", allocate}, {"json", json}};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        if (argc > 1 && strcmp(argv[1], kernels[i].name) == 0) {
            kernels[i].kernel();
            return 0;
        }
    }
    printf("Status: 404 Not Found\nContent-Type: text/plain\n\n"
           "Name a kernel: sha256, qsort, snprintf, malloc or json.\n");
    return 0;
}
