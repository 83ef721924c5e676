// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// Answers each request with its method and the path below the route.
package main

import "os"

func main() {
	answer := "Content-Type: text/plain; charset=utf-8\n\nhello from TinyGo\n" +
		os.Getenv("REQUEST_METHOD") + " " + os.Getenv("PATH_INFO") + "\n"
	if _, err := os.Stdout.WriteString(answer); err != nil {
		os.Exit(1)
	}
}
