// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

// Go's os, io/fs and os.Root, on a volume at /data where links are allowed. Each check prints a line: "NAME ok", or what was
// wrong.
package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// try panics with what went wrong; main prints it.
func try(err error) {
	if err != nil {
		panic(err)
	}
}

func must[T any](value T, err error) T {
	try(err)
	return value
}

func check(condition bool, what string, values ...any) {
	if !condition {
		panic(fmt.Errorf("%s %v", what, values))
	}
}

func content(path, expected string) {
	text := string(must(os.ReadFile(path)))
	check(text == expected, path, text)
}

func readWrite() {
	try(os.WriteFile("/data/a", []byte("content"), 0o600))
	content("/data/a", "content")
	try(os.Rename("/data/a", "/data/b"))
	_, err := os.Open("/data/a")
	check(errors.Is(err, fs.ErrNotExist), "renamed", err)
	try(os.Remove("/data/b"))
	_, err = os.OpenFile("/data/b", os.O_RDONLY, 0)
	check(errors.Is(err, fs.ErrNotExist), "removed", err)
}

func openFlags() {
	file := must(os.OpenFile("/data/flags", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600))
	must(file.WriteString("one"))
	try(file.Close())
	_, err := os.OpenFile("/data/flags", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	check(errors.Is(err, fs.ErrExist), "exclusive", err)
	file = must(os.OpenFile("/data/flags", os.O_WRONLY|os.O_APPEND, 0))
	must(file.WriteString(" two"))
	try(file.Truncate(10))
	must(file.WriteString("!"))
	try(file.Close())
	content("/data/flags", "one two\x00\x00\x00!")
	file = must(os.OpenFile("/data/flags", os.O_RDWR|os.O_TRUNC, 0))
	must(file.WriteAt([]byte("xyz"), 2))
	part := make([]byte, 2)
	must(file.ReadAt(part, 3))
	check(string(part) == "yz", "ReadAt", part)
	check(must(file.Seek(-1, io.SeekEnd)) == 4, "Seek")
	try(file.Sync())
	try(file.Close())
	_, err = os.OpenFile("/data", os.O_WRONLY, 0)
	check(err != nil, "a directory was opened to write")
}

func directories() {
	try(os.MkdirAll("/data/x/y/z", 0o700))
	for i := range 100 {
		try(os.WriteFile(fmt.Sprintf("/data/x/file-%03d", i), nil, 0o600))
	}
	entries := must(os.ReadDir("/data/x"))
	check(len(entries) == 101 && entries[0].Name() == "file-000" && entries[100].IsDir(), "ReadDir", len(entries))
	matches := must(filepath.Glob("/data/x/file-09*"))
	check(len(matches) == 10, "Glob", matches)
	check(os.Remove("/data/x") != nil, "a full directory was removed")
	try(os.RemoveAll("/data/x"))
	_, err := os.Stat("/data/x")
	check(errors.Is(err, fs.ErrNotExist), "RemoveAll", err)
	temporary := must(os.MkdirTemp("/data", "t-*"))
	file := must(os.CreateTemp(temporary, "f-*"))
	try(file.Close())
	try(os.Chdir(temporary))
	_, err = os.Stat(filepath.Base(file.Name()))
	try(err)
	try(os.Chdir("/data"))
	try(os.RemoveAll(temporary))
}

func fileSystem() {
	try(os.MkdirAll("/data/tree/sub", 0o700))
	try(os.WriteFile("/data/tree/one", []byte("1"), 0o600))
	try(os.WriteFile("/data/tree/sub/two", []byte("22"), 0o600))
	tree := os.DirFS("/data/tree")
	var names []string
	try(fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		names = append(names, path)
		return err
	}))
	check(strings.Join(names, " ") == ". one sub sub/two", "WalkDir", names)
	check(string(must(fs.ReadFile(tree, "sub/two"))) == "22", "ReadFile")
	check(must(fs.Stat(tree, "sub/two")).Size() == 2, "Stat")
	_, err := fs.ReadFile(tree, "../a")
	check(err != nil, "left the tree")
	try(os.CopyFS("/data/copy", tree))
	content("/data/copy/sub/two", "22")
}

func metadata() {
	try(os.WriteFile("/data/meta", []byte("12345"), 0o600))
	set := time.Unix(1234567890, 123456000)
	try(os.Chtimes("/data/meta", set, set))
	info := must(os.Stat("/data/meta"))
	check(info.Size() == 5 && info.Mode().IsRegular() && info.ModTime().Equal(set), "Stat", info.ModTime())
	file := must(os.Open("/data/meta"))
	defer file.Close()
	open := must(file.Stat())
	check(os.SameFile(info, open) && open.ModTime().Equal(set), "Stat of an open file", open.ModTime())
	try(os.Truncate("/data/meta", 2))
	check(must(file.Stat()).Size() == 2, "Truncate")
}

func links() {
	try(os.WriteFile("/data/target", []byte("by a link"), 0o600))
	try(os.Symlink("target", "/data/link"))
	check(must(os.Readlink("/data/link")) == "target", "Readlink")
	info := must(os.Lstat("/data/link"))
	check(info.Mode()&fs.ModeSymlink != 0 && info.Size() == 6, "Lstat", info.Mode(), info.Size())
	content("/data/link", "by a link")
	try(os.Rename("/data/link", "/data/link-2"))
	content("/data/link-2", "by a link")
	check(errors.Is(os.Symlink("../x", "/data/out"), fs.ErrPermission), "a link out")
	check(errors.Is(os.Symlink("/etc/passwd", "/data/out"), fs.ErrPermission), "an absolute link")
	check(errors.Is(os.Link("/data/target", "/data/hard"), fs.ErrPermission), "a hard link")
	try(os.Remove("/data/link-2"))
	content("/data/target", "by a link")
}

func root() {
	try(os.Mkdir("/data/root", 0o700))
	root := must(os.OpenRoot("/data/root"))
	defer root.Close()
	file := must(root.Create("created"))
	must(file.WriteString("created"))
	try(file.Close())
	try(root.WriteFile("written", []byte("written"), 0o600))
	check(string(must(root.ReadFile("written"))) == "written", "ReadFile")
	file = must(root.OpenFile("written", os.O_RDWR|os.O_TRUNC, 0))
	must(file.WriteString("again"))
	try(file.Close())
	content("/data/root/written", "again")
	file = must(root.OpenFile("written", os.O_WRONLY|os.O_APPEND, 0))
	must(file.WriteString("+"))
	try(file.Close())
	content("/data/root/written", "again+")
	try(root.MkdirAll("dir/sub", 0o700))
	sub := must(root.OpenRoot("dir"))
	try(sub.WriteFile("sub/file", []byte("deep"), 0o600))
	try(sub.Close())
	check(must(root.Stat("dir/sub/file")).Size() == 4, "Stat")
	try(root.Rename("dir/sub/file", "moved"))
	try(root.Chtimes("moved", time.Unix(5, 0), time.Unix(7, 0)))
	check(must(root.Lstat("moved")).ModTime().Unix() == 7, "Chtimes")
	try(root.Symlink("moved", "link"))
	check(must(root.Readlink("link")) == "moved", "Readlink")
	check(string(must(root.ReadFile("link"))) == "deep", "through a link")
	try(root.Symlink("../target", "out"))
	_, err := root.ReadFile("out")
	check(err != nil, "left the root through a link")
	_, err = root.Open("../target")
	check(err != nil, "left the root")
	names := must(fs.Glob(root.FS(), "*"))
	check(strings.Join(names, " ") == "created dir link moved out written", "Glob", names)
	try(root.Remove("created"))
	try(root.RemoveAll("dir"))
	_, err = root.Stat("dir")
	check(errors.Is(err, fs.ErrNotExist), "RemoveAll", err)
}

func outside() {
	for _, path := range []string{"/data/../secret", "/etc/passwd"} {
		_, err := os.Open(path)
		check(err != nil, path)
	}
}

func copying() {
	writer := must(os.Create("/data/large"))
	block := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	for range 20 {
		must(writer.Write(block))
	}
	try(writer.Close())
	from := must(os.Open("/data/large"))
	to := must(os.Create("/data/larger"))
	check(must(io.Copy(to, from)) == 20*65536, "Copy")
	try(errors.Join(from.Close(), to.Close()))
	check(must(os.Stat("/data/larger")).Size() == 20*65536, "Size")
	reader := bufio.NewReader(must(os.Open("/data/larger")))
	check(string(must(reader.Peek(4))) == "0123", "Peek")
}

func clocks() {
	began := time.Now()
	time.Sleep(2 * time.Millisecond)
	check(time.Since(began) >= 2*time.Millisecond, "Sleep")
	check(time.Now().Year() >= 2020, "Now")
	select {
	case <-time.After(time.Millisecond):
	case <-time.After(time.Minute):
		panic(errors.New("the later timer came first"))
	}
}

func random() {
	one, two := make([]byte, 32), make([]byte, 32)
	must(rand.Read(one))
	must(rand.Read(two))
	check(!bytes.Equal(one, two), "Read")
}

// The body is read while a ticker goes on.
func stdin() {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	body := make(chan string)
	go func() { body <- string(must(io.ReadAll(os.Stdin))) }()
	beats := 0
	for {
		select {
		case text := <-body:
			check(text == "body", "body", text)
			return
		case <-ticker.C:
			beats++
		}
	}
}

func main() {
	fmt.Print("Content-Type: text/plain\n\n")
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"read_write", readWrite},
		{"open_flags", openFlags},
		{"directories", directories},
		{"file_system", fileSystem},
		{"metadata", metadata},
		{"links", links},
		{"root", root},
		{"outside", outside},
		{"copying", copying},
		{"clocks", clocks},
		{"random", random},
		{"stdin", stdin},
	} {
		func() {
			defer func() {
				if err := recover(); err != nil {
					fmt.Println(c.name, err)
				} else {
					fmt.Println(c.name, "ok")
				}
			}()
			c.run()
		}()
	}
}
