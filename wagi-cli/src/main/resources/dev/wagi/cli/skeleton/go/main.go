// Answers each request with its method and the path below the route. With os it would be larger than with syscall.
package main

import "syscall"

func main() {
	method, _ := syscall.Getenv("REQUEST_METHOD")
	path, _ := syscall.Getenv("PATH_INFO")
	answer := []byte("Content-Type: text/plain; charset=utf-8\n\nhello from Go\n" + method + " " + path + "\n")
	for len(answer) > 0 {
		written, err := syscall.Write(syscall.Stdout, answer)
		if err != nil {
			syscall.Exit(1)
		}
		answer = answer[written:]
	}
}
