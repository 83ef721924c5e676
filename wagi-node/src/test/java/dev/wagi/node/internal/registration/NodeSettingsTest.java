// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.node.api.NodeException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeSettingsTest {

    /** The labels in the article's {@code kubectl describe node}, and those that Krustlet adds. */
    @Test
    void allLabels_areThoseOfTheArticle() {
        NodeSettings settings =
                new NodeSettings("aks-mywasipool-0", "10.0.0.4", 10250, Map.of("agentpool", "mywasipool"));

        assertThat(settings.allLabels())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "agentpool", "mywasipool",
                        "beta.kubernetes.io/arch", "wasm32-wagi",
                        "beta.kubernetes.io/os", "wasm32-wagi",
                        "kubernetes.io/arch", "wasm32-wagi",
                        "kubernetes.io/os", "wasm32-wagi",
                        "kubernetes.io/hostname", "aks-mywasipool-0",
                        "type", "krustlet"));
    }

    /** A name may be longer than a label. */
    @ParameterizedTest
    @CsvSource({"1", "61", "62", "63", "64", "200"})
    void allLabels_ofALongName_areThoseThatTheClusterTakes(int length) {
        String name = "a".repeat(length) + "--b." + "c".repeat(20);

        assertThat(new NodeSettings(name, "10.0.0.4", 10250, Map.of())
                        .allLabels()
                        .get("kubernetes.io/hostname"))
                .matches("[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?");
    }

    @Test
    void taints_areThoseOfTheArticle() {
        assertThat(NodeObject.taints())
                .extracting(taint -> taint.get("key") + "=" + taint.get("value") + ":" + taint.get("effect"))
                .containsExactly(
                        "kubernetes.io/arch=wasm32-wagi:NoExecute", "kubernetes.io/arch=wasm32-wagi:NoSchedule");
    }

    @ParameterizedTest
    @CsvSource({
        "kubernetes.io/role, may not give itself",
        "node-role.kubernetes.io/agent, may not give itself",
        "x.k8s.io/y, may not give itself",
        "kubernetes.io/arch, is set by the node itself",
        "type, is set by the node itself",
        "a b, is malformed",
        "/x, is malformed"
    })
    void labels_thatANodeMayNotSet_areRefusedBeforeTheClusterDoes(String key, String message) {
        assertThatThrownBy(() -> new NodeSettings("n", "10.0.0.4", 1, Map.of(key, "v")))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"topology.kubernetes.io/zone", "node.kubernetes.io/x", "kubelet.kubernetes.io/x", "wagi.dev/x", "plain"
    })
    void labels_thatANodeMaySet_areTaken(String key) {
        assertThat(new NodeSettings("n", "10.0.0.4", 1, Map.of(key, "v")).allLabels())
                .containsEntry(key, "v");
    }

    @ParameterizedTest
    @CsvSource({"Upper", "under_score", "-a", "a-", "''"})
    void name_thatIsNone_isRefused(String name) {
        assertThatThrownBy(() -> new NodeSettings(name, "10.0.0.4", 1, Map.of()))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("--node-name");
    }
}
