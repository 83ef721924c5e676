// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle;

import dev.wagi.bindle.internal.BindleReader;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import java.util.List;
import java.util.Objects;

/**
 * The bindles of a {@link BindleSource}, for a host: {@code Wagi.builder().addSource(Bindles.of(source, "example.com/hello/1.0.0"))}.
 * The modules of those that are named are served, and {@code bindle:name/version} references of other configurations are loaded
 * from there. Bindles are deprecated by WAGI. Immutable.
 */
public final class Bindles implements ConfigurationSource {

    private final BindleSource source;
    private final List<String> ids;

    private Bindles(BindleSource source, List<String> ids) {
        this.source = source;
        this.ids = ids;
    }

    /**
     * Bindles of a source.
     *
     * @param source where the bindles are
     * @param ids those to serve, name and version each, for instance {@code example.com/hello/1.0.0}; none for references only
     * @return a source of configuration
     */
    public static Bindles of(BindleSource source, String... ids) {
        return new Bindles(Objects.requireNonNull(source, "source"), List.of(ids));
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        // One for each loading: it remembers what it has read.
        BindleReader reader = new BindleReader(source, configuration::directory);
        configuration.addResolver(reader);
        for (String id : ids) {
            reader.read(id, configuration.problems()).forEach(module -> configuration.addModule(module::applyTo));
        }
    }

    /** The bindles and where they are, without credentials. */
    @Override
    public String toString() {
        return ids.isEmpty() ? source.toString() : String.join(", ", ids) + " of " + source;
    }
}
