// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle;

import dev.wagi.bindle.internal.BindleReader;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import java.util.List;
import java.util.Objects;

/**
 * Adds the bindles of a {@link BindleSource} to a host: {@code Wagi.builder().addSource(Bindles.of(source,
 * "example.com/hello/1.0.0"))}. The modules of the named bindles are served, and {@code bindle:name/version} references
 * of other configurations are loaded from the source. WAGI has deprecated bindles. Immutable.
 */
public final class Bindles implements ConfigurationSource {

    private final BindleSource source;
    private final List<String> ids;

    private Bindles(BindleSource source, List<String> ids) {
        this.source = source;
        this.ids = ids;
    }

    /**
     * Creates a configuration source from bindles.
     *
     * @param source the source of the bindles
     * @param ids the names and versions of the bindles to serve, for instance {@code example.com/hello/1.0.0}; none for
     *     references only
     * @return a configuration source
     */
    public static Bindles of(BindleSource source, String... ids) {
        return new Bindles(Objects.requireNonNull(source, "source"), List.of(ids));
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        // Each load has its own reader, because a reader remembers what it has read.
        BindleReader reader = new BindleReader(source, configuration::directory);
        configuration.addResolver(reader);
        for (String id : ids) {
            reader.read(id, configuration.problems()).forEach(module -> configuration.addModule(module::applyTo));
        }
    }

    /** Returns the bindles and their source, without credentials. */
    @Override
    public String toString() {
        return ids.isEmpty() ? source.toString() : String.join(", ", ids) + " of " + source;
    }
}
