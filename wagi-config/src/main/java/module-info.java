// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
/** Reads configurations in TOML, JSON and YAML. The entry point is {@link dev.wagi.config.WagiConfig}. */
@SuppressWarnings("module") // the modules that it exports to are built after it
module dev.wagi.config {
    requires transitive dev.wagi.core;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.toml;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires org.slf4j;
    requires static org.jspecify; // annotations only

    exports dev.wagi.config;
    exports dev.wagi.config.internal to
            dev.wagi.bindle,
            dev.wagi.kubernetes;

    provides dev.wagi.core.configuration.ConfigurationFormat with
            dev.wagi.config.internal.StandardFormats;
}
