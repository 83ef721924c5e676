/** Extracts a module from a layer. All of this happens in memory; nothing from an archive is written to a file. */
@NullMarked
package dev.wagi.oci.internal.layer;

import org.jspecify.annotations.NullMarked;
