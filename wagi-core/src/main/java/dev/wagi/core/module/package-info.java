/**
 * References to modules, such as {@code file:hello.wasm}, and the resolvers that fetch their bytes.
 *
 * <pre>{@code
 * final class DatabaseResolver implements ModuleResolver {
 *     private final Map<String, byte[]> table;
 *
 *     DatabaseResolver(Map<String, byte[]> table) {
 *         this.table = table;
 *     }
 *
 *     @Override
 *     public String scheme() {
 *         return "database";
 *     }
 *
 *     @Override
 *     public ResolvedModule resolve(ModuleReference reference) {
 *         byte[] bytes = table.get(reference.location());
 *         if (bytes == null) {
 *             throw new ModuleLoadException("database has no module " + reference.location() + "; insert it");
 *         }
 *         return ResolvedModule.of(bytes, reference.toString());
 *     }
 * }
 *
 * Wagi wagi = Wagi.builder()
 *         .addResolver(new DatabaseResolver(table))
 *         .addModule(m -> m.route("/hello").source("database:hello"))
 *         .build();
 * }</pre>
 *
 * <p>Implement {@link dev.wagi.core.module.ModuleResolver} and pass it to {@code Wagi.builder()} to load modules from a
 * database or a registry. Resolvers are called while a configuration is loaded, possibly by several threads.
 *
 * @since 0.1
 */
@NullMarked
package dev.wagi.core.module;

import org.jspecify.annotations.NullMarked;
