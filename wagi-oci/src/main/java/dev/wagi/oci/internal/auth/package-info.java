/**
 * Authentication to registries: challenges (RFC 9110, section 11.6.1), Basic authentication, and the token servers of
 * the Distribution project.
 */
@NullMarked
package dev.wagi.oci.internal.auth;

import org.jspecify.annotations.NullMarked;
