;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0
;;
;; Computes for ever.
;; limits: timeout = "150ms"
;; status: 504
;; log: took longer than 150 ms, the timeout
;; Chicory's interpreter looks for interrupts at "br", not at "br_if".
(module
  (func (export "_start")
    (loop $again
      (br_if $again (i32.const 1)))))
