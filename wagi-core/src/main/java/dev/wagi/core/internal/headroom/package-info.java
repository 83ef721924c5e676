/**
 * How much stack is left for the host's code on threads that run guests ({@link dev.wagi.core.internal.headroom.StackRoom}), and
 * whether there is heap for requests ({@link dev.wagi.core.internal.headroom.HeapCheck}). Thread-safe.
 */
@NullMarked
package dev.wagi.core.internal.headroom;

import org.jspecify.annotations.NullMarked;
