;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Waits for a body that its client does not send.
;; limits: timeout = "150ms"
;; limits: min_request_body_rate = 0
;; request: POST /{name} HTTP/1.1|Host: h|Content-Length: 9||some
;; status: 504
;; log: took longer than 150 ms, the timeout
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
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
  (func (export "_start") (loop $l
      (i32.store (i32.const 512) (i32.const 4096))
      (i32.store (i32.const 516) (i32.const 4096))
      (drop (call $fd_read (i32.const 0) (i32.const 512) (i32.const 1) (i32.const 520)))
      (br_if $l (i32.load (i32.const 520))))
    (call $ok)))
