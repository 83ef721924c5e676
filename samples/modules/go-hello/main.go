// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// A module in Go. It uses syscall directly: with os it would be larger, with net/http several times as large.
package main

import "syscall"

func main() {
	method, _ := syscall.Getenv("REQUEST_METHOD")
	path, _ := syscall.Getenv("PATH_INFO")
	request := method
	if path != "" {
		request += " " + path
	}
	answer := []byte("Content-Type: text/plain; charset=utf-8\n\nhello from Go\n" + request + "\n")
	for len(answer) > 0 {
		written, err := syscall.Write(syscall.Stdout, answer)
		if err != nil {
			syscall.Exit(1)
		}
		answer = answer[written:]
	}
}
