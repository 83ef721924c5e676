/**
 * Compiled code that outlives the process: a bounded directory of checked files. What is read from it runs in this JVM with
 * the rights of the host, outside of any sandbox, so it is read only from where nobody else can write.
 */
@NullMarked
package dev.wagi.core.internal.cache;

import org.jspecify.annotations.NullMarked;
