// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.config.WagiConfig;
import dev.wagi.core.configuration.ConfigurationSource;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

/** The only user of wagi-config, which need not be there. */
final class ConfigurationFiles {

    private ConfigurationFiles() {}

    static ConfigurationSource source(URL url) {
        if (url.getProtocol().equals("file")) {
            try {
                return WagiConfig.of(Path.of(url.toURI()));
            } catch (URISyntaxException e) {
                // a URL all the same
            }
        }
        return WagiConfig.of(url);
    }
}
