// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Reads Kubernetes manifests as configurations. The entry point is {@link dev.wagi.kubernetes.KubernetesManifests}. */
module dev.wagi.kubernetes {
    requires transitive dev.wagi.core;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires dev.wagi.config;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.kubernetes;
}
