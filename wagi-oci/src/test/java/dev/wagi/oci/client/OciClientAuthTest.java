// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static dev.wagi.oci.client.FakeRegistry.basic;
import static dev.wagi.oci.client.FakeRegistry.everything;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciException;
import dev.wagi.oci.client.FakeRegistry.Reply;
import dev.wagi.oci.client.FakeRegistry.Request;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which hosts receive which credentials. */
class OciClientAuthTest {

    private static final byte[] MODULE = Images.module(100);

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeRegistry tokens = new FakeRegistry();
    private final FakeTime time = new FakeTime();

    @BeforeEach
    void seed() {
        registry.addModule("team/hello", "v1", MODULE);
    }

    @AfterEach
    void close() {
        registry.close();
        tokens.close();
    }

    private OciClient client(Credentials... credentials) {
        return builder(credentials).addInsecureRegistry(tokens.name()).build();
    }

    private OciClient.Builder builder(Credentials... credentials) {
        CredentialSource source = (host, repository) -> {
            assertThat(host).isEqualTo(registry.name());
            assertThat(repository).isEqualTo("team/hello");
            return List.of(credentials);
        };
        return OciClient.builder()
                .addInsecureRegistry(registry.name())
                .addCredentials(source)
                .timing(time.timing(), Duration.ofSeconds(10));
    }

    private OciModule pull(OciClient client) {
        return client.pull(registry.reference("team/hello:v1"));
    }

    private String bearer(String rest) {
        return "Bearer realm=\"" + tokens.url() + "/token\"" + rest;
    }

    private static List<String> authorizations(List<Request> requests) {
        return requests.stream().map(request -> request.field("Authorization")).toList();
    }

    @Test
    void open_isAskedAsNobody_andCredentialsAreNotLookedUp() {
        OciClient client = OciClient.builder()
                .addInsecureRegistry(registry.name())
                .addCredentials((host, repository) -> {
                    throw new AssertionError("nobody asked for them");
                })
                .timing(time.timing(), Duration.ofSeconds(10))
                .build();

        pull(client);

        assertThat(authorizations(registry.requests())).containsOnly("");
    }

    @Test
    void basic_isSentWhenAskedFor_andRemembered() {
        registry.demand(basic("me", "pass:word"), "Basic realm=\"basic-realm\"");
        OciClient client = client(Credentials.of("me", "pass:word"));

        pull(client);
        pull(client);

        assertThat(authorizations(registry.requests()))
                .containsExactly(
                        "",
                        basic("me", "pass:word"),
                        basic("me", "pass:word"),
                        basic("me", "pass:word"),
                        basic("me", "pass:word"));
    }

    @Test
    void basic_wrong_isRefusedOnce() {
        registry.demand(basic("me", "right"), "Basic realm=\"basic-realm\"");

        assertThatThrownBy(() -> pull(client(Credentials.of("me", "wr0ng"))))
                .isInstanceOf(OciException.Unauthorized.class)
                .hasMessageContaining("does not accept the credentials for " + registry.name() + ", log in again")
                .hasMessageNotContaining("wr0ng");
        assertThat(registry.requests()).hasSize(2);
    }

    @Test
    void basic_severalCredentials_areTriedInTurn() {
        registry.demand(basic("two", "2"), "Basic realm=\"x\"");

        pull(client(Credentials.of("one", "1"), Credentials.of("two", "2"), Credentials.of("three", "3")));

        assertThat(authorizations(registry.requests()))
                .containsExactly("", basic("one", "1"), basic("two", "2"), basic("two", "2"));
    }

    @Test
    void forbidden_nextCredentialsAreTried() {
        registry.gate(request -> request.field("Authorization").isEmpty()
                ? Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\"")
                : request.field("Authorization").equals(basic("two", "2")) ? null : FakeRegistry.error(403, "DENIED"));

        assertThat(pull(client(Credentials.of("one", "1"), Credentials.of("two", "2")))
                        .bytes())
                .isEqualTo(MODULE);
    }

    @Test
    void bearer_asNobody_fetchesATokenWithoutCredentials() {
        registry.demand("Bearer t0ken", bearer(",service=\"reg\",scope=\"repository:team/hello:pull\""));
        tokens.always(everything(), request -> Reply.of(200).with("{\"token\":\"t0ken\",\"expires_in\":300}"));

        pull(client());

        assertThat(tokens.requestLines())
                .containsExactly("GET /token?service=reg&scope=repository%3Ateam%2Fhello%3Apull&client_id=wagi");
        assertThat(authorizations(tokens.requests())).containsExactly("");
        assertThat(authorizations(registry.requests())).containsExactly("", "Bearer t0ken", "Bearer t0ken");
    }

    @Test
    void bearer_withoutScopeAndService_asksForThePull() {
        registry.demand("Bearer t0ken", "Negotiate abc==, " + bearer(""));
        tokens.always(everything(), request -> Reply.of(200).with("{\"access_token\":\"t0ken\"}"));

        pull(client(Credentials.of("me", "secret")));

        assertThat(tokens.requestLines())
                .containsExactly("GET /token?scope=repository%3Ateam%2Fhello%3Apull&client_id=wagi&account=me");
        assertThat(authorizations(tokens.requests())).containsExactly(basic("me", "secret"));
    }

    @Test
    void bearer_tokenWithoutLifetime_isGoodForAMinute() {
        registry.demand("Bearer t0ken", bearer(""));
        tokens.always(everything(), request -> Reply.of(200).with("{\"token\":\"t0ken\"}"));
        OciClient client = client();

        pull(client);
        time.pass(Duration.ofSeconds(54));
        pull(client);
        assertThat(tokens.requests()).hasSize(1);
        time.pass(Duration.ofSeconds(2));
        pull(client);
        assertThat(tokens.requests()).hasSize(2);
    }

    @Test
    void bearer_tokenThatIsNotAcceptedAnyMore_isReplacedOnce() {
        AtomicInteger number = new AtomicInteger();
        tokens.always(
                everything(),
                request -> Reply.of(200).with("{\"token\":\"t" + number.incrementAndGet() + "\",\"expires_in\":3600}"));
        registry.gate(request -> request.field("Authorization").equals("Bearer t" + number.get())
                ? null
                : Reply.of(401, "WWW-Authenticate", bearer("")));
        OciClient client = client();
        pull(client);
        number.incrementAndGet();

        pull(client);

        assertThat(tokens.requests()).hasSize(2);
    }

    @Test
    void bearer_tokenOfOne_isNotUsedForAnother() {
        registry.gate(request -> request.field("Authorization").startsWith("Bearer ")
                ? null
                : Reply.of(401, "WWW-Authenticate", bearer("")));
        tokens.always(
                everything(),
                request -> Reply.of(200)
                        .with("{\"token\":\"for-"
                                + request.field("Authorization").hashCode() + "\"}"));
        AtomicInteger turn = new AtomicInteger();
        OciClient client = OciClient.builder()
                .addInsecureRegistry(registry.name())
                .addInsecureRegistry(tokens.name())
                .addCredentials((host, repository) -> List.of(Credentials.of("user" + turn.get(), "x")))
                .timing(time.timing(), Duration.ofSeconds(10))
                .build();

        pull(client);
        turn.incrementAndGet();
        pull(client);

        assertThat(authorizations(tokens.requests())).containsExactly(basic("user0", "x"), basic("user1", "x"));
        assertThat(registry.requests().get(3).field("Authorization"))
                .isNotEqualTo("Bearer for-" + basic("user0", "x").hashCode());
    }

    @Test
    void identityToken_isPostedAndNotSentOtherwise() {
        registry.demand("Bearer t0ken", bearer(",service=\"r g\",scope=\"repository:team/hello:pull\""));
        tokens.always(
                request -> request.method().equals("POST"),
                request -> Reply.of(200).with("{\"access_token\":\"t0ken\"}"));

        pull(client(Credentials.identityToken("re&fresh")));

        assertThat(tokens.requests()).singleElement().satisfies(request -> {
            assertThat(request.target()).isEqualTo("/token");
            assertThat(request.fields()).doesNotContainKey("authorization");
            assertThat(URLDecoder.decode(new String(request.body(), StandardCharsets.US_ASCII), StandardCharsets.UTF_8))
                    .isEqualTo("grant_type=refresh_token&refresh_token=re&fresh&service=r g"
                            + "&scope=repository:team/hello:pull&client_id=wagi");
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 405})
    void identityToken_serverWithoutPost_isAskedByGet(int status) {
        registry.demand("Bearer t0ken", bearer(""));
        tokens.always(request -> request.method().equals("POST"), request -> Reply.of(status));
        tokens.always(everything(), request -> Reply.of(200).with("{\"token\":\"t0ken\"}"));

        pull(client(Credentials.identityToken("me", "refresh")));

        assertThat(authorizations(tokens.requests())).containsExactly("", basic("me", "refresh"));
    }

    @Test
    void password_serverWithoutGet_isAskedByPost() {
        registry.demand("Bearer t0ken", bearer(""));
        tokens.always(request -> request.method().equals("GET"), request -> Reply.of(405));
        tokens.always(everything(), request -> Reply.of(200).with("{\"token\":\"t0ken\"}"));

        pull(client(Credentials.of("me", "secret")));

        assertThat(tokens.requestLines()).last().isEqualTo("POST /token");
    }

    @Test
    void registryToken_goesToTheRegistryOnly() {
        registry.demand("Bearer mine", bearer(""));

        pull(client(Credentials.registryToken("mine")));

        assertThat(tokens.requests()).isEmpty();
    }

    @Test
    void tokenServer_refusesCredentials_nobodyIsTriedLast() {
        registry.demand("Bearer anonymous", bearer(""));
        tokens.always(
                everything(),
                request -> request.field("Authorization").isEmpty()
                        ? Reply.of(200).with("{\"token\":\"anonymous\"}")
                        : Reply.of(401));

        assertThat(pull(client(Credentials.of("me", "old"))).bytes()).isEqualTo(MODULE);
    }

    @Test
    void tokenServer_busy_isTriedAgain() {
        registry.demand("Bearer t0ken", bearer(""));
        tokens.reply(everything(), Reply.of(503));
        tokens.always(everything(), request -> Reply.of(200).with("{\"token\":\"t0ken\"}"));

        pull(client());

        assertThat(time.pauses()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nothing",
                "{}",
                "{\"token\":\"\"}",
                "{\"token\":\"a\\r\\nX: y\"}",
                "{\"token\":5.5,\"token\":\"x\"}"
            })
    void tokenServer_noToken_isAFailure(String body) {
        registry.demand("Bearer t0ken", bearer(""));
        tokens.always(everything(), request -> Reply.of(200).with(body));

        assertThatThrownBy(() -> pull(client()))
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("something that is not a token");
    }

    // Registries control the realm.

    @Test
    void realm_ofPlainHttp_getsNothing() {
        registry.demand("Bearer t0ken", bearer(""));

        assertThatThrownBy(() -> pull(builder(Credentials.of("me", "secret")).build()))
                .isInstanceOf(OciException.Insecure.class)
                .hasMessageContaining("would receive credentials over plain http");
        assertThat(tokens.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc/passwd",
                "https://user:password@example.org/",
                "/token",
                "example.org",
                "https://",
                "https://[",
                "ftp://example.org"
            })
    void realm_thatIsNone_isRefused(String realm) {
        registry.demand("Bearer t0ken", "Bearer realm=\"" + realm + "\"");

        assertThatThrownBy(() -> pull(client(Credentials.of("me", "secret"))))
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("not an https URL");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void realm_thatRedirects_isNotFollowed(int status) {
        try (FakeRegistry other = new FakeRegistry()) {
            registry.demand("Bearer t0ken", bearer(""));
            tokens.always(everything(), request -> Reply.of(status, "Location", other.url() + "/token"));

            assertThatThrownBy(() -> pull(client(Credentials.of("me", "secret"))))
                    .isInstanceOf(OciException.Unavailable.class);
            assertThatThrownBy(() -> pull(client(Credentials.identityToken("refresh"))))
                    .isInstanceOf(OciException.Unavailable.class);
            assertThat(other.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Bearer", "Digest realm=\"x\"", "Bearer realm=\"https://x", "=,=,\"", "Basic"})
    void challenge_thatIsOfNoUse_isUnauthorized(String challenge) {
        registry.demand("Bearer t0ken", challenge);

        assertThatThrownBy(() -> pull(client())).isInstanceOf(OciException.Unauthorized.class);
    }

    @Test
    void redirectOfRegistry_toAnotherHost_isNotAskedForAChallenge() {
        registry.reply(everything(), Reply.of(307, "Location", tokens.url() + "/v2/team/hello/manifests/v1"));
        tokens.always(everything(), request -> Reply.of(401, "WWW-Authenticate", bearer("")));

        assertThatThrownBy(() -> pull(client(Credentials.of("me", "secret"))))
                .isInstanceOf(OciException.Unavailable.class);
        assertThat(tokens.requests()).hasSize(1);
        assertThat(authorizations(tokens.requests())).containsExactly("");
    }

    @Test
    void credentialsThatCannotBeRead_areTheFailure() {
        registry.demand(basic("me", "x"), "Basic realm=\"x\"");
        OciClient client = OciClient.builder()
                .addInsecureRegistry(registry.name())
                .addDockerCredentials(java.nio.file.Path.of("no-such-file.json"))
                .timing(time.timing(), Duration.ofSeconds(10))
                .build();

        assertThatThrownBy(() -> pull(client)).isInstanceOf(OciException.BadCredentials.class);
    }
}
