// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Loads modules from bindles, which WAGI has deprecated. The entry point is {@link dev.wagi.bindle.Bindles}. */
module dev.wagi.bindle {
    requires transitive dev.wagi.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.toml;
    requires dev.wagi.config;
    requires java.net.http;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.bindle;

    provides dev.wagi.core.module.ModuleResolver with
            dev.wagi.bindle.internal.ServerBindles;
}
