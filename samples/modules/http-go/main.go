// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// The echo contract in Go with net/http/cgi: any http.Handler can be a module.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
)

func echo(w http.ResponseWriter, r *http.Request) {
	contentType := r.Header.Get("Content-Type")
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	w.Header().Set("Content-Type", contentType)
	if _, err := io.Copy(w, r.Body); err != nil {
		log.Print(err)
	}
}

func describe(w http.ResponseWriter, r *http.Request) {
	length, found := os.LookupEnv("CONTENT_LENGTH")
	if !found {
		length = "absent"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Add("Set-Cookie", "first=1")
	w.Header().Add("Set-Cookie", "second=2")
	fmt.Fprintf(w, "method = %s\npath_info = %s\ncontent_type = %s\ncontent_length = %s\n",
		r.Method, os.Getenv("PATH_INFO"), r.Header.Get("Content-Type"), length)
}

func main() {
	err := cgi.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// net/http/cgi treats a body of unknown length as empty.
		if _, found := os.LookupEnv("CONTENT_LENGTH"); !found {
			r.Body = io.NopCloser(os.Stdin)
		}
		if os.Getenv("PATH_INFO") == "/echo" {
			echo(w, r)
		} else {
			describe(w, r)
		}
	}))
	if err != nil {
		log.Fatal(err)
	}
}
