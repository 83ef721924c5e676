;; SPDX-FileCopyrightText: The WAGI for the JVM authors
;; SPDX-License-Identifier: Apache-2.0

;; A module in the text format of WebAssembly: it is assembled when it is loaded.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovecs i32) (param $count i32) (param $written i32) (result i32)))
  (memory (export "memory") 1)

  ;; 0: one iovec (address and length of the answer, 499), 8: where fd_write puts the number of bytes
  (data (i32.const 0) "\10\00\00\00" "\f3\01\00\00")

  (data (i32.const 16)
    "Content-Type: text/html; charset=utf-8\n"
    "\n"
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head><meta charset=\"utf-8\"><title>WAGI on the JVM</title></head>\n"
    "<body>\n"
    "<h1>Welcome to WAGI on the JVM</h1>\n"
    "<p>This page was written by a WebAssembly module. Others:</p>\n"
    "<ul>\n"
    "<li><a href=\"/hello\">/hello</a> greets</li>\n"
    "<li><a href=\"/error\">/error</a> answers with status 404</li>\n"
    "<li><a href=\"/log\">/log</a> writes to its log</li>\n"
    "<li><a href=\"/http-example\">/http-example</a> calls another server</li>\n"
    "</ul>\n"
    "</body>\n"
    "</html>\n")

  (func (export "_start")
    (drop (call $fd_write
      (i32.const 1)   ;; standard output
      (i32.const 0)
      (i32.const 1)
      (i32.const 8)))))
