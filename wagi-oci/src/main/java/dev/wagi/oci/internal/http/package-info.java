/**
 * The HTTP client for registries: redirects that do not leak credentials, bodies that cannot stall indefinitely, and
 * retries. {@link dev.wagi.oci.internal.http.Transport} is the entry point; it is independent of registries.
 */
@NullMarked
package dev.wagi.oci.internal.http;

import org.jspecify.annotations.NullMarked;
