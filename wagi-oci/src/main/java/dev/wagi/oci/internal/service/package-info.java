/** Service providers for {@link java.util.ServiceLoader}. */
@NullMarked
package dev.wagi.oci.internal.service;

import org.jspecify.annotations.NullMarked;
