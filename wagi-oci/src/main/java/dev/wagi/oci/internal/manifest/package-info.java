/**
 * Manifests and indexes: their records, their parser, and the selection of the module. This package does not contact
 * registries.
 */
@NullMarked
package dev.wagi.oci.internal.manifest;

import org.jspecify.annotations.NullMarked;
