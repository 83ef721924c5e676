;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Stops inside the header block.
;; status: 502
;; log: its output ended inside the header block
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 1024) "Content-Type: text/plain\n\nok\n")
  (data (i32.const 2048) "Content-Type: text/plain\n")
  (func $write (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func $ok (call $write (i32.const 1) (i32.const 1024) (i32.const 29)))
  ;; a trap unless the two are equal
  (func $expect (param $actual i32) (param $wanted i32)
    (if (i32.ne (local.get $actual) (local.get $wanted)) (then (unreachable))))
  (func (export "_start") (call $write (i32.const 1) (i32.const 2048) (i32.const 25))))
