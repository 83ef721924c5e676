/**
 * A store of compiled code that outlives the process: a bounded directory of checked files. Code that is read from it
 * runs in this JVM with the rights of the host, outside the sandbox, so it is read only from files that no other user
 * can write to.
 */
@NullMarked
package dev.wagi.core.internal.cache;

import org.jspecify.annotations.NullMarked;
