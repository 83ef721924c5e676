// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code wagi request} as a process. */
class RequestCommandTest {

    @TempDir
    private Path directory;

    private String env;

    @BeforeEach
    void writeConfiguration() throws IOException {
        Path module = Cli.ROOT.resolve("samples/modules/env/env.wasm");
        Path file = Files.writeString(directory.resolve("modules.toml"), """
                default_host = "config.example:81"
                [[module]]
                route = "/env/..."
                module = '%s'
                """.formatted(module));
        env = file.toString();
    }

    @Test
    void request_path_printsStatusLineFieldsAndBody() {
        Cli.Result result = Cli.run("request", "-c", Cli.SAMPLES, "/hello/any/sub/path");

        assertThat(result.text().replaceFirst("X-Request-Id: [0-9a-f]+", "X-Request-Id: ID"))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-Request-Id: ID\r\n"
                        + "Content-Length: 12\r\n\r\nhello world\n");
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isZero();
    }

    /** The other module would trap as soon as it is started, and would be compiled for long. */
    @Test
    void request_verbose_showsExitCodeAndTimes_andLoadsNoOtherModule() throws IOException {
        Path exits = Files.writeString(directory.resolve("exits.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                  (memory (export "memory") 1)
                  (func (export "_start") (call $exit (i32.const 3))))
                """);
        Path other = Files.writeString(
                directory.resolve("other.wat"), "(module (func $s unreachable) (start $s) (func (export \"_start\")))");
        Path file = Files.writeString(directory.resolve("two.toml"), """
                [[module]]
                route = "/exits"
                module = '%s'
                content_type = "text/plain"
                [[module]]
                route = "/other"
                module = '%s'
                """.formatted(exits, other));

        Cli.Result result = Cli.run("request", "-v", "-c", file.toString(), "/exits");

        assertThat(result.stderr().lines())
                .anySatisfy(line -> assertThat(line).matches("wagi: loaded .*exits.wat in [0-9.]+ ms.*"))
                .anySatisfy(line -> assertThat(line)
                        .matches("wagi: module exits, route /exits, status 502, exit code 3, .*; guest [0-9.]+ ms,"
                                + " total [0-9.]+ ms, 0 bytes in, [0-9]+ out"));
        assertThat(result.stderr()).doesNotContain("other.wat");
        assertThat(result.text()).startsWith("HTTP/1.1 502 ");
    }

    /** A request that waited for its module would be refused: no request of it may wait. */
    @Test
    void request_module_isLoadedBeforeTheRequestBegins() throws IOException {
        Path file = Files.writeString(
                directory.resolve("hasty.toml"), """
                [[module]]
                route = "/..."
                module = '%s'
                max_queue = 0
                """.formatted(Cli.ROOT.resolve("samples/modules/env/env.wasm")));

        Cli.Result result = Cli.run("request", "-c", file.toString(), "-s", "/env");

        assertThat(result.text()).contains("REQUEST_METHOD=GET");
        assertThat(result.stderr()).isEmpty();
        assertThat(result.code()).isZero();
    }

    @Test
    void request_moduleThatCannotBeLoaded_isAnErrorWithTheReason() throws IOException {
        Path module = Files.writeString(
                directory.resolve("trap.wat"), "(module (func $s unreachable) (start $s) (func (export \"_start\")))");
        Path file =
                Files.writeString(directory.resolve("trap.toml"), "[[module]]\nroute = \"/\"\nmodule = \"trap.wat\"\n");

        Cli.Result result = Cli.run("request", "-c", file.toString(), "/");

        assertThat(result.stdout()).isEmpty();
        assertThat(result.stderr().lines())
                .singleElement()
                .asString()
                .startsWith("wagi: " + file + ", module 1")
                .contains(", key 'module': ", module + " cannot be instantiated");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void request_path_hasTheConfiguredHost() {
        Cli.Result result = Cli.run("request", "-c", env, "-s", "/env/a%20b?x=1");

        assertThat(result.text().lines())
                .contains(
                        "REQUEST_METHOD=GET",
                        "SERVER_NAME=config.example",
                        "SERVER_PORT=81",
                        "PATH_INFO=/a b",
                        "QUERY_STRING=x=1",
                        "length = 0");
    }

    @Test
    void request_url_hasItsHostAndScheme() {
        Cli.Result result = Cli.run(
                "request", "-c", env, "-s", "-H", "x-a: 1", "-H", "X-B:\u00e4", "https://example.org:8443/env#here");

        assertThat(result.text().lines())
                .contains(
                        "SERVER_NAME=example.org",
                        "SERVER_PORT=8443",
                        "HTTP_HOST=example.org:8443",
                        "X_FULL_URL=https://example.org:8443/env",
                        "HTTP_X_A=1");
    }

    @Test
    void request_data_isPosted() {
        Cli.Result result = Cli.run("request", "-c", env, "-s", "-d", "hello", "/env");

        assertThat(result.text().lines())
                .contains(
                        "REQUEST_METHOD=POST",
                        "CONTENT_TYPE=application/x-www-form-urlencoded",
                        "CONTENT_LENGTH=5",
                        "sha256 = 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    }

    @Test
    void request_dataFromFile_isSentAsItIs() throws IOException {
        Path file = Files.write(directory.resolve("body.bin"), everyByte());

        Cli.Result result = Cli.run(
                "request", "-c", env, "-X", "PUT", "-H", "content-type: a/b", "-d", "@" + file, "-s", "/env/echo");

        assertThat(result.stdout()).isEqualTo(everyByte());
    }

    @Test
    void request_dataFromStandardInput_isSentAsItIs() {
        Cli.Result result = Cli.run(everyByte(), "request", "-c", env, "-d", "@-", "-s", "/env/echo");

        assertThat(result.stdout()).isEqualTo(everyByte());
    }

    @Test
    void request_dataFromMissingFile_isAnError() {
        Cli.Result result = Cli.run("request", "-c", env, "-d", "@absent.bin", "/env");

        assertThat(result.stderr().lines())
                .containsExactly("wagi: there is no file absent.bin; check the path given with -d");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void request_head_hasNoBody() {
        Cli.Result result = Cli.run("request", "-c", env, "-X", "HEAD", "/env");

        assertThat(result.text()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n");
    }

    @Test
    void request_notFound_isAnAnswer() {
        Cli.Result result = Cli.run("request", "-c", env, "/nope");

        assertThat(result.text()).startsWith("HTTP/1.1 404 Not Found\r\n");
        assertThat(result.code()).isZero();
    }

    @Test
    void request_fail_exitsWith22() {
        Cli.Result result = Cli.run("request", "-c", env, "--fail", "/nope");

        assertThat(result.text()).startsWith("HTTP/1.1 404 Not Found\r\n");
        assertThat(result.code()).isEqualTo(22);
    }

    @Test
    void request_standardErrorOfTheModule_isLogged() {
        Cli.Result result = Cli.run("request", "-c", Cli.SAMPLES, "-s", "--engine", "compiler", "/log");

        assertThat(result.stderr().lines())
                .isNotEmpty()
                .allMatch(line -> line.matches(
                        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}(Z|[+-][0-9:]{5}) INFO log - \\[[0-9a-f]+] .*"));
        assertThat(result.code()).isZero();
    }

    @Test
    void request_brokenOff_isAnError() throws IOException {
        Files.writeString(directory.resolve("broken.wat"), """
                (module
                  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 2)
                  (data (i32.const 0) "\\10\\00\\00\\00\\00\\f0\\00\\00")
                  (data (i32.const 16) "Content-Type: text/plain\\n\\nbody")
                  (func (export "_start")
                    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                    unreachable))
                """);
        Path file = Files.writeString(
                directory.resolve("broken.toml"), "[[module]]\nroute = \"/\"\nmodule = \"broken.wat\"\n");

        Cli.Result result = Cli.run("request", "-c", file.toString(), "/");

        assertThat(new String(result.stdout(), StandardCharsets.ISO_8859_1)).contains("\r\n\r\nbody");
        assertThat(result.stderr().lines().toList())
                .hasSize(2)
                .last()
                .isEqualTo(
                        "wagi: the response broke off: the module failed (see above), or standard output was closed");
        assertThat(result.code()).isEqualTo(1);
    }

    private static byte[] everyByte() {
        byte[] bytes = new byte[512];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    @Test
    void request_variables_optionWinsOverFiles() throws IOException {
        Path one = Files.writeString(directory.resolve("one.env"), "A=1\nB=1\nC=1\n");
        Path two = Files.writeString(directory.resolve("two.env"), "export B = \"2 \\$\"\nC=2\n");

        Cli.Result result = Cli.run(
                "request",
                "-c",
                env,
                "-s",
                "-e",
                "C=3",
                "D=x=y z",
                "-e",
                "E=",
                "--env-file",
                one.toString(),
                "--env-file",
                two.toString(),
                "/env?F=4");

        assertThat(result.stderr()).isEmpty();
        assertThat(result.text().lines()).contains("A=1", "B=2 $", "C=3", "D=x=y z", "E=", "QUERY_STRING=F=4");
    }

    @Test
    void request_variableOfTheProtocol_isRefused() {
        Cli.Result result = Cli.run("request", "-c", env, "-e", "PATH_INFO=/x", "/env");

        assertThat(result.stderr().lines())
                .singleElement()
                .asString()
                .contains("\"PATH_INFO\" is set by every request");
        assertThat(result.code()).isEqualTo(1);
    }
}
