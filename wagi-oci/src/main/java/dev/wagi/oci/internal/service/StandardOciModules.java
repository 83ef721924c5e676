// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.service;

import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.oci.client.OciModuleResolver;

/**
 * The resolver with the standard settings. Service loading on the class path requires a public class with a public
 * constructor.
 */
public final class StandardOciModules implements ModuleResolver {

    private final ModuleResolver resolver = OciModuleResolver.standard();

    /** Creates the resolver. Its client is created when it is first used. */
    public StandardOciModules() {}

    @Override
    public String scheme() {
        return resolver.scheme();
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        return resolver.resolve(reference);
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference, PullOptions options) {
        return resolver.resolve(reference, options);
    }
}
