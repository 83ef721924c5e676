// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.configuration;

/**
 * Something that says what is to be served: a file, a database, a configuration server. Given to a host with
 * {@code Wagi.Builder.addSource}; one source may be given to several builders of one host, as for a reload, but serves one host.
 */
public interface ConfigurationSource extends AutoCloseable {

    /**
     * Describes what is to be served <em>now</em>: reads anew, and calls the configuration for all that it finds. Called by the
     * thread that builds or reloads the host, once each time, never while another call runs. It may block.
     *
     * <p>Whatever is wrong is added to {@link ConfigurationBuilder#problems}, all of it, so that users see it at once; modules
     * are checked by the host afterwards. An exception that is thrown instead ends the building or reloading, too.
     *
     * @param configuration takes the description; not to be used after the call
     */
    void describe(ConfigurationBuilder configuration);

    /**
     * Lets go of what this source holds, such as a connection: the host is closed, was never built, or was reloaded from other
     * sources. It may be asked to {@link #describe} again afterwards, by another attempt to build a host for instance. Does
     * nothing by default.
     */
    @Override
    default void close() {}
}
