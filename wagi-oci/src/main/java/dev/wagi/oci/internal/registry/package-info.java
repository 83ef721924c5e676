/**
 * The OCI distribution protocol: one class for each endpoint, and {@link dev.wagi.oci.internal.registry.Repository},
 * which calls them with authentication and retries and reports failures with a remedy.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution spec</a>
 */
@NullMarked
package dev.wagi.oci.internal.registry;

import org.jspecify.annotations.NullMarked;
