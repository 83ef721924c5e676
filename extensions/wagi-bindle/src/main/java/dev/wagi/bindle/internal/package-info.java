/**
 * Reads bindles: invoices become modules of a configuration, and parcels the modules' bytes.
 *
 * <p>{@link dev.wagi.bindle.internal.BindleReader} is the entry point. Everything received is limited in size and time,
 * and a parcel is used only if its hash matches its label. Not exported.
 */
@NullMarked
package dev.wagi.bindle.internal;

import org.jspecify.annotations.NullMarked;
