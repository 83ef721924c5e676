;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; Control flow, for ControlFlowTest. Assembled with: wat2wasm control.wat -o control.wasm
(module
  (type $binary (func (param i32 i32) (result i32)))
  (type $wide (func (param i64) (result i64)))
  (memory (export "memory") 1 2)
  (data $passive "passive data")
  (global $i (mut i32) (i32.const 11))
  (global $l (mut i64) (i64.const -12))
  (global $f (mut f32) (f32.const 1.5))
  (global $d (mut f64) (f64.const -2.5))
  (table 6 funcref)
  (elem (i32.const 0) $add $subtract $double)

  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $subtract (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $double (type $wide) (i64.mul (local.get 0) (i64.const 2)))

  ;; br_table out of nested blocks, with a value on the way
  (func (export "table") (param i32 i32) (result i32)
    (block $a (result i32)
      (block $b (result i32)
        (block $c (result i32)
          (i32.const 100)
          (br_table $a $b $c $b (i32.const 7) (local.get 0))
        )
        (i32.add (i32.const 1000))
      )
      (i32.add (local.get 1))
    ))

  ;; nested loops, left from the inside, with values below on the operand stack
  (func (export "loops") (param $n i32) (param $m i32) (result i32) (local $i i32) (local $j i32) (local $sum i32)
    (i32.add
      (i32.const 5)
      (block $out (result i32)
        (loop $outer
          (local.set $j (i32.const 0))
          (loop $inner
            (local.set $sum (i32.add (local.get $sum) (i32.xor (local.get $i) (local.get $j))))
            (drop (br_if $out (local.get $sum) (i32.gt_s (local.get $sum) (i32.const 100000))))
            (br_if $inner (i32.lt_s (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.and (local.get $m) (i32.const 63))))
          )
          (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.and (local.get $n) (i32.const 63))))
        )
        (local.get $sum))))

  ;; a loop with parameters, and values of all types on the operand stack across it
  (func (export "mixed") (param $n i32) (param $m i32) (result i32) (local $x f64)
    (local.get $n)
    (i64.extend_i32_s (local.get $m))
    (f32.convert_i32_s (local.get $n))
    (f64.const 0.25)
    (i32.const 1)
    (loop $again (param i32) (result i32)
      (i32.add (i32.const 1))
      (local.set $x (f64.add (local.get $x) (f64.const 1.5)))
      (br_if $again (f64.lt (local.get $x) (f64.convert_i32_s (i32.and (local.get $n) (i32.const 31)))))
    )
    (f64.convert_i32_s)
    (f64.add)
    (f64.add (local.get $x))
    (local.set $x)
    (f64.promote_f32)
    (f64.add (local.get $x))
    (i64.trunc_sat_f64_s)
    (i64.add)
    (i32.wrap_i64)
    (i32.xor))

  ;; several results, through a call, a block and an if
  (func $two (param i32 i32) (result i32 i64)
    (local.get 1) (i64.extend_i32_u (local.get 0)))
  (func (export "several") (param i32 i32) (result i32)
    (call $two (local.get 0) (local.get 1))
    (if (param i32 i64) (result i32 i64) (i32.lt_s (local.get 0) (local.get 1))
      (then (i64.add (i64.const 3)))
      (else (drop) (drop) (call $two (local.get 1) (local.get 0))))
    (i32.wrap_i64)
    (i32.mul))

  (func (export "indirect") (param i32 i32) (result i32)
    (call_indirect (type $binary) (local.get 0) (local.get 1) (local.get 0)))
  (func (export "indirectWide") (param i32 i32) (result i32)
    (i32.wrap_i64 (call_indirect (type $wide) (i64.extend_i32_s (local.get 1)) (local.get 0))))

  (func (export "globals") (param i32 i32) (result i32)
    (global.set $i (i32.add (global.get $i) (local.get 0)))
    (global.set $l (i64.add (global.get $l) (i64.extend_i32_s (local.get 1))))
    (global.set $f (f32.mul (global.get $f) (f32.const 1.25)))
    (global.set $d (f64.sub (global.get $d) (f64.convert_i32_s (local.get 0))))
    (i32.xor
      (i32.xor (global.get $i) (i32.wrap_i64 (global.get $l)))
      (i32.add (i32.trunc_sat_f32_s (global.get $f)) (i32.trunc_sat_f64_s (global.get $d)))))

  (func (export "init") (param i32 i32) (result i32)
    (memory.init $passive (local.get 0) (local.get 1) (i32.const 4))
    (i32.load (local.get 0)))
  (func (export "drop") (param i32 i32) (result i32)
    (data.drop $passive) (i32.const 1))

  (func (export "unreachable") (param i32 i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (unreachable)))
    (i32.div_s (local.get 1) (local.get 0)))

  ;; reads of locals that were never written, on some paths
  (func (export "zeros") (param i32 i32) (result i32) (local i32 i64 f32 f64)
    (if (local.get 0) (then (local.set 2 (i32.const 3)) (local.set 5 (f64.const 7))))
    (if (local.get 1) (then (local.set 3 (i64.const 5)) (local.set 4 (f32.const 9))))
    (i32.add
      (i32.add (local.get 2) (i32.wrap_i64 (local.get 3)))
      (i32.add (i32.trunc_f32_s (local.get 4)) (i32.trunc_f64_s (local.get 5)))))

  (func $fibonacci (export "fibonacci") (param i32 i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (i32.add (local.get 0) (local.get 1)))
      (else
        (i32.add
          (call $fibonacci (i32.sub (i32.and (local.get 0) (i32.const 15)) (i32.const 1)) (local.get 1))
          (call $fibonacci (i32.sub (i32.and (local.get 0) (i32.const 15)) (i32.const 2)) (i32.const 0)))))))
