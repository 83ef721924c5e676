// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static dev.wagi.oci.client.FakeRegistry.blobGets;
import static dev.wagi.oci.client.FakeRegistry.everything;
import static dev.wagi.oci.client.FakeRegistry.manifestGets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.Digest;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.TransferListener;
import dev.wagi.oci.client.FakeRegistry.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pull protocol with a registry that misbehaves. */
class OciClientPullTest {

    private static final byte[] MODULE = Images.module(200_000);

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeRegistry storage = new FakeRegistry();
    private final FakeTime time = new FakeTime();

    @AfterEach
    void close() {
        registry.close();
        storage.close();
    }

    private OciClient.Builder builder() {
        return OciClient.builder().addInsecureRegistry(registry.name()).timing(time.timing(), Duration.ofSeconds(10));
    }

    private OciModule pull() {
        return builder().build().pull(registry.reference("team/hello:v1"));
    }

    @Test
    void pull_byTag_givesModuleAndDigests() {
        Digest manifest = registry.addModule("team/hello", "v1", MODULE);

        OciModule pulled = pull();

        assertThat(pulled.bytes()).isEqualTo(MODULE);
        assertThat(pulled.manifest()).isEqualTo(manifest);
        assertThat(pulled.module()).isEqualTo(Digest.sha256(MODULE));
        assertThat(pulled.mediaType()).isEqualTo(Images.WASM_LAYER);
        assertThat(registry.requestLines())
                .containsExactly(
                        "GET /v2/team/hello/manifests/v1", "GET /v2/team/hello/blobs/" + Digest.sha256(MODULE));
    }

    @Test
    void pull_byDigest_asksForTheDigest() {
        Digest manifest = registry.addModule("team/hello", "v1", MODULE);

        OciModule pulled = builder().build().pull(registry.reference("team/hello:other@" + manifest));

        assertThat(pulled.bytes()).isEqualTo(MODULE);
        assertThat(registry.requestLines()).first().isEqualTo("GET /v2/team/hello/manifests/" + manifest);
    }

    @Test
    void pull_always_asksForTheDigestFirst() {
        Digest manifest = registry.addModule("team/hello", "v1", MODULE);

        builder().build().pull(registry.reference("team/hello:v1"), PullPolicy.ALWAYS);

        assertThat(registry.requestLines())
                .startsWith("HEAD /v2/team/hello/manifests/v1", "GET /v2/team/hello/manifests/" + manifest);
    }

    @Test
    void pull_never_isRefusedWithoutARequest() {
        assertThatThrownBy(() -> builder().build().pull(registry.reference("team/hello:v1"), PullPolicy.NEVER))
                .isInstanceOf(OciException.NeverPulled.class)
                .hasMessage("cannot pull " + registry.name() + "/team/hello:v1: it is not stored, and the policy is to"
                        + " never pull; pull it first, or change the policy");
        assertThat(registry.requests()).isEmpty();
    }

    @Test
    void pull_throughMirror_keepsTheNameAndAsksTheMirror() {
        registry.addModule("azure/hello", "v1", MODULE);

        OciModule pulled = builder()
                .addMirror("example.azurecr.io", registry.name() + "/azure")
                .build()
                .pull(OciReference.parse("example.azurecr.io/hello:v1"));

        assertThat(pulled.bytes()).isEqualTo(MODULE);
        assertThat(pulled.reference()).hasToString("example.azurecr.io/hello:v1");
    }

    @Test
    void pull_registryNotDeclaredInsecure_isNotSpokenToInTheClear() throws Exception {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        Thread server;
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            // It disconnects after the client, and accepts every connection, because a broken one is retried.
            server = new Thread(
                    () -> {
                        while (!plain.isClosed()) {
                            try (Socket client = plain.accept()) {
                                heard.write(client.getInputStream().read());
                                client.getOutputStream()
                                        .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                                client.getInputStream().transferTo(heard);
                            } catch (IOException e) {
                                // The client did not read everything, or the test has ended.
                            }
                        }
                    },
                    "plain");
            server.start();

            assertThatThrownBy(() -> builder()
                            .build()
                            .pull(OciReference.parse("127.0.0.1:" + plain.getLocalPort() + "/team/hello:v1")))
                    .isInstanceOf(OciException.Insecure.class)
                    .hasMessageContaining("declare it insecure");
        }
        server.join();
        assertThat(heard.toString(StandardCharsets.ISO_8859_1)).doesNotContain("GET", "team/hello");
    }

    // Redirects

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void redirect_toAnotherHost_isFollowedWithoutCredentials(int status) {
        Digest layer = storage.addBlob(MODULE);
        registry.addModule("team/hello", "v1", MODULE);
        registry.demand(FakeRegistry.basic("me", "secret"), "Basic realm=\"x\"");
        registry.always(
                blobGets(),
                request -> request.field("Authorization").isEmpty()
                        ? Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\"")
                        : Reply.of(status, "Location", storage.url() + "/v2/any/blobs/" + layer));

        OciModule pulled = builder()
                .addCredentials(registry.name(), dev.wagi.oci.Credentials.of("me", "secret"))
                .build()
                .pull(registry.reference("team/hello:v1"));

        assertThat(pulled.bytes()).isEqualTo(MODULE);
        assertThat(storage.requests())
                .hasSize(1)
                .allSatisfy(request -> assertThat(request.fields()).doesNotContainKeys("authorization", "cookie"));
    }

    @Test
    void redirect_relative_isFollowedWithCredentials() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.demand(FakeRegistry.basic("me", "secret"), "Basic realm=\"x\"");
        registry.reply(
                request -> blobGets().test(request)
                        && !request.field("Authorization").isEmpty(),
                Reply.of(307, "Location", "../blobs/" + Digest.sha256(MODULE) + "?moved=1"));

        OciModule pulled = builder()
                .addCredentials(registry.name(), dev.wagi.oci.Credentials.of("me", "secret"))
                .build()
                .pull(registry.reference("team/hello:v1"));

        assertThat(pulled.bytes()).isEqualTo(MODULE);
    }

    @Test
    void redirect_thereAndBack_doesNotBringCredentialsBack() {
        registry.addModule("team/hello", "v1", MODULE);
        Digest layer = Digest.sha256(MODULE);
        registry.gate(request -> request.target().endsWith("back")
                        || request.field("Authorization").equals(FakeRegistry.basic("me", "secret"))
                ? null
                : Reply.of(401, "WWW-Authenticate", "Basic realm=\"x\""));
        registry.reply(
                1,
                request -> blobGets().test(request)
                        && !request.field("Authorization").isEmpty(),
                request -> Reply.of(307, "Location", storage.url() + "/there"));
        storage.always(
                everything(),
                request -> Reply.of(307, "Location", registry.url() + "/v2/team/hello/blobs/" + layer + "?back"));

        builder()
                .addCredentials(registry.name(), dev.wagi.oci.Credentials.of("me", "secret"))
                .build()
                .pull(registry.reference("team/hello:v1"));

        assertThat(registry.requests())
                .filteredOn(request -> request.target().endsWith("?back"))
                .hasSize(1)
                .allSatisfy(request -> assertThat(request.fields()).doesNotContainKey("authorization"));
    }

    @Test
    void redirect_storageWantsCredentials_getsNone() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(blobGets(), request -> Reply.of(307, "Location", storage.url() + "/blob"));
        storage.always(
                everything(),
                request -> Reply.of(
                        401, "WWW-Authenticate", "Bearer realm=\"" + storage.url() + "/token\",service=\"x\""));

        assertThatThrownBy(() -> builder()
                        .addInsecureRegistry(storage.name())
                        .addCredentials((host, repository) -> List.of(dev.wagi.oci.Credentials.of("me", "secret")))
                        .build()
                        .pull(registry.reference("team/hello:v1")))
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("the host that the registry redirected to answered 401");
        assertThat(storage.requestLines()).containsExactly("GET /blob");
        assertThat(storage.requests())
                .allSatisfy(request -> assertThat(request.fields()).doesNotContainKey("authorization"));
    }

    @Test
    void redirect_withoutEnd_isGivenUp() {
        registry.always(everything(), request -> Reply.of(302, "Location", "/again"));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("more than 5 redirects");
        assertThat(registry.requests()).hasSize(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://example.org/x", "http://user@example.org/x", "http://", "::", "file:///etc/passwd"})
    void redirect_toSomethingElse_isNotFollowed(String location) {
        registry.always(everything(), request -> Reply.of(302, "Location", location));

        assertThatThrownBy(this::pull).isInstanceOf(OciException.Unavailable.class);
    }

    // Integrity

    @Test
    void blob_ofOtherBytes_isRefused() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(blobGets(), request -> Reply.of(200).with(Images.changed(MODULE)));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.DigestMismatch.class)
                .hasMessageContainingAll(
                        Digest.sha256(MODULE).toString(),
                        Digest.sha256(Images.changed(MODULE)).toString());
    }

    @Test
    void blob_ofOtherSize_isRefusedBeforeItIsRead() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(blobGets(), request -> Reply.of(200).with(Arrays.copyOf(MODULE, MODULE.length + 1)));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.DigestMismatch.class)
                .hasMessageContaining("\"200001\" bytes instead of 200000");
    }

    @Test
    void manifest_ofOtherDigestThanItsHeader_isRefused() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(
                manifestGets(),
                request -> registry.normal(request)
                        .with("Docker-Content-Digest", Digest.sha256(MODULE).toString()));

        assertThatThrownBy(this::pull).isInstanceOf(OciException.DigestMismatch.class);
    }

    @Test
    void manifest_ofOtherDigestThanAskedFor_isRefusedWhateverTheHeaderSays() {
        Digest asked = registry.addModule("team/hello", "v1", MODULE);
        registry.addModule("team/hello", "v2", Images.module(10));
        registry.always(
                manifestGets(),
                request -> registry.normal(new FakeRegistry.Request(
                                "GET", "/v2/team/hello/manifests/v2", request.fields(), request.body()))
                        .with("Docker-Content-Digest", asked.toString()));

        assertThatThrownBy(() -> builder().build().pull(registry.reference("team/hello@" + asked)))
                .isInstanceOf(OciException.DigestMismatch.class);
    }

    @Test
    void manifest_withoutDigestHeader_isTaken() {
        Digest manifest = registry.addModule("team/hello", "v1", MODULE);
        registry.always(manifestGets(), request -> registry.normal(request).without("Docker-Content-Digest"));

        assertThat(pull().manifest()).isEqualTo(manifest);
    }

    @Test
    void manifest_withoutContentType_isTaken() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(manifestGets(), request -> registry.normal(request).without("Content-Type"));

        assertThat(pull().bytes()).isEqualTo(MODULE);
    }

    @Test
    void manifest_tooLarge_isRefused() {
        registry.always(manifestGets(), request -> Reply.of(200).with(new byte[(4 << 20) + 1]));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("larger than 4 MiB");
    }

    @Test
    void module_tooLarge_isNotFetched() {
        registry.addModule("team/hello", "v1", MODULE);

        assertThatThrownBy(() -> builder().maxModuleBytes(1000).build().pull(registry.reference("team/hello:v1")))
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("200000 bytes and 1000 are allowed");
        assertThat(registry.requests()).noneMatch(blobGets());
    }

    // Broken transfers

    @Test
    void transfer_brokenOff_goesOnWhereItEnded() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.reply(1, blobGets(), request -> registry.normal(request).cutAfter(150_000));

        assertThat(pull().bytes()).isEqualTo(MODULE);
        assertThat(registry.requests()).last().satisfies(request -> {
            assertThat(request.field("Range")).isEqualTo("bytes=150000-");
            assertThat(request.field("If-Range")).isEqualTo("\"" + Digest.sha256(MODULE) + "\"");
        });
        assertThat(time.pauses()).containsExactly(Duration.ofMillis(500));
    }

    /** A row: the registry's response to a Range. */
    record Resume(String name, Function<Reply, Reply> second) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Resume> resumes() {
        return List.of(
                new Resume("200 begins anew", reply -> Reply.of(200).with(MODULE)),
                new Resume("416 begins anew", reply -> Reply.of(416, "Content-Range", "bytes */200000")),
                new Resume(
                        "206 of another part begins anew",
                        reply -> Reply.of(206, "Content-Range", "bytes 0-49999/200000")
                                .with(Arrays.copyOf(MODULE, 50_000))),
                new Resume("206 without Content-Range begins anew", reply -> reply.without("Content-Range")),
                new Resume(
                        "206 of another length begins anew",
                        reply -> reply.with("Content-Range", "bytes 150000-199999/200001")),
                new Resume("206 of other bytes begins anew", reply -> reply.with(Images.changed(reply.body()))),
                new Resume("206 broken off goes on", reply -> reply.cutAfter(10)));
    }

    @ParameterizedTest
    @MethodSource("resumes")
    void resume_whateverTheAnswer_endsWithTheWholeModule(Resume row) {
        registry.addModule("team/hello", "v1", MODULE);
        registry.reply(1, blobGets(), request -> registry.normal(request).cutAfter(150_000));
        registry.reply(1, blobGets(), request -> row.second().apply(registry.normal(request)));

        assertThat(pull().bytes()).isEqualTo(MODULE);
    }

    @Test
    void transfer_alwaysBrokenOff_isGivenUp() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(blobGets(), request -> registry.normal(request).cutAfter(1));

        assertThatThrownBy(this::pull).isInstanceOf(OciException.Unavailable.class);
        assertThat(registry.requests()).filteredOn(blobGets()).hasSize(5);
    }

    @Test
    void transfer_stalled_isBrokenOffAndTriedAgain() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.reply(1, blobGets(), request -> registry.normal(request).stallAfter(1000));

        OciModule pulled = OciClient.builder()
                .addInsecureRegistry(registry.name())
                .timing(time.timing(), Duration.ofMillis(100))
                .build()
                .pull(registry.reference("team/hello:v1"));

        assertThat(pulled.bytes()).isEqualTo(MODULE);
    }

    @Test
    void transfer_thatTakesLongerThanThePatience_isGivenUp() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(blobGets(), request -> {
            time.pass(Duration.ofMinutes(2));
            return registry.normal(request).stallAfter(1000);
        });

        assertThatThrownBy(() -> OciClient.builder()
                        .addInsecureRegistry(registry.name())
                        .patience(Duration.ofMinutes(3))
                        .timing(time.timing(), Duration.ofMillis(50))
                        .build()
                        .pull(registry.reference("team/hello:v1")))
                .isInstanceOf(OciException.Unavailable.class);
        assertThat(registry.requests()).filteredOn(blobGets()).hasSize(2);
    }

    @Test
    void warning_ofTheRegistry_doesNoHarm() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.always(
                manifestGets(), request -> registry.normal(request).with("Warning", "299 - \"move to example.org\""));

        assertThat(pull().bytes()).isEqualTo(MODULE);
    }

    // Retries

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void retry_passingStatus_isTriedAgain(int status) {
        registry.addModule("team/hello", "v1", MODULE);
        registry.reply(2, manifestGets(), request -> FakeRegistry.error(status, "TOOMANYREQUESTS"));
        registry.reply(1, blobGets(), request -> Reply.of(status));

        assertThat(pull().bytes()).isEqualTo(MODULE);
        assertThat(time.pauses())
                .containsExactly(Duration.ofMillis(500), Duration.ofSeconds(1), Duration.ofMillis(500));
    }

    /** A row: the registry's response, and the pause. */
    record After(String field, Duration expected) {}

    static List<After> afters() {
        return List.of(
                new After("7", Duration.ofSeconds(7)),
                new After("Thu, 01 Jan 2026 00:00:42 GMT", Duration.ofSeconds(42)),
                new After("Wed, 31 Dec 2025 00:00:00 GMT", Duration.ZERO),
                new After("soon", Duration.ofMillis(500)),
                new After("-5", Duration.ofMillis(500)));
    }

    @ParameterizedTest
    @MethodSource("afters")
    void retry_retryAfter_isWaited(After row) {
        registry.addModule("team/hello", "v1", MODULE);
        registry.reply(manifestGets(), Reply.of(429, "Retry-After", row.field()));

        pull();

        assertThat(time.pauses()).containsExactly(row.expected());
    }

    @Test
    void retry_retryAfterPastTheDeadline_isNotWaited() {
        registry.always(manifestGets(), request -> Reply.of(429, "Retry-After", "300"));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("its rate limit is exceeded");
        assertThat(time.pauses()).isEmpty();
    }

    @Test
    void retry_neverAnswered_isGivenUpAfterFiveTries() {
        registry.always(
                manifestGets(),
                request -> Reply.of(503)
                        .with("{\"errors\":[{\"code\":\"UNAVAILABLE\",\"message\":\"dusty\\u001b[31m\"}]}"));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessage("cannot pull " + registry.name()
                        + "/team/hello:v1: fetching the manifest failed repeatedly: the registry answered 503"
                        + " (UNAVAILABLE \"dusty\\u001b[31m\"); try again later, or ask the operator of the registry");
        assertThat(registry.requests()).hasSize(5);
    }

    @Test
    void retry_nobodyThere_isGivenUp() {
        OciReference reference = registry.reference("team/hello:v1");
        registry.close();

        assertThatThrownBy(() -> builder().build().pull(reference))
                .isInstanceOf(OciException.Unavailable.class)
                .hasMessageContaining("does the host exist, and is a server running there?");
        assertThat(time.pauses()).containsExactly(Duration.ofMillis(500), Duration.ofSeconds(1));
    }

    @Test
    void interrupt_endsThePullAtOnce() {
        registry.addModule("team/hello", "v1", MODULE);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(this::pull)
                    .isInstanceOf(OciException.Unavailable.class)
                    .hasMessageContaining("was interrupted");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            Thread.interrupted();
        }
    }

    // Error responses

    /** A row: the registry's response, and the exception. */
    record Refusal(Reply reply, Class<? extends OciException> failure, String text) {}

    static List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        FakeRegistry.error(404, "NAME_UNKNOWN"),
                        OciException.NotFound.class,
                        "404 (NAME_UNKNOWN \"it is NAME_UNKNOWN\"); there is no such repository"),
                new Refusal(
                        FakeRegistry.error(404, "MANIFEST_UNKNOWN"),
                        OciException.NotFound.class,
                        "no such tag or digest"),
                new Refusal(Reply.of(404), OciException.NotFound.class, "404; check registry, repository and tag"),
                new Refusal(FakeRegistry.error(403, "DENIED"), OciException.Unauthorized.class, "403 (DENIED"),
                new Refusal(
                        FakeRegistry.error(401, "UNAUTHORIZED"),
                        OciException.Unauthorized.class,
                        "there are no credentials for"),
                new Refusal(
                        Reply.of(400).with("{\"errors\":[{\"code\":\"x\\ny\",\"message\":5}]}"),
                        OciException.Unavailable.class,
                        "answered 400 (\"5\"); is it a registry?"),
                new Refusal(
                        Reply.of(418).with("[".repeat(60_000)), OciException.Unavailable.class, "answered 418; is it"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusal_saysWhatToDoAndIsNotRepeated(Refusal row) {
        registry.always(everything(), request -> row.reply());

        assertThatThrownBy(this::pull).isInstanceOf(row.failure()).hasMessageContaining(row.text());
        assertThat(registry.requests()).hasSize(1);
    }

    @Test
    void html_isNoManifest() {
        registry.always(
                everything(),
                request -> Reply.of(200, "Content-Type", "text/html").with("<html>log in</html>"));

        assertThatThrownBy(this::pull)
                .isInstanceOf(OciException.Unsupported.class)
                .hasMessageContaining("it is not JSON");
    }

    // Formats

    /** A row: how an image is created in the registry, and what is pulled or why it is refused. */
    record Format(String name, Consumer<FakeRegistry> image, String refusal) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Returns an image of which only the layers matter. */
    private static void oci(FakeRegistry registry, String configType, String... layers) {
        image(registry, Images.OCI_MANIFEST, Images.manifest(configType, layers));
    }

    /** Returns a container image with an empty configuration. */
    private static void container(FakeRegistry registry, String... layers) {
        registry.addBlob("{}".getBytes(StandardCharsets.US_ASCII));
        oci(registry, "application/vnd.oci.image.config.v1+json", layers);
    }

    private static void image(FakeRegistry registry, String type, String manifest) {
        registry.addManifest("team/hello", "v1", type, manifest);
    }

    private static String layer(FakeRegistry registry, String type, byte[] content) {
        return Images.descriptor(type, registry.addBlob(content), content.length);
    }

    private static String titled(FakeRegistry registry, String type, String title, byte[] content) {
        return layer(registry, type, content)
                .replaceFirst("}$", ",\"annotations\":{\"org.opencontainers.image.title\":\"" + title + "\"}}");
    }

    static List<Format> formats() {
        String gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
        String config = "application/vnd.oci.image.config.v1+json";
        return List.of(
                new Format(
                        "1 wasm-to-oci",
                        r -> oci(r, "application/vnd.wasm.config.v1+json", layer(r, Images.WASM_LAYER, MODULE)),
                        ""),
                new Format(
                        "2 CNCF",
                        r -> oci(r, "application/vnd.wasm.config.v0+json", layer(r, "application/wasm", MODULE)),
                        ""),
                new Format(
                        "3 artifact, with a subject and inline data",
                        r -> image(
                                r,
                                Images.OCI_MANIFEST,
                                "{\"schemaVersion\":2,\"mediaType\":\"" + Images.OCI_MANIFEST
                                        + "\",\"artifactType\":\"application/vnd.anything\",\"config\":{\"mediaType\":"
                                        + "\"application/vnd.oci.empty.v1+json\",\"digest\":\""
                                        + Digest.sha256("{}".getBytes(StandardCharsets.US_ASCII))
                                        + "\",\"size\":2,\"data\":\"e30=\"},\"layers\":["
                                        + layer(r, "application/wasm", MODULE) + "],\"subject\":"
                                        + Images.descriptor(Images.OCI_MANIFEST, Digest.sha256(new byte[1]), 1)
                                        + ",\"annotations\":{\"a\":\"b\"}}"),
                        ""),
                new Format(
                        "4 runwasi",
                        r -> oci(
                                r,
                                config,
                                layer(r, "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm", MODULE)),
                        ""),
                new Format(
                        "5 compat image, plugin.wasm",
                        r -> {
                            r.addBlob("{}".getBytes(StandardCharsets.US_ASCII));
                            image(
                                    r,
                                    Images.DOCKER_MANIFEST,
                                    Images.manifest(
                                            "application/vnd.docker.container.image.v1+json",
                                            layer(
                                                    r,
                                                    "application/vnd.docker.image.rootfs.diff.tar.gzip",
                                                    Images.gzip(Images.tar(t -> t.file("./plugin.wasm", MODULE)
                                                            .file("runtime-config.json", new byte[3]))))));
                        },
                        ""),
                new Format(
                        "5 image with an entrypoint in a lower layer",
                        r -> {
                            byte[] settings = "{\"config\":{\"Entrypoint\":[\"/app/hello.wasm\"]}}"
                                    .getBytes(StandardCharsets.US_ASCII);
                            image(
                                    r,
                                    Images.OCI_MANIFEST,
                                    Images.manifestWithConfig(
                                            layer(r, config, settings),
                                            layer(
                                                    r,
                                                    gzip,
                                                    Images.gzip(Images.tar(t -> t.file("app/hello.wasm", MODULE)))),
                                            layer(
                                                    r,
                                                    "application/vnd.oci.image.layer.v1.tar",
                                                    Images.tar(t -> t.file("plugin.wasm", Images.MODULE)))));
                        },
                        ""),
                new Format(
                        "plain oras push of a file",
                        r -> oci(
                                r,
                                "application/vnd.oci.empty.v1+json",
                                titled(r, "application/vnd.oci.image.layer.v1.tar", "hello.wasm", MODULE)),
                        ""),
                new Format(
                        "the same, and a text beside it",
                        r -> oci(
                                r,
                                "application/vnd.oci.empty.v1+json",
                                titled(r, "application/vnd.oci.image.layer.v1.tar", "hello.wasm", MODULE),
                                titled(r, "application/vnd.oci.image.layer.v1.tar", "README", new byte[9])),
                        ""),
                new Format(
                        "two files",
                        r -> oci(
                                r,
                                "application/vnd.oci.empty.v1+json",
                                titled(r, "application/vnd.oci.image.layer.v1.tar", "a.wasm", MODULE),
                                titled(r, "application/vnd.oci.image.layer.v1.tar", "b.wasm", MODULE)),
                        "layers instead of one module"),
                new Format(
                        "bytes with a title",
                        r -> oci(
                                r,
                                "application/vnd.unknown.config.v1+json",
                                titled(r, "application/octet-stream", "hello.wasm", MODULE)),
                        ""),
                new Format(
                        "bytes with another title",
                        r -> oci(
                                r,
                                "application/vnd.unknown.config.v1+json",
                                titled(r, "application/octet-stream", "hello.txt", MODULE)),
                        "none of the image's layers is a WebAssembly module"),
                new Format(
                        "a title that does not hold",
                        r -> oci(
                                r,
                                "application/vnd.oci.empty.v1+json",
                                titled(r, "application/octet-stream", "hello.wasm", new byte[20])),
                        "does not begin with \\0asm"),
                new Format(
                        "a module that is called a compressed archive",
                        r -> oci(r, "application/vnd.oci.empty.v1+json", layer(r, gzip, MODULE)),
                        ""),
                new Format(
                        "an archive that is called a module",
                        r -> container(
                                r,
                                layer(
                                        r,
                                        "application/wasm",
                                        Images.gzip(Images.tar(t -> t.file("hello.wasm", MODULE))))),
                        ""),
                new Format(
                        "a compressed archive that is called a plain one",
                        r -> container(
                                r,
                                layer(
                                        r,
                                        "application/vnd.oci.image.layer.v1.tar",
                                        Images.gzip(Images.tar(t -> t.file("hello.wasm", MODULE))))),
                        ""),
                new Format(
                        "deleted by the top layer",
                        r -> container(
                                r,
                                layer(r, gzip, Images.gzip(Images.tar(t -> t.file("plugin.wasm", MODULE)))),
                                layer(r, gzip, Images.gzip(Images.tar(t -> t.file(".wh.plugin.wasm", new byte[0]))))),
                        "no layer of the image contains plugin.wasm"),
                new Format(
                        "deleted by a top layer of Docker's foreign type",
                        r -> container(
                                r,
                                layer(r, gzip, Images.gzip(Images.tar(t -> t.file("plugin.wasm", MODULE)))),
                                layer(
                                        r,
                                        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                                        Images.tar(t -> t.file(".wh.plugin.wasm", new byte[0])))),
                        "no layer of the image contains plugin.wasm"),
                new Format(
                        "deleted by a top layer of a nondistributable type",
                        r -> container(
                                r,
                                layer(r, gzip, Images.gzip(Images.tar(t -> t.file("plugin.wasm", MODULE)))),
                                layer(
                                        r,
                                        "application/vnd.oci.image.layer.nondistributable.v1.tar",
                                        Images.tar(t -> t.file(".wh.plugin.wasm", new byte[0])))),
                        "no layer of the image contains plugin.wasm"),
                new Format(
                        "6 Solo",
                        r -> oci(
                                r,
                                config,
                                layer(r, "application/vnd.module.wasm.config.v1+json", new byte[1]),
                                layer(r, "application/vnd.module.wasm.content.layer.v1+wasm", MODULE)),
                        ""),
                new Format(
                        "7 Spin",
                        r -> oci(
                                r,
                                config,
                                layer(r, "application/vnd.fermyon.spin.application.v1+config", new byte[1]),
                                layer(r, Images.WASM_LAYER, MODULE)),
                        "Spin application"),
                new Format(
                        "withdrawn artifact manifest",
                        r -> image(
                                r,
                                "application/vnd.cncf.oras.artifact.manifest.v1+json",
                                "{\"mediaType\":\"application/vnd.cncf.oras.artifact.manifest.v1+json\",\"blobs\":["
                                        + layer(r, "application/wasm", MODULE) + "]}"),
                        ""),
                new Format(
                        "index",
                        r -> {
                            String manifest = Images.wasmToOci(r.addBlob(MODULE), MODULE.length);
                            Digest image = r.addManifest("team/hello", "inner", Images.OCI_MANIFEST, manifest);
                            image(
                                    r,
                                    Images.OCI_INDEX,
                                    Images.index(
                                            Images.entry(Digest.sha256(new byte[2]), 2, "linux", "amd64"),
                                            Images.entry(image, manifest.length(), "Wasip1", "WASM")));
                        },
                        ""),
                new Format(
                        "index without us",
                        r -> image(
                                r,
                                Images.OCI_INDEX,
                                Images.index(Images.entry(Digest.sha256(new byte[2]), 2, "linux", "amd64"))),
                        "only for \"linux/amd64\""),
                new Format(
                        "component",
                        r -> r.addModule("team/hello", "v1", Images.COMPONENT),
                        "contains a WebAssembly component"),
                new Format(
                        "text",
                        r -> r.addModule("team/hello", "v1", "(module)".getBytes(StandardCharsets.UTF_8)),
                        "is not WebAssembly"),
                new Format("empty", r -> r.addModule("team/hello", "v1", new byte[0]), "is not WebAssembly"),
                new Format(
                        "version 2",
                        r -> r.addModule("team/hello", "v1", new byte[] {0, 'a', 's', 'm', 2, 0, 0, 0}),
                        "unknown version"),
                new Format(
                        "schema 1",
                        r -> image(r, Images.OCI_MANIFEST, "{\"schemaVersion\":1,\"fsLayers\":[]}"),
                        "schema 1"),
                new Format(
                        "index and image at once",
                        r -> image(r, Images.OCI_MANIFEST, "{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}"),
                        "both an index and an image"),
                new Format(
                        "other media type than said",
                        r -> image(
                                r,
                                Images.OCI_MANIFEST,
                                "{\"schemaVersion\":2,\"mediaType\":\"" + Images.OCI_INDEX + "\",\"manifests\":[]}"),
                        "its Content-Type is"),
                new Format("half JSON", r -> image(r, Images.OCI_MANIFEST, "{\"schemaVersion\":2,"), "is not JSON"),
                new Format(
                        "deep JSON",
                        r -> image(r, Images.OCI_MANIFEST, "{\"a\":" + "[".repeat(100_000)),
                        "is not JSON"),
                new Format(
                        "name twice",
                        r -> image(
                                r,
                                Images.OCI_MANIFEST,
                                Images.wasmToOci(r.addBlob(MODULE), MODULE.length)
                                        .replace("{\"schemaVersion\":2,", "{\"schemaVersion\":2,\"layers\":[],")),
                        "is not JSON"),
                new Format(
                        "gzip bomb",
                        r -> container(
                                r, layer(r, gzip, Images.gzip(Images.tar(t -> t.file("zeros", new byte[16 << 20]))))),
                        "unpacks to more than"));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void format_isPulledOrRefused(Format row) {
        row.image().accept(registry);

        if (row.refusal().isEmpty()) {
            assertThat(pull().bytes()).isEqualTo(MODULE);
        } else {
            assertThatThrownBy(this::pull)
                    .isInstanceOf(OciException.Unsupported.class)
                    .hasMessageStartingWith("cannot pull " + registry.name() + "/team/hello:v1: ")
                    .hasMessageContaining(row.refusal());
        }
    }

    // Progress

    @Test
    void listener_isToldOfTriesAndEnds() {
        registry.addModule("team/hello", "v1", MODULE);
        registry.reply(1, blobGets(), request -> registry.normal(request).cutAfter(150_000));
        List<String> told = new ArrayList<>();
        TransferListener listener = new TransferListener() {
            @Override
            public void started(Started event) {
                told.add("started " + event.totalBytes());
            }

            @Override
            public void progressed(Progressed event) {
                told.add("progressed");
            }

            @Override
            public void finished(Finished event) {
                told.add("finished " + event.content());
            }

            @Override
            public void retrying(Retrying event) {
                told.add("retrying after " + event.pause().toMillis());
            }
        };

        builder().listener(listener).build().pull(registry.reference("team/hello:v1"));

        assertThat(told.stream().filter(text -> !text.equals("progressed")))
                .containsExactly("started 200000", "retrying after 500", "finished " + Digest.sha256(MODULE));
        // Time has advanced only once, so progress must not be reported more often.
        assertThat(told.stream().filter(text -> text.equals("progressed"))).hasSize(1);
    }
}
