// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// C's stdio and the calls of POSIX below it, on a volume at /data where links are allowed. Each check prints a line:
// "NAME ok", or what was wrong.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *failed;
static int line;
static int number;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failed = #condition;                                                                                       \
            line = __LINE__;                                                                                           \
            number = errno;                                                                                            \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

static void write_text(const char *path, const char *mode, const char *text) {
    FILE *file = fopen(path, mode);
    CHECK(file != NULL);
    CHECK(fputs(text, file) >= 0);
    CHECK(fclose(file) == 0);
}

static const char *content(const char *path) {
    static char text[1024];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return "";
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = 0;
    fclose(file);
    return text;
}

#define CONTENT(path, text) CHECK(strcmp(content(path), text) == 0)

static void fopen_modes(void) {
    write_text("/data/modes", "w", "one ");
    write_text("/data/modes", "a", "two ");
    CONTENT("/data/modes", "one two ");
    FILE *file = fopen("/data/modes", "r+");
    CHECK(file != NULL && fputs("ONE", file) >= 0 && fclose(file) == 0);
    file = fopen("/data/modes", "a+");
    char first[4] = "";
    CHECK(file != NULL && fseek(file, 0, SEEK_SET) == 0 && fread(first, 1, 3, file) == 3);
    CHECK(strcmp(first, "ONE") == 0 && fseek(file, 0, SEEK_SET) == 0 && fputs("three", file) >= 0 && fclose(file) == 0);
    CONTENT("/data/modes", "ONE two three");
    CHECK(fopen("/data/modes", "wx") == NULL && errno == EEXIST);
    write_text("/data/modes", "w", "");
    CONTENT("/data/modes", "");
}

static void fdopen_append(void) {
    write_text("/data/fdopen", "w", "beginning");
    int fd = open("/data/fdopen", O_RDWR);
    FILE *file = fdopen(fd, "a");
    CHECK(file != NULL && fputs(" end", file) >= 0 && fflush(file) == 0);
    CHECK((fcntl(fd, F_GETFL) & O_APPEND) != 0);
    CHECK(fclose(file) == 0);
    CONTENT("/data/fdopen", "beginning end");
}

static void fcntl_append_off(void) {
    write_text("/data/fcntl", "w", "beginning");
    int fd = open("/data/fcntl", O_RDWR | O_APPEND);
    CHECK(fd >= 0 && write(fd, " end", 4) == 4);
    CHECK(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_APPEND) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0 && write(fd, "BEG", 3) == 3);
    CHECK(fcntl(fd, F_SETFL, O_APPEND) == 0 && write(fd, "!", 1) == 1);
    CHECK(close(fd) == 0);
    CONTENT("/data/fcntl", "BEGinning end!");
}

static void freopen_file(void) {
    write_text("/data/first", "w", "first");
    write_text("/data/second", "w", "second");
    FILE *file = fopen("/data/first", "r");
    file = freopen("/data/second", "r", file);
    char text[8] = "";
    CHECK(file != NULL && fgets(text, sizeof text, file) != NULL && strcmp(text, "second") == 0);
    file = freopen("/data/first", "w", file);
    CHECK(file != NULL && fputs("again", file) >= 0 && fclose(file) == 0);
    CONTENT("/data/first", "again");
}

static void freopen_stderr(void) {
    CHECK(freopen("/data/errors", "w", stderr) != NULL);
    CHECK(fputs("to a file", stderr) >= 0 && fflush(stderr) == 0);
    CONTENT("/data/errors", "to a file");
}

static void positions(void) {
    FILE *file = fopen("/data/positions", "w+");
    CHECK(file != NULL && fputs("0123456789", file) >= 0 && ftell(file) == 10);
    CHECK(fseek(file, -3, SEEK_END) == 0 && fgetc(file) == '7' && ftell(file) == 8);
    CHECK(fseek(file, 1, SEEK_CUR) == 0 && fgetc(file) == '9' && fgetc(file) == EOF && feof(file));
    rewind(file);
    CHECK(fgetc(file) == '0' && ungetc('x', file) == 'x' && fgetc(file) == 'x');
    CHECK(fseek(file, -1, SEEK_SET) != 0 && errno == EINVAL && fclose(file) == 0);
    int fd = open("/data/positions", O_RDWR);
    char text[4] = "";
    CHECK(pread(fd, text, 3, 4) == 3 && strcmp(text, "456") == 0 && pwrite(fd, "FOUR", 4, 4) == 4);
    CHECK(lseek(fd, 0, SEEK_CUR) == 0);
    struct iovec parts[2] = {{"a", 1}, {"bc", 2}};
    CHECK(writev(fd, parts, 2) == 3 && close(fd) == 0);
    CONTENT("/data/positions", "abc3FOUR89");
}

static void sizes(void) {
    int fd = open("/data/sizes", O_RDWR | O_CREAT, 0600);
    struct stat status;
    CHECK(write(fd, "0123456789", 10) == 10 && ftruncate(fd, 4) == 0 && fstat(fd, &status) == 0 && status.st_size == 4);
    CHECK(ftruncate(fd, 8) == 0 && posix_fallocate(fd, 0, 12) == 0 && fstat(fd, &status) == 0 && status.st_size == 12);
    CHECK(close(fd) == 0);
    fd = open("/data/sizes", O_WRONLY | O_APPEND);
    CHECK(ftruncate(fd, 20) == 0 && fstat(fd, &status) == 0 && status.st_size == 20);
    CHECK(write(fd, "+", 1) == 1 && fstat(fd, &status) == 0 && status.st_size == 21 && close(fd) == 0);
    fd = open("/data/sizes", O_RDONLY);
    CHECK(ftruncate(fd, 1) != 0 && write(fd, "x", 1) < 0 && close(fd) == 0);
    fd = open("/data/sizes", O_RDWR | O_TRUNC);
    CHECK(fstat(fd, &status) == 0 && status.st_size == 0 && close(fd) == 0);
}

static void directories(void) {
    CHECK(mkdir("/data/dir", 0700) == 0 && mkdir("/data/dir", 0700) != 0 && errno == EEXIST);
    CHECK(mkdir("/data/dir/sub", 0700) == 0);
    write_text("/data/dir/file", "w", "x");
    DIR *dir = opendir("/data/dir");
    CHECK(dir != NULL);
    int files = 0;
    int directories = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        files += entry->d_type == DT_REG && strcmp(entry->d_name, "file") == 0;
        directories += entry->d_type == DT_DIR;
    }
    CHECK(closedir(dir) == 0 && files == 1 && directories == 3);
    CHECK(rmdir("/data/dir") != 0 && errno == ENOTEMPTY);
    CHECK(rename("/data/dir/file", "/data/dir/sub/renamed") == 0 && access("/data/dir/file", R_OK) != 0);
    CHECK(unlink("/data/dir/sub/renamed") == 0 && remove("/data/dir/sub") == 0 && rmdir("/data/dir") == 0);
    CHECK(open("/data", O_DIRECTORY | O_WRONLY) < 0 && errno == EISDIR);
    CHECK(open("/data/none/", O_WRONLY | O_CREAT, 0600) < 0);
    CHECK(chdir("/data") == 0);
    write_text("relative", "w", "x");
    CHECK(access("/data/relative", R_OK) == 0);
}

static void times(void) {
    int fd = open("/data/times", O_RDWR | O_CREAT, 0600);
    struct timespec set[2] = {{5, 0}, {1234567890, 123456000}};
    struct stat status;
    CHECK(futimens(fd, set) == 0 && fstat(fd, &status) == 0);
    CHECK(status.st_mtim.tv_sec == 1234567890 && status.st_mtim.tv_nsec == 123456000 && status.st_nlink == 1);
    CHECK(rename("/data/times", "/data/renamed") == 0);
    set[1].tv_sec++;
    CHECK(futimens(fd, set) == 0 && stat("/data/renamed", &status) == 0 && status.st_mtim.tv_sec == 1234567891);
    CHECK(unlink("/data/renamed") == 0);
    set[1].tv_sec++;
    CHECK(futimens(fd, set) == 0 && fstat(fd, &status) == 0 && status.st_mtim.tv_sec == 1234567892);
    CHECK(status.st_nlink == 0 && close(fd) == 0);
    write_text("/data/times", "w", "x");
    CHECK(utimensat(AT_FDCWD, "/data/times", set, 0) == 0 && stat("/data/times", &status) == 0);
    CHECK(status.st_atim.tv_sec == 5 && status.st_mtim.tv_sec == 1234567892);
}

static void links(void) {
    char text[32] = "";
    struct stat status;
    write_text("/data/target", "w", "by a link");
    CHECK(symlink("target", "/data/link") == 0);
    CHECK(readlink("/data/link", text, sizeof text) == 6 && strcmp(text, "target") == 0);
    CHECK(lstat("/data/link", &status) == 0 && S_ISLNK(status.st_mode) && status.st_size == 6);
    CHECK(stat("/data/link", &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 9);
    CONTENT("/data/link", "by a link");
    CHECK(rename("/data/link", "/data/link-2") == 0);
    CONTENT("/data/link-2", "by a link");
    CHECK(symlink("../x", "/data/out") != 0 && errno == EPERM);
    CHECK(symlink("a", "/data/missing/") != 0 && errno == ENOENT);
    CHECK(open("/data/link-2", O_RDONLY | O_NOFOLLOW) < 0 && errno == ELOOP);
    CHECK(link("/data/target", "/data/hard") != 0 && errno == EPERM);
    CHECK(unlink("/data/link-2") == 0);
    CONTENT("/data/target", "by a link");
}

static void outside(void) {
    CHECK(fopen("/data/../etc/passwd", "r") == NULL);
    CHECK(fopen("/etc/passwd", "r") == NULL);
    CHECK(open("/data/./../x", O_RDWR | O_CREAT, 0600) < 0);
}

static void clocks(void) {
    struct timespec before;
    struct timespec after;
    struct timespec pause = {0, 2000000};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &before) == 0 && nanosleep(&pause, NULL) == 0);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &after) == 0);
    CHECK((after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec >= 2000000);
    CHECK(time(NULL) > 1600000000);
}

static void random_numbers(void) {
    unsigned char one[32] = {0};
    unsigned char two[32] = {0};
    CHECK(getentropy(one, sizeof one) == 0 && getentropy(two, sizeof two) == 0 && memcmp(one, two, sizeof one) != 0);
}

static void polls(void) {
    int pipes = open("/data/poll", O_RDWR | O_CREAT, 0600);
    struct pollfd all[2] = {{0, POLLIN, 0}, {pipes, POLLIN | POLLOUT, 0}};
    CHECK(poll(all, 2, 1000) >= 1 && (all[1].revents & (POLLIN | POLLOUT)) == (POLLIN | POLLOUT));
    CHECK(poll(all, 1, 10000) == 1 && all[0].revents == POLLIN); // the body is there
    CHECK(fcntl(0, F_SETFL, O_NONBLOCK) == 0 && (fcntl(0, F_GETFL) & O_NONBLOCK) != 0);
    char body[16] = "";
    CHECK(read(0, body, sizeof body - 1) == 4 && strcmp(body, "body") == 0);
    CHECK(poll(all, 1, 10000) == 1 && read(0, body, sizeof body) == 0); // and its end
    CHECK(close(pipes) == 0);
}

struct check {
    const char *name;
    void (*run)(void);
};

int main(void) {
    static const struct check checks[] = {
        {"fopen_modes", fopen_modes},
        {"fdopen_append", fdopen_append},
        {"fcntl_append_off", fcntl_append_off},
        {"freopen_file", freopen_file},
        {"freopen_stderr", freopen_stderr},
        {"positions", positions},
        {"sizes", sizes},
        {"directories", directories},
        {"times", times},
        {"links", links},
        {"outside", outside},
        {"clocks", clocks},
        {"random_numbers", random_numbers},
        {"polls", polls},
    };
    printf("Content-Type: text/plain\n\n");
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        failed = NULL;
        checks[i].run();
        if (failed == NULL) {
            printf("%s ok\n", checks[i].name);
        } else {
            printf("%s line %d: %s (%s)\n", checks[i].name, line, failed, strerror(number));
        }
    }
    return 0;
}
