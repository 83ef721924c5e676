// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Guests;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * RFC 3875 section by section, against the whole host with real guests. {@code docs/conformance.md} is written from the
 * annotations; {@link ConformanceTableTest} says how.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3875">RFC 3875</a>
 */
class Rfc3875Test {

    private static final String TYPE = "Content-Type: text/plain\n";
    private static final String NPH = "the host writes every status line and header itself, as WAGI does";

    private static final Set<String> STANDARD = Set.of(
            "AUTH_TYPE",
            "CONTENT_LENGTH",
            "CONTENT_TYPE",
            "GATEWAY_INTERFACE",
            "PATH_INFO",
            "PATH_TRANSLATED",
            "QUERY_STRING",
            "REMOTE_ADDR",
            "REMOTE_HOST",
            "REMOTE_IDENT",
            "REMOTE_USER",
            "REQUEST_METHOD",
            "SCRIPT_NAME",
            "SERVER_NAME",
            "SERVER_PORT",
            "SERVER_PROTOCOL",
            "SERVER_SOFTWARE");

    @TempDir
    static Path directory;

    private static Wagi env;
    private static int guests;

    private final List<String> stderr = Collections.synchronizedList(new ArrayList<>());

    @BeforeAll
    static void loadTheGuestThatShowsWhatItIsGiven() {
        env = Wagi.builder()
                .defaultHost("localhost:3000")
                .limits(l -> l.withMaxRequestBodyBytes(32 << 20))
                .addModule(m -> m.route("/env/...").source(Wat.sample("env")))
                .addModule(m -> m.route("/exact").source(Wat.sample("env")))
                .addModule(m -> m.route("/Caf%C3%A9/...").source(Wat.sample("env")))
                .addModule(m -> m.route("/posts").source(Wat.sample("env")).methods("POST"))
                .addModule(m -> m.route("/...").source(Wat.sample("env")))
                .build();
    }

    @AfterAll
    static void close() {
        env.close();
    }

    @Nested
    @Section(number = "3.1", title = "Server Responsibilities")
    class ServerResponsibilities {

        @Test
        @Requirement("Whatever a script does wrong, the client gets a response that is valid HTTP.")
        void badScript_clientGetsAValidResponse() {
            WagiResponse response = answer("HTTP/1.1 200 OK\r\nno header\r\n\r\nsecret");

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.text()).startsWith("Bad Gateway\n").doesNotContain("secret");
            assertThat(response.headers().all("Content-Type")).hasSize(1);
        }

        @Test
        @Requirement(
                "A script is not run unless the request passes the configured access controls (here: method and host;"
                        + " authentication is the embedding server's).")
        void requestThatIsNotAllowed_scriptIsNotRun() {
            Path guest =
                    guest(Wat.printing(TYPE + "\nran", "(call $print (i32.const 2) (i32.const 1024) (i32.const 7))"));
            try (Wagi wagi = Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .guestLog((module, id, line) -> stderr.add(line))
                    .addModule(m -> m.route("/a").source(guest).methods("GET"))
                    .addModule(m -> m.route("/b").source(guest).hosts("intern.example"))
                    .build()) {

                assertThat(wagi.handle(WagiRequest.builder("POST", "/a").build())
                                .status())
                        .isEqualTo(405);
                assertThat(wagi.handle(request("GET", "/b", r -> r.addHeader("Host", "example.org")))
                                .status())
                        .isEqualTo(404);
                assertThat(stderr).isEmpty();
                assertThat(wagi.handle(WagiRequest.get("/a")).text()).isEqualTo("ran");
                assertThat(stderr).hasSize(1);
            }
        }
    }

    @Nested
    @Section(number = "3.2", title = "Script Selection")
    class ScriptSelection {

        @ParameterizedTest
        @CsvSource(textBlock = """
                /exact,         /exact
                /exact/,        /...
                /exactly,       /...
                /env,           /env/...
                /env/,          /env/...
                /env/a/b,       /env/...
                /environment,   /...
                /,              /...
                """)
        @Requirement("All of the path, or a leading part made of whole segments, identifies the script.")
        void leadingSegments_identifyTheScript(String path, String route) {
            assertThat(variables(WagiRequest.get(path))).containsEntry("X_MATCHED_ROUTE", route);
        }

        @Test
        @Requirement("The rest of the path is for the script to interpret.")
        void restOfThePath_isTheScripts() {
            assertThat(variables(WagiRequest.get("/env/any/thing"))).containsEntry("PATH_INFO", "/any/thing");
        }
    }

    @Nested
    @Section(number = "3.3", title = "The Script-URI")
    class ScriptUri {

        @ParameterizedTest
        @CsvSource(textBlock = """
                /,            '',      /
                /x,           '',      /x
                /env,         /env,    ''
                /env/,        /env,    /
                /env/x/y,     /env,    /x/y
                /exact,       /exact,  ''
                /env/a%20b,   /env,    /a b
                """)
        @Requirement("SCRIPT_NAME followed by PATH_INFO is the decoded path of the request.")
        void scriptNameAndPathInfo_areThePath(String path, String scriptName, String pathInfo) {
            Map<String, String> variables = variables(WagiRequest.get(path));

            assertThat(variables).containsEntry("SCRIPT_NAME", scriptName).containsEntry("PATH_INFO", pathInfo);
            assertThat(scriptName + pathInfo).isEqualTo(path.replace("%20", " "));
        }

        @ParameterizedTest
        @ValueSource(strings = {"/env/a%20b?x=1", "/env/a%3Bb%3Fc?", "/exact", "/env/a%2Fb", "/env//x/", "/%2541"})
        @Requirement("A request for the URI built from the variables runs the same script with the same SCRIPT_NAME,"
                + " PATH_INFO and QUERY_STRING.")
        void uriFromVariables_leadsToTheSame(String target) {
            assertThat(identity(scriptUri(target))).isEqualTo(identity(target));
        }

        @ParameterizedTest
        @ValueSource(strings = {"/env/%2e%2e/exact", "/env%2Fa"})
        @Requirement("That holds whatever the path.")
        @Deviation("not where an encoded slash or dot segment decides: encoded it neither splits nor climbs when a"
                + " route is"
                + " chosen, but PATH_INFO is decoded. X_FULL_URL leads back, it has the path as sent")
        void encodedSeparators_leadElsewhere(String target) {
            Map<String, String> variables = variables(WagiRequest.get(target));

            assertThat(identity(scriptUri(target))).isNotEqualTo(identity(target));
            assertThat(variables).containsEntry("X_FULL_URL", "http://localhost:3000" + target);
        }

        private List<String> identity(String target) {
            Map<String, String> variables = variables(WagiRequest.get(target));
            return List.of(variables.get("SCRIPT_NAME"), variables.get("PATH_INFO"), variables.get("QUERY_STRING"));
        }

        /** Path and query as the RFC builds them; %, space and the characters ; = ? are encoded. */
        private String scriptUri(String target) {
            List<String> parts = identity(target);
            String path = (parts.get(0) + parts.get(1))
                    .replace("%", "%25")
                    .replace(" ", "%20")
                    .replace(";", "%3B")
                    .replace("=", "%3D")
                    .replace("?", "%3F");
            return path + "?" + parts.get(2);
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                http,    example.org,        /env/a%20b?x=%26, http://example.org:3000/env/a%20b?x=%26
                http,    example.org:80,     /env,             http://example.org/env
                https,   example.org:443,    /env/,            https://example.org/env/
                https,   [2001:db8::1]:8443, /env?,            https://[2001:db8::1]:8443/env?
                """)
        @Requirement(
                "Scheme, server name, port, path and query form a URI of the script (also available as X_FULL_URL).")
        void variables_giveTheUri(String scheme, String host, String target, String url) {
            Map<String, String> variables =
                    variables(request("GET", target, r -> r.scheme(scheme).addHeader("Host", host)));

            assertThat(variables).containsEntry("REQUEST_SCHEME", scheme).containsEntry("X_FULL_URL", url);
        }
    }

    @Nested
    @Section(number = "3.4", title = "Execution")
    class Execution {

        @Test
        @Requirement("The script may be run before the whole body has arrived, and need not read it.")
        void bodyNotArrived_scriptRuns() {
            InputStream never = new InputStream() {
                @Override
                public int read() throws IOException {
                    throw new IOException("nothing will ever arrive");
                }
            };
            WagiRequest request =
                    WagiRequest.builder("POST", "/").body(never, 10).build();

            assertThat(answer(Wat.printing(TYPE + "\ndone", ""), request).text())
                    .isEqualTo("done");
        }

        @Test
        @Requirement("The server may end a script at any time, for instance when the client is gone.")
        void clientGone_scriptIsEnded() {
            String forEver = Wat.printing(
                    TYPE + "\n", "(loop (call $print (i32.const 1) (i32.const 1024) (i32.const 8192)) (br 0))");
            RecordingSink sink = new RecordingSink(100_000);
            try (Wagi wagi = serving(forEver)) {
                wagi.handle(WagiRequest.get("/"), sink);
            }

            assertThat(sink.ended).isFalse();
            assertThat(sink.body.size()).isBetween(1, 100_000);
        }
    }

    @Nested
    @Section(number = "4.1", title = "Request Meta-Variables")
    class MetaVariables {

        @Test
        @Requirement("No two variables differ in case only, and none is set twice.")
        void names_areUnique() {
            WagiRequest request = request(
                    "GET",
                    "/env",
                    r -> r.addHeader("X-a", "1").addHeader("x-A", "2").addHeader("X_A", "3"));
            List<String> names = environment(request).stream()
                    .map(line -> line.substring(0, line.indexOf('=')))
                    .toList();

            assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.equals(name.toUpperCase(Locale.ROOT)));
        }

        @Test
        @Requirement("Names of the server's own variables begin with X_.")
        @Deviation("REQUEST_SCHEME and REQUEST_URI do not: they have the names by which other servers call them")
        void ownVariables_beginWithX() {
            assertThat(variables(WagiRequest.get("/env")).keySet().stream()
                            .filter(name -> !name.startsWith("X_") && !STANDARD.contains(name)))
                    .containsExactly("REQUEST_SCHEME", "REQUEST_URI");
        }

        @Test
        @Requirement("An operator's variable cannot take the place of a meta-variable.")
        void operatorsVariable_cannotReplaceOne() {
            Wagi.Builder builder = Wagi.builder()
                    .addModule(m -> m.route("/").source(Wat.sample("env")).addEnvironment("PATH_INFO", "/x"));

            assertThatThrownBy(builder::build)
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining("PATH_INFO");
        }
    }

    @Nested
    @Section(number = "4.1.1", title = "AUTH_TYPE")
    class AuthType {

        @Test
        @Requirement("The scheme by which the server authenticated the request.")
        void authenticated_isTheScheme() {
            WagiRequest request =
                    request("GET", "/env", r -> r.authType("Digest").remoteUser("ann"));

            assertThat(variables(request)).containsEntry("AUTH_TYPE", "Digest");
        }

        @Test
        @Requirement("Without authentication by the server it is empty, whatever credentials the client sends.")
        void notAuthenticated_isEmpty() {
            WagiRequest request = request("GET", "/env", r -> r.addHeader("Authorization", "Basic YW5uOng="));

            assertThat(variables(request)).containsEntry("AUTH_TYPE", "");
        }
    }

    @Nested
    @Section(number = "4.1.2", title = "CONTENT_LENGTH")
    class ContentLength {

        @Test
        @Requirement("With a body it is the number of bytes that the script can read.")
        void body_isItsLength() {
            WagiRequest request = request("POST", "/env", r -> r.body("12345".getBytes(StandardCharsets.US_ASCII)));

            assertThat(variables(request)).containsEntry("CONTENT_LENGTH", "5");
            assertThat(env.handle(request("POST", "/env/body", r -> r.body(new byte[5])))
                            .text())
                    .startsWith("length = 5\n");
        }

        @Test
        @Requirement("Without a body it is not set.")
        @Deviation("it is 0, as WAGI documents; its guests parse it without looking whether it is there")
        void noBody_isZero() {
            assertThat(variables(WagiRequest.get("/env"))).containsEntry("CONTENT_LENGTH", "0");
        }

        @Test
        @Requirement("With a body that arrived in a transfer-coding it is the length after decoding.")
        void bodyOfUnknownLength_isCollectedFirst() {
            WagiRequest request = request("POST", "/env", r -> r.body(new ByteArrayInputStream(new byte[9]), -1));

            assertThat(variables(request)).containsEntry("CONTENT_LENGTH", "9");
            assertThat(env.handle(request("POST", "/env/body", r -> r.body(new ByteArrayInputStream(new byte[9]), -1)))
                            .text())
                    .startsWith("length = 9\n");
        }
    }

    @Nested
    @Section(number = "4.1.3", title = "CONTENT_TYPE")
    class ContentType {

        @Test
        @Requirement("The client's Content-Type, parameters included.")
        void contentType_isTheClients() {
            WagiRequest request =
                    request("POST", "/env", r -> r.addHeader("content-TYPE", "multipart/form-data; boundary=\"a b\""));

            assertThat(variables(request)).containsEntry("CONTENT_TYPE", "multipart/form-data; boundary=\"a b\"");
        }

        @Test
        @Requirement("Without Content-Type it has no value; nothing is guessed.")
        void noContentType_isEmpty() {
            WagiRequest request = request(
                    "POST",
                    "/env",
                    r -> r.addHeader("Content_Type", "evil/type").body("<html>".getBytes(StandardCharsets.US_ASCII)));

            assertThat(variables(request)).containsEntry("CONTENT_TYPE", "");
        }
    }

    @Nested
    @Section(number = "4.1.4", title = "GATEWAY_INTERFACE")
    class GatewayInterface {

        @Test
        @Requirement("CGI/1.1.")
        void gatewayInterface_isThisVersion() {
            assertThat(variables(WagiRequest.get("/env"))).containsEntry("GATEWAY_INTERFACE", "CGI/1.1");
        }
    }

    @Nested
    @Section(number = "4.1.5", title = "PATH_INFO")
    class PathInfo {

        @ParameterizedTest
        @CsvSource(textBlock = """
                /env,                  ''
                /env/,                 /
                /env/a%20b,            /a b
                /env/caf%C3%A9,        /café
                /env/%2541,            /%41
                /env/a+b;c=1,          /a+b;c=1
                /env//a//,             //a//
                """)
        @Requirement("What follows the script's part of the path, percent-decoded once.")
        void pathInfo_isTheRestDecodedOnce(String path, String pathInfo) {
            assertThat(variables(WagiRequest.get(path))).containsEntry("PATH_INFO", pathInfo);
        }

        @Test
        @Requirement("The case of letters is preserved.")
        void pathInfo_keepsCase() {
            assertThat(variables(WagiRequest.get("/env/AbC"))).containsEntry("PATH_INFO", "/AbC");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/env/%00", "/env/%", "/env/%4", "/env/%zz", "/env/%ff", "/env/%C3"})
        @Requirement("The server may reject values it objects to (here: NUL, malformed percent-encoding, not UTF-8).")
        void objectionablePath_is400(String path) {
            assertThat(env.handle(WagiRequest.get(path)).status()).isEqualTo(400);
        }

        @Test
        @Requirement("A decoded slash does not pass for a separator of segments.")
        @Deviation("it arrives as a slash, as in WAGI; X_RAW_PATH_INFO has the path as sent. It never counts as a"
                + " separator"
                + " when a route is chosen")
        void encodedSlash_isDecodedButDoesNotRoute() {
            assertThat(variables(WagiRequest.get("/env/a%2Fb")))
                    .containsEntry("PATH_INFO", "/a/b")
                    .containsEntry("X_RAW_PATH_INFO", "/a%2Fb");
            assertThat(variables(WagiRequest.get("/env%2Fa"))).containsEntry("X_MATCHED_ROUTE", "/...");
        }
    }

    @Nested
    @Section(number = "4.1.6", title = "PATH_TRANSLATED")
    class PathTranslated {

        @Test
        @Requirement("PATH_INFO mapped to a file of the server.")
        @Deviation("a copy of PATH_INFO, as WAGI documents: there is no file system to map to")
        void pathTranslated_isPathInfo() {
            assertThat(variables(WagiRequest.get("/env/a%20b"))).containsEntry("PATH_TRANSLATED", "/a b");
        }

        @Test
        @Requirement("Without PATH_INFO it has no value.")
        void noPathInfo_isEmpty() {
            assertThat(variables(WagiRequest.get("/env"))).containsEntry("PATH_TRANSLATED", "");
        }
    }

    @Nested
    @Section(number = "4.1.7", title = "QUERY_STRING")
    class QueryString {

        @ParameterizedTest
        @CsvSource(textBlock = """
                /env?a=1&b=%26%zz+c?d,   a=1&b=%26%zz+c?d
                /env?,                   ''
                /env?a%00=%2e%2e/,       a%00=%2e%2e/
                """)
        @Requirement("The query as sent, still encoded.")
        void queryString_isAsSent(String target, String query) {
            assertThat(variables(WagiRequest.get(target))).containsEntry("QUERY_STRING", query);
        }

        @Test
        @Requirement("Set, and empty, without a query.")
        void noQuery_isEmpty() {
            assertThat(variables(WagiRequest.get("/env"))).containsEntry("QUERY_STRING", "");
        }
    }

    @Nested
    @Section(number = "4.1.8", title = "REMOTE_ADDR")
    class RemoteAddr {

        @ParameterizedTest
        @CsvSource({
            "192.0.2.7, 192.0.2.7",
            "2001:db8::7, 2001:db8::7",
            "2001:DB8:0:0:0:0:0:7, 2001:db8::7",
            "fe80:0:0:0:0:0:0:7%eth0, fe80::7",
        })
        @Requirement("The client's network address; IPv6 as RFC 5952 writes it, without brackets and zone.")
        void remoteAddr_isTheClients(String address, String canonical) {
            WagiRequest request =
                    request("GET", "/env", r -> r.remoteAddress(address).addHeader("X-Forwarded-For", "198.51.100.1"));

            assertThat(variables(request)).containsEntry("REMOTE_ADDR", canonical);
        }

        @Test
        @Requirement("Of a request that a trusted proxy sent it is its client's.")
        @Deviation("it is the word unknown, which is not an address, if the proxy does not report an address that can"
                + " be parsed")
        void remoteAddr_proxyDoesNotTell_isUnknown() {
            try (Wagi proxied = Wagi.builder()
                    .addTrustedProxies("192.0.2.0/24")
                    .addModule(m -> m.route("/env").source(Wat.sample("env")))
                    .build()) {
                UnaryOperator<WagiRequest.Builder> proxy = r -> r.remoteAddress("192.0.2.7");

                assertThat(proxied.handle(request(
                                        "GET",
                                        "/env",
                                        r -> proxy.apply(r).addHeader("X-Forwarded-For", "198.51.100.1")))
                                .text())
                        .contains("REMOTE_ADDR=198.51.100.1\n");
                assertThat(proxied.handle(request(
                                        "GET", "/env", r -> proxy.apply(r).addHeader("X-Forwarded-For", "_hidden")))
                                .text())
                        .contains("REMOTE_ADDR=unknown\n");
            }
        }
    }

    @Nested
    @Section(number = "4.1.9", title = "REMOTE_HOST")
    class RemoteHost {

        @Test
        @Requirement("The client's host name, or its address where the name is not looked up.")
        void remoteHost_isTheAddress() {
            assertThat(variables(request("GET", "/env", r -> r.remoteAddress("192.0.2.7"))))
                    .containsEntry("REMOTE_HOST", "192.0.2.7");
        }
    }

    @Nested
    @Section(number = "4.1.10", title = "REMOTE_IDENT")
    class RemoteIdent {

        @Test
        @Requirement("May be supported; a server that does not ask the client's ident service leaves it out.")
        void remoteIdent_isAbsent() {
            assertThat(variables(WagiRequest.get("/env"))).doesNotContainKey("REMOTE_IDENT");
        }
    }

    @Nested
    @Section(number = "4.1.11", title = "REMOTE_USER")
    class RemoteUser {

        @Test
        @Requirement("The user whom the server authenticated.")
        void authenticated_isTheUser() {
            WagiRequest request =
                    request("GET", "/env", r -> r.authType("Basic").remoteUser("ann"));

            assertThat(variables(request)).containsEntry("REMOTE_USER", "ann");
        }

        @Test
        @Requirement("Without authentication by the server it is empty, whatever the client claims.")
        void notAuthenticated_isEmpty() {
            WagiRequest request = request(
                    "GET",
                    "/env",
                    r -> r.addHeader("Remote-User", "root").addHeader("Authorization", "Basic cm9vdDp4"));

            assertThat(variables(request)).containsEntry("REMOTE_USER", "");
        }
    }

    @Nested
    @Section(number = "4.1.12", title = "REQUEST_METHOD")
    class RequestMethod {

        @ParameterizedTest
        @ValueSource(strings = {"GET", "POST", "PUT", "DELETE", "PROPFIND", "get", "M-SEARCH"})
        @Requirement("The method as sent; case matters.")
        void requestMethod_isAsSent(String method) {
            assertThat(variables(WagiRequest.builder(method, "/env").build())).containsEntry("REQUEST_METHOD", method);
        }
    }

    @Nested
    @Section(number = "4.1.13", title = "SCRIPT_NAME")
    class ScriptName {

        @ParameterizedTest
        @CsvSource(textBlock = """
                /exact,           /exact
                /env/x,           /env
                /Caf%C3%A9/x,     /Café
                /Caf%c3%a9,       /Café
                """)
        @Requirement("The path that identifies the script, decoded, without any part of PATH_INFO.")
        void scriptName_isTheRoute(String path, String scriptName) {
            assertThat(variables(WagiRequest.get(path))).containsEntry("SCRIPT_NAME", scriptName);
        }

        @Test
        @Requirement("Set also if it is empty.")
        void rootScript_isEmpty() {
            assertThat(variables(WagiRequest.get("/x"))).containsEntry("SCRIPT_NAME", "");
        }

        @Test
        @Requirement("It begins with the path at which the server has mounted the scripts.")
        void mountPath_beginsIt() {
            assertThat(variables(request("GET", "/app/env/x", r -> r.mountPath("/app"))))
                    .containsEntry("SCRIPT_NAME", "/app/env")
                    .containsEntry("PATH_INFO", "/x");
        }
    }

    @Nested
    @Section(number = "4.1.14", title = "SERVER_NAME")
    class ServerName {

        @ParameterizedTest
        @CsvSource(textBlock = """
                example.org,        example.org
                example.org:8080,   example.org
                192.0.2.1:80,       192.0.2.1
                [2001:db8::1],      [2001:db8::1]
                [::1]:8080,         [::1]
                Example.ORG,        example.org
                example.org.,       example.org
                """)
        @Requirement("The host to which the request is directed, in lower case; an IPv6 address in brackets.")
        void serverName_isTheHost(String host, String name) {
            assertThat(variables(request("GET", "/env", r -> r.addHeader("Host", host))))
                    .containsEntry("SERVER_NAME", name);
        }

        @Test
        @Requirement("Set also if the client does not name a host.")
        void noHost_isTheConfiguredOne() {
            assertThat(variables(WagiRequest.get("/env"))).containsEntry("SERVER_NAME", "localhost");
        }

        @ParameterizedTest
        @ValueSource(strings = {"::1", "a b", "[::1", "user@host", "host/path", "host:port", "host:99999"})
        @Requirement("It is a valid host (an invalid Host header is answered with 400).")
        void malformedHost_is400(String host) {
            assertThat(env.handle(request("GET", "/env", r -> r.addHeader("Host", host)))
                            .status())
                    .isEqualTo(400);
        }
    }

    @Nested
    @Section(number = "4.1.15", title = "SERVER_PORT")
    class ServerPort {

        @ParameterizedTest
        @CsvSource(textBlock = """
                http,   localhost:3000, example.org:8080,  8080
                http,   localhost:3000, example.org,       3000
                http,   localhost:3000, '',                3000
                http,   localhost,      example.org,       80
                https,  localhost,      example.org,       443
                """)
        @Requirement("The port at which the request arrived.")
        @Deviation("that of the Host header, else of the default host, else the scheme's, as WAGI documents: behind a"
                + " proxy"
                + " the socket's port is of no use to a script")
        void serverPort_isTheOneOfTheHost(String scheme, String defaultHost, String host, String port) {
            try (Wagi wagi = Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .defaultHost(defaultHost)
                    .addModule(m -> m.route("/env").source(Wat.sample("env")))
                    .build()) {
                WagiRequest request =
                        request("GET", "/env", r -> r.scheme(scheme).addHeader("Host", host));

                assertThat(wagi.handle(request).text()).contains("\nSERVER_PORT=" + port + "\n");
            }
        }

        @Test
        @Requirement("Set also if it is the scheme's default.")
        void defaultPort_isSet() {
            assertThat(variables(request("GET", "/env", r -> r.addHeader("Host", "example.org:80"))))
                    .containsEntry("SERVER_PORT", "80");
        }
    }

    @Nested
    @Section(number = "4.1.16", title = "SERVER_PROTOCOL")
    class ServerProtocol {

        @ParameterizedTest
        @ValueSource(strings = {"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"})
        @Requirement("Name and version of the protocol of the request.")
        void serverProtocol_isTheRequests(String protocol) {
            assertThat(variables(request("GET", "/env", r -> r.protocol(protocol))))
                    .containsEntry("SERVER_PROTOCOL", protocol);
        }
    }

    @Nested
    @Section(number = "4.1.17", title = "SERVER_SOFTWARE")
    class ServerSoftware {

        @Test
        @Requirement("Name and version of the server.")
        void serverSoftware_isWagi() {
            assertThat(variables(WagiRequest.get("/env"))).containsEntry("SERVER_SOFTWARE", "WAGI/1");
        }
    }

    @Nested
    @Section(number = "4.1.18", title = "Protocol-Specific Meta-Variables")
    class ProtocolSpecific {

        @Test
        @Requirement("HTTP_, then the name of the field in upper case with - replaced by _.")
        void header_becomesVariable() {
            assertThat(variables(request("GET", "/env", r -> r.addHeader("x-Some-Header", "a, b"))))
                    .containsEntry("HTTP_X_SOME_HEADER", "a, b");
        }

        @Test
        @Requirement("Repeated fields become one value that means the same.")
        void repeatedHeader_isOneValue() {
            Map<String, String> variables = variables(request(
                    "GET",
                    "/env",
                    r -> r.addHeader("Accept", "text/html")
                            .addHeader("Cookie", "a=1")
                            .addHeader("accept", "text/plain;q=0.5")
                            .addHeader("Cookie", "b=2")
                            .addHeader("ACCEPT", "*/*")));

            assertThat(variables)
                    .containsEntry("HTTP_ACCEPT", "text/html, text/plain;q=0.5, */*")
                    .containsEntry("HTTP_COOKIE", "a=1; b=2");
        }

        @Test
        @Requirement("The octets of a value arrive unchanged.")
        void octets_arriveUnchanged() {
            assertThat(variables(request("GET", "/env", r -> r.addHeader("X-Name", "caf\u00c3\u00a9 \u00ff"))))
                    .containsEntry("HTTP_X_NAME", "café \\xff");
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                Authorization,        HTTP_AUTHORIZATION
                Proxy-Authorization,  HTTP_PROXY_AUTHORIZATION
                """)
        @Requirement("Fields with credentials are removed.")
        void credentials_areRemoved(String header, String variable) {
            assertThat(variables(request("GET", "/env", r -> r.addHeader(header, "Basic x"))))
                    .doesNotContainKey(variable);
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                Content-Length,  HTTP_CONTENT_LENGTH
                Content-Type,    HTTP_CONTENT_TYPE
                """)
        @Requirement("Fields that are variables of their own are removed.")
        void ownVariables_areRemoved(String header, String variable) {
            assertThat(variables(request("GET", "/env", r -> r.addHeader(header, "0"))))
                    .doesNotContainKey(variable);
        }

        @ParameterizedTest
        @ValueSource(strings = {"Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Hop"})
        @Requirement("Fields that concern the connection only may be removed, including those that Connection names.")
        void hopByHop_isRemoved(String header) {
            WagiRequest request = request(
                    "GET",
                    "/env",
                    r -> r.addHeader("Connection", "close, x-hop").addHeader(header, "x"));

            assertThat(variables(request))
                    .doesNotContainKey("HTTP_" + header.toUpperCase(Locale.ROOT).replace('-', '_'));
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                X_Real,   HTTP_X_REAL
                Proxy,    HTTP_PROXY
                """)
        @Requirement("Not every field has to become a variable (here: names with _, which could pass for another field,"
                + " and Proxy, whose variable HTTP clients obey).")
        void dangerousNames_areRemoved(String header, String variable) {
            assertThat(variables(request("GET", "/env", r -> r.addHeader(header, "evil"))))
                    .doesNotContainKey(variable);
        }

        @Test
        @Requirement("A variable says that the scheme is not the protocol's own: HTTPS.")
        void https_isSetUnderTls() {
            assertThat(variables(request("GET", "/env", r -> r.scheme("https"))))
                    .containsEntry("HTTPS", "on");
            assertThat(variables(WagiRequest.get("/env"))).doesNotContainKey("HTTPS");
        }
    }

    @Nested
    @Section(number = "4.2", title = "Request Message-Body")
    class RequestMessageBody {

        @Test
        @Requirement("The script reads the body, all octets unchanged, from standard input.")
        void body_isReadUnchanged() {
            byte[] octets = allOctets();

            assertThat(env.handle(request("POST", "/env/echo", r -> r.body(octets)))
                            .body())
                    .isEqualTo(octets);
        }

        @Test
        @Requirement("After CONTENT_LENGTH bytes there is an end of file, whatever follows on the connection.")
        void endOfFile_comesAfterContentLength() {
            InputStream connection = new ByteArrayInputStream("bodyGET /next".getBytes(StandardCharsets.US_ASCII));

            assertThat(env.handle(request("POST", "/env/echo", r -> r.body(connection, 4)))
                            .text())
                    .isEqualTo("body");
        }

        @Test
        @Requirement("At least CONTENT_LENGTH bytes can be read: a body that ends earlier is rejected.")
        void bodyBreaksOff_is400() {
            InputStream connection = new ByteArrayInputStream(new byte[3]);

            assertThat(env.handle(request("POST", "/env/body", r -> r.body(connection, 4)))
                            .status())
                    .isEqualTo(400);
        }
    }

    @Nested
    @Section(number = "4.3.1", title = "GET")
    class Get {

        @Test
        @Requirement("The script produces a document from the variables.")
        void get_isAnswered() {
            assertThat(env.handle(WagiRequest.get("/env?x")).status()).isEqualTo(200);
        }
    }

    @Nested
    @Section(number = "4.3.2", title = "POST")
    class Post {

        @Test
        @Requirement("The script is given the body and its type.")
        void post_hasBodyAndType() {
            WagiResponse response = env.handle(request(
                    "POST",
                    "/env/echo",
                    r -> r.addHeader("Content-Type", "text/csv").body("a,b".getBytes(StandardCharsets.US_ASCII))));

            assertThat(response.text()).isEqualTo("a,b");
            assertThat(response.headers().all("Content-Type")).containsExactly("text/csv");
        }
    }

    @Nested
    @Section(number = "4.3.3", title = "HEAD")
    class Head {

        @Test
        @Requirement("A body that the script returns to HEAD is discarded; the header fields stay.")
        void head_hasNoBody() {
            RecordingSink sink = new RecordingSink();
            try (Wagi wagi = serving(Wat.printing("Status: 203\n" + TYPE + "X-A: 1\n\nfour"))) {
                wagi.handle(WagiRequest.builder("HEAD", "/").build(), sink);
            }

            assertThat(sink.status).isEqualTo(203);
            assertThat(sink.headers.first("X-A")).contains("1");
            assertThat(sink.body.size()).isZero();
            assertThat(sink.contentLength).isEqualTo(4);
            assertThat(sink.ended).isTrue();
        }

        @ParameterizedTest
        @CsvSource({"'Content-Length: 1234\n', 1234", "'', -1"})
        @Requirement("A script need not print a body for HEAD: its Content-Length is sent, or none, but not 0.")
        void head_withoutBody_hasTheDeclaredLengthOrNone(String length, long announced) {
            RecordingSink sink = new RecordingSink();
            try (Wagi wagi = serving(Wat.printing(TYPE + length + "\n"))) {
                wagi.handle(WagiRequest.builder("HEAD", "/").build(), sink);
            }

            assertThat(sink.contentLength).isEqualTo(announced);
            assertThat(sink.ended).isTrue();
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                HEAD, '',                     /healthz
                HEAD, '',                     /missing
                HEAD, 'nothing',              /
                """)
        @Requirement("The same holds for the server's own responses.")
        void headOfOurOwn_hasNoBody(String method, String output, String path) {
            RecordingSink sink = new RecordingSink();
            try (Wagi wagi = serving(Wat.printing(output))) {
                wagi.handle(WagiRequest.builder(method, path).build(), sink);
            }

            assertThat(sink.body.size()).isZero();
            assertThat(sink.contentLength).isPositive();
        }
    }

    @Nested
    @Section(number = "4.3.4", title = "Protocol-Specific Methods")
    class ProtocolSpecificMethods {

        @ParameterizedTest
        @ValueSource(strings = {"PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"})
        @Requirement("The script may be given any other method of the protocol, and decides itself.")
        void otherMethods_reachTheScript(String method) {
            assertThat(env.handle(WagiRequest.builder(method, "/env").build()).status())
                    .isEqualTo(200);
        }
    }

    @Nested
    @Section(number = "4.4", title = "The Script Command Line")
    class CommandLine {

        @Test
        @Requirement("GET or HEAD without = in the query: one argument per word of the query, words end at +.")
        @Deviation("any query, one argument per &-separated item, after the path as argument 0, as WAGI documents")
        void query_isArgumentsByItem() {
            assertThat(arguments(WagiRequest.get("/env/x?a+b&c=1&d"))).containsExactly("/env/x", "a+b", "c=1", "d");
            assertThat(arguments(WagiRequest.builder("POST", "/env?a").build())).containsExactly("/env", "a");
        }

        @Test
        @Requirement("Words are percent-decoded.")
        @Deviation("items are as sent, as WAGI documents: decoded, a value could not be told from two")
        void items_areNotDecoded() {
            assertThat(arguments(WagiRequest.get("/env?a%20b&%26"))).containsExactly("/env", "a%20b", "%26");
        }

        @Test
        @Requirement(
                "If a word cannot be made an argument there is no command line at all (here: every item can be, it is"
                        + " not decoded).")
        void items_canAllBeArguments() {
            assertThat(arguments(WagiRequest.get("/env?a%00b&%ff&"))).containsExactly("/env", "a%00b", "%ff", "");
        }
    }

    @Nested
    @Section(number = "5.1", title = "NPH Scripts: Identification")
    class NphIdentification {

        @Test
        @Disabled(NPH)
        @Requirement("The server may support scripts that write the whole HTTP response (non-parsed header), recognised"
                + " by their name.")
        void nphScript_isTold() {
            // Nothing to run.
        }
    }

    @Nested
    @Section(number = "5.2", title = "NPH Scripts: NPH Response")
    class NphResponse {

        @Test
        @Disabled(NPH)
        @Requirement("The output of such a script is sent unmodified.")
        void nphResponse_isSentUnmodified() {
            // Nothing to run.
        }
    }

    @Nested
    @Section(number = "6.1", title = "Response Handling")
    class ResponseHandling {

        @Test
        @Requirement("A script always provides a response; an empty one is an error.")
        void emptyResponse_is502() {
            assertThat(answer("").status()).isEqualTo(502);
        }

        @Test
        @Requirement("The server may end a script from which it receives nothing in time.")
        void silentScript_isEnded() {
            Path guest = guest(Wat.printing("", "(loop $silent (br $silent))"));
            try (Wagi wagi = Guests.build(Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addModule(m -> m.route("/").source(guest).limits(l -> l.withTimeout(Duration.ofMillis(50)))))) {
                assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(504);
            }
        }
    }

    @Nested
    @Section(number = "6.2", title = "Response Types")
    class ResponseTypes {

        @ParameterizedTest
        @ValueSource(
                strings = {"X-A: 1\n\nbody", "\nbody", "Content-Length: 4\n\nbody", "body\n\n", "Content-Type: a/b"})
        @Requirement("A response is a header with a CGI field, an empty line, and a body; anything else is an error.")
        void notAResponse_is502(String output) {
            assertThat(answer(output).status()).isEqualTo(502);
        }
    }

    @Nested
    @Section(number = "6.2.1", title = "Document Response")
    class DocumentResponse {

        @Test
        @Requirement("Content-Type and a body: 200.")
        void document_is200() {
            WagiResponse response = answer("Content-Type: a/b\n\nbody");

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.headers().all("Content-Type")).containsExactly("a/b");
            assertThat(response.text()).isEqualTo("body");
        }

        @Test
        @Requirement("Content-Type is required.")
        @Deviation("a document with Status and without Content-Type is sent without one, as WAGI documents")
        void statusWithoutType_isSent() {
            WagiResponse response = answer("Status: 201\n\nbody");

            assertThat(response.status()).isEqualTo(201);
            assertThat(response.headers().all("Content-Type")).isEmpty();
            assertThat(response.text()).isEqualTo("body");
        }

        @ParameterizedTest
        @ValueSource(ints = {204, 304})
        @Requirement("The server corrects what the protocol does not allow (here: a body with a status that has none).")
        void statusWithoutBody_hasNone(int status) {
            WagiResponse response = answer("Status: " + status + "\n\nbody");

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.body()).isEmpty();
        }
    }

    @Nested
    @Section(number = "6.2.2", title = "Local Redirect Response")
    class LocalRedirect {

        @Test
        @Requirement("Location with a local path alone: the response is the one to a request for that path and query.")
        void localLocation_isRunAsGetWithoutBody() {
            try (Wagi wagi = redirecting("Location: /env/a%20b?x=1\n\n")) {
                WagiResponse response = wagi.handle(request(
                        "POST",
                        "/",
                        r -> r.addHeader("Content-Type", "text/x")
                                .addHeader("X-Kept", "1")
                                .body(new byte[5])));

                assertThat(response.status()).isEqualTo(200);
                assertThat(response.headers().all("Location")).isEmpty();
                assertThat(response.text())
                        .contains("\nREQUEST_METHOD=GET\n")
                        .contains("\nSCRIPT_NAME=/env\n")
                        .contains("\nPATH_INFO=/a b\n")
                        .contains("\nQUERY_STRING=x=1\n")
                        .contains("\nCONTENT_LENGTH=0\nCONTENT_TYPE=\n")
                        .contains("\nHTTP_X_KEPT=1\n")
                        .contains("\nlength = 0\n");
            }
        }

        @Test
        @Requirement("A HEAD that is redirected is still answered without a body.")
        void head_staysHead() {
            try (Wagi wagi = redirecting("Location: /env\n\n")) {
                WagiResponse response =
                        wagi.handle(WagiRequest.builder("HEAD", "/").build());

                assertThat(response.status()).isEqualTo(200);
                assertThat(response.body()).isEmpty();
            }
        }

        @Test
        @Requirement("The number of redirects is limited: the client always gets an answer.")
        void endlessRedirects_are500() {
            assertThat(answer("Location: /?again\n\n").status()).isEqualTo(500);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Location: /env\n\nbody",
                    "Location: /env\nContent-Type: text/plain\n\n",
                    "Location: /env\nSet-Cookie: a=1\n\n"
                })
        @Requirement("No other field and no body may come with it.")
        @Deviation(
                "with another field or a body it is a redirect for the client (302): the script's cookie or page is not"
                        + " lost")
        void localLocationWithMore_isAClientRedirect(String output) {
            try (Wagi wagi = redirecting(output)) {
                WagiResponse response = wagi.handle(WagiRequest.get("/"));

                assertThat(response.status()).isEqualTo(302);
                assertThat(response.headers().all("Location")).containsExactly("/env");
            }
        }

        private Wagi redirecting(String output) {
            return Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addModule(m -> m.route("/").source(guest(Wat.printing(output))))
                    .addModule(m -> m.route("/env/...").source(Wat.sample("env")))
                    .build();
        }
    }

    @Nested
    @Section(number = "6.2.3", title = "Client Redirect Response")
    class ClientRedirect {

        @Test
        @Requirement("Location with an absolute URI alone: 302 with that Location.")
        void absoluteLocation_is302() {
            WagiResponse response = answer("Location: https://example.org/a?b#c\n\n");

            assertThat(response.status()).isEqualTo(302);
            assertThat(response.headers().all("Location")).containsExactly("https://example.org/a?b#c");
            assertThat(response.body()).isEmpty();
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                Set-Cookie: a=1,  302
                Status: 307,      307
                """)
        @Requirement("No other field but extensions may come with it.")
        @Deviation("others are passed on, so that a redirect can set a cookie, and a Status decides the code")
        void otherFields_count(String field, int status) {
            WagiResponse response = answer("Location: https://example.org/\n" + field + "\n\n");

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.headers().all("Location")).containsExactly("https://example.org/");
        }
    }

    @Nested
    @Section(number = "6.2.4", title = "Client Redirect Response with Document")
    class ClientRedirectWithDocument {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Status: 301 Moved\nLocation: https://example.org/\nContent-Type: a/b\n\nmoved",
                    "Location: https://example.org/\nContent-Type: a/b\nStatus: 301 Moved\n\nmoved"
                })
        @Requirement("With Status, Location and a document Status decides, whatever the order of the fields.")
        void status_decides(String output) {
            WagiResponse response = answer(output);

            assertThat(response.status()).isEqualTo(301);
            assertThat(response.headers().all("Location")).containsExactly("https://example.org/");
            assertThat(response.headers().all("Content-Type")).containsExactly("a/b");
            assertThat(response.text()).isEqualTo("moved");
        }

        @Test
        @Requirement("Status is required.")
        @Deviation("without it the status is 302, as without a document")
        void noStatus_is302() {
            WagiResponse response = answer("Location: https://example.org/\nContent-Type: a/b\n\nmoved");

            assertThat(response.status()).isEqualTo(302);
            assertThat(response.text()).isEqualTo("moved");
        }
    }

    @Nested
    @Section(number = "6.3", title = "Response Header Fields")
    class ResponseHeaderFields {

        @Test
        @Requirement("Names are case-insensitive; white space is allowed after the colon.")
        void names_areCaseInsensitive() {
            WagiResponse response = answer("sTaTuS: \t 404\ncontent-TYPE:a/b\n\n");

            assertThat(response.status()).isEqualTo(404);
            assertThat(response.headers().first("Content-Type")).contains("a/b");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Content-Type: a/b\nContent-type: a/b\n\n",
                    "Status: 200\nSTATUS: 404\n\n",
                    "Location: https://a/\nLocation: https://b/\n\n"
                })
        @Requirement("A CGI field may not occur twice.")
        void cgiFieldTwice_is502(String output) {
            assertThat(answer(output).status()).isEqualTo(502);
        }

        @Test
        @Requirement("A CGI field with an empty value is the same as none.")
        void emptyCgiField_isNone() {
            assertThat(answer("Status:\nLocation: \nContent-Type: a/b\n\n").status())
                    .isEqualTo(200);
            assertThat(answer("Content-Type:\n\nbody").status()).isEqualTo(502);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Content-Type : a/b\n\n",
                    "Content-Type: a/b\nX-A: 1\n 2\n\n",
                    "Content-Type: a/b\nX-A: 1\n\t2: 3\n\n",
                    "Content-Type: a/b\nno colon\n\n"
                })
        @Requirement("A field is one line, with its name right before the colon; there are no continuation lines.")
        void malformedField_is502(String output) {
            assertThat(answer(output).status()).isEqualTo(502);
        }
    }

    @Nested
    @Section(number = "6.3.1", title = "Content-Type")
    class ResponseContentType {

        @Test
        @Requirement("Sent unmodified.")
        void contentType_isSentUnmodified() {
            assertThat(answer("Content-Type: Text/HTML; Charset=\"ISO-8859-1\" ;x=y\n\n")
                            .headers()
                            .all("Content-Type"))
                    .containsExactly("Text/HTML; Charset=\"ISO-8859-1\" ;x=y");
        }

        @Test
        @Requirement("If the script leaves it out, the server does not guess one.")
        void noContentType_isNotGuessed() {
            assertThat(answer("Status: 200\n\n<html>").headers().all("Content-Type"))
                    .isEmpty();
        }
    }

    @Nested
    @Section(number = "6.3.2", title = "Location")
    class Location {

        @Test
        @Requirement("An absolute URI with or without fragment is for the client, unmodified.")
        void absoluteUri_isTheClients() {
            assertThat(answer("Location: urn:x:y#z\n\n").headers().all("Location"))
                    .containsExactly("urn:x:y#z");
        }

        @ParameterizedTest
        @ValueSource(strings = {"other", "../other", "?x=1", "//example.org/"})
        @Requirement("It is an absolute URI or a local path, not a relative reference.")
        @Deviation(
                "a relative reference is passed to the client (302), which knows what it is relative to; one that names"
                        + " a host is never a local path")
        void relativeReference_isTheClients(String location) {
            WagiResponse response = answer("Location: " + location + "\n\n");

            assertThat(response.status()).isEqualTo(302);
            assertThat(response.headers().all("Location")).containsExactly(location);
        }
    }

    @Nested
    @Section(number = "6.3.3", title = "Status")
    class Status {

        @ParameterizedTest
        @CsvSource(textBlock = """
                200 OK,            200
                404,               404
                501 Not here yet,  501
                299 ,              299
                """)
        @Requirement("Three digits and an optional phrase are the response's status code.")
        void status_isTheCode(String status, int code) {
            assertThat(answer("Status: " + status + "\n" + TYPE + "\n").status())
                    .isEqualTo(code);
        }

        @Test
        @Requirement("Without it the code is 200.")
        void noStatus_is200() {
            assertThat(answer(TYPE + "\n").status()).isEqualTo(200);
        }

        @ParameterizedTest
        @ValueSource(strings = {"20", "2000", "OK", "200OK", "-200", "000", "999", "100 Continue", "101", "199"})
        @Requirement("It is a code that can end an exchange; anything else, 1xx included, is an error.")
        void malformedStatus_is502(String status) {
            assertThat(answer("Status: " + status + "\n" + TYPE + "\n").status())
                    .isEqualTo(502);
        }
    }

    @Nested
    @Section(number = "6.3.4", title = "Protocol-Specific Header Fields")
    class ProtocolSpecificFields {

        @Test
        @Requirement("Other fields of the protocol are passed on, repeated ones repeated.")
        void otherFields_arePassedOn() {
            WagiResponse response =
                    answer(TYPE + "Set-Cookie: a=1\nX-A: caf\u00c3\u00a9\nset-cookie: b=2\nLink: </a>\nLink: </b>\n\n");

            assertThat(response.headers().all("Set-Cookie")).containsExactly("a=1", "b=2");
            assertThat(response.headers().all("Link")).containsExactly("</a>", "</b>");
            assertThat(response.headers().all("X-A")).containsExactly("caf\u00c3\u00a9");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Connection",
                    "Content-Length",
                    "Keep-Alive",
                    "TE",
                    "Trailer",
                    "Transfer-Encoding",
                    "Upgrade",
                    "transfer-ENCODING"
                })
        @Requirement("Fields that concern the connection to the client are the server's: a script's are removed.")
        void connectionFields_areRemoved(String name) {
            WagiResponse response = answer(TYPE + name + ": 1\n\nbody");

            assertThat(response.headers().all(name)).isEmpty();
            assertThat(response.text()).isEqualTo("body");
        }

        @ParameterizedTest
        @ValueSource(strings = {"1", "9", "4", "-1", "x", "99999999999999999999"})
        @Requirement("Where a script's field contradicts what the server knows, the server resolves it"
                + " (here: Content-Length).")
        void contentLength_isTheBodys(String claimed) {
            RecordingSink sink = new RecordingSink();
            try (Wagi wagi = serving(Wat.printing(TYPE + "Content-Length: " + claimed + "\n\nbody"))) {
                wagi.handle(WagiRequest.get("/"), sink);
            }

            assertThat(sink.contentLength).isEqualTo(4);
            assertThat(sink.body.toString(StandardCharsets.US_ASCII)).isEqualTo("body");
        }

        @ParameterizedTest
        @ValueSource(strings = {"X-A: a\rSet-Cookie: b=1", "X-A: a\0b", "X-A: a\u001b[2J", "X-A\0: b", ": b"})
        @Requirement("What is sent is valid in the protocol: a field with forbidden characters is an error.")
        void forbiddenCharacters_are502(String field) {
            WagiResponse response = answer(TYPE + field + "\n\n");

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.headers().all("X-A")).isEmpty();
            assertThat(response.headers().all("Set-Cookie")).isEmpty();
        }
    }

    @Nested
    @Section(number = "6.3.5", title = "Extension Header Fields")
    class ExtensionFields {

        @Test
        @Requirement("Fields whose names begin with X-CGI- and that the server does not know may be ignored; they are"
                + " not an error.")
        void unknownExtension_isNoError() {
            WagiResponse response = answer(TYPE + "X-CGI-Whatever: 1\n\nbody");

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.text()).isEqualTo("body");
        }
    }

    @Nested
    @Section(number = "6.4", title = "Response Message-Body")
    class ResponseMessageBody {

        @Test
        @Requirement("The body is sent unmodified, all octets, whatever it looks like.")
        void body_isSentUnmodified() {
            String body = new String(allOctets(), StandardCharsets.ISO_8859_1) + "\r\n\r\nStatus: 500\n\n\r";

            WagiResponse response = answer("Content-Type: a/b\n\n" + body);

            assertThat(new String(response.body(), StandardCharsets.ISO_8859_1)).isEqualTo(body);
        }

        @ParameterizedTest
        @ValueSource(strings = {"return", "(call $exit (i32.const 0))", "(call $exit (i32.const 3))"})
        @Requirement("Everything that the script provides is read to the end, whatever its exit code.")
        void allOutput_isRead(String end) {
            String print = "(call $print (i32.const 1) (i32.const 1024) (i32.const 3))";

            assertThat(answer(Wat.printing("A: \nStatus: 200\n\n", print + print + end), WagiRequest.get("/"))
                            .text())
                    .isEqualTo("A: A: ");
        }

        @Test
        @Requirement("A body that the script did not complete does not look complete.")
        void trapWithinTheBody_isBrokenOff() {
            RecordingSink sink = new RecordingSink();
            try (Wagi wagi = serving(Wat.printing(TYPE + "\n" + "x".repeat(40_000), "unreachable"))) {
                wagi.handle(WagiRequest.get("/"), sink);
            }

            assertThat(sink.status).isEqualTo(200);
            assertThat(sink.aborted).isTrue();
            assertThat(sink.ended).isFalse();
        }
    }

    @Nested
    @Section(number = "7.2", title = "UNIX")
    class Unix {

        @ParameterizedTest
        @ValueSource(strings = {"\n", "\r\n"})
        @Requirement("A line ends in LF; CR LF is accepted as well.")
        void newline_isEither(String newline) {
            WagiResponse response = answer("Status: 404" + newline + "Content-Type: a/b\n" + newline + "body");

            assertThat(response.status()).isEqualTo(404);
            assertThat(response.headers().all("Content-Type")).containsExactly("a/b");
            assertThat(response.text()).isEqualTo("body");
        }

        @Test
        @Requirement(
                "Meta-variables are environment variables, and nothing of the server's own environment is among them.")
        void environment_isTheRequestsOnly() {
            Map<String, String> variables = variables(WagiRequest.get("/env"));

            assertThat(System.getenv()).isNotEmpty();
            assertThat(variables).doesNotContainKeys("PATH", "HOME", "USER", "JAVA_HOME");
            assertThat(variables.keySet())
                    .containsExactly(
                            "AUTH_TYPE",
                            "CONTENT_LENGTH",
                            "CONTENT_TYPE",
                            "GATEWAY_INTERFACE",
                            "PATH_INFO",
                            "PATH_TRANSLATED",
                            "QUERY_STRING",
                            "REMOTE_ADDR",
                            "REMOTE_HOST",
                            "REMOTE_USER",
                            "REQUEST_METHOD",
                            "REQUEST_SCHEME",
                            "REQUEST_URI",
                            "SCRIPT_NAME",
                            "SERVER_NAME",
                            "SERVER_PORT",
                            "SERVER_PROTOCOL",
                            "SERVER_SOFTWARE",
                            "X_FULL_URL",
                            "X_MATCHED_ROUTE",
                            "X_RAW_PATH_INFO",
                            "X_REQUEST_ID");
        }

        @Test
        @Requirement("Characters that are active in a shell are escaped in arguments.")
        @Deviation("they are as sent, as WAGI documents: there is no shell between the server and a module")
        void shellCharacters_areNotEscaped() {
            assertThat(arguments(WagiRequest.get("/env?$(x);'*"))).containsExactly("/env", "$(x);'*");
        }

        @Test
        @Disabled("a module has no file system except its volumes, so there is no current directory")
        @Requirement("The current working directory is the script's.")
        void workingDirectory_isTheScripts() {
            // Nothing to run.
        }
    }

    @Nested
    @Section(number = "8.1", title = "Recommendations for Servers")
    class RecommendationsForServers {

        @Test
        @Requirement("The treatment of empty segments is documented: they are ordinary segments.")
        void emptySegments_stay() {
            assertThat(variables(WagiRequest.get("/env//x//"))).containsEntry("PATH_INFO", "//x//");
            assertThat(variables(WagiRequest.get("//env"))).containsEntry("X_MATCHED_ROUTE", "/...");
        }

        @ParameterizedTest
        @CsvSource(textBlock = """
                /env/a/./b/../c,    /env/...,   /a/c
                /env/../x,          /...,       /x
                /../../env/x,       /env/...,   /x
                /env/x/..,          /env/...,   /
                """)
        @Requirement("The treatment of . and .. segments is documented: they are removed before a route is chosen.")
        void dotSegments_areRemoved(String path, String route, String pathInfo) {
            assertThat(variables(WagiRequest.get(path)))
                    .containsEntry("X_MATCHED_ROUTE", route)
                    .containsEntry("PATH_INFO", pathInfo);
        }

        @Test
        @Requirement("Limits are stated: a target has at most 64 KiB, a script's header block 64 KiB and 256 fields.")
        void limits_hold() {
            assertThat(env.handle(WagiRequest.get("/env?" + "x".repeat(60 << 10)))
                            .status())
                    .isEqualTo(200);
            assertThat(env.handle(WagiRequest.get("/env?" + "x".repeat(64 << 10)))
                            .status())
                    .isEqualTo(400);
            assertThat(answer(TYPE + "X: 1\n".repeat(255) + "\n").status()).isEqualTo(200);
            assertThat(answer(TYPE + "X: 1\n".repeat(256) + "\n").status()).isEqualTo(502);
            assertThat(answer(TYPE + "X: " + "1".repeat(64 << 10) + "\n\n").status())
                    .isEqualTo(502);
        }
    }

    @Nested
    @Section(number = "9.2", title = "Header Fields Containing Sensitive Information")
    class SensitiveFields {

        @Test
        @Requirement("Fields such as Authorization reach a script only if it was configured so.")
        void authorization_needsTheOptIn() {
            assertThat(variables(request("GET", "/env", r -> r.addHeader("Authorization", "Basic x"))))
                    .doesNotContainKey("HTTP_AUTHORIZATION");
            try (Wagi wagi = Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addModule(m -> m.route("/env").source(Wat.sample("env")).passAuthorization(true))
                    .build()) {
                WagiRequest request = request(
                        "GET",
                        "/env",
                        r -> r.addHeader("Authorization", "Basic x").addHeader("Proxy-Authorization", "Basic y"));

                assertThat(wagi.handle(request).text())
                        .contains("\nHTTP_AUTHORIZATION=Basic x\n")
                        .doesNotContain("HTTP_PROXY_AUTHORIZATION");
            }
        }
    }

    @Nested
    @Section(number = "9.5", title = "Script Interference with the Server")
    class Interference {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "(i32.store (i32.const -4) (i32.const 1))",
                    "(drop (memory.grow (i32.const 4096))) (i32.store (i32.const -4) (i32.const 1))",
                    "(call $print (i32.const 1) (i32.const -8) (i32.const 64)) unreachable",
                    "unreachable"
                })
        @Requirement("A script cannot reach the server's memory, and its failure leaves the server as it was.")
        void scriptOutOfBounds_isStoppedAlone(String then) {
            try (Wagi wagi = serving(Wat.printing("", then))) {
                assertThat(wagi.handle(WagiRequest.get("/")).status()).isEqualTo(502);
                assertThat(wagi.handle(WagiRequest.get("/healthz")).text()).isEqualTo("OK");
            }
        }

        @Test
        @Requirement("A script cannot reach the server's files.")
        void files_areOutOfReach() {
            String open = """
                    (module
                      (import "wasi_snapshot_preview1" "path_open" (func $open
                        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
                      (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
                      (import "wasi_snapshot_preview1" "fd_write"
                        (func $fd_write (param i32 i32 i32 i32) (result i32)))
                      (memory (export "memory") 1)
                      (data (i32.const 1024) "/etc/passwd")
                      (data (i32.const 2048) "Status: 200\\n\\nnone")
                      (func (export "_start") (local $fd i32)
                        (local.set $fd (i32.const 3))
                        (loop $next
                          (if (i32.eqz (call $prestat (local.get $fd) (i32.const 0))) (then unreachable))
                          (if (i32.eqz (call $open (local.get $fd) (i32.const 0) (i32.const 1024) (i32.const 11)
                              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 0)))
                            (then unreachable))
                          (local.set $fd (i32.add (local.get $fd) (i32.const 1)))
                          (br_if $next (i32.lt_u (local.get $fd) (i32.const 32))))
                        (i32.store (i32.const 0) (i32.const 2048))
                        (i32.store (i32.const 4) (i32.const 17))
                        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
                    """;

            assertThat(answer(open, WagiRequest.get("/")).text()).isEqualTo("none");
        }
    }

    @Nested
    @Section(number = "9.6", title = "Data Length and Buffering Considerations")
    class DataLength {

        @Test
        @Requirement("A body of any length reaches the script in pieces; it does not have to fit in memory.")
        void longRequestBody_isStreamed() {
            long length = 20L << 20;
            WagiRequest request = request("POST", "/env/body", r -> r.body(new Zeros(length), length));

            assertThat(env.handle(request).text()).startsWith("length = " + length + "\n");
        }

        @Test
        @Requirement("A response body of any length is sent in pieces.")
        void longResponseBody_isStreamed() {
            String print = """
                    (local $left i32)
                    (local.set $left (i32.const 512))
                    (loop
                      (call $print (i32.const 1) (i32.const 1024) (i32.const 65536))
                      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                      (br_if 0 (local.get $left)))
                    """;
            String guest = Wat.printing("", "(call $many)")
                    .replace("(func (export \"_start\")", "(func $many " + print + ")\n(func (export \"_start\")")
                    .replace("\"\")", "\"Status: 200\\n\\n\")");
            RecordingSink sink = new RecordingSink();
            try (Wagi wagi = serving(guest)) {
                wagi.handle(WagiRequest.get("/"), sink);
            }

            assertThat(sink.contentLength).isEqualTo(-1);
            assertThat(sink.body.size()).isEqualTo(512 * 65536 - 13);
            assertThat(sink.ended).isTrue();
        }
    }

    @Nested
    @Section(number = "9.7", title = "Stateless Processing")
    class StatelessProcessing {

        @Test
        @Requirement("Every run of a script is independent of all others.")
        void runs_areIndependent() {
            String count = """
                    (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
                    (i32.store8 (i32.const 1024) (i32.add (i32.load8_u (i32.const 1024)) (global.get $runs)))
                    (call $print (i32.const 1) (i32.const 1024) (i32.const 1))
                    """;
            try (Wagi wagi = serving(Wat.printing("Status: 200\n\n", count))) {
                for (int i = 0; i < 3; i++) {
                    assertThat(wagi.handle(WagiRequest.get("/")).text()).isEqualTo("T");
                }
            }
        }
    }

    @Nested
    @Section(number = "9.8", title = "Relative Paths")
    class RelativePaths {

        @ParameterizedTest
        @CsvSource(textBlock = """
                /env/../exact,         /exact
                /env/%2e%2e/exact,     /env/...
                /env/..%2fexact,       /env/...
                /env%2f..%2fexact,     /...
                """)
        @Requirement(
                "Segments .. are resolved before the path is split into script and rest; encoded ones never climb.")
        void dotDot_isResolvedFirst(String path, String route) {
            assertThat(variables(WagiRequest.get(path))).containsEntry("X_MATCHED_ROUTE", route);
        }
    }

    private static byte[] allOctets() {
        byte[] octets = new byte[256];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) i;
        }
        return octets;
    }

    private static WagiRequest request(String method, String target, UnaryOperator<WagiRequest.Builder> more) {
        return more.apply(WagiRequest.builder(method, target)).build();
    }

    /** The environment that the guest was given, by name. */
    private static Map<String, String> variables(WagiRequest request) {
        Map<String, String> variables = new TreeMap<>();
        for (String line : environment(request)) {
            int equals = line.indexOf('=');
            variables.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return variables;
    }

    private static List<String> environment(WagiRequest request) {
        return between(request, "environment:", "body:");
    }

    private static List<String> arguments(WagiRequest request) {
        return between(request, "arguments:", "environment:").stream()
                .map(line -> line.substring(line.indexOf(" = ") + 3))
                .toList();
    }

    private static List<String> between(WagiRequest request, String from, String to) {
        WagiResponse response = env.handle(request);
        assertThat(response.status()).as(request.target()).isEqualTo(200);
        List<String> lines = response.text().lines().toList();
        return lines.subList(lines.indexOf(from) + 1, lines.indexOf(to));
    }

    /** The answer to GET / of a guest that prints one octet per {@code char}. */
    private static WagiResponse answer(String output) {
        return answer(Wat.printing(output), WagiRequest.get("/"));
    }

    private static WagiResponse answer(String guest, WagiRequest request) {
        try (Wagi wagi = serving(guest)) {
            return wagi.handle(request);
        }
    }

    /** A host with one guest at /. */
    private static Wagi serving(String guest) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addModule(m -> m.route("/").source(guest(guest)))
                .build();
    }

    private static synchronized Path guest(String text) {
        try {
            return Files.writeString(directory.resolve("guest" + guests++ + ".wat"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A body of a given length that is in no memory. */
    private static final class Zeros extends InputStream {
        private long left;

        Zeros(long length) {
            this.left = length;
        }

        @Override
        public int read() {
            return left-- > 0 ? 0 : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(left, length);
            Arrays.fill(buffer, offset, offset + count, (byte) 0);
            left -= count;
            return count;
        }
    }
}
