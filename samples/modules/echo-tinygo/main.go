// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// The echo contract in TinyGo, whose package os is small: /echo sends the request body back, everything else describes the
// request.
package main

import (
	"io"
	"os"
)

func print(text string) {
	if _, err := os.Stdout.WriteString(text); err != nil {
		os.Exit(1)
	}
}

func variable(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func echo() {
	print("Content-Type: " + variable("CONTENT_TYPE", "application/octet-stream") + "\n\n")
	buffer := make([]byte, 64*1024)
	for {
		length, err := os.Stdin.Read(buffer)
		if length > 0 {
			if _, failure := os.Stdout.Write(buffer[:length]); failure != nil {
				os.Exit(1)
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			os.Exit(1)
		}
	}
}

func describe() {
	length, found := os.LookupEnv("CONTENT_LENGTH")
	if !found {
		length = "absent"
	}
	print("Content-Type: text/plain; charset=utf-8\n" +
		"Set-Cookie: first=1\n" +
		"Set-Cookie: second=2\n" +
		"\n" +
		"method = " + variable("REQUEST_METHOD", "") +
		"\npath_info = " + variable("PATH_INFO", "") +
		"\ncontent_type = " + variable("CONTENT_TYPE", "") +
		"\ncontent_length = " + length + "\n")
}

func main() {
	if variable("PATH_INFO", "") == "/echo" {
		echo()
	} else {
		describe()
	}
}
