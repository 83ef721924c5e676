/**
 * HTTP as a registry's client needs it: redirects that carry no credentials away, bodies that cannot stall for ever, repeated
 * tries. {@link dev.wagi.oci.internal.http.Transport} is the entry; it knows nothing of registries.
 */
@NullMarked
package dev.wagi.oci.internal.http;

import org.jspecify.annotations.NullMarked;
