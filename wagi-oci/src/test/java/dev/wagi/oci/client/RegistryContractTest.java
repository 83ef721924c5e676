// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import dev.wagi.oci.TransferListener;
import dev.wagi.oci.client.FakeRegistry.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract with our own registry, and with Debian's docker-registry in three configurations. */
class RegistryContractTest {

    /** Our own registry, so that the results of the other tests hold for a registry that follows the contract. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Ours extends RegistryContract {
        private final FakeRegistry registry = new FakeRegistry();

        @AfterAll
        void stop() {
            registry.close();
        }

        @Override
        String registry() {
            return registry.name();
        }

        @Override
        OciClient.Builder client() {
            return OciClient.builder().addInsecureRegistry(registry.name());
        }
    }

    /** Without authentication, over plain HTTP. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Open extends RealRegistryContract {
        private DockerRegistry registry;

        @BeforeAll
        void start(@TempDir Path folder) throws Exception {
            registry = DockerRegistry.start(folder, new DockerRegistry.Setup(false, false, Optional.empty()));
        }

        @AfterAll
        void stop() {
            if (registry != null) {
                registry.close();
            }
        }

        @Override
        String registry() {
            return registry.name();
        }

        @Override
        OciClient.Builder client() {
            return OciClient.builder().addInsecureRegistry(registry.name());
        }

        @Override
        List<String> skopeo(String side) {
            return List.of("--" + side + "-tls-verify=false");
        }

        @Test
        void brokenTransfer_goesOnWhereItEnded() throws Exception {
            OciReference reference = OciReference.parse(registry.name() + "/contract/broken:v1");
            client().build().push(MODULE, reference, ModuleLayout.CNCF);
            List<String> reasons = new ArrayList<>();
            AtomicLong finishes = new AtomicLong();
            try (BreakingProxy proxy = new BreakingProxy(registry.name(), 1_000_000, 2)) {
                OciModule pulled = OciClient.builder()
                        .addInsecureRegistry(proxy.name())
                        .addMirror(registry.name(), proxy.name())
                        .timing(new FakeTime().timing(), Duration.ofSeconds(10))
                        .listener(new TransferListener() {
                            @Override
                            public void retrying(Retrying event) {
                                reasons.add(event.reason());
                            }

                            @Override
                            public void finished(Finished event) {
                                finishes.incrementAndGet();
                            }
                        })
                        .build()
                        .pull(reference);

                assertThat(pulled.bytes()).isEqualTo(MODULE);
                assertThat(proxy.breaksLeft()).isZero();
            }
            assertThat(reasons).hasSize(2).allMatch(reason -> reason.contains("was lost"));
            assertThat(finishes).hasValue(1);
        }

        @Test
        void withoutDeclaringItInsecure_nothingIsSaidInTheClear() {
            assertThatThrownBy(() -> OciClient.builder().build().pull(OciReference.parse(registry.name() + "/a/b:v1")))
                    .isInstanceOf(OciException.Insecure.class);
        }
    }

    /** With a password, over TLS with its own certificate. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Protected extends RealRegistryContract {
        private DockerRegistry registry;

        @BeforeAll
        void start(@TempDir Path folder) throws Exception {
            registry = DockerRegistry.start(folder, new DockerRegistry.Setup(true, true, Optional.empty()));
        }

        @AfterAll
        void stop() {
            if (registry != null) {
                registry.close();
            }
        }

        @Override
        String registry() {
            return registry.name();
        }

        private OciClient.Builder withoutCredentials() {
            return OciClient.builder().certificateAuthority(registry.certificate());
        }

        @Override
        OciClient.Builder client() {
            return withoutCredentials()
                    .addCredentials(registry.name(), Credentials.of(DockerRegistry.USER, DockerRegistry.PASSWORD));
        }

        @Override
        List<String> skopeo(String side) throws IOException {
            Path certificates = Files.createDirectories(directory.resolve("certs"));
            Files.copy(registry.certificate(), certificates.resolve("ca.crt"));
            return List.of(
                    "--" + side + "-creds=" + DockerRegistry.USER + ":" + DockerRegistry.PASSWORD,
                    "--" + side + "-cert-dir=" + certificates);
        }

        @Test
        void withoutCredentials_isUnauthorized() {
            assertThatThrownBy(() -> withoutCredentials().build().pull(OciReference.parse(registry.name() + "/a/b:v1")))
                    .isInstanceOf(OciException.Unauthorized.class)
                    .hasMessageContaining("there are no credentials for " + registry.name());
        }

        @Test
        void wrongPassword_isUnauthorized() {
            assertThatThrownBy(() -> withoutCredentials()
                            .addCredentials(registry.name(), Credentials.of("wagi", "wrong"))
                            .build()
                            .pull(OciReference.parse(registry.name() + "/a/b:v1")))
                    .isInstanceOf(OciException.Unauthorized.class);
        }

        @Test
        void withoutItsCertificate_isInsecure() {
            assertThatThrownBy(() -> OciClient.builder().build().pull(OciReference.parse(registry.name() + "/a/b:v1")))
                    .isInstanceOf(OciException.Insecure.class)
                    .hasMessageContaining("name the certificate of the CA");
        }
    }

    /** With a password, and with its blobs on another host. */
    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Redirecting extends RealRegistryContract {
        private final FakeRegistry storage = new FakeRegistry();
        private DockerRegistry registry;

        @BeforeAll
        void start(@TempDir Path folder) throws Exception {
            storage.always(FakeRegistry.everything(), request -> {
                Path file = registry.data().resolve(request.path().substring(1));
                try {
                    return Files.exists(file) ? Reply.of(200).with(Files.readAllBytes(file)) : Reply.of(404);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            registry = DockerRegistry.start(
                    folder, new DockerRegistry.Setup(true, false, Optional.of(storage.url() + "/")));
        }

        @AfterAll
        void stop() {
            storage.close();
            if (registry != null) {
                registry.close();
            }
        }

        @Override
        String registry() {
            return registry.name();
        }

        @Override
        OciClient.Builder client() {
            return OciClient.builder()
                    .addInsecureRegistry(registry.name())
                    .addCredentials(registry.name(), Credentials.of(DockerRegistry.USER, DockerRegistry.PASSWORD));
        }

        @Override
        List<String> skopeo(String side) {
            return List.of(
                    "--" + side + "-creds=" + DockerRegistry.USER + ":" + DockerRegistry.PASSWORD,
                    "--" + side + "-tls-verify=false");
        }

        @Test
        void storage_isAskedForTheModuleAndToldNoPassword() throws Exception {
            byte[] module = Images.module(77_777);
            OciReference reference = OciReference.parse(registry.name() + "/contract/redirected:v1");
            client().build().push(module, reference, ModuleLayout.CNCF);

            assertThat(client().build().pull(reference).bytes()).isEqualTo(module);

            assertThat(storage.requests())
                    .filteredOn(request ->
                            request.path().contains(Digest.sha256(module).hex()))
                    .isNotEmpty();
            assertThat(storage.requests())
                    .allSatisfy(request -> assertThat(request.fields()).doesNotContainKey("authorization"));
        }
    }
}
