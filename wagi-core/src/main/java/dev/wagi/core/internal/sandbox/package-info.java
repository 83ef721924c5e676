/**
 * The interfaces for running a guest, independent of the engine.
 *
 * <p>A {@link dev.wagi.core.internal.sandbox.SandboxEngine} turns bytes into a
 * {@link dev.wagi.core.internal.sandbox.GuestModule}; a {@link dev.wagi.core.internal.sandbox.SandboxPool} lends a
 * {@link dev.wagi.core.internal.sandbox.Sandbox} of it per request; the sandbox runs one entrypoint with the arguments,
 * environment and streams of a {@link dev.wagi.core.internal.sandbox.GuestIo}. Modules and pools are shared by threads,
 * a sandbox belongs to one at a time.
 */
@NullMarked
package dev.wagi.core.internal.sandbox;

import org.jspecify.annotations.NullMarked;
