// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.OutboundHttpClient;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.http.servlet.WagiServlet;
import dev.wagi.micrometer.WagiMetrics;
import dev.wagi.micrometer.WagiObservations;
import dev.wagi.spring.webflux.WagiWebHandler;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.util.List;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ResourceLoader;
import org.springframework.web.multipart.support.StandardServletMultipartResolver;
import org.springframework.web.servlet.HandlerMapping;

/** Serves what {@code wagi.*} says. Every bean steps back for one of the application's. */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
        })
@ConditionalOnClass(Wagi.class)
@ConditionalOnProperty(name = "wagi.enabled", havingValue = "true", matchIfMissing = true)
@EnableConfigurationProperties(WagiProperties.class)
public class WagiAutoConfiguration {

    WagiAutoConfiguration() {}

    @Bean
    @ConditionalOnMissingBean
    WagiFactory wagiFactory(
            WagiProperties properties,
            ResourceLoader resources,
            ObjectProvider<ModuleResolver> resolvers,
            ObjectProvider<OutboundHttpClient> clients,
            ObjectProvider<WagiListener> listeners,
            ObjectProvider<WagiCustomizer> customizers) {
        return new WagiFactory(properties, resources, resolvers, clients, listeners, customizers);
    }

    /** Returns what the modules are mapped to; empty for everything. */
    private static String path(WagiProperties properties) {
        String path = properties.getPath().strip().replaceFirst("/+$", "");
        if (!path.isEmpty() && !path.startsWith("/")) {
            throw new WagiConfigException(List.of("wagi.path: \"" + properties.getPath() + "\" does not begin with /"));
        }
        return path;
    }

    /** The host, unless the application has one: what ends that is then the application's to say. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnMissingBean(Wagi.class)
    static class Host {

        /** Built before the server listens. Closed after it has stopped, with the grace of the properties. */
        @Bean(destroyMethod = "")
        Wagi wagi(WagiFactory factory) {
            return factory.builder().build();
        }

        @Bean
        DisposableBean wagiShutdown(Wagi wagi, WagiProperties properties) {
            return () -> wagi.close(properties.getGrace());
        }
    }

    /** In servers with the servlet API. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "jakarta.servlet.http.HttpServlet")
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    static class Servlets {

        @Bean
        @ConditionalOnMissingBean
        WagiServlet wagiServlet(Wagi wagi) {
            return new SpringWagiServlet(wagi);
        }

        /** A prefix, or everything if nothing else is there: not through Spring MVC. */
        @Bean
        @ConditionalOnMissingBean(name = "wagiServletRegistration")
        ServletRegistrationBean<WagiServlet> wagiServletRegistration(WagiServlet servlet, WagiProperties properties) {
            String path = path(properties);
            ServletRegistrationBean<WagiServlet> registration =
                    new ServletRegistrationBean<>(servlet, path.isEmpty() ? "/" : path + "/*");
            registration.setName("wagi");
            registration.setEnabled(!path.isEmpty());
            return registration;
        }
    }

    /** Behind the controllers of Spring MVC. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.web.servlet.DispatcherServlet")
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    @ConditionalOnProperty(name = "wagi.path", havingValue = "/", matchIfMissing = true)
    static class BehindControllers {

        @Bean
        @ConditionalOnMissingBean(name = "wagiHandlerMapping")
        HandlerMapping wagiHandlerMapping(Wagi wagi, WagiServlet servlet, WagiProperties properties) {
            return new WagiHandlerMapping(wagi, servlet, properties.getHealthPath());
        }

        /** Controllers get multipart bodies when they ask for them; else no guest could have one. */
        @Bean
        static BeanPostProcessor wagiLazyMultipart() {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    if (bean instanceof StandardServletMultipartResolver resolver) {
                        resolver.setResolveLazily(true);
                    }
                    return bean;
                }
            };
        }
    }

    /** In WebFlux, on any server. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.web.reactive.DispatcherHandler")
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
    static class Reactive {

        @Bean
        @ConditionalOnMissingBean
        WagiWebHandler wagiWebHandler(Wagi wagi, WagiProperties properties) {
            return new WagiWebHandler(wagi)
                    .withPath(path(properties))
                    .withAuthType((request, user) ->
                            AuthType.of(user, request.getHeaders().getFirst("Authorization")));
        }

        @Bean
        @ConditionalOnMissingBean(name = "wagiHandlerMapping")
        WagiReactiveMapping wagiHandlerMapping(Wagi wagi, WagiWebHandler handler, WagiProperties properties) {
            return new WagiReactiveMapping(wagi, handler, path(properties), properties.getHealthPath());
        }
    }

    /** Spring Boot 3's health. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.actuate.health.AbstractHealthIndicator")
    static class HealthOfBoot3 {

        @Bean
        @ConditionalOnMissingBean(name = "wagiHealthIndicator")
        Boot3Health wagiHealthIndicator(Wagi wagi) {
            return new Boot3Health(wagi);
        }
    }

    /** Spring Boot 4's health. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(name = "org.springframework.boot.health.contributor.AbstractHealthIndicator")
    static class HealthOfBoot4 {

        @Bean
        @ConditionalOnMissingBean(name = "wagiHealthIndicator")
        Boot4Health wagiHealthIndicator(Wagi wagi) {
            return new Boot4Health(wagi);
        }
    }

    /** Metrics, in the registry of the application. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({MeterRegistry.class, WagiMetrics.class})
    @ConditionalOnSingleCandidate(MeterRegistry.class)
    static class Metrics {

        @Bean
        @ConditionalOnMissingBean
        WagiMetrics wagiMetrics(MeterRegistry registry) {
            return new WagiMetrics(registry);
        }

        @Bean
        SmartInitializingSingleton wagiGauges(WagiMetrics metrics, Wagi wagi) {
            return () -> metrics.bindTo(wagi);
        }
    }

    /** An observation of each guest, which is a span if the application has a tracer. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ObservationRegistry.class, WagiObservations.class})
    @ConditionalOnBean(ObservationRegistry.class)
    static class Observations {

        @Bean
        @ConditionalOnMissingBean
        WagiObservations wagiObservations(ObservationRegistry registry) {
            return new WagiObservations(registry);
        }
    }

    /** The actuator's endpoint. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    static class Actuator {

        @Bean
        @ConditionalOnAvailableEndpoint
        @ConditionalOnMissingBean
        WagiEndpoint wagiEndpoint(Wagi wagi, WagiFactory factory, WagiProperties properties) {
            return new WagiEndpoint(wagi, factory, properties.isReloadEndpoint());
        }
    }
}
