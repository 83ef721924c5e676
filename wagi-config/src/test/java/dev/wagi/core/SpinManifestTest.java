// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Manifests of Spin as configurations. */
class SpinManifestTest {

    private static final Path MIGRATING =
            Path.of(System.getProperty("wagi.root", "..")).resolve("docs/migrating.md");

    private static final String V2 = """
            spin_manifest_version = 2
            [application]
            name = "app"
            [[trigger.http]]
            route = "/x"
            component = "x"
            executor = { type = "wagi" }
            [component.x]
            source = "env.wasm"
            """;

    @TempDir
    Path directory;

    @BeforeEach
    void modules() throws IOException {
        Files.copy(Guests.sample("hello"), directory.resolve("hello.wasm"));
        Files.copy(Guests.sample("env"), directory.resolve("env.wasm"));
        Files.createDirectories(directory.resolve("site/below"));
    }

    /** As the templates of version 1 have it, with WAGI's executor. */
    @Test
    void version1_isServed() throws IOException {
        try (Wagi wagi = load("""
                spin_manifest_version = "1"
                authors = ["A <a@example.org>"]
                description = ""
                name = "app"
                trigger = { type = "http", base = "/app" }
                version = "0.1.0"

                [[component]]
                id = "hello"
                source = "hello.wasm"
                allowed_http_hosts = ["example.org", "http://localhost:8081"]
                [component.trigger]
                route = "/hello/..."
                executor = { type = "wagi" }
                [component.build]
                command = "make"
                watch = ["src/**/*.rs"]

                [[component]]
                id = "env"
                source = "env.wasm"
                environment = { COLOUR = "green" }
                [component.trigger]
                route = "/env"
                executor = { type = "wagi", argv = "one ${SCRIPT_NAME}" }
                """)) {
            assertThat(wagi.routes())
                    .extracting(RouteInfo::route)
                    .containsExactlyInAnyOrder("/app/hello/...", "/app/env");
            assertThat(get(wagi, "/app/hello/x")).isEqualTo("hello world\n");
            assertThat(get(wagi, "/app/env")).contains("COLOUR=green");
        }
    }

    /** As the templates of version 2 have it, with WAGI's executor: two routes, one component. */
    @Test
    void version2_isServed() throws IOException {
        try (Wagi wagi = load("""
                spin_manifest_version = 2

                [application]
                name = "app"
                version = "0.1.0"
                authors = ["A <a@example.org>"]
                description = ""

                [variables]
                api = { default = "api.example.org" }

                [[trigger.http]]
                route = "/..."
                component = "env"
                executor = { type = "wagi" }

                [[trigger.http]]
                route = "/again"
                component = "env"
                [trigger.http.executor]
                type = "wagi"
                argv = "one two"

                [[trigger.http]]
                route = "/inline"
                component = { source = "hello.wasm" }
                executor = { type = "wagi" }

                [component.env]
                source = "env.wasm"
                allowed_outbound_hosts = ["https://{{ api }}", "*://10.0.0.7:8080", "https://*.example.org:8443"]
                files = [{ source = "site", destination = "/pages" }, "site/below/**/*"]
                environment = { COLOUR = "green" }
                [component.env.build]
                command = "make"
                watch = ["src/**/*.rs", "Cargo.toml"]
                """)) {
            assertThat(wagi.routes())
                    .extracting(RouteInfo::route)
                    .containsExactlyInAnyOrder("/...", "/again", "/inline");
            assertThat(get(wagi, "/anything")).contains("COLOUR=green");
            assertThat(get(wagi, "/again")).contains("COLOUR=green");
            assertThat(get(wagi, "/inline")).isEqualTo("hello world\n");
        }
    }

    /** What is in a manifest, and what is said about it. */
    record Wrong(String problem, String manifest) {
        @Override
        public String toString() {
            return problem;
        }
    }

    static List<Wrong> wrong() {
        return List.of(
                new Wrong(
                        ", component \"x\": has the executor spin, whose components need Spin's interfaces; build it"
                                + " as a WASI command and write executor = { type = \"wagi\" }, or serve it with Spin",
                        V2.replace("executor = { type = \"wagi\" }\n", "")),
                new Wrong(
                        ": has a trigger of type redis; only http can be served, so remove it, or serve it with Spin",
                        V2 + "[[trigger.redis]]\nchannel = \"a\"\ncomponent = \"x\"\n"),
                new Wrong(
                        ": has the trigger \"redis\"; only components for http can be served",
                        "spin_manifest_version = \"1\"\ntrigger = { type = \"redis\" }\n"),
                new Wrong(": is a Spin manifest of version 3; only 1 and 2 are supported", V2.replace("= 2", "= 3")),
                new Wrong(
                        ", trigger.http 1: names the component \"x\", which does not exist; add [component.x]",
                        V2.replace("[component.x]", "[component.y]")),
                new Wrong(
                        ", component \"x\": has the route \"/:name\"; named segments are not supported, so end it with"
                                + " /... and read PATH_INFO",
                        V2.replace("\"/x\"", "\"/:name\"")),
                new Wrong(
                        ", component \"x\": has a private route, which only Spin's own calls reach; remove it, or"
                                + " serve it with Spin",
                        V2.replace("\"/x\"", "{ private = true }")),
                new Wrong(
                        ", component \"x\": has a source with a URL; download it, and write source ="
                                + " \"FILE.wasm#sha256:12\"",
                        V2.replace("\"env.wasm\"", "{ url = \"https://a.example/x.wasm\", digest = \"sha256:12\" }")),
                new Wrong(
                        ", component \"x\", key 'files': \"site/*.html\" is not a whole directory; write { source ="
                                + " \"DIRECTORY\", destination = \"/DIRECTORY\" }, which grants everything in it",
                        V2 + "files = [\"site/*.html\"]\n"),
                new Wrong(
                        ", component \"x\", key 'files': has two entries for /site; leave one",
                        V2 + "files = [\"site/**/*\", { source = \"site\", destination = \"/site\" }]\n"),
                new Wrong(
                        ", component \"x\", key 'exclude_files': has no counterpart, a directory is granted as a"
                                + " whole; move the files elsewhere, and remove it",
                        V2 + "exclude_files = [\"site/secret\"]\n"),
                new Wrong(
                        ", component \"x\", key 'key_value_stores': is provided by Spin only; remove it, and give the"
                                + " module a directory in files",
                        V2 + "key_value_stores = [\"default\"]\n"),
                new Wrong(
                        ", component \"x\", key 'variables': is provided by Spin only; pass values as environment = {"
                                + " NAME = \"value\" }",
                        V2 + "[component.x.variables]\na = \"b\"\n"),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': \"redis://a.example\" is not for HTTP, and a"
                                + " module cannot call it; remove it",
                        V2 + "allowed_outbound_hosts = [\"redis://a.example\"]\n"),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': \"http://self\" is a call within Spin; write"
                                + " the address of the server instead",
                        V2 + "allowed_outbound_hosts = [\"http://self\"]\n"),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': \"http://a.example:*\" has a wildcard for"
                                + " hosts or ports, which is supported in \"*://*:*\" only; write an entry for each",
                        V2 + "allowed_outbound_hosts = [\"http://a.example:*\"]\n"),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': \"https://{{ api }}\" has the variable api,"
                                + " which [variables] does not declare; add it",
                        V2 + "allowed_outbound_hosts = [\"https://{{ api }}\"]\n"),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': the variable api has no value; set"
                                + " SPIN_VARIABLE_API",
                        V2
                                + "allowed_outbound_hosts = [\"https://{{ api }}\"]\n[variables]\napi = { required"
                                + " = true }\n"),
                new Wrong(
                        ", component \"x\", key 'files': is not a list; write for instance [{ source = \"DIRECTORY\","
                                + " destination = \"/DIRECTORY\" }]",
                        V2 + "files = \"site/**/*\"\n"),
                new Wrong(
                        ", component \"x\", key 'files': \"../site/**/*\" is outside the directory of the manifest;"
                                + " write { source = \"DIRECTORY\", destination = \"/DIRECTORY\" }, which grants"
                                + " everything in it",
                        V2 + "files = [\"../site/**/*\"]\n"),
                new Wrong(
                        ", component \"x\", key 'files': \"/etc/**/*\" is outside the directory of the manifest;"
                                + " write { source"
                                + " = \"DIRECTORY\", destination = \"/DIRECTORY\" }, which grants everything in it",
                        V2 + "files = [\"/etc/**/*\"]\n"),
                new Wrong(
                        ", component \"x\", key 'files': \"./**/*\" is not a whole directory; write { source ="
                                + " \"DIRECTORY\", destination = \"/DIRECTORY\" }, which grants everything in it",
                        V2 + "files = [\"./**/*\"]\n"),
                new Wrong(
                        ", component \"x\", key 'files', key 'writable': is unknown; known keys are destination,"
                                + " source",
                        V2 + "files = [{ source = \"site\", destination = \"/site\", writable = true }]\n"),
                new Wrong(
                        ", component \"x\", key 'exclude_files': has no counterpart, a directory is granted as a"
                                + " whole; move the files elsewhere, and remove it",
                        V2 + "exclude_files = \"site/secret\"\n"),
                new Wrong(
                        ", component \"x\", key 'ai_models': is provided by Spin only; remove it",
                        V2 + "ai_models = true\n"),
                new Wrong(
                        ", component \"x\", executor, key 'args': is unknown; did you mean 'argv'?",
                        V2.replace("\"wagi\" }", "\"wagi\", args = \"a\" }")),
                new Wrong(
                        ", component \"x\": has the executor \"wagi\", not a table; write executor = { type ="
                                + " \"wagi\" }",
                        V2.replace("{ type = \"wagi\" }", "\"wagi\"")),
                new Wrong(
                        ", trigger.http 1, key 'methods': is unknown; known keys are component, executor, id, route",
                        V2.replace("route =", "methods = [\"GET\"]\nroute =")),
                new Wrong(
                        ", application, key 'base': is unknown; known keys are authors, description, name, tool,"
                                + " trigger, version",
                        V2.replace("name = \"app\"", "base = \"/app\"")),
                new Wrong(
                        ", component \"x\": has a route below the base 5, not a string; write base = \"/\"",
                        V2.replace("name = \"app\"", "trigger = { http = { base = 5 } }")),
                new Wrong(
                        ", component \"x\": has no route that is a string; write for instance route = \"/...\"",
                        V2.replace("route = \"/x\"\n", "")),
                new Wrong(
                        ": 'http' is not a list of tables; write [[trigger.http]]",
                        V2.replace("[[trigger.http]]", "[trigger.http]")),
                new Wrong(
                        ": 'component' is not a list of tables; write [[component]]",
                        "spin_version = \"1\"\ntrigger = { type = \"http\" }\n[component]\nid = \"x\"\n"),
                new Wrong(
                        ", component 1: has no id; write id = \"NAME\"",
                        "spin_version = \"1\"\ntrigger = { type = \"http\" }\n[[component]]\nsource = \"env.wasm\"\n"),
                new Wrong(
                        ": has the trigger none; only components for http can be served",
                        "spin_version = \"1\"\ntrigger = \"http\"\n"),
                new Wrong(
                        ", component \"x\": has the source \"oci:localhost:1/x\", which is not a file; write source ="
                                + " \"FILE.wasm\"",
                        V2.replace("\"env.wasm\"", "\"oci:localhost:1/x\"")),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': \"http://Api.Spin.Internal\" is a call"
                                + " within Spin; write the address of the server instead",
                        V2 + "allowed_outbound_hosts = [\"http://Api.Spin.Internal\"]\n"),
                new Wrong(
                        ", component \"x\", key 'allowed_outbound_hosts': the variable api is secret, but messages"
                                + " show hosts; write the host, or a variable that is not secret",
                        V2
                                + "allowed_outbound_hosts = [\"https://{{ api }}\"]\n[variables]\napi = { default ="
                                + " \"a.example\", secret = true }\n"),
                new Wrong(
                        ", component \"x\", key 'sourse': is unknown; did you mean 'source'?",
                        V2.replace("source =", "source = \"env.wasm\"\nsourse =")));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatCannotBeCarriedOver_isNamedWithARemedy(Wrong wrong) throws IOException {
        Path file = Files.writeString(directory.resolve("spin.toml"), wrong.manifest());

        WagiConfigException failure = catchThrowableOfType(
                WagiConfigException.class,
                () -> Wagi.builder()
                        .engine(Wagi.Engine.INTERPRETER)
                        .addConfiguration(file)
                        .build());

        assertThat(failure.problems()).containsExactly(file + wrong.problem());
    }

    /** docs/migrating.md shows a manifest and says what it becomes. */
    @Test
    void documentation_example_isServed() throws IOException {
        Matcher block = Pattern.compile("```toml\\n(spin_manifest_version.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(MIGRATING, StandardCharsets.UTF_8));
        assertThat(block.find()).isTrue();

        try (Wagi wagi = load(block.group(1))) {
            assertThat(get(wagi, "/hello/x")).isEqualTo("hello world\n");
        }
    }

    private Wagi load(String manifest) throws IOException {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .outboundHttpClient(request -> {
                    throw new IOException("nothing is called here");
                })
                .addConfiguration(Files.writeString(directory.resolve("spin.toml"), manifest))
                .build();
    }

    private static String get(Wagi wagi, String path) {
        return new String(wagi.handle(WagiRequest.builder("GET", path).build()).body(), StandardCharsets.UTF_8);
    }
}
