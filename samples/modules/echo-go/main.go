// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// The echo contract in Go: /echo sends the request body back, everything else describes the request. It uses syscall
// directly: with os the module would be a fifth larger, with net/http/cgi three times as large (see ../http-go).
package main

import "syscall"

// print writes all of it: syscall.Write may write less than it is given.
func print(bytes []byte) {
	for len(bytes) > 0 {
		written, err := syscall.Write(syscall.Stdout, bytes)
		if err != nil {
			syscall.Exit(1)
		}
		bytes = bytes[written:]
	}
}

func variable(name, otherwise string) string {
	if value, found := syscall.Getenv(name); found && value != "" {
		return value
	}
	return otherwise
}

func echo() {
	// Go makes standard input non-blocking for package os, which polls. Read as here, it must wait for a slow client.
	if err := syscall.SetNonblock(syscall.Stdin, false); err != nil {
		syscall.Exit(1)
	}
	print([]byte("Content-Type: " + variable("CONTENT_TYPE", "application/octet-stream") + "\n\n"))
	buffer := make([]byte, 64*1024)
	for {
		length, err := syscall.Read(syscall.Stdin, buffer)
		if err != nil {
			syscall.Exit(1)
		}
		if length == 0 {
			return
		}
		print(buffer[:length])
	}
}

func describe() {
	length, found := syscall.Getenv("CONTENT_LENGTH")
	if !found {
		length = "absent"
	}
	print([]byte("Content-Type: text/plain; charset=utf-8\n" +
		"Set-Cookie: first=1\n" +
		"Set-Cookie: second=2\n" +
		"\n" +
		"method = " + variable("REQUEST_METHOD", "") +
		"\npath_info = " + variable("PATH_INFO", "") +
		"\ncontent_type = " + variable("CONTENT_TYPE", "") +
		"\ncontent_length = " + length + "\n"))
}

func main() {
	if variable("PATH_INFO", "") == "/echo" {
		echo()
	} else {
		describe()
	}
}
