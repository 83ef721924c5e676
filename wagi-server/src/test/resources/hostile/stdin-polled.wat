;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Waits for the rest of a body that its client never sends, with poll_oneoff and without a timeout.
;; limits: timeout = "150ms"
;; limits: min_request_body_rate = 0
;; request: POST /{name} HTTP/1.1|Host: h|Content-Length: 5||x
;; status: 504
;; log: took longer than 150 ms, the timeout
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func (export "_start")
    (loop $l
      ;; one subscription: standard input, to be read
      (i32.store8 (i32.const 520) (i32.const 1))
      (drop (call $poll_oneoff (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700)))
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 1))
      (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br $l))))
