// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.module;

import dev.wagi.core.api.ModuleLoadException;
import java.io.IOException;
import java.io.InputStream;

/** Loads modules from the resources of a class loader. */
final class ClasspathModules implements ModuleResolver {

    private final ClassLoader loader;

    ClasspathModules(ClassLoader loader) {
        this.loader = loader;
    }

    @Override
    public String scheme() {
        return "classpath";
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        String name = reference.location().replaceFirst("^/+", "");
        try (InputStream in = loader.getResourceAsStream(name)) {
            if (in == null) {
                throw new ModuleLoadException("there is no resource '" + name
                        + "' on the class path; put it at that path in a jar or a resources folder");
            }
            return ResolvedModule.of(in.readAllBytes(), reference.toString());
        } catch (IOException e) {
            throw new ModuleLoadException("cannot read the resource '" + name + "': " + e, e);
        }
    }
}
