// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;

/**
 * Loads modules next to a configuration that is not a file on this machine. An absolute path still names a file on this
 * machine.
 */
final class UrlModules implements ModuleResolver {

    /** The maximum size, far above that of any real module. */
    private static final int MAX_BYTES = 512 << 20;

    private final URL configuration;

    UrlModules(URL configuration) {
        this.configuration = configuration;
    }

    @Override
    public String scheme() {
        return "file";
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        String path = reference.location();
        if (path.startsWith("/") || Path.of(path).isAbsolute()) {
            return ModuleResolver.files(Path.of("")).resolve(reference);
        }
        String place = path + " next to " + Fetch.display(configuration);
        try {
            URL url = Fetch.beside(configuration, path);
            return ResolvedModule.of(Fetch.bytes(url, MAX_BYTES), Fetch.display(url));
        } catch (FileNotFoundException e) {
            throw new ModuleLoadException("there is no " + place + "; write the path relative to the configuration", e);
        } catch (Fetch.TooLargeException e) {
            throw new ModuleLoadException(place + " is larger than " + (MAX_BYTES >> 20) + " MiB; is it a module?", e);
        } catch (IOException e) {
            throw new ModuleLoadException("cannot read " + place + ": " + e.getMessage(), e);
        }
    }
}
