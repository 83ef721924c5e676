/**
 * The OCI distribution protocol: one class for each endpoint, and {@link dev.wagi.oci.internal.registry.Repository} that calls
 * them with authentication, repetition and failures that say what to do.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution spec</a>
 */
@NullMarked
package dev.wagi.oci.internal.registry;

import org.jspecify.annotations.NullMarked;
