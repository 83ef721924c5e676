// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * The remedy for a problem that is not in a file but in what the host was given: a call of {@code Wagi.Builder} in
 * Java, or an option on a command line. A program with its own options shows its own text for each; see
 * {@link WagiConfigException}.
 */
public enum Remedy {
    /** A configuration file does not exist. */
    CHECK_CONFIGURATION("check the path given to addConfiguration(...)"),
    /** A manifest does not exist. */
    CHECK_MANIFEST("check the path given to KubernetesManifests.of(...)"),
    /** A manifest was passed as a configuration. */
    PASS_AS_MANIFEST("give it to KubernetesManifests.of(...) of wagi-kubernetes"),
    /** A configuration was passed as a manifest. */
    PASS_AS_CONFIGURATION("give it to addConfiguration(...)"),
    /** There are no modules to serve. */
    NAME_MODULES("call addModule(...), addConfiguration(...) or addSource(...)"),
    /** Manifests set different listen addresses. */
    NAME_LISTEN_ADDRESS("name one address with listenAddress(...), or serve them apart"),
    /** A bindle is referenced, and no source of bindles is configured. */
    NAME_BINDLE_SOURCE("add wagi-bindle, and Bindles.of(...) with addSource(...)"),
    /** No resolver accepts the scheme of a reference. */
    ADD_RESOLVER("name a file, or give Wagi.builder() a ModuleResolver for them"),
    /** There is an {@code oci:} reference, but {@code wagi-oci} is missing. */
    ADD_OCI("put wagi-oci on the class path"),
    /** There is a configuration file, but {@code wagi-config} is missing. */
    ADD_CONFIG("put wagi-config on the class path"),
    /** There is no client for the guests' outbound calls. */
    ADD_OUTBOUND_CLIENT("add dev.wagi:wagi-outbound, or call outboundHttpClient(...) on the builder"),
    /** The directory for the modules' standard error cannot be used. */
    CHECK_LOG_DIRECTORY("correct its permissions, or give another to logDirectory(...)");

    private final String java;

    Remedy(String java) {
        this.java = java;
    }

    /** Returns the remedy in terms of the Java API. */
    @Override
    public String toString() {
        return java;
    }
}
