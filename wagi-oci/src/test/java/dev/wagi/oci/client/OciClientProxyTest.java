// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.client.FakeRegistry.Reply;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pulls through a real proxy from the registry registry.test, whose name only the proxy can resolve. */
@DisabledOnOs(OS.WINDOWS)
class OciClientProxyTest {

    private static final String ALL = "http_access allow all";
    private static final String KNOWN = "http_access allow known\nhttp_access deny all";
    private static final String NOBODY = "http_access deny all";

    @TempDir
    Path directory;

    private FakeRegistry registry;
    private Path authority;

    private void registry(boolean tls) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("tls"));
        Certificate.write(folder);
        authority = folder.resolve("cert.pem");
        registry = new FakeRegistry(tls ? Certificate.context(folder) : null);
        registry.addModule("team/hello", "v1", Images.MODULE);
    }

    @AfterEach
    void close() {
        if (registry != null) {
            registry.close();
        }
    }

    @TempDir
    Path ofSquid;

    private OciClient.Builder builder(Map<String, String> environment) {
        return OciClient.builder()
                .proxies(environment)
                .certificateAuthority(authority)
                .timing(new FakeTime().timing(), Duration.ofSeconds(10));
    }

    private String name() {
        return "registry.test:" + registry.port();
    }

    private OciReference reference() {
        return OciReference.parse(name() + "/team/hello:v1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https_proxy", "HTTPS_PROXY"})
    void https_isTunnelled(String variable) throws Exception {
        registry(true);
        try (Squid squid = Squid.start(ofSquid, ALL)) {
            OciClient client =
                    builder(Map.of(variable, "http://" + squid.name())).build();

            assertThat(client.pull(reference()).bytes()).isEqualTo(Images.MODULE);
            client.push(Images.module(500), reference().withTag("v2"), ModuleLayout.CNCF);
            assertThat(client.pull(reference().withTag("v2")).bytes()).isEqualTo(Images.module(500));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http_proxy", "HTTP_PROXY"})
    void http_isAskedForThere(String variable) throws Exception {
        registry(false);
        try (Squid squid = Squid.start(ofSquid, ALL)) {
            OciClient client = builder(Map.of(variable, squid.name())) // without a scheme
                    .addInsecureRegistry(name())
                    .build();

            assertThat(client.pull(reference()).bytes()).isEqualTo(Images.MODULE);
            assertThat(registry.requests())
                    .allMatch(request -> request.field("Via").contains("squid"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void credentials_goToTheProxyAlone(boolean tls) throws Exception {
        registry(tls);
        try (Squid squid = Squid.start(ofSquid, KNOWN)) {
            OciClient.Builder client =
                    builder(Map.of(tls ? "HTTPS_PROXY" : "HTTP_PROXY", "http://bob:s3cret%40x@" + squid.name() + "/"));
            if (!tls) {
                client.addInsecureRegistry(name());
            }

            assertThat(client.build().pull(reference()).bytes()).isEqualTo(Images.MODULE);
            assertThat(registry.requests())
                    .isNotEmpty()
                    .allMatch(request -> request.field("Proxy-Authorization").isEmpty()
                            && request.field("Authorization").isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void proxyThatWantsAPassword_isNamed(boolean tls) throws Exception {
        registry(tls);
        try (Squid squid = Squid.start(ofSquid, KNOWN)) {
            String variable = tls ? "HTTPS_PROXY" : "HTTP_PROXY";
            for (String user : new String[] {"", "bob:wrong-word@"}) {
                OciClient.Builder client = builder(Map.of(variable, "http://" + user + squid.name()));
                if (!tls) {
                    client.addInsecureRegistry(name());
                }

                assertThatThrownBy(() -> client.build().pull(reference()))
                        .isInstanceOf(OciException.Unavailable.class)
                        .hasMessageContaining("the proxy http://" + squid.name() + " of " + variable + " refuses "
                                + (tls ? "https" : "http") + "://" + name() + " (407): ")
                        .hasMessageContaining(
                                user.isEmpty()
                                        ? "write http://user:password@host:port"
                                        : "does not accept this user and password")
                        .message()
                        .doesNotContain("wrong-word");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void proxyThatRefuses_isNamed(boolean tls) throws Exception {
        registry(tls);
        try (Squid squid = Squid.start(ofSquid, NOBODY)) {
            OciClient.Builder client =
                    builder(Map.of(tls ? "HTTPS_PROXY" : "HTTP_PROXY", "http://bob:hush@" + squid.name()));
            if (!tls) {
                client.addInsecureRegistry(name());
            }

            assertThatThrownBy(() -> client.build().pull(reference()))
                    .isInstanceOf(OciException.Unavailable.class)
                    .hasMessageContaining("the proxy http://" + squid.name() + " of ")
                    .hasMessageContaining(" refuses " + (tls ? "https" : "http") + "://" + name()
                            + " (403); ask its operator to allow that host and port, or add the host to NO_PROXY")
                    .message()
                    .doesNotContain("hush");
        }
    }

    /** Fields of a registry's own reverse proxy look like those of a proxy; its challenge must still be honoured. */
    @ParameterizedTest
    @CsvSource({"true, Proxy-Status", "true, X-Squid-Error", "false, Proxy-Status"})
    void registryThatAsksForCredentials_isNotTakenForTheProxy(boolean tls, String field) throws Exception {
        registry(tls);
        registry.gate(request -> request.field("Authorization").isEmpty()
                ? Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\"", field, "front; error=http_request_denied")
                : null);
        try (Squid squid = Squid.start(ofSquid, ALL)) {
            OciClient.Builder client = builder(Map.of(tls ? "HTTPS_PROXY" : "HTTP_PROXY", squid.name()))
                    .addCredentials(name(), Credentials.of("me", "secret"));
            if (!tls) {
                client.addInsecureRegistry(name());
            }

            assertThat(client.build().pull(reference()).bytes()).isEqualTo(Images.MODULE);
        }
    }

    @Test
    void registryThatTheProxyDoesNotReach_isToldOfTheProxy() throws Exception {
        registry(true);
        try (Squid squid = Squid.start(ofSquid, ALL)) {
            OciReference reference = reference();
            registry.close();

            assertThatThrownBy(() ->
                            builder(Map.of("HTTPS_PROXY", squid.name())).build().pull(reference))
                    .isInstanceOf(OciException.Unavailable.class)
                    .hasMessageContaining(
                            "the proxy http://" + squid.name() + " of HTTPS_PROXY cannot reach https://" + name());
        }
    }

    @Test
    void proxyThatIsNotThere_isNamed() throws Exception {
        registry(true);
        String closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            closed = "127.0.0.1:" + socket.getLocalPort();
        }

        assertThatThrownBy(() -> builder(Map.of("https_proxy", closed)).build().pull(reference()))
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("no connection to the proxy http://" + closed + " of https_proxy");
    }

    @Test
    void proxyThatIsNone_isToldWithoutItsPassword() throws Exception {
        registry(true);

        for (String text :
                new String[] {"socks5://bob:hush@h:1", "https://bob:hush@h:1", "http://bob:hu sh@h:1", "http://"}) {
            assertThatThrownBy(
                            () -> builder(Map.of("HTTPS_PROXY", text)).build().pull(reference()))
                    .isInstanceOf(OciException.Unavailable.class)
                    .hasMessageContaining("the environment variable HTTPS_PROXY does not name a proxy that can be used")
                    .hasStackTraceContaining("HTTPS_PROXY")
                    .satisfies(failure -> {
                        for (Throwable each = failure; each != null; each = each.getCause()) {
                            assertThat(String.valueOf(each.getMessage())).doesNotContain("hush", "hu sh");
                        }
                    });
        }
    }

    @Test
    void loopback_isAskedDirectly() throws Exception {
        registry(true);
        OciClient client =
                builder(Map.of("HTTPS_PROXY", "http://proxy.invalid:1")).build();

        assertThat(client.pull(registry.reference("team/hello:v1")).bytes()).isEqualTo(Images.MODULE);
    }
}
