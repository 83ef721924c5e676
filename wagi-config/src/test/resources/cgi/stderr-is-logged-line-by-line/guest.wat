;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; Writes three lines to its log, one with an escape sequence.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "first\nse\1b[31mcond\nlast")
  (data (i32.const 2048) "Status: 200\n\ndone")
  (func $print (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (call $print (i32.const 2) (i32.const 1024) (i32.const 22))
    (call $print (i32.const 1) (i32.const 2048) (i32.const 17))))
