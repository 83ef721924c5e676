// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Modules from a registry handle requests. */
class OciModuleResolverTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    private final FakeRegistry registry = new FakeRegistry();
    private final FakeTime time = new FakeTime();

    @AfterEach
    void close() {
        registry.close();
    }

    private OciClient client() {
        return OciClient.builder()
                .addInsecureRegistry(registry.name())
                .timing(time.timing(), Duration.ofSeconds(10))
                .build();
    }

    private Wagi.Builder serving(String reference) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addResolver(OciModuleResolver.of(client()))
                .addModule(
                        module -> module.route("/hello/...").source(reference).name("hello"));
    }

    @Test
    void module_ofARegistry_isServed() throws IOException {
        OciReference reference = registry.reference("samples/hello:v1");
        client().push(
                        Files.readAllBytes(ROOT.resolve("samples/modules/hello/hello.wasm")),
                        reference,
                        ModuleLayout.WASM_TO_OCI);

        try (Wagi wagi = serving("oci://" + reference).build()) {
            assertThat(wagi.handle(WagiRequest.get("/hello/world")).text()).isEqualTo("hello world\n");
        }
    }

    @Test
    void module_thatIsNotThere_isAProblemOfTheConfiguration() {
        assertThatThrownBy(() ->
                        serving("oci:" + registry.reference("samples/hello:v1")).build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessage("Wagi.builder(), module 1, key 'module': cannot pull " + registry.name()
                        + "/samples/hello:v1: fetching the manifest failed: the registry answered 404"
                        + " (MANIFEST_UNKNOWN \"it is MANIFEST_UNKNOWN\"); the repository has no such tag or digest,"
                        + " check it or push the image");
    }

    /** No registry is contacted; the test only checks which resolver is used. */
    @Test
    void resolver_onTheClassPath_isUsedWithoutBeingGiven() {
        assertThatThrownBy(() -> Wagi.builder()
                        .addModule(module -> module.route("/")
                                .source("oci:example.org/Upper")
                                .name("upper"))
                        .build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("\"oci:example.org/Upper\" has a malformed repository");
    }

    @Test
    void pin_ofTheModule_isChecked() throws IOException {
        OciReference reference = registry.reference("samples/hello:v1");
        client().push(
                        Files.readAllBytes(ROOT.resolve("samples/modules/hello/hello.wasm")),
                        reference,
                        ModuleLayout.CNCF);

        assertThatThrownBy(() -> serving("oci:" + reference + "#sha256:" + "0".repeat(64))
                        .build())
                .isInstanceOf(WagiConfigException.class)
                .hasMessageContaining("not the one in its reference");
    }
}
