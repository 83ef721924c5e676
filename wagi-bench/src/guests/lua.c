/* SPDX-FileCopyrightText: The WAGI for the JVM authors */
/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs the Lua script on standard input, with the libraries that need no more than memory and standard output, and answers
 * with what it prints. Built with Lua's source by languages.sh, without setjmp: an error in the script ends the program.
 */
#include <stdio.h>

#include "lauxlib.h"
#include "lua.h"
#include "lualib.h"

static const luaL_Reg libraries[] = {
    {LUA_GNAME, luaopen_base},
    {LUA_TABLIBNAME, luaopen_table},
    {LUA_STRLIBNAME, luaopen_string},
    {LUA_MATHLIBNAME, luaopen_math},
};

int main(void) {
  lua_State *state = luaL_newstate();
  if (state == NULL) return 1;
  for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
    luaL_requiref(state, libraries[i].name, libraries[i].func, 1);
    lua_pop(state, 1);
  }
  fputs("Content-Type: text/plain\n\n", stdout);
  int status = luaL_loadfile(state, NULL);
  if (status == LUA_OK) status = lua_pcall(state, 0, 0, 0);
  if (status != LUA_OK) {
    fprintf(stderr, "lua: %s\n", lua_tostring(state, -1));
    return 1;
  }
  lua_close(state);
  return 0;
}
