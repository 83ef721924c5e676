/**
 * The stack of threads that run guests: {@link dev.wagi.core.stack.StackRoom}. Thread-safe.
 */
@NullMarked
package dev.wagi.core.stack;

import org.jspecify.annotations.NullMarked;
