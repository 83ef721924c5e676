;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; The least that a module can do: one call of the host, which writes a constant response.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0: one iovec (address and length, 38), 8: where fd_write puts the number of bytes
  (data (i32.const 0) "\10\00\00\00" "\26\00\00\00")
  (data (i32.const 16) "Content-Type: text/plain\n\nhello world\n")

  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
