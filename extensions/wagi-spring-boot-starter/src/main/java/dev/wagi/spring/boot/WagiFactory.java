// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.module.ModuleResolver;
import java.io.IOException;
import java.net.URL;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ClassUtils;

/** Makes builders of the host from properties and beans, one for each time that it is loaded. */
final class WagiFactory {

    private static final String CONFIG = "dev.wagi.config.WagiConfig";

    private final WagiProperties properties;
    private final ResourceLoader resources;
    private final ObjectProvider<ModuleResolver> resolvers;
    private final ObjectProvider<OutboundHttpClient> clients;
    private final ObjectProvider<WagiListener> listeners;
    private final ObjectProvider<WagiCustomizer> customizers;

    WagiFactory(
            WagiProperties properties,
            ResourceLoader resources,
            ObjectProvider<ModuleResolver> resolvers,
            ObjectProvider<OutboundHttpClient> clients,
            ObjectProvider<WagiListener> listeners,
            ObjectProvider<WagiCustomizer> customizers) {
        this.properties = properties;
        this.resources = resources;
        this.resolvers = resolvers;
        this.clients = clients;
        this.listeners = listeners;
        this.customizers = customizers;
    }

    /** A builder that knows everything. */
    Wagi.Builder builder() {
        Wagi.Builder builder =
                Wagi.builder().healthPath(properties.getHealthPath()).keepGoing(properties.isKeepGoing());
        builder.engine(engine());
        builder.addEnvironment(properties.getEnvironment());
        if (properties.getCompileCache() != null) {
            builder.compileCache(properties.getCompileCache());
        }
        if (properties.getLogDirectory() != null) {
            builder.logDirectory(properties.getLogDirectory());
        }
        String location = properties.getConfiguration();
        if (location != null && !location.isBlank()) {
            builder.addSource(file(location));
        }
        builder.addSource(new PropertiesSource(properties));
        resolvers.orderedStream().forEach(builder::addResolver);
        clients.ifAvailable(builder::outboundHttpClient);
        listeners.orderedStream().forEach(builder::addListener);
        customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
        return builder;
    }

    private Wagi.Engine engine() {
        return switch (properties.getEngine()) {
            case "compiler" -> Wagi.Engine.COMPILER;
            case "interpreter" -> Wagi.Engine.INTERPRETER;
            default ->
                throw new WagiConfigException(
                        List.of("wagi.engine: \"" + properties.getEngine() + "\" is neither compiler nor interpreter"));
        };
    }

    private ConfigurationSource file(String location) {
        if (!ClassUtils.isPresent(CONFIG, WagiFactory.class.getClassLoader())) {
            throw new WagiConfigException(List.of("wagi.configuration: " + location
                    + " cannot be read without dev.wagi:wagi-config; add that dependency, or write the modules below"
                    + " wagi.module"));
        }
        URL url;
        try {
            url = resources.getResource(location).getURL();
        } catch (IOException e) {
            throw new WagiConfigException(List.of("wagi.configuration: there is nothing at " + location));
        }
        return ConfigurationFiles.source(url);
    }
}
