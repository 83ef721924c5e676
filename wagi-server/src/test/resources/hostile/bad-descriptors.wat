;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Uses descriptors that it does not have, among them what would be files and sockets elsewhere.
;; status: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
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
  (func (export "_start") (call $expect (call $fd_write (i32.const 99) (i32.const 0) (i32.const 0) (i32.const 8)) (i32.const 8))
    (call $expect (call $fd_read (i32.const -1) (i32.const 0) (i32.const 0) (i32.const 8)) (i32.const 8))
    (call $expect (call $fd_close (i32.const 3)) (i32.const 8))
    (call $expect (call $fd_renumber (i32.const 1) (i32.const 1000000)) (i32.const 8))
    (call $expect (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 512)) (i32.const 8))
    (call $expect (call $sock_accept (i32.const 1) (i32.const 0) (i32.const 512)) (i32.const 57))
    (call $expect
      (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 4) (i32.const 0) (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 512))
      (i32.const 8))
    (call $ok)))
