// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.RouteInfo;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Command lines that end before anything is loaded. */
class MainTest {

    /** A wrong command line and what is said about it. */
    record Wrong(String message, String... args) {
        @Override
        public String toString() {
            return String.join(" ", args);
        }
    }

    static List<Wrong> wrong() {
        return List.of(
                new Wrong("the command is missing; write for instance 'wagi serve -c modules.toml'; see 'wagi --help'"),
                new Wrong("there is no command 'serv', did you mean serve?; see 'wagi --help'", "serv"),
                new Wrong("there is no command 'serv'; see 'wagi --help'", "help", "serv"),
                new Wrong(
                        "the configuration is missing; there is no modules.toml here, so name it with -c, for instance"
                                + " 'wagi serve -c modules.toml', or a manifest with -f; see 'wagi serve --help'",
                        "serve"),
                new Wrong(
                        "the configuration is missing; there is no modules.toml here, so name it with -c, for instance"
                                + " 'wagi serve -c modules.toml', or a manifest with -f; see 'wagi serve --help'",
                        "-l",
                        ":0"),
                new Wrong(
                        "the configuration is missing; there is no modules.toml here, so name it with -c, for instance"
                                + " 'wagi request -c modules.toml', or a manifest with -f; see 'wagi request --help'",
                        "request",
                        "/"),
                new Wrong(
                        "missing required parameter: 'URL'; see 'wagi request --help'",
                        "request",
                        "-c",
                        "modules.toml"),
                new Wrong(
                        "missing required parameter for option '--config' (FILE); see 'wagi check --help'",
                        "check",
                        "-c"),
                new Wrong(
                        "there is no option '--confg', did you mean --config?; see 'wagi check --help'",
                        "check",
                        "--confg",
                        "modules.toml"),
                new Wrong(
                        "--access-log-format needs --access-log; name a file, or - for standard output; see 'wagi serve"
                                + " --help'",
                        "-c",
                        "modules.toml",
                        "--access-log-format",
                        "json"),
                new Wrong(
                        "--admin-listen takes no inherited or Unix domain socket; write HOST:PORT, for instance"
                                + " \"127.0.0.1:9090\"; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--admin-listen",
                        "inherited"),
                new Wrong(
                        "--drain needs --admin-listen, whose /readyz says that the server stops; write for instance"
                                + " '--admin-listen 127.0.0.1:9090'; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--drain",
                        "5"),
                new Wrong(
                        "--console needs --admin-listen; write for instance '--admin-listen 127.0.0.1:9090'; see 'wagi"
                                + " serve --help'",
                        "-c",
                        "modules.toml",
                        "--console",
                        "off"),
                new Wrong(
                        "--console full needs a loopback address, because its form has no password, and --admin-listen"
                                + " is 0.0.0.0:9090; write '--console read-only', or '--admin-listen 127.0.0.1:9090';"
                                + " see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--admin-listen",
                        "0.0.0.0:9090",
                        "--console",
                        "full"),
                new Wrong(
                        "invalid value for option '--console': \"on\" is neither off, read-only nor full; see 'wagi"
                                + " serve --help'",
                        "-c",
                        "modules.toml",
                        "--console",
                        "on"),
                new Wrong(
                        "--console full sends test requests, and a node has no host of its own to send them to; write"
                                + " '--console read-only'; see 'wagi node --help'",
                        "node",
                        "--kubeconfig",
                        "node.kubeconfig",
                        "--admin-listen",
                        "127.0.0.1:9090",
                        "--console",
                        "full"),
                new Wrong(
                        "--console needs --admin-listen; write for instance '--admin-listen 127.0.0.1:9090'; see 'wagi"
                                + " node --help'",
                        "node",
                        "--kubeconfig",
                        "node.kubeconfig",
                        "--console",
                        "off"),
                new Wrong("'routes' is one argument too many; see 'wagi serve --help'", "-c", "modules.toml", "routes"),
                new Wrong(
                        "invalid value for option '--listen': \"localhost\" is not HOST:PORT; write for instance"
                                + " \"127.0.0.1:3000\", or \"[::1]:3000\" for IPv6; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "-l",
                        "localhost"),
                new Wrong(
                        "invalid value for option '--max-connections': \"0\" is not a number from 1 to 999999999;"
                                + " write for instance \"100\"; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--max-connections",
                        "0"),
                new Wrong(
                        "invalid value for option '--max-request-header-bytes': \"1023\" is not a number of bytes from"
                                + " 1024 to 1048576; write for instance \"32768\"; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--max-request-header-bytes",
                        "1023"),
                new Wrong(
                        "invalid value for option '--listen': \":65536\" has a port above 65535; see 'wagi"
                                + " serve --help'",
                        "-c",
                        "modules.toml",
                        "-l",
                        ":65536"),
                new Wrong(
                        "invalid value for option '--engine': \"fast\" is not an engine; write compiler or"
                                + " interpreter; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--engine",
                        "fast"),
                new Wrong(
                        "invalid value for option '--access-log-format': \"xml\" is not a format; write common,"
                                + " combined or json; see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--access-log-format",
                        "xml"),
                new Wrong(
                        "invalid value for positional parameter at index 0 (URL): \"hello\" is neither a path nor a"
                                + " URL; write for instance \"/hello?x=1\" or \"http://localhost/hello?x=1\"; see"
                                + " 'wagi request --help'",
                        "request",
                        "-c",
                        "modules.toml",
                        "hello"),
                new Wrong(
                        "\"Accept\" is not a header field; write for instance 'Accept: text/html'; see 'wagi request"
                                + " --help'",
                        "request",
                        "-c",
                        "modules.toml",
                        "-H",
                        "Accept",
                        "/"),
                new Wrong(
                        "\"A b: c\" is not a header field: a header field name must be a token of RFC 9110; see 'wagi"
                                + " request --help'",
                        "request",
                        "-c",
                        "modules.toml",
                        "-H",
                        "A b: c",
                        "/"),
                new Wrong(
                        "\"G T\" is not a method; write for instance GET; see 'wagi request --help'",
                        "request",
                        "-c",
                        "modules.toml",
                        "-X",
                        "G T",
                        "/"),
                new Wrong(
                        "the URL has no host; write for instance http://127.0.0.1:3000/healthz; see 'wagi health"
                                + " --help'",
                        "health",
                        "/healthz"),
                new Wrong(
                        "there is no place to take the bindle from; add --bindle-path or --bindle-url, or set"
                                + " BINDLE_URL; see 'wagi serve --help'",
                        "-b",
                        "a/1.0.0"),
                new Wrong(
                        "--bindle-path and --bindle-url exclude each other; leave one of them out; see 'wagi check"
                                + " --help'",
                        "check",
                        "-b",
                        "a/1.0.0",
                        "--bindle-path",
                        "x",
                        "--bindle-url",
                        "https://x"),
                new Wrong(
                        "--bindle-url: the URL of a bindle server must not contain a user; pass user and password"
                                + " separately; see 'wagi check --help'",
                        "check",
                        "-b",
                        "a/1.0.0",
                        "--bindle-url",
                        "https://ann:secret@bindle.example"),
                new Wrong(
                        "--bindle-url: it is not a URL; write for instance \"https://bindle.example/v1\"; see 'wagi"
                                + " check --help'",
                        "check",
                        "-b",
                        "a/1.0.0",
                        "--bindle-url",
                        "https://ann:sec ret@bindle.example"),
                new Wrong(
                        "the password for the bindle server is missing; set BINDLE_HTTP_PASSWORD or give"
                                + " --bindle-http-password; see 'wagi check --help'",
                        "check",
                        "-c",
                        "modules.toml",
                        "--bindle-url",
                        "https://bindle.example",
                        "--bindle-http-user",
                        "ann"),
                new Wrong(
                        "the user for the bindle server is missing; set BINDLE_HTTP_USER or give --bindle-http-user;"
                                + " see 'wagi check --help'",
                        "check",
                        "-c",
                        "modules.toml",
                        "--bindle-url",
                        "https://bindle.example",
                        "--bindle-http-password",
                        "secret"),
                new Wrong(
                        "the bindle server's password must not contain control characters; see 'wagi check --help'",
                        "check",
                        "-c",
                        "modules.toml",
                        "--bindle-url",
                        "https://bindle.example",
                        "--bindle-http-user",
                        "ann",
                        "--bindle-http-password",
                        "secret\n"),
                new Wrong(
                        "--bindle-insecure is for a bindle server, but --bindle-path names a directory; see 'wagi check"
                                + " --help'",
                        "check",
                        "-kb",
                        "a/1.0.0",
                        "--bindle-path",
                        "x"),
                new Wrong(
                        "--bindle-http-password is for a bindle server, but there is no --bindle-url; see 'wagi check"
                                + " --help'",
                        "check",
                        "-c",
                        "modules.toml",
                        "--bindle-http-password",
                        "secret"),
                new Wrong(
                        "--registry-mirror: \"docker.io\" is not FROM=TO; write for instance"
                                + " docker.io=cache.example:5000; see 'wagi check --help'",
                        "check",
                        "-c",
                        "modules.toml",
                        "--registry-mirror",
                        "docker.io"),
                new Wrong(
                        "--insecure-registry: \"http://x\" has a malformed registry; write host or host:port, for"
                                + " instance \"example.org:5000\"; see 'wagi pull --help'",
                        "pull",
                        "--insecure-registry",
                        "http://x",
                        "x"),
                new Wrong(
                        "--verify-signatures: \"always\" is neither off nor warn nor require; see 'wagi serve --help'",
                        "-f",
                        "pod.yaml",
                        "--verify-signatures",
                        "example.org=always"),
                new Wrong(
                        "--signature-key has no use without --verify-signatures; add for instance --verify-signatures"
                                + " require; see 'wagi pull --help'",
                        "pull",
                        "--signature-key",
                        "key.pub",
                        "x"),
                new Wrong(
                        "invalid value for positional parameter at index 1 (REFERENCE): \"Hello\" has a malformed"
                                + " repository; its parts are lower-case letters and digits, with '.', '_', '__' or"
                                + " '-' between them; see 'wagi push --help'",
                        "push",
                        "hello.wasm",
                        "Hello"),
                new Wrong(
                        "invalid value for option '--layout': \"spin\" is not a layout; write wasm-to-oci or cncf; see"
                                + " 'wagi push --help'",
                        "push",
                        "--layout",
                        "spin",
                        "hello.wasm",
                        "hello"),
                new Wrong(
                        "there is no option '--pasword'; see 'wagi check --help'",
                        "check",
                        "-c",
                        "modules.toml",
                        "--pasword=secret"),
                new Wrong(
                        "variable 3 of --env is not NAME=VALUE; put quotes around a value with white space; see 'wagi"
                                + " serve --help'",
                        "-c",
                        "modules.toml",
                        "-e",
                        "A=1",
                        "PASSWORD=my",
                        "secret",
                        "-v"),
                new Wrong(
                        "missing required parameter for option '--env' (NAME=VALUE); see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "-e"),
                new Wrong(
                        "missing required parameter for option '--env-file' (FILE); see 'wagi serve --help'",
                        "-c",
                        "modules.toml",
                        "--env-file"),
                new Wrong(
                        "--watch has nothing to watch: bindles do not change; add -c or leave it out; see 'wagi serve"
                                + " --help'",
                        "-b",
                        "a/1.0.0",
                        "--bindle-path",
                        "x",
                        "--watch"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void usage_wrong_isOneLineAndExitCode2(Wrong wrong) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));

        int code = command.execute(Main.withCommand(wrong.args()));

        assertThat(err.toString().lines()).containsExactly("wagi: " + wrong.message());
        assertThat(err.toString()).doesNotContain("secret", "sec ret");
        assertThat(code).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wagi",
                "serve",
                "routes",
                "check",
                "compile",
                "request",
                "health",
                "pull",
                "inspect",
                "push",
                "node",
                "completion",
                "new",
                "env",
                "doctor",
                "train"
            })
    void help_isAsReviewed(String name) {
        StringWriter out = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out));

        int code = name.equals("wagi") ? command.execute("-h") : command.execute(name, "--help");

        assertThat(out.toString().replace(System.lineSeparator(), "\n")).isEqualTo(Cli.golden("help-" + name + ".txt"));
        assertThat(code).isZero();
    }

    @Test
    void help_isACommandToo() {
        StringWriter out = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out));

        assertThat(command.execute("help", "routes")).isZero();

        assertThat(out.toString().replace(System.lineSeparator(), "\n")).isEqualTo(Cli.golden("help-routes.txt"));
    }

    /** Unless something else is named; a directory has been changed to, so it takes a process. */
    @Test
    void configuration_isNotNamed_isTheOneOfTheDirectory(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("modules.toml"), "[[module]]\nroute = \"/here\"\nmodule = \"none.wasm\"\n");
        ProcessBuilder check =
                Cli.command("check").directory(directory.toFile()).redirectErrorStream(true);
        ProcessBuilder manifest = Cli.command("check", "-f", "none.yaml")
                .directory(directory.toFile())
                .redirectErrorStream(true);

        Process usual = check.start();
        Process other = manifest.start();

        assertThat(usual.inputReader().lines())
                .anySatisfy(line -> assertThat(line).contains("modules.toml").contains("none.wasm"));
        assertThat(other.inputReader().lines())
                .isNotEmpty()
                .noneSatisfy(line -> assertThat(line).contains("none.wasm"));
        assertThat(usual.waitFor()).isEqualTo(1);
        assertThat(other.waitFor()).isEqualTo(1);
    }

    @Test
    void version_isTheBuilds() {
        StringWriter out = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(out));

        int code = command.execute("-V");

        assertThat(out.toString().strip())
                .matches("wagi [0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?, Chicory [0-9.]+, Java [0-9].*");
        assertThat(code).isZero();
    }

    @Test
    void withCommand_optionsOnly_isServe() {
        assertThat(Main.withCommand("-c", "a")).containsExactly("serve", "-c", "a");
        assertThat(Main.withCommand("routes", "-c", "a")).containsExactly("routes", "-c", "a");
        assertThat(Main.withCommand("--version")).containsExactly("--version");
        assertThat(Main.withCommand()).isEmpty();
    }

    @Test
    void table_files_areMarked() {
        RouteInfo files = RouteInfo.ofFiles("/a/...", "public").withMethods(List.of("GET"));

        assertThat(RoutesCommand.table(List.of(files)))
                .containsExactly("ROUTE   NAME      MODULE  METHODS", "/a/...  (static)  public  GET");
    }

    @Test
    void table_hostsAndMethods_areShownOnlyWhenPresent() {
        RouteInfo plain = RouteInfo.of("/a/...", "a", "a.wasm");
        RouteInfo host =
                RouteInfo.of("/", "index", "x/index.wat").withEntrypoint("run").withHosts(List.of("a.org", "b.org"));
        RouteInfo method = RouteInfo.of("/", "post", "post.wasm").withMethods(List.of("GET", "POST"));

        assertThat(RoutesCommand.table(List.of(plain)))
                .containsExactly("ROUTE   NAME  MODULE  ENTRYPOINT", "/a/...  a     a.wasm  _start");
        assertThat(RoutesCommand.table(List.of(plain, host, method)))
                .containsExactly(
                        "ROUTE   NAME   MODULE       ENTRYPOINT  HOSTS        METHODS",
                        "/a/...  a      a.wasm       _start",
                        "/       index  x/index.wat  run         a.org,b.org",
                        "/       post   post.wasm    _start                   GET,POST");
    }
}
