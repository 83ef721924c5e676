// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.module.PullPolicy;
import dev.wagi.oci.Digest;
import dev.wagi.oci.ModuleLayout;
import dev.wagi.oci.OciException;
import dev.wagi.oci.OciReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contract of every registry, ours or a real one. */
abstract class RegistryContract {

    static final byte[] MODULE = Images.module(3_000_000);

    /** {@code host:port}. */
    abstract String registry();

    /** Returns a client builder with the settings that the registry requires. */
    abstract OciClient.Builder client() throws Exception;

    final OciReference reference(String rest) {
        return OciReference.parse(registry() + "/" + rest);
    }

    @ParameterizedTest
    @EnumSource(ModuleLayout.class)
    void push_inOnePiece_canBePulled(ModuleLayout layout) throws Exception {
        OciClient client = client().build();
        OciReference reference = reference("contract/whole:" + layout.name().toLowerCase(java.util.Locale.ROOT));

        Digest pushed = client.push(MODULE, reference, layout);

        OciModule pulled = client.pull(reference);
        assertThat(pulled.bytes()).isEqualTo(MODULE);
        assertThat(pulled.manifest()).isEqualTo(pushed).isEqualTo(client.resolve(reference));
        assertThat(client.pull(reference.withDigest(pushed)).bytes()).isEqualTo(MODULE);
        assertThat(client.pull(reference, PullPolicy.ALWAYS).bytes()).isEqualTo(MODULE);
    }

    @Test
    void push_inParts_canBePulled() throws Exception {
        byte[] module = Images.module(2_500_001);
        OciClient client = client().build();
        OciReference reference = reference("contract/parts:v1");

        Digest pushed = client.push(module, reference, ModuleLayout.WASM_TO_OCI, 1_000_000);

        assertThat(client.pull(reference).bytes()).isEqualTo(module);
        assertThat(client.push(module, reference, ModuleLayout.WASM_TO_OCI, 1_000_000))
                .isEqualTo(pushed);
    }

    @Test
    void tag_movesWithAPush() throws Exception {
        OciClient client = client().build();
        OciReference reference = reference("contract/moves:latest");
        client.push(Images.module(100), reference, ModuleLayout.CNCF);

        client.push(Images.module(200), reference, ModuleLayout.CNCF);

        assertThat(client.pull(reference).bytes()).isEqualTo(Images.module(200));
    }

    @Test
    void unknownRepository_isNotFound() throws Exception {
        OciClient client = client().build();

        assertThatThrownBy(() -> client.pull(reference("contract/nobody:v1")))
                .isInstanceOf(OciException.NotFound.class);
        assertThatThrownBy(() -> client.resolve(reference("contract/nobody:v1")))
                .isInstanceOf(OciException.NotFound.class);
    }

    @Test
    void unknownTagAndDigest_areNotFound() throws Exception {
        OciClient client = client().build();
        client.push(Images.MODULE, reference("contract/known:v1"), ModuleLayout.CNCF);

        assertThatThrownBy(() -> client.pull(reference("contract/known:v2"))).isInstanceOf(OciException.NotFound.class);
        assertThatThrownBy(() ->
                        client.pull(reference("contract/known").withDigest(Digest.sha256(new byte[] {1, 2, 3}))))
                .isInstanceOf(OciException.NotFound.class);
    }
}
