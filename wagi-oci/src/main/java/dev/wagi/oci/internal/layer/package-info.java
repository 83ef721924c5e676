/** Takes a module out of a layer. Everything in here is done in memory; nothing of an archive is ever written to a file. */
@NullMarked
package dev.wagi.oci.internal.layer;

import org.jspecify.annotations.NullMarked;
