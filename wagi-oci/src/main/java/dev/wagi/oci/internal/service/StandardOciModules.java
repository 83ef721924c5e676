// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.service;

import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.oci.client.OciModuleResolver;
import org.jspecify.annotations.Nullable;

/** The resolver with the standard settings. Public with a constructor, as service loading demands on the class path. */
public final class StandardOciModules implements ModuleResolver {

    private @Nullable ModuleResolver resolver; // guarded by this

    /** Does nothing yet: it may never be used. */
    public StandardOciModules() {}

    @Override
    public String scheme() {
        return "oci";
    }

    @Override
    public ResolvedModule resolve(ModuleReference reference) {
        return resolver().resolve(reference);
    }

    private synchronized ModuleResolver resolver() {
        if (resolver == null) {
            resolver = OciModuleResolver.standard();
        }
        return resolver;
    }
}
