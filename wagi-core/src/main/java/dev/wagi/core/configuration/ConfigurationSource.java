// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.configuration;

/**
 * Describes what a host serves: a file, a database, or a configuration server. Pass it to
 * {@code Wagi.Builder.addSource}. A source may be passed to several builders of one host, as for a reload, but may not
 * be shared by several hosts.
 */
public interface ConfigurationSource extends AutoCloseable {

    /**
     * Describes the current configuration: reads its data again and calls the builder for everything that it finds.
     * Called by the thread that builds or reloads the host, once each time, never concurrently. It may block.
     *
     * <p>Add everything that is wrong to {@link ConfigurationBuilder#problems}, so that users see all of it at once;
     * the host checks the modules afterwards. An exception also makes the build or reload fail.
     *
     * @param configuration receives the description; must not be used after the call
     */
    void describe(ConfigurationBuilder configuration);

    /**
     * Releases what this source holds, such as a connection, when the host is closed, was not built, or was reloaded
     * without this source. {@link #describe} may be called again afterwards, for instance by another attempt to build a
     * host. Does nothing by default.
     */
    @Override
    default void close() {}
}
