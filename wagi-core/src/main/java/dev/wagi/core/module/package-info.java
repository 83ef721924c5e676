/**
 * Where modules come from: references such as {@code file:hello.wasm}, and the resolvers that fetch their bytes.
 *
 * <p>{@link dev.wagi.core.module.ModuleResolver} is an open interface: give your own to {@code Wagi.builder()} to load
 * modules from a database or a registry. Resolvers are called while a configuration is loaded, possibly by several threads.
 */
@NullMarked
package dev.wagi.core.module;

import org.jspecify.annotations.NullMarked;
