/** What {@link java.util.ServiceLoader} finds. */
@NullMarked
package dev.wagi.oci.internal.service;

import org.jspecify.annotations.NullMarked;
