// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static dev.wagi.oci.client.FakeRegistry.basic;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.client.FakeRegistry.Reply;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OciClientPushTest {

    private static final byte[] MODULE = Images.module(10_000);

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeTime time = new FakeTime();

    @AfterEach
    void close() {
        registry.close();
    }

    private OciClient.Builder builder() {
        return OciClient.builder().addInsecureRegistry(registry.name()).timing(time.timing(), Duration.ofSeconds(10));
    }

    private OciReference reference() {
        return registry.reference("team/hello:v1");
    }

    @ParameterizedTest
    @EnumSource(ModuleLayout.class)
    void push_canBePulled(ModuleLayout layout) {
        OciClient client = builder().build();

        Digest pushed = client.push(MODULE, reference(), layout);

        OciModule pulled = client.pull(reference());
        assertThat(pulled.manifest()).isEqualTo(pushed).isEqualTo(client.resolve(reference()));
        assertThat(pulled.bytes()).isEqualTo(MODULE);
    }

    @Test
    void push_wasmToOci_hasItsLayout() {
        builder().build().push(MODULE, reference(), ModuleLayout.WASM_TO_OCI);

        assertThat(registry.manifest("team/hello", "v1"))
                .isEqualTo(
                        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
                                + "{\"mediaType\":\"application/vnd.wasm.config.v1+json\",\"digest\":\"sha256:44136fa355b3678a1146ad"
                                + "16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\",\"size\":2},\"layers\":[{\"mediaType\":"
                                + "\"application/vnd.wasm.content.layer.v1+wasm\",\"digest\":\"" + Digest.sha256(MODULE)
                                + "\",\"size\":10000}]}");
    }

    @Test
    void push_cncf_hasItsLayout() {
        builder().build().push(MODULE, reference(), ModuleLayout.CNCF);

        assertThat(registry.manifest("team/hello", "v1"))
                .contains("application/vnd.wasm.config.v0+json", "\"mediaType\":\"application/wasm\"");
        assertThat(registry.allBlobs().stream().map(String::new))
                .contains("{\"architecture\":\"wasm\",\"os\":\"wasip1\",\"layerDigests\":[\"" + Digest.sha256(MODULE)
                        + "\"]}");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3_000, 5_000, 10_000, 20_000})
    void push_inParts_arrivesWhole(int chunk) {
        OciClient client = builder().build();
        client.push(Images.module(20), reference(), ModuleLayout.CNCF, Math.min(chunk, 7));
        client.push(MODULE, reference(), ModuleLayout.CNCF, Math.max(chunk, 1_000));

        assertThat(registry.blob(Digest.sha256(MODULE))).isEqualTo(MODULE);
    }

    @Test
    void push_inParts_ofTheSizeThatTheRegistryWants() {
        registry.reply(
                2,
                request -> request.method().equals("POST"),
                request -> registry.normal(request).with("OCI-Chunk-Min-Length", "6000"));

        builder().build().push(MODULE, reference(), ModuleLayout.WASM_TO_OCI, 1_000);

        assertThat(registry.requests().stream()
                        .filter(request -> request.method().equals("PATCH"))
                        .map(request -> request.field("Content-Range")))
                .containsExactly("0-1", "0-5999", "6000-9999");
    }

    @Test
    void push_whatIsThere_isNotSentAgain() {
        OciClient client = builder().build();
        client.push(MODULE, reference(), ModuleLayout.WASM_TO_OCI);
        int before = registry.requests().size();

        client.push(MODULE, registry.reference("team/hello:v2"), ModuleLayout.WASM_TO_OCI);

        assertThat(registry.requestLines().subList(before, registry.requests().size()))
                .hasSize(3)
                .last()
                .isEqualTo("PUT /v2/team/hello/manifests/v2");
    }

    @Test
    void push_authenticated_asksForPullAndPush() {
        try (FakeRegistry tokens = new FakeRegistry()) {
            registry.demand("Bearer t0ken", "Bearer realm=\"" + tokens.url() + "/token\"");
            tokens.always(request -> true, request -> Reply.of(200).with("{\"token\":\"t0ken\",\"expires_in\":300}"));

            builder()
                    .addInsecureRegistry(tokens.name())
                    .addCredentials(registry.name(), Credentials.of("me", "secret"))
                    .build()
                    .push(MODULE, reference(), ModuleLayout.CNCF);

            assertThat(tokens.requestLines())
                    .containsExactly(
                            "GET /token?scope=repository%3Ateam%2Fhello%3Apull%2Cpush&client_id=wagi&account=me");
        }
    }

    @Test
    void push_uploadLeadsToAnotherHost_itGetsNoCredentials() {
        try (FakeRegistry storage = new FakeRegistry()) {
            registry.demand(basic("me", "secret"), "Basic realm=\"x\"");
            registry.reply(
                    2,
                    request -> request.method().equals("POST")
                            && !request.field("Authorization").isEmpty(),
                    request -> Reply.of(202, "Location", storage.url() + "/put-it-here?signature=abc"));
            storage.always(request -> true, request -> Reply.of(201));

            builder()
                    .addCredentials(registry.name(), Credentials.of("me", "secret"))
                    .build()
                    .push(MODULE, reference(), ModuleLayout.CNCF);

            assertThat(storage.requests()).hasSize(2).allSatisfy(request -> {
                assertThat(request.target()).startsWith("/put-it-here?signature=abc&digest=sha256%3A");
                assertThat(request.fields()).doesNotContainKey("authorization");
            });
        }
    }

    @Test
    void push_brokenUpload_isBegunAgain() {
        registry.reply(1, request -> request.method().equals("PATCH"), request -> Reply.of(503));
        registry.reply(
                1,
                request -> request.method().equals("PUT") && request.path().contains("/uploads/"),
                request -> FakeRegistry.error(404, "BLOB_UPLOAD_UNKNOWN"));

        builder().build().push(MODULE, reference(), ModuleLayout.CNCF, 4_000);

        assertThat(registry.blob(Digest.sha256(MODULE))).isEqualTo(MODULE);
    }

    @Test
    void push_registryTookSomethingElse_isAFailure() {
        registry.reply(
                1,
                request -> request.method().equals("PUT"),
                request -> Reply.of(
                        201, "Docker-Content-Digest", Digest.sha256(new byte[1]).toString()));

        assertThatThrownBy(() -> builder().build().push(MODULE, reference(), ModuleLayout.CNCF))
                .isInstanceOf(OciException.DigestMismatch.class)
                .hasMessageStartingWith("cannot push " + reference() + ": ");
    }

    @Test
    void push_redirect_isNotFollowed() {
        try (FakeRegistry other = new FakeRegistry()) {
            registry.reply(
                    1,
                    request -> request.method().equals("POST"),
                    request -> Reply.of(307, "Location", other.url() + "/"));

            assertThatThrownBy(() -> builder().build().push(MODULE, reference(), ModuleLayout.CNCF))
                    .isInstanceOf(OciException.Unavailable.class);
            assertThat(other.requests()).isEmpty();
        }
    }

    @Test
    void push_component_isRefusedBeforeAnythingIsSent() {
        assertThatThrownBy(() -> builder().build().push(Images.COMPONENT, reference(), ModuleLayout.CNCF))
                .isInstanceOf(OciException.Unsupported.class);
        assertThat(registry.requests()).isEmpty();
    }

    @Test
    void push_byDigest_isRefused() {
        OciReference digest = reference().withDigest(Digest.sha256(MODULE));

        assertThatThrownBy(() -> builder().build().push(MODULE, digest, ModuleLayout.CNCF))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
