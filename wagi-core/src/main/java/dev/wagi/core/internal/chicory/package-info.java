/**
 * The Chicory engine behind {@link dev.wagi.core.internal.sandbox.SandboxEngine}. The only package that imports
 * {@code com.dylibso.chicory}; not exported.
 *
 * <p>The host functions of WASI are ours: they work on the guest's current
 * {@link dev.wagi.core.internal.sandbox.GuestIo} and never touch the JVM's own arguments, environment, streams or
 * files.
 */
@NullMarked
package dev.wagi.core.internal.chicory;

import org.jspecify.annotations.NullMarked;
