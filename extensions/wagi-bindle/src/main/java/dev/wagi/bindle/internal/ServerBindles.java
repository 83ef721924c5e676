// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import dev.wagi.bindle.BindleSource;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.ResolvedModule;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Resolves bindles from the servers that modules name with the key {@code bindle_server}. A host finds it on the class
 * path.
 */
public final class ServerBindles implements ModuleResolver {

    private final Map<URI, BindleReader> readers = new ConcurrentHashMap<>();

    @Override
    public String scheme() {
        return BindleReader.SCHEME;
    }

    @Override
    public boolean takes(ModuleReference reference, PullOptions options) {
        return options.server().isPresent();
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        throw new ModuleLoadException(
                reference + " names no server; add the key bindle_server, or add Bindles.of(...) to Wagi.builder()");
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference, PullOptions options) {
        return options.server()
                .map(server -> readers.computeIfAbsent(server, url -> new BindleReader(BindleSource.server(url))))
                .map(reader -> reader.resolve(reference))
                .orElseGet(() -> resolve(reference));
    }
}
