;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Gives addresses and lengths outside of its memory to the host: it is told so, and nothing is allocated for it.
;; status: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 1024) "Content-Type: text/plain\n\nok\n")
  (func $write (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $ok (call $write (i32.const 1) (i32.const 1024) (i32.const 29)))
  ;; a trap unless the two are equal
  (func $expect (param $actual i32) (param $wanted i32)
    (if (i32.ne (local.get $actual) (local.get $wanted)) (then (unreachable))))
  (func (export "_start") (call $expect (call $random_get (i32.const 0) (i32.const -1)) (i32.const 21))
    (call $expect (call $random_get (i32.const -1) (i32.const 2)) (i32.const 21))
    (call $expect (call $environ_get (i32.const -4) (i32.const 0)) (i32.const 21))
    (call $expect (call $args_get (i32.const 0) (i32.const -2)) (i32.const 21))
    ;; a list of buffers that is outside, too long, or whose buffers are outside
    (call $expect (call $fd_write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 8)) (i32.const 21))
    (call $expect (call $fd_write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 8)) (i32.const 28))
    (call $expect (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2000) (i32.const 8)) (i32.const 28))
    (i32.store (i32.const 512) (i32.const 1024))
    (i32.store (i32.const 516) (i32.const -1))
    (call $expect (call $fd_write (i32.const 1) (i32.const 512) (i32.const 1) (i32.const 8)) (i32.const 21))
    (call $expect (call $fd_read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 8)) (i32.const 21))
    (call $expect (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const -1)) (i32.const 21))
    (call $expect (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 0x7fffffff) (i32.const 8)) (i32.const 28))
    (call $ok)))
