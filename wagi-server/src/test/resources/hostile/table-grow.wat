;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Takes table entries until there are no more, from two tables that share what there is.
;; limits: max_table_entries = 1000
;; status: 200
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
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
  (table $a 10 funcref)
  (table $b 10 funcref)
  (func (export "_start") (local $entries i32)
    (loop $l (br_if $l (i32.ne (table.grow $a (ref.null func) (i32.const 7)) (i32.const -1))))
    (loop $l (br_if $l (i32.ne (table.grow $b (ref.null func) (i32.const 1)) (i32.const -1))))
    (local.set $entries (i32.add (table.size $a) (table.size $b)))
    (call $expect (local.get $entries) (i32.const 1000))
    (call $ok)))
