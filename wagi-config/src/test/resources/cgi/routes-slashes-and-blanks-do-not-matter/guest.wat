;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; Declares routes; its functions print their names.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "\n  cart/...	a  \n\n")
  (data (i32.const 2048) "Status: 200\n\nstart")
  (data (i32.const 2080) "Status: 200\n\na")
  (data (i32.const 2112) "Status: 200\n\nb")
  (func $print (param $fd i32) (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_routes") (call $print (i32.const 1) (i32.const 1024) (i32.const 17)))
  (func (export "_start") (call $print (i32.const 1) (i32.const 2048) (i32.const 18)))
  (func (export "a") (call $print (i32.const 1) (i32.const 2080) (i32.const 14)))
  (func (export "b") (call $print (i32.const 1) (i32.const 2112) (i32.const 14))))
