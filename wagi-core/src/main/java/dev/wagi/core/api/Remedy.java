// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

/**
 * What to do about a problem that is not in a file but in what the host was given: a call of {@code Wagi.Builder} in Java, an
 * option on a command line. A program with options of its own shows its own words for each, see
 * {@link WagiConfigException}.
 */
public enum Remedy {
    /** A configuration file does not exist. */
    CHECK_CONFIGURATION("check the path given to addConfiguration(...)"),
    /** A manifest does not exist. */
    CHECK_MANIFEST("check the path given to KubernetesManifests.of(...)"),
    /** A manifest was given as a configuration. */
    PASS_AS_MANIFEST("give it to KubernetesManifests.of(...) of wagi-kubernetes"),
    /** A configuration was given as a manifest. */
    PASS_AS_CONFIGURATION("give it to addConfiguration(...)"),
    /** Nothing is to be served. */
    NAME_MODULES("call addModule(...), addConfiguration(...) or addSource(...)"),
    /** Manifests want different addresses. */
    NAME_LISTEN_ADDRESS("name one address with listenAddress(...), or serve them apart"),
    /** A bindle is wanted, and it is not known where bindles come from. */
    NAME_BINDLE_SOURCE("add wagi-bindle, and Bindles.of(...) with addSource(...)"),
    /** A reference has a scheme that nothing loads. */
    ADD_RESOLVER("name a file, or give Wagi.builder() a ModuleResolver for them"),
    /** An {@code oci:} reference, without {@code wagi-oci}. */
    ADD_OCI("put wagi-oci on the class path"),
    /** A configuration file, without {@code wagi-config}. */
    ADD_CONFIG("put wagi-config on the class path"),
    /** Guests' outbound calls have no client. */
    ADD_OUTBOUND_CLIENT("add dev.wagi:wagi-outbound, or call outboundHttpClient(...) on the builder"),
    /** The directory of modules' standard error cannot be used. */
    CHECK_LOG_DIRECTORY("correct its permissions, or give another to logDirectory(...)");

    private final String java;

    Remedy(String java) {
        this.java = java;
    }

    /** In words of the Java API. */
    @Override
    public String toString() {
        return java;
    }
}
