/**
 * Decides which requests are accepted, run and wait, and counts the threads that guests have not given back.
 * Independent of the types for requests and guests. Thread-safe.
 */
@NullMarked
package dev.wagi.core.internal.admission;

import org.jspecify.annotations.NullMarked;
