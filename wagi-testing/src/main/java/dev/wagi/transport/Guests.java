// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The modules of the tests: committed samples, and one whose entrypoints misbehave in many ways. */
final class Guests {

    /**
     * Each exported function is an entrypoint. Memory: 0 an iovec, 8 a count, 1024 texts, 4096 input, from 64 KiB
     * zeros.
     */
    private static final String WAT = """
            (module
              (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_read"
                (func $fd_read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_sync" (func $fd_sync (param i32) (result i32)))
              (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
              (memory (export "memory") 3)
              (data (i32.const 1024) "Content-Type: text/plain\\n\\nfirst\\n")
              (data (i32.const 1100) "Content-Type: text/plain\\nSet-Cookie: a=1\\nSet-Cookie: b=2; Path=/\\n\\nok\\n")
              (data (i32.const 1200) "Hello, this is no header block")
              (data (i32.const 1300) "Status: 204\\n\\n")
              (data (i32.const 1400) "Status: 304\\n\\n")
              (data (i32.const 1500) "Content-Type: text/plain\\nX-Long: ")
              (data (i32.const 1600) "\\n\\nlong\\n")
              (data (i32.const 1700) "Content-Type: text/plain\\nDate: Thu, 01 Jan 1970 00:00:00 GMT\\nServer: guest\\n\\nx")

              (data (i32.const 1800) "Content-Type: text/plain\\nContent-Length: 1234\\n\\n")
              (data (i32.const 1900) "Status: 205\\nContent-Type: text/plain\\n\\nbody")

              (func $print (param $at i32) (param $length i32)
                (i32.store (i32.const 0) (local.get $at))
                (i32.store (i32.const 4) (local.get $length))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
              ;; up to 4 KiB; returns how many bytes
              (func $read (result i32)
                (i32.store (i32.const 0) (i32.const 4096))
                (i32.store (i32.const 4) (i32.const 4096))
                (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                (i32.load (i32.const 8)))

              (func (export "_start"))
              (func (export "cookies") (call $print (i32.const 1100) (i32.const 69)))
              (func (export "garbage") (call $print (i32.const 1200) (i32.const 30)))
              (func (export "no_content") (call $print (i32.const 1300) (i32.const 13)))
              (func (export "not_modified") (call $print (i32.const 1400) (i32.const 13)))
              (func (export "own_date") (call $print (i32.const 1700) (i32.const 77)))
              ;; as RFC 3875 lets a script answer HEAD
              (func (export "declared") (call $print (i32.const 1800) (i32.const 47)))
              (func (export "undeclared") (call $print (i32.const 1024) (i32.const 26)))
              (func (export "reset_content") (call $print (i32.const 1900) (i32.const 42)))
              (func (export "trap") unreachable)
              (func (export "exit") (call $proc_exit (i32.const 3)))
              ;; prints the head and "first", sends it, fails
              (func (export "broken")
                (call $print (i32.const 1024) (i32.const 32))
                (drop (call $fd_sync (i32.const 1)))
                unreachable)
              ;; prints "first", then what it reads, until there is no more
              (func (export "converse") (local $count i32)
                (call $print (i32.const 1024) (i32.const 32))
                (loop $more
                  (local.set $count (call $read))
                  (call $print (i32.const 4096) (local.get $count))
                  (br_if $more (local.get $count))))
              ;; as "converse", but polls for something to read before each read, and once more at the end
              (func (export "polls") (local $count i32)
                (call $print (i32.const 1024) (i32.const 32))
                (loop $more
                  (i32.store8 (i32.const 520) (i32.const 1))
                  (drop (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700)))
                  (local.set $count (call $read))
                  (call $print (i32.const 4096) (local.get $count))
                  (br_if $more (local.get $count)))
                (drop (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700))))
              ;; prints "first", sends it, then computes for ever
              (func (export "spin")
                (call $print (i32.const 1024) (i32.const 32))
                (drop (call $fd_sync (i32.const 1)))
                (loop $more (br $more)))
              ;; prints "first", sends it, then waits for an hour without computing
              (func (export "sleep")
                (call $print (i32.const 1024) (i32.const 32))
                (drop (call $fd_sync (i32.const 1)))
                (i32.store (i32.const 528) (i32.const 1))
                (i64.store (i32.const 536) (i64.const 3600000000000))
                (drop (call $poll (i32.const 512) (i32.const 600) (i32.const 1) (i32.const 700))))
              ;; a header block of 60 KiB
              (func (export "long_header")
                (memory.fill (i32.const 65536) (i32.const 97) (i32.const 61440))
                (call $print (i32.const 1500) (i32.const 33))
                (call $print (i32.const 65536) (i32.const 61440))
                (call $print (i32.const 1600) (i32.const 7)))
              ;; a header block of 1 MiB and more
              (func (export "huge_header") (local $left i32)
                (memory.fill (i32.const 65536) (i32.const 97) (i32.const 65536))
                (call $print (i32.const 1500) (i32.const 33))
                (local.set $left (i32.const 16))
                (loop $more
                  (call $print (i32.const 65536) (i32.const 65536))
                  (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                  (br_if $more (local.get $left)))
                (call $print (i32.const 1600) (i32.const 7)))
              ;; a body of 80 KiB, too long to be held back
              (func (export "large")
                (memory.fill (i32.const 65536) (i32.const 98) (i32.const 81920))
                (call $print (i32.const 1024) (i32.const 26))
                (call $print (i32.const 65536) (i32.const 40960))
                (call $print (i32.const 65536) (i32.const 40960)))
              ;; "first" for ever
              (func (export "endless")
                (call $print (i32.const 1024) (i32.const 26))
                (memory.fill (i32.const 65536) (i32.const 98) (i32.const 81920))
                (loop $more
                  (call $print (i32.const 65536) (i32.const 65536))
                  (br $more))))
            """;

    /** Of this JVM alone: what another build has compiled may not be what this one would. */
    private static final Path COMPILED = Path.of(
            "target",
            "compiled-guests",
            ProcessHandle.current().pid() + "-"
                    + ManagementFactory.getRuntimeMXBean().getStartTime());

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String[] ENTRYPOINTS = {
        "cookies",
        "polls",
        "garbage",
        "no_content",
        "not_modified",
        "own_date",
        "declared",
        "undeclared",
        "reset_content",
        "trap",
        "exit",
        "broken",
        "converse",
        "spin",
        "long_header",
        "huge_header",
        "large",
        "endless",
    };

    private static final String LARGE_FILE = IntStream.range(0, 300_000)
            .mapToObj(i -> Integer.toString(1_000_000_000 + i).substring(1) + "0")
            .collect(Collectors.joining());

    private Guests() {}

    /**
     * Creates a host with every guest at {@code /<its name>/...}; /nothing prints nothing, /get accepts only GET, /late
     * exceeds its timeout and /cut its max_response_body after the response has started. All others have the time that
     * a busy machine needs.
     */
    static Wagi host() {
        Wagi.Builder builder = newBuilder();
        addTo(builder);
        return builder.build();
    }

    /** A builder that does not compile what a test in this JVM has compiled before. */
    private static Wagi.Builder newBuilder() {
        return Wagi.builder().compileCache(COMPILED);
    }

    /** Creates the same host with other limits. */
    static Wagi.Builder builder(Limits limits) {
        Wagi.Builder builder = newBuilder();
        addTo(builder, limits);
        return builder;
    }

    /** Makes a builder's host the same as {@link #host}. */
    static void addTo(Wagi.Builder builder) {
        addTo(builder, Limits.defaults().withTimeout(PATIENCE).withMaxRequestBodyBytes(64 << 20));
    }

    private static void addTo(Wagi.Builder builder, Limits limits) {
        Path odd = write();
        // Test clients delay their bodies as long as they need.
        builder.limits(l -> limits.withMinRequestBodyRate(0)).guestLog((module, request, line) -> {});
        for (String sample : new String[] {"hello", "error", "env"}) {
            builder.addModule(m -> m.route("/" + sample + "/...").source(sample(sample + "/" + sample + ".wasm")));
        }
        builder.addModule(m -> m.route("/").source(sample("index/index.wat")));
        builder.addModule(m -> m.route("/nothing").source(odd));
        builder.addModule(m -> m.route("/get").source(odd).entrypoint("cookies").methods("GET"));
        builder.addModule(m ->
                m.route("/late").source(odd).entrypoint("sleep").limits(l -> l.withTimeout(Duration.ofMillis(500))));
        builder.addModule(m ->
                m.route("/cut").source(odd).entrypoint("endless").limits(l -> l.withMaxResponseBodyBytes(200 << 10)));
        for (String entrypoint : ENTRYPOINTS) {
            builder.addModule(m ->
                    m.route("/" + entrypoint).source(odd).entrypoint(entrypoint).streamRequestBody(true));
        }
        builder.addModule(
                m -> m.route("/small").source(sample("env/env.wasm")).limits(l -> l.withMaxRequestBodyBytes(10)));
        builder.addStaticFiles(s -> s.route("/files/...").path(files()));
        builder.addModule(m -> m.route("/stream").source(sample("env/env.wasm")).streamRequestBody(true));
    }

    /** Writes the files that are served below /files: docs/index.html, and large.txt with {@link #largeFile}. */
    private static Path files() {
        try {
            Path directory = Files.createTempDirectory("files");
            Path docs = Files.createDirectory(directory.resolve("docs"));
            Path index = Files.writeString(docs.resolve("index.html"), "docs");
            Path large = Files.writeString(directory.resolve("large.txt"), largeFile());
            // The JVM deletes in the opposite order.
            for (Path file : List.of(directory, large, docs, index)) {
                file.toFile().deleteOnExit();
            }
            Files.setLastModifiedTime(large, FileTime.fromMillis(0));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns 3,000,000 characters, of which each ten are the position of the first. */
    static String largeFile() {
        return LARGE_FILE;
    }

    /** Creates a host with /hello only; it need not be closed. */
    static Wagi hello() {
        return HelloHolder.WAGI;
    }

    private static final class HelloHolder {
        private static final Wagi WAGI = newBuilder()
                .limits(l -> l.withTimeout(PATIENCE))
                .addModule(m -> m.route("/hello").source(sample("hello/hello.wasm")))
                .build();
    }

    /** Creates a host with /env/... only; it need not be closed. */
    static Wagi env() {
        return newBuilder()
                .limits(l -> l.withTimeout(PATIENCE).withMaxRequestBodyBytes(64 << 20))
                .addModule(m -> m.route("/env/...").source(sample("env/env.wasm")))
                .build();
    }

    /** Returns the file with the misbehaving entrypoints. */
    static Path write() {
        try {
            Path file = Files.createTempFile("odd", ".wat");
            file.toFile().deleteOnExit();
            return Files.writeString(file, WAT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path sample(String name) {
        Path start = Path.of(System.getProperty("wagi.root", System.getProperty("user.dir")));
        return Stream.iterate(start.toAbsolutePath(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve("samples/modules").resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no samples/modules/" + name + " above " + start));
    }
}
