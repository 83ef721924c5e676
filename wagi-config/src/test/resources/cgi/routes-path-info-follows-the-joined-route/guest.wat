;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; Declares a route whose function prints its environment, one variable per line.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "/cart/... cart\n")
  (data (i32.const 1040) "Status: 200\n\n")
  (func $print (param $at i32) (param $length i32)
    (i32.store (i32.const 0) (local.get $at))
    (i32.store (i32.const 4) (local.get $length))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_routes") (call $print (i32.const 1024) (i32.const 15)))
  (func (export "_start") unreachable)
  (func (export "cart") (local $at i32) (local $end i32)
    (call $print (i32.const 1040) (i32.const 13))
    (drop (call $sizes (i32.const 16) (i32.const 20)))
    (drop (call $environ (i32.const 4096) (i32.const 8192)))
    (local.set $at (i32.const 8192))
    (local.set $end (i32.add (i32.const 8192) (i32.load (i32.const 20))))
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $at))) (then (i32.store8 (local.get $at) (i32.const 10))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (call $print (i32.const 8192) (i32.load (i32.const 20)))))
