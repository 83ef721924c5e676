/**
 * Checks that the host's code has enough stack on threads that run guests
 * ({@link dev.wagi.core.internal.headroom.StackRoom}), and that requests have enough heap
 * ({@link dev.wagi.core.internal.headroom.HeapCheck}). Thread-safe.
 */
@NullMarked
package dev.wagi.core.internal.headroom;

import org.jspecify.annotations.NullMarked;
