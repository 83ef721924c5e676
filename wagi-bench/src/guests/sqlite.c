/* SPDX-FileCopyrightText: The WAGI for the JVM authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Executes the SQL on standard input in a new database in memory, and answers with the rows, columns between bars. Built with
 * SQLite's source by languages.sh.
 */
#include <stdio.h>
#include <string.h>

#include "sqlite3.h"

/* There are no files, which needs a file system that has none, a clock that stands and numbers that repeat. */

static int open_none(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out) {
  (void)vfs, (void)name, (void)flags, (void)out;
  file->pMethods = NULL;
  return SQLITE_CANTOPEN;
}

static int delete_none(sqlite3_vfs *vfs, const char *name, int sync) {
  (void)vfs, (void)name, (void)sync;
  return SQLITE_OK;
}

static int access_none(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
  (void)vfs, (void)name, (void)flags;
  *out = 0;
  return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out) {
  (void)vfs;
  return snprintf(out, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int randomness(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs;
  memset(out, 42, (size_t)size);
  return size;
}

static int sleep_none(sqlite3_vfs *vfs, int micros) {
  (void)vfs;
  return micros;
}

static int current_time(sqlite3_vfs *vfs, double *days) {
  (void)vfs;
  *days = 2460000;
  return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int size, char *out) {
  (void)vfs, (void)size, (void)out;
  return SQLITE_OK;
}

int sqlite3_os_init(void) {
  static sqlite3_vfs none = {.iVersion = 1,
                             .szOsFile = sizeof(sqlite3_file),
                             .mxPathname = 512,
                             .zName = "none",
                             .xOpen = open_none,
                             .xDelete = delete_none,
                             .xAccess = access_none,
                             .xFullPathname = full_name,
                             .xRandomness = randomness,
                             .xSleep = sleep_none,
                             .xCurrentTime = current_time,
                             .xGetLastError = last_error};
  return sqlite3_vfs_register(&none, 1);
}

int sqlite3_os_end(void) { return SQLITE_OK; }

static int row(void *unused, int count, char **values, char **names) {
  (void)unused, (void)names;
  for (int i = 0; i < count; i++) {
    printf("%s%s", i > 0 ? "|" : "", values[i] != NULL ? values[i] : "");
  }
  putchar('\n');
  return 0;
}

int main(void) {
  static char sql[64 << 10];
  size_t length = fread(sql, 1, sizeof sql - 1, stdin);
  sql[length] = '\0';
  sqlite3 *database;
  if (sqlite3_open(":memory:", &database) != SQLITE_OK) {
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
    return 1;
  }
  fputs("Content-Type: text/plain\n\n", stdout);
  char *message = NULL;
  if (sqlite3_exec(database, sql, row, NULL, &message) != SQLITE_OK) {
    fprintf(stderr, "sqlite: %s\n", message);
    return 1;
  }
  sqlite3_close(database);
  return 0;
}
