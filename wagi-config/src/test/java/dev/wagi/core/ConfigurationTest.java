// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.spi.OutboundHttpClientProvider;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Valid and invalid {@code modules.toml} files, and modules that cannot be loaded. */
class ConfigurationTest {

    private static final OutboundHttpClient NO_NETWORK = request -> {
        throw new IOException("there is no network here");
    };

    private static final String EMPTY_MODULE = "(module (func (export \"_start\")) (memory (export \"memory\") 1))";

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void guests() throws IOException {
        file = directory.resolve("modules.toml");
        Files.createDirectory(directory.resolve("guests"));
        Files.writeString(directory.resolve("guests/ok.wat"), EMPTY_MODULE);
        Files.copy(Guests.sample("hello"), directory.resolve("hello.wasm"));
    }

    @Test
    void load_fileOfWagi_isAccepted() throws IOException {
        // All keys of WAGI that are supported.
        List<RouteInfo> routes = routes("""
                default_host = "example.com:8080"

                [[module]]
                route = "/one"
                module = "guests/ok.wat"
                entrypoint = "_start"
                argv = "${SCRIPT_NAME} ${ARGS}"
                allowed_hosts = ["https://example.com", "http://localhost:8080", "insecure:allow-all"]
                http_max_concurrency = 5
                bindle_server = "http://localhost:8080/v1"
                repository = "reserved"

                [[module]]
                route = "/two/..."
                module = "file:hello.wasm"
                """);

        assertThat(routes)
                .containsExactly(
                        RouteInfo.of("/one", "ok", "guests/ok.wat"),
                        RouteInfo.of("/two/...", "hello", "file:hello.wasm"));
    }

    @Test
    void load_ourKeys_areHonoured() throws IOException {
        Files.copy(Guests.sample("env"), directory.resolve("env.wasm"));
        String toml = """
                health_path = ""
                [[module]]
                name = "shop"
                route = "/shop/..."
                module = "env.wasm"
                hosts = ["Shop.example"]
                methods = ["POST", "GET"]
                authorization = true
                argv = ["prog", "two words", "${ARGS}"]
                argv_allow_options = true
                environment = { GREETING = "hi", EMPTY = "" }
                """;
        Files.writeString(file, toml);
        try (Wagi wagi = Wagi.builder()
                .addConfiguration(file)
                .outboundHttpClient(NO_NETWORK)
                .build()) {
            assertThat(wagi.routes())
                    .containsExactly(RouteInfo.of("/shop/...", "shop", "env.wasm")
                            .withHosts(List.of("shop.example"))
                            .withMethods(List.of("GET", "POST")));
            WagiRequest request = WagiRequest.builder("GET", "/shop/x?-o")
                    .addHeader("Host", "shop.example")
                    .addHeader("Authorization", "Bearer t")
                    .build();

            assertThat(wagi.handle(request).text())
                    .contains("0 = prog\n1 = two words\n2 = -o\n")
                    .contains("EMPTY=\n", "GREETING=hi\n", "HTTP_AUTHORIZATION=Bearer t\n");
            assertThat(wagi.handle(WagiRequest.get("/healthz")).status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    c.toml | default_host = "h:1"\\n[defaults]\\nmethods = ["GET"]\\n[[module]]\\nroute = "/a"\\nmodule = "hello.wasm"
                    c.json | {"default_host": "h:1", "defaults": {"methods": ["GET"]}, "module": [{"route": "/a", "module": "hello.wasm"}]}
                    c.yaml | default_host: h:1\\ndefaults:\\n  methods: [GET]\\nmodule:\\n- route: /a\\n  module: hello.wasm
                    c.yaml | # off\\n---\\n# on\\n---\\ndefault_host: h:1\\ndefaults:\\n  methods: [GET]\\n  hosts:\\n  environment:\\nmodule:\\n- route: /a\\n  module: hello.wasm\\n  <<:\\n  argv:\\n  volumes:\\n  environment:\\n  allowed_hosts:\\n  timeout:\\n  reuse:\\n  name:\\n---\\n---\\n# end\\n
                    c.yaml | default_host: h:1\\ndefaults:\\ntrusted_proxies:\\nhealth_path:\\nmax_queue:\\nmodule: [{<<: {methods: [GET]}, route: /a, module: hello.wasm}]\\n---
                    c.YML  | default_host: h:1\\ndefaults: {methods: [GET]}\\nmodule: [{route: /a, module: hello.wasm}]
                    """)
    void load_anyFormat_isTheSameConfiguration(String name, String text) throws IOException {
        Path configuration = Files.writeString(directory.resolve(name), text.replace("\\n", "\n"));

        try (Wagi wagi = interpreted(configuration)) {
            assertThat(wagi.routes())
                    .containsExactly(RouteInfo.of("/a", "hello", "hello.wasm").withMethods(List.of("GET")));
        }
    }

    @Test
    void load_secondDocument_isAProblem() throws IOException {
        Path configuration = Files.writeString(directory.resolve("c.yaml"), "module: []\n---\nmodule: []\n");

        assertThatThrownBy(() -> Wagi.load(configuration))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(configuration
                        + ", line 3, column 1: malformed YAML: there is a second document, but a configuration has"
                        + " only one; remove the line ---");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    c.json | {"module": [               | , line 1, column 13: malformed JSON: Unexpected end-of-input
                    c.json | {"module": [], "module": 1}| , line 1, column 24: malformed JSON: Duplicate
                    c.json | {} {}                      | , line 1, column 4: malformed JSON: Trailing token
                    c.json | []                         | : there is no module; write "module": [{ ... }] with a route and a module in it
                    c.json | ''                         | : there is no module; write "module": [{ ... }] with a route and a module in it
                    c.yaml | module: {}                 | : 'module' is one table, not a list; write a list below 'module:'
                    c.yaml | '--- '                     | : there is no module; write a list below 'module:'
                    c.yaml | '# nothing'                | : there is no module; write a list below 'module:'
                    c.yaml | 'module: '                 | : there is no module; write a list below 'module:'
                    c.yaml | 'module: ""'               | : there is no module; write a list below 'module:'
                    c.yaml | 'a: ['                     | , line 1, column 5: malformed YAML: while parsing a flow node
                    """)
    void load_brokenFormat_saysWhere(String name, String text, String problem) throws IOException {
        Path configuration = Files.writeString(directory.resolve(name), text);

        assertThatThrownBy(() -> Wagi.load(configuration))
                .isInstanceOf(WagiConfigException.class)
                .hasMessageStartingWith(configuration + problem);
    }

    @Test
    void load_defaults_areForModulesThatDoNotSayOtherwise() throws IOException {
        Files.copy(Guests.sample("env"), directory.resolve("env.wasm"));
        Files.writeString(file, """
                [defaults]
                argv = "prog ${ARGS}"
                environment = { A = "default", B = "default" }
                [[module]]
                route = "/one"
                module = "env.wasm"
                environment = { B = "own" }
                [[module]]
                route = "/two"
                module = "env.wasm"
                argv = ["other"]
                """);

        try (Wagi wagi = Wagi.builder()
                .addConfiguration(file)
                .addEnvironment("B", "global")
                .addEnvironment("C", "global")
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/one?x")).text())
                    .contains("0 = prog\n1 = x\nenv", "\nA=default\n", "\nB=own\n", "\nC=global\n");
            assertThat(wagi.handle(WagiRequest.get("/two?x")).text())
                    .contains("0 = other\nenv", "\nA=default\n", "\nB=default\n", "\nC=global\n");
        }
    }

    @Test
    void build_reservedVariableForAllModules_isRefused() {
        assertThatThrownBy(() -> Wagi.builder()
                        .addEnvironment("PATH_INFO", "x")
                        .addModule(m -> m.route("/").source(Guests.sample("hello")))
                        .build())
                .isInstanceOfSatisfying(
                        WagiConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactly(
                                        "environment of all modules, key 'environment.PATH_INFO': \"PATH_INFO\" is set"
                                                + " by every request (RFC 3875); choose another name"));
    }

    @Test
    void load_relativeModule_isNextToTheFile() throws IOException {
        Path elsewhere = Files.createDirectory(directory.resolve("conf"));
        Files.writeString(elsewhere.resolve("modules.toml"), module("/a", "../hello.wasm"));

        try (Wagi wagi = interpreted(elsewhere.resolve("modules.toml"))) {
            assertThat(wagi.routes()).hasSize(1);
        }
    }

    @Test
    void load_pinnedModule_isCheckedAgainstItsDigest() throws IOException {
        String wrong = "0".repeat(64);

        assertThat(problems(module("/a", "hello.wasm#sha256:" + wrong)))
                .singleElement()
                .asString()
                .startsWith(file + ", module 1, key 'module': " + directory.resolve("hello.wasm") + " has the SHA-256 ")
                .endsWith(", not the one in its reference; the file was changed, or the pin is out of date");
    }

    record Case(String what, String toml, String... problems) {
        @Override
        public String toString() {
            return what;
        }
    }

    private static final String OK = "[[module]]\nroute = \"/ok\"\nmodule = \"guests/ok.wat\"\n";

    private static String files(String route, String path) {
        return "[[static]]\nroute = \"" + route + "\"\npath = \"" + path + "\"\n";
    }

    /** FILE and DIR stand for the path of the file and its directory. */
    static Stream<Case> broken() {
        return Stream.of(
                new Case("malformed TOML", "[[module]]\nroute = \n", "FILE, line 2, column 9: malformed TOML: "),
                new Case("unclosed string", "a = \"x\n", "FILE, line 1, column "),
                new Case("key twice", "[[module]]\nroute = \"/a\"\nroute = \"/b\"\n", "FILE, line "),
                new Case(
                        "empty file", "", "FILE: there is no module; write [[module]] with a route and a module in it"),
                new Case(
                        "one bracket",
                        "[module]\nroute = \"/a\"\n",
                        "FILE: 'module' is one table, not a list; write [[module]]"),
                new Case("not a table", "module = [1]\n", "FILE, module 1: is not a table; write [[module]]"),
                new Case(
                        "unknown key at the top",
                        "defualt_host = \"x\"\n" + OK,
                        "FILE, key 'defualt_host': is unknown; did you mean 'default_host'?"),
                new Case(
                        "unknown key",
                        OK + "allow_hosts = []\n",
                        "FILE, module 1, key 'allow_hosts': is unknown; did you mean 'allowed_hosts'?"),
                new Case(
                        "unknown key like no other",
                        OK + "zzz = 1\n",
                        "FILE, module 1, key 'zzz': is unknown; known keys are allowed_hosts, argv, "),
                new Case(
                        "no route",
                        "[[module]]\nmodule = \"guests/ok.wat\"\n",
                        "FILE, module 1: the key 'route' is missing; write for instance route = \"/hello/...\""),
                new Case(
                        "no module",
                        "[[module]]\nroute = \"/a\"\n",
                        "FILE, module 1: the key 'module' is missing; write for instance module = \"hello.wasm\""),
                new Case(
                        "relative route",
                        "[[module]]\nroute = \"static/...\"\nmodule = \"guests/ok.wat\"\n",
                        "FILE, module 1, key 'route': \"static/...\" does not start with '/'; write \"/static/...\""),
                new Case(
                        "number for a string",
                        "[[module]]\nroute = 5\nmodule = \"guests/ok.wat\"\n",
                        "FILE, module 1, key 'route': is a number, not a string; put it in quotes",
                        "FILE, module 1: the key 'route' is missing; "),
                new Case(
                        "table without host",
                        OK + "allowed_hosts = [{ allow_private = true }]\n",
                        "FILE, module 1, key 'allowed_hosts': is not a list of strings; write for instance"),
                new Case(
                        "table with a word for a flag",
                        OK + "allowed_hosts = [{ host = \"http://a\", allow_private = \"yes\" }]\n",
                        "FILE, module 1, key 'allowed_hosts': is not a list of strings; write for instance"),
                new Case(
                        "table with another key",
                        OK + "allowed_hosts = [{ host = \"http://a\", private = true }]\n",
                        "FILE, module 1, key 'allowed_hosts': is not a list of strings; write for instance"),
                new Case(
                        "private hosts by wildcard",
                        OK + "allowed_hosts = [{ host = \"http://*.a\", allow_private = true }]\n",
                        "FILE, module 1, key 'allowed_hosts': \"http://*.a\" cannot have allow_private with a"
                                + " wildcard"),
                new Case(
                        "string for a list",
                        OK + "allowed_hosts = \"https://a\"\n",
                        "FILE, module 1, key 'allowed_hosts': is not a list of strings; write for instance"
                                + " [\"https://a.example\", { host = "),
                new Case(
                        "string for a flag",
                        OK + "authorization = \"yes\"\n",
                        "FILE, module 1, key 'authorization': is a string; write true or false"),
                new Case(
                        "duplicate route",
                        OK + OK,
                        "FILE, module 2, key 'route': \"/ok\" is already a route of FILE, module 1; give them"
                                + " different routes, hosts or methods"),
                new Case("server is no table", "server = 1\n" + OK, "FILE, server: is not a table; write [server]"),
                new Case(
                        "server with an unknown key",
                        OK + "[server]\nlistn = \"x\"\n",
                        "FILE, server, key 'listn': is unknown; did you mean 'listen'?"),
                new Case(
                        "server with a number for a string",
                        OK + "[server]\nlisten = 3000\n",
                        "FILE, server, key 'listen': is a number, not a string; put it in quotes"),
                new Case(
                        "server with a time without unit",
                        OK + "[server]\ngrace = 30\n",
                        "FILE, server, key 'grace': 30 is not a time; write for instance \"30s\", \"500ms\" or \"2m\""),
                new Case(
                        "server with a part of a second",
                        OK + "[server]\ndrain = \"1500ms\"\n",
                        "FILE, server, key 'drain': \"1500ms\" is not a whole number of seconds, 1 or more; write"),
                new Case(
                        "server with no connections",
                        OK + "[server]\nmax_connections = 0\n",
                        "FILE, server, key 'max_connections': 0 is not a number from 1 to 999999999; write it"
                                + " without quotes"),
                new Case(
                        "server with a header size without unit",
                        OK + "[server]\nmax_request_header_bytes = \"32 bits\"\n",
                        "FILE, server, key 'max_request_header_bytes': \"32 bits\" is not a size; write a number of"
                                + " bytes, or for instance \"64MiB\""),
                new Case(
                        "static table with one bracket",
                        "[static]\nroute = \"/s/...\"\n",
                        "FILE: 'static' is one value, not a list; write [[static]]"),
                new Case("static is no table", "static = [1]\n", "FILE, static 1: is not a table; write [[static]]"),
                new Case(
                        "static without route and path",
                        "[[static]]\n",
                        "FILE, static 1: the key 'route' is missing; write for instance route = \"/assets/...\"",
                        "FILE, static 1: the key 'path' is missing; write for instance path = \"public\""),
                new Case(
                        "static with an unknown key",
                        files("/s/...", "guests") + "indexes = \"x\"\n",
                        "FILE, static 1, key 'indexes': is unknown; did you mean 'index'?"),
                new Case(
                        "static path that is not there",
                        files("/s/...", "nope"),
                        "FILE, static 1, key 'path': there is no DIR/nope; create it, or correct the path"),
                new Case(
                        "static path that is empty",
                        files("/s/...", ""),
                        "FILE, static 1, key 'path': names no directory; write for instance \"public\""),
                new Case(
                        "static path that is everything",
                        files("/s/...", "/"),
                        "FILE, static 1, key 'path': / would give everyone everything on this host; name a"
                                + " directory in it"),
                new Case(
                        "static file below a wildcard",
                        files("/s/...", "guests/ok.wat"),
                        "FILE, static 1, key 'path': DIR/guests/ok.wat is one file; write route = \"/s\", or name a"
                                + " directory"),
                new Case(
                        "static directory at an exact route",
                        files("/s", "guests"),
                        "FILE, static 1, key 'path': DIR/guests is a directory; write route = \"/s/...\", or name"
                                + " one file in it"),
                new Case(
                        "static index with a slash",
                        files("/s/...", "guests") + "index = \"a/b\"\n",
                        "FILE, static 1, key 'index': \"a/b\" is not the name of a file that could be requested; "),
                new Case(
                        "static index with a dot",
                        files("/s/...", "guests") + "index = \"..\"\n",
                        "FILE, static 1, key 'index': \"..\" is not the name of a file that could be requested; "),
                new Case(
                        "static types that are a list",
                        files("/s/...", "guests") + "types = [\"a\"]\n",
                        "FILE, static 1, key 'types': is not a table; write types = { glb = \"model/gltf-binary\" }"),
                new Case(
                        "static extension with a dot",
                        files("/s/...", "guests") + "types = { \".glb\" = \"model/gltf-binary\" }\n",
                        "FILE, static 1, key 'types..glb': \".glb\" is not an extension without dots; write for"
                                + " instance glb"),
                new Case(
                        "static type that is none",
                        files("/s/...", "guests") + "types = { glb = \"model\" }\n",
                        "FILE, static 1, key 'types.glb': \"model\" is not a media type; "),
                new Case(
                        "static field with a line break",
                        files("/s/...", "guests") + "cache_control = \"a\\nb\"\n",
                        "FILE, static 1, key 'cache_control': \"a\nb\" is not the value of a field; "),
                new Case(
                        "static host with a port",
                        files("/s/...", "guests") + "hosts = [\"a:1\"]\n",
                        "FILE, static 1, key 'hosts': \"a:1\" is not a host name without port; "),
                new Case(
                        "static route of a module",
                        OK + files("/ok", "guests/ok.wat"),
                        "FILE, static 1, key 'route': \"/ok\" is already a route of FILE, module 1; give them"
                                + " different routes, hosts or methods"),
                new Case(
                        "static route twice",
                        files("/s/...", "guests") + files("/s/...", "guests"),
                        "FILE, static 2, key 'route': \"/s/...\" is already a route of FILE, static 1; "),
                new Case(
                        "host without scheme",
                        OK + "allowed_hosts = [\"example.org\"]\n",
                        "FILE, module 1, key 'allowed_hosts': \"example.org\" has no scheme; write"
                                + " \"https://example.org\""),
                new Case(
                        "concurrency 0",
                        OK + "http_max_concurrency = 0\n",
                        "FILE, module 1, key 'http_max_concurrency': 0 must be 1 to 256, not 0"),
                new Case(
                        "time without unit",
                        OK + "timeout = \"30\"\n",
                        "FILE, module 1, key 'timeout': \"30\" is not a time; write for instance \"30s\", \"500ms\""
                                + " or \"2m\""),
                new Case(
                        "no time at all",
                        OK + "timeout = 0\n",
                        "FILE, module 1, key 'timeout': 0 must be 1 ms to 365 days"),
                new Case(
                        "time beyond nanoseconds",
                        OK + "timeout = \"9999999h\"\n",
                        "FILE, module 1, key 'timeout': \"9999999h\" must be 1 ms to 365 days"),
                new Case(
                        "size of what",
                        OK + "max_memory = \"64 megs\"\n",
                        "FILE, module 1, key 'max_memory': \"64 megs\" is not a size; write a number of bytes, or"
                                + " for instance \"64MiB\""),
                new Case(
                        "less than a page",
                        OK + "max_memory = 100\n",
                        "FILE, module 1, key 'max_memory': 100 must be 65536 to 2147418112, not 100"),
                new Case(
                        "size beyond numbers",
                        OK + "max_request_body = \"999999999999999999GiB\"\n",
                        "FILE, module 1, key 'max_request_body': \"999999999999999999GiB\" is not a size; "),
                new Case(
                        "half a request",
                        OK + "max_concurrency = 0.5\n",
                        "FILE, module 1, key 'max_concurrency': 0.5 is not a whole number; write for instance 16"),
                new Case(
                        "load_timeout without a unit",
                        "load_timeout = \"5\"\n" + OK,
                        "FILE, key 'load_timeout': \"5\" is not a time; write for instance \"30s\", \"500ms\" or"
                                + " \"2m\""),
                new Case(
                        "load_timeout of nothing",
                        "load_timeout = 0\n" + OK,
                        "FILE, key 'load_timeout': 0 is not between a second and a day; write for instance \"5m\""),
                new Case(
                        "limit of all modules",
                        "max_queue = -1\n" + OK,
                        "FILE, key 'max_queue': -1 must be 0 to 65536, not -1"),
                new Case(
                        "default limit",
                        "[defaults]\nmax_headers = 100000\n" + OK,
                        "FILE, defaults, key 'max_headers': 100000 must be 1 to 1024, not 100000"),
                new Case(
                        "no request has so many fields",
                        OK + "max_request_headers = 0\n",
                        "FILE, module 1, key 'max_request_headers': 0 must be 1 to 1024, not 0"),
                new Case(
                        "neither collected nor streamed",
                        OK + "request_body = \"buffer\"\n",
                        "FILE, module 1, key 'request_body': \"buffer\" is neither \"collect\" nor \"stream\""),
                new Case(
                        "collected or not, of all modules",
                        "[defaults]\nrequest_body = true\n" + OK,
                        "FILE, defaults, key 'request_body': is a boolean, not a string; put it in quotes"),
                new Case(
                        "neither at the start nor at the first request",
                        OK + "load = \"later\"\n",
                        "FILE, module 1, key 'load': \"later\" is neither \"eager\" nor \"lazy\""),
                new Case(
                        "loaded sometime, of all modules",
                        "[defaults]\nload = \"now\"\n" + OK,
                        "FILE, defaults, key 'load': \"now\" is neither \"eager\" nor \"lazy\""),
                new Case(
                        "no media type",
                        OK + "content_type = \"svg\"\n",
                        "FILE, module 1, key 'content_type': \"svg\" is not a media type; write for instance"
                                + " \"image/svg+xml\""),
                new Case(
                        "media type that splits the response",
                        OK + "content_type = \"text/plain\\r\\nX: y\"\n",
                        "FILE, module 1, key 'content_type': "),
                new Case(
                        "media type of all modules",
                        "[defaults]\ncontent_type = \"text/plain\"\n" + OK,
                        "FILE, defaults, key 'content_type': is unknown; "),
                new Case(
                        "local redirects to text",
                        OK + "local_redirects = \"/x\"\n",
                        "FILE, module 1, key 'local_redirects': is a string; write true, false or a list of paths"
                                + " such as [\"/shop/...\"]"),
                new Case(
                        "denied field",
                        OK + "deny_response_headers = [\"Set Cookie\"]\n",
                        "FILE, module 1, key 'deny_response_headers': \"Set Cookie\" is not the name of a header"
                                + " field; write for instance \"Set-Cookie\""),
                new Case(
                        "field of CGI denied",
                        OK + "deny_response_headers = [\"Status\"]\n",
                        "FILE, module 1, key 'deny_response_headers': \"Status\" describes the CGI response itself"
                                + " (RFC 3875) and cannot be denied; leave it out"),
                new Case(
                        "negative rate",
                        OK + "min_request_body_rate = -1\n",
                        "FILE, module 1, key 'min_request_body_rate': -1 is not a size; write a number of bytes, or"
                                + " for instance \"64MiB\""),
                new Case(
                        "CGI variable",
                        OK + "environment = { PATH_INFO = \"x\" }\n",
                        "FILE, module 1, key 'environment.PATH_INFO': \"PATH_INFO\" is set by every request (RFC"
                                + " 3875); choose another name"),
                new Case(
                        "variable name",
                        OK + "environment = { \"A=B\" = \"x\" }\n",
                        "FILE, module 1, key 'environment.A=B': \"A=B\" is not a variable name; it must not be"
                                + " empty or hold '=' or NUL"),
                new Case(
                        "variable not text",
                        OK + "environment = { A = 1 }\n",
                        "FILE, module 1, environment, key 'A': is a number, not a string; put it in quotes"),
                new Case(
                        "environment not a table",
                        OK + "environment = [\"A=B\"]\n",
                        "FILE, module 1, key 'environment': is not a table; write environment = { NAME = \"value\" }"),
                new Case(
                        "virtual host with port",
                        OK + "hosts = [\"a:80\"]\n",
                        "FILE, module 1, key 'hosts': \"a:80\" is not a host name without port"),
                new Case(
                        "method",
                        OK + "methods = [\"GET POST\"]\n",
                        "FILE, module 1, key 'methods': \"GET POST\" is not an HTTP method"),
                new Case(
                        "name",
                        OK + "name = \"../x\"\n",
                        "FILE, module 1, key 'name': \"../x\" is not 1 to 63 letters"),
                new Case(
                        "name of another",
                        OK.replace("\"/ok\"", "\"/a\"") + "name = \"x\"\n" + OK + "name = \"X\"\n",
                        "FILE, module 2, key 'name': \"X\" is the name of another module; give each its own"),
                new Case(
                        "empty argv",
                        OK + "argv = \" \"\n",
                        "FILE, module 1, key 'argv': \"\" is empty; write at least the program's name"),
                new Case(
                        "trusted proxy",
                        "trusted_proxies = [\"example.org\"]\n" + OK,
                        "trusted proxies: \"example.org\" is not an IP address or network; write for instance"
                                + " \"10.0.0.1\" or \"10.0.0.0/8\""),
                new Case(
                        "bindle server",
                        OK + "bindle_server = \"example.org\"\n",
                        "FILE, module 1, key 'bindle_server': \"example.org\" is not an http or https URL"),
                new Case(
                        "default host",
                        "default_host = \"a b\"\n" + OK,
                        "FILE, key 'default_host': \"a b\" is not host or host:port"),
                new Case(
                        "health path",
                        "health_path = \"healthz\"\n" + OK,
                        "health path: \"healthz\" does not start with '/'; write \"/healthz\""),
                new Case(
                        "missing module file",
                        "[[module]]\nroute = \"/a\"\nmodule = \"nope.wasm\"\n",
                        "FILE, module 1, key 'module': there is no file DIR/nope.wasm and no "),
                new Case(
                        "module is a directory",
                        "[[module]]\nroute = \"/a\"\nmodule = \"guests\"\n",
                        "FILE, module 1, key 'module': DIR/guests is a directory; name a .wasm or .wat file in it"),
                new Case(
                        "module from nowhere",
                        "[[module]]\nroute = \"/a\"\nmodule = \"classpath:/nope.wasm\"\n",
                        "FILE, module 1, key 'module': there is no resource 'nope.wasm' on the class path"),
                new Case(
                        "unknown scheme",
                        "[[module]]\nroute = \"/a\"\nmodule = \"oci:example.org/a:v1\"\n",
                        "FILE, module 1, key 'module': no resolver loads 'oci:' references; put wagi-oci on the"
                                + " class path"),
                new Case(
                        "bindle without a source",
                        "[[module]]\nroute = \"/a\"\nmodule = \"bindle:example.com/hello/1.0.0\"\n",
                        "FILE, module 1, key 'module': no resolver loads 'bindle:' references; add wagi-bindle, and"
                                + " Bindles.of(...) with addSource(...)"),
                new Case(
                        "another scheme",
                        "[[module]]\nroute = \"/a\"\nmodule = \"s3:a.wasm\"\n",
                        "FILE, module 1, key 'module': no resolver loads 's3:' references; name a file, or give"
                                + " Wagi.builder() a ModuleResolver for them"),
                new Case(
                        "missing entrypoint",
                        OK + "entrypoint = \"serve\"\n",
                        "FILE, module 1, key 'entrypoint': the module exports no function \"serve\" without"
                                + " parameters and results; it exports _start"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void load_brokenFile_saysWhereWhatAndWhatToWrite(Case row) throws IOException {
        List<String> problems = problems(row.toml);

        assertThat(problems).as("%s", problems).hasSameSizeAs(row.problems);
        for (int i = 0; i < row.problems.length; i++) {
            assertThat(problems.get(i))
                    .startsWith(row.problems[i].replace("FILE", file.toString()).replace("DIR", directory.toString()));
        }
    }

    record Module(String what, byte[] bytes, String problem) {
        Module(String what, String wat, String problem) {
            this(what, wat.getBytes(StandardCharsets.UTF_8), problem);
        }

        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Module> badModules() {
        return Stream.of(
                new Module("empty", "", " is not WebAssembly: it is empty; name a .wasm or .wat file"),
                new Module(
                        "a page",
                        "<!DOCTYPE html>",
                        " is not WebAssembly: it does not begin with \\0asm; name a .wasm or .wat file"),
                new Module(
                        "magic only",
                        new byte[] {0, 'a', 's', 'm'},
                        " has an unknown WebAssembly version; build it for version 1"),
                new Module(
                        "component",
                        new byte[] {0, 'a', 's', 'm', 0x0d, 0, 1, 0},
                        " is a WebAssembly component, not a core module; build it for the target wasm32-wasip1"),
                new Module(
                        "truncated",
                        new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 9},
                        " is not a valid WebAssembly module: "),
                new Module(
                        "does not validate",
                        "(module (func (export \"_start\") i32.add drop))",
                        " cannot be assembled: "),
                new Module("broken text", "(module (fun))", " cannot be assembled: "),
                new Module(
                        "unknown module",
                        "(module (import \"env\" \"now\" (func)))",
                        " imports what this host does not offer: function env.now. Offered are"
                                + " wasi_snapshot_preview1 and wasi_experimental_http; it wants another host: build it with nothing but WASI preview 1"),
                new Module(
                        "unknown function",
                        "(module (import \"wasi_snapshot_preview1\" \"fd_writ\" (func)))",
                        " imports what this host does not offer: function wasi_snapshot_preview1.fd_writ. "),
                new Module(
                        "two unknown",
                        "(module (import \"a\" \"b\" (func)) (import \"c\" \"d\" (global i32)))",
                        " imports what this host does not offer: function a.b; global c.d. "),
                new Module(
                        "wrong type",
                        "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func (param i64))))",
                        " imports what this host does not offer: function wasi_snapshot_preview1.proc_exit as "),
                new Module(
                        "imported memory",
                        "(module (import \"env\" \"memory\" (memory 1)))",
                        " imports what this host does not offer: memory env.memory. "),
                new Module(
                        "too much memory",
                        "(module (memory 5000) (func (export \"_start\")))",
                        " wants 327680000 bytes of memory from the start; at most 268435456 are given, see max_memory"),
                new Module(
                        "data outside of the memory",
                        "(module (memory 1) (data (i32.const 65536) \"x\") (func (export \"_start\")))",
                        " cannot be instantiated: "),
                new Module(
                        "start function traps",
                        "(module (func unreachable) (start 0) (func (export \"_start\")))",
                        " cannot be instantiated: "),
                new Module(
                        "start function exits",
                        "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func (param i32))) (func (call 0"
                                + " (i32.const 3))) (start 1) (memory 1) (func (export \"_start\")))",
                        " cannot be instantiated: its start function exits with code 3; look at its start function"),
                new Module(
                        "large tables",
                        "(module (table 600000 funcref) (table 600000 funcref) (func (export \"_start\")))",
                        " has tables of 1200000 entries; at most 1048576 are given"),
                new Module(
                        "garbage-collected types",
                        gcModule(),
                        " uses garbage collection (a type at byte 11), which is not supported; build it without"
                                + " WebAssembly GC"),
                new Module(
                        "another host",
                        "(module (import \"extism:host/env\" \"input_length\" (func (result i64))) (import"
                                + " \"extism:host/env\" \"alloc\" (func)))",
                        " imports what this host does not offer: function extism:host/env.input_length; function"
                                + " extism:host/env.alloc."
                                + " Offered are wasi_snapshot_preview1 and wasi_experimental_http; it wants another"
                                + " host, Extism: run it there, or build it without what imports that"),
                new Module(
                        "sockets of another host",
                        "(module (import \"wasi_snapshot_preview1\" \"sock_bind\" (func)))",
                        " imports what this host does not offer: function wasi_snapshot_preview1.sock_bind."
                                + " Offered are wasi_snapshot_preview1 and wasi_experimental_http; it wants another"
                                + " host, WasmEdge (its sockets): "),
                new Module(
                        "name with control characters",
                        "(module (import \"evil\\1b[2J\\0aINFO forged\" \"f\" (func)))",
                        " imports what this host does not offer: function evil\\x1b[2J\\nINFO forged.f. "),
                new Module(
                        "many unknown imports",
                        "(module "
                                + IntStream.range(10, 40)
                                        .mapToObj(i -> "(import \"a\" \"b" + i + "\" (func))")
                                        .collect(Collectors.joining())
                                        .repeat(2)
                                + ")",
                        " imports what this host does not offer: "
                                + IntStream.range(10, 20)
                                        .mapToObj(i -> "function a.b" + i + "; ")
                                        .collect(Collectors.joining())
                                + "20 more. "));
    }

    /** A module with one type: an array of i32. */
    private static byte[] gcModule() {
        return new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x5e, 0x7f, 1};
    }

    @ParameterizedTest
    @MethodSource("badModules")
    void load_badModule_saysWhyNot(Module row) throws IOException {
        Files.write(directory.resolve("bad.wasm"), row.bytes);

        assertThat(problems(module("/bad", "bad.wasm")))
                .singleElement()
                .asString()
                .startsWith(file + ", module 1, key 'module': " + directory.resolve("bad.wasm") + row.problem);
    }

    @Test
    void load_severalProblems_areToldTogether() throws IOException {
        List<String> problems = problems("""
                [[module]]
                route = "nope"
                module = "hello.wasm"
                [[module]]
                route = "/a"
                module = "missing.wasm"
                colour = "red"
                [[module]]
                route = "/b"
                module = "hello.wasm"
                entrypoint = "go"
                """);

        assertThat(problems).hasSize(4);
    }

    @Test
    void load_noExportAtAll_saysHowToBuild() throws IOException {
        Files.writeString(directory.resolve("lib.wat"), "(module (func (export \"add\") (param i32)))");

        assertThat(problems(module("/a", "lib.wat")))
                .containsExactly(
                        file + ", module 1, key 'entrypoint': the module exports no function \"_start\" without"
                                + " parameters and results; it exports none at all: build it as a command, with a"
                                + " main function");
    }

    @Test
    void load_exportsThatAreNoEntrypoints_areNotOffered() throws IOException {
        Files.writeString(
                directory.resolve("odd.wat"),
                "(module (func (export \"_initialize\")) (func (export \"wizer.initialize\")) (func (export \"\"))"
                        + " (func (export \"go\")))");

        assertThat(problems(module("/a", "odd.wat")))
                .containsExactly(
                        file + ", module 1, key 'entrypoint': the module exports no function \"_start\" without"
                                + " parameters and results; it exports \"\", go");
    }

    @Test
    void load_missingFile_namesIt() {
        Path missing = directory.resolve("nope.toml");

        assertThatThrownBy(() -> Wagi.load(missing))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(missing + ": there is no such file; check the path given to addConfiguration(...)");
    }

    @Test
    void load_directory_isRefused() {
        assertThatThrownBy(() -> Wagi.load(directory))
                .hasMessage(directory + ": is a directory; name the modules.toml in it");
    }

    @Test
    void load_notUtf8_isRefused() throws IOException {
        Files.write(file, new byte[] {'a', '=', '"', (byte) 0xff, '"'});

        assertThatThrownBy(() -> Wagi.load(file)).hasMessage(file + ": is not UTF-8 text; save it as UTF-8");
    }

    @Test
    void build_allowedHostsWithoutTheExtension_saysWhatToAdd() {
        assertThatThrownBy(() -> Wagi.builder()
                        .addModule(
                                m -> m.route("/").source(Guests.sample("hello")).allowedHosts("https://a.example"))
                        .build())
                .hasMessage("Wagi.builder(), module 1, key 'allowed_hosts': needs an HTTP client, and there is none;"
                        + " add dev.wagi:wagi-outbound, or call outboundHttpClient(...) on the builder");
    }

    /** Extensions are looked up in the application's class path. */
    @Test
    void build_allowedHostsWithAnExtensionThatCannotBeUsed_saysSo() throws IOException {
        Path services = Files.createDirectories(directory.resolve("META-INF/services"));
        Files.writeString(services.resolve(OutboundHttpClientProvider.class.getName()), "dev.example.Missing");
        Thread thread = Thread.currentThread();
        ClassLoader context = thread.getContextClassLoader();
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, context)) {
            thread.setContextClassLoader(application);

            assertThatThrownBy(() -> Wagi.builder()
                            .addModule(m ->
                                    m.route("/").source(Guests.sample("hello")).allowedHosts("https://a.example"))
                            .build())
                    .hasMessageStartingWith(
                            "Wagi.builder(), module 1, key 'allowed_hosts': needs an HTTP client, and the"
                                    + " installed one cannot be used (")
                    .hasMessageContaining("dev.example.Missing")
                    .hasMessageEndingWith("); correct the class path");
        } finally {
            thread.setContextClassLoader(context);
        }
    }

    @Test
    void build_nothing_isRefused() {
        assertThatThrownBy(() -> Wagi.builder().build())
                .hasMessage("Wagi.builder(): there is no module; call addModule(...), addConfiguration(...) or"
                        + " addSource(...)");
    }

    @Test
    void build_javaModule_isCheckedLikeAFile() {
        assertThatThrownBy(() -> Wagi.builder()
                        .defaultHost("a b")
                        .healthPath("x")
                        .addModule(m -> m.route("hello").source(Path.of("hello.wasm")))
                        .addModule(m -> {})
                        .build())
                .isInstanceOfSatisfying(
                        WagiConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactly(
                                        "default host: \"a b\" is not host or host:port; write for instance"
                                                + " \"localhost:3000\"",
                                        "health path: \"x\" does not start with '/'; write \"/x\"",
                                        "Wagi.builder(), module 1, key 'route': \"hello\" does not start with '/';"
                                                + " write \"/hello\"",
                                        "Wagi.builder(), module 2: the key 'route' is missing; write for instance"
                                                + " route = \"/hello/...\"",
                                        "Wagi.builder(), module 2: the key 'module' is missing; write for instance"
                                                + " module = \"hello.wasm\""));
    }

    private List<RouteInfo> routes(String toml) throws IOException {
        Files.writeString(file, toml);
        try (Wagi wagi = interpreted(file)) {
            return wagi.routes();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            modules.toml | [[static]]#route = "/s/..."#path = "guests"#types = { wat = "text/x-wat" }#index = "ok.wat"
            modules.yaml | static:#  - route: /s/...#    path: guests#    types: {wat: text/x-wat}#    index: ok.wat
            modules.json | {"static": [{"route": "/s/...", "path": "guests", "types": {"wat": "text/x-wat"}, "index": "ok.wat"}]}
            """)
    void load_staticFilesOnly_areServed(String name, String text) throws IOException {
        Path configuration = Files.writeString(directory.resolve(name), text.replace('#', '\n'));
        try (Wagi wagi = Wagi.load(configuration)) {
            var response = wagi.handle(WagiRequest.get("/s/"));

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.headers().first("Content-Type")).contains("text/x-wat");
            assertThat(wagi.routes())
                    .containsExactly(RouteInfo.ofFiles("/s/...", "guests").withMethods(List.of("GET")));
        }
    }

    private List<String> problems(String toml) throws IOException {
        Files.writeString(file, toml);
        WagiConfigException failure = catchThrowableOfType(
                WagiConfigException.class, () -> interpreted(file).close());
        assertThat(failure).as("something is wrong").isNotNull();
        return failure.problems();
    }

    private static Wagi interpreted(Path configuration) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addConfiguration(configuration)
                .outboundHttpClient(NO_NETWORK)
                .build();
    }

    private static String module(String route, String module) {
        return "[[module]]\nroute = \"" + route + "\"\nmodule = \"" + module + "\"\n";
    }

    /** A front proxy that guards /admin cannot see redirects within the host. */
    @ParameterizedTest
    @CsvSource({
        "'',                                       /admin/x,     200",
        "local_redirects = true,                   /admin/x,     200",
        "local_redirects = false,                  /admin/x,     502",
        "local_redirects = false,                  /public/x,    502",
        "local_redirects = ['/public/...'],        /public/x,    200",
        "local_redirects = ['/public/...'],        /public?q,    200",
        "local_redirects = ['/public/...'],        /%70ublic/x,  200",
        "local_redirects = ['/public/...'],        /admin/x,     502",
        "local_redirects = ['/public/...'],        /%61dmin/x,   502",
        "local_redirects = ['/public/...'],        /publicity,   502",
        "local_redirects = ['/public/...'],        /public/../admin/x,     502",
        "local_redirects = ['/public/...'],        /public/%2e%2e/admin/x, 200",
    })
    void localRedirect_isKeptToWhatTheModuleMay(String key, String location, int status) throws IOException {
        Path guest = Guests.wat(directory, "redirects", Guests.printing("Location: " + location + "\n\n", ""));
        Path page = Guests.wat(directory, "page", Guests.printing("Content-Type: text/plain\n\npage", ""));
        Path file = Files.writeString(directory.resolve("modules.toml"), """
                [[module]]
                route = '/guest'
                module = '%s'
                %s
                [[module]]
                route = '/admin/...'
                module = '%s'
                [[module]]
                route = '/public/...'
                module = '%s'
                """.formatted(guest, key, page, page));
        try (Wagi wagi = Wagi.load(file)) {
            assertThat(wagi.handle(WagiRequest.get("/guest")).status()).isEqualTo(status);
            assertThat(wagi.handle(WagiRequest.get("/admin/x")).status()).isEqualTo(200);
        }
    }
}
