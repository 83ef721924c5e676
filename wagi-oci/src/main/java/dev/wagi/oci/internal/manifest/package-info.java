/**
 * Manifests and indexes: their records, the reader, and which of their parts is the module. Nothing in here speaks to a
 * registry.
 */
@NullMarked
package dev.wagi.oci.internal.manifest;

import org.jspecify.annotations.NullMarked;
