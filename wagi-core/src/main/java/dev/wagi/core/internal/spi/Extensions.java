// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.spi;

import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds extensions, on the class path or the module path. */
public final class Extensions {

    private Extensions() {}

    /**
     * Returns the first extension of a type: one that is visible to the application's class loader, else one that is
     * visible to this class's loader.
     *
     * @param application the application's class loader; null for the bootstrap class loader
     * @throws ServiceConfigurationError if an extension cannot be used
     */
    public static <T> Optional<T> find(Class<T> kind, @Nullable ClassLoader application) {
        Optional<T> found = ServiceLoader.load(kind, application).findFirst();
        return found.isPresent()
                ? found
                : ServiceLoader.load(kind, Extensions.class.getClassLoader()).findFirst();
    }
}
