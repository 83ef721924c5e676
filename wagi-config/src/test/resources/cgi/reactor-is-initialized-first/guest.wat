;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; A reactor: prints only if _initialize was called before.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "Status: 200\n\nready")
  (global $ready (mut i32) (i32.const 0))
  (func $print (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_initialize") (global.set $ready (i32.const 1)))
  (func (export "handle")
    (if (i32.eqz (global.get $ready)) (then unreachable))
    (call $print (i32.const 1) (i32.const 1024) (i32.const 18))))
