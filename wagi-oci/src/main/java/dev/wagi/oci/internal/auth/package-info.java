/**
 * How a registry is told who asks: challenges (RFC 9110, 11.6.1), Basic authentication, and the token servers of the OCI
 * distribution project.
 */
@NullMarked
package dev.wagi.oci.internal.auth;

import org.jspecify.annotations.NullMarked;
