/**
 * Reads bindles: an invoice becomes modules of a configuration, and its parcels their bytes.
 *
 * <p>{@link dev.wagi.bindle.internal.BindleReader} is the entry. Everything that arrives is bounded in size and time,
 * and a parcel is used only if it hashes to what its label says. Not exported.
 */
@NullMarked
package dev.wagi.bindle.internal;

import org.jspecify.annotations.NullMarked;
