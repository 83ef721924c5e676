// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.api.Limits;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.text.ByteSize;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What is below {@code wagi.module}, {@code wagi.static} and {@code wagi.defaults}, as the host's builder takes it. */
final class PropertiesSource implements ConfigurationSource {

    private final WagiProperties properties;

    PropertiesSource(WagiProperties properties) {
        this.properties = properties;
    }

    @Override
    public void describe(ConfigurationBuilder configuration) {
        List<WagiProperties.Module> modules = properties.getModule();
        for (int i = 0; i < modules.size(); i++) {
            String place = "wagi.module[" + i + "]";
            WagiProperties.Module module = modules.get(i);
            configuration.addModule(builder -> describe(place, module, builder, configuration));
        }
        List<WagiProperties.StaticFiles> files = properties.getStatic();
        for (int i = 0; i < files.size(); i++) {
            String place = "wagi.static[" + i + "]";
            WagiProperties.StaticFiles each = files.get(i);
            configuration.addStaticFiles(builder -> {
                builder.place(place)
                        .index(each.getIndex())
                        .addTypes(each.getTypes())
                        .precompressed(each.isPrecompressed());
                text(each.getRoute(), builder::route);
                text(each.getPath(), (Text<String>) builder::path);
                text(each.getHosts(), builder::hosts);
                text(each.getCacheControl(), builder::cacheControl);
            });
        }
        if (properties.getMaxTotalConcurrency() != null) {
            number(
                    "wagi.max-total-concurrency",
                    properties.getMaxTotalConcurrency(),
                    configuration,
                    configuration::maxTotalConcurrency);
        }
        if (properties.getMaxTotalQueue() != null) {
            number("wagi.max-total-queue", properties.getMaxTotalQueue(), configuration, configuration::maxTotalQueue);
        }
        if (properties.getLoadTimeout() != null) {
            number("wagi.load-timeout", properties.getLoadTimeout(), configuration, configuration::loadTimeout);
        }
    }

    private interface Setter<T> {
        Object set(T value);
    }

    private static <T> void number(String place, T value, ConfigurationBuilder configuration, Setter<T> setter) {
        try {
            setter.set(value);
        } catch (IllegalArgumentException e) {
            configuration.problems().add(place, String.valueOf(e.getMessage()));
        }
    }

    private void describe(
            String place, WagiProperties.Module module, ModuleBuilder builder, ConfigurationBuilder configuration) {
        builder.place(place);
        text(module.getRoute(), builder::route);
        text(module.getModule(), builder::source);
        text(module.getName(), builder::name);
        text(module.getEntrypoint(), builder::entrypoint);
        text(module.getContentType(), builder::contentType);
        text(module.getArgv(), builder::argv);
        text(module.getHosts(), builder::hosts);
        text(module.getMethods(), builder::methods);
        text(module.getAllowedHosts(), builder::allowedHosts);
        text(module.getAllowedPrivateHosts(), builder::allowedPrivateHosts);
        text(module.getDenyResponseHeaders(), builder::denyResponseHeaders);
        List<String> redirects = module.getLocalRedirects();
        if (redirects != null && !redirects.equals(List.of("true"))) {
            builder.localRedirects(redirects.equals(List.of("false")) ? List.of() : redirects);
        }
        builder.argvAllowOptions(module.isArgvAllowOptions())
                .addEnvironment(module.getEnvironment())
                .passAuthorization(module.isAuthorization())
                .reuse(module.isReuse());
        String body = module.getRequestBody();
        if (body != null && !body.equals("collect") && !body.equals("stream")) {
            configuration.problems().add(place + ".request-body", "\"" + body + "\" is neither collect nor stream");
        }
        builder.streamRequestBody("stream".equals(body));
        String load = module.getLoad();
        if (load != null) {
            if (!load.equals("eager") && !load.equals("lazy")) {
                configuration.problems().add(place + ".load", "\"" + load + "\" is neither eager nor lazy");
            }
            builder.lazy(load.equals("lazy"));
        }
        module.getVolumes().forEach((guest, volume) -> volume(place, guest, volume, builder, configuration));
        limits("wagi.defaults", properties.getDefaults(), builder, configuration);
        limits(place, module, builder, configuration);
    }

    private interface Text<T> {
        Object take(T value);
    }

    private static <T> void text(@Nullable T value, Text<T> taker) {
        if (value != null) {
            taker.take(value);
        }
    }

    private static void volume(
            String place,
            String guest,
            WagiProperties.Volume volume,
            ModuleBuilder builder,
            ConfigurationBuilder configuration) {
        String where = place + ".volumes[" + guest + "]";
        String path = volume.getPath();
        if (path == null) {
            configuration.problems().add(where, "has no path; name a directory of the host");
            return;
        }
        String mode = volume.getMode() == null ? "ro" : volume.getMode();
        if (mode.equals("ro")) {
            builder.addVolume(guest, path);
            return;
        }
        if (!mode.equals("rw")) {
            configuration.problems().add(where + ".mode", "\"" + mode + "\" is neither ro nor rw");
            return;
        }
        Long bytes = volume.getMaxBytes() == null
                ? Long.valueOf(Long.MAX_VALUE)
                : size(where + ".max-bytes", volume.getMaxBytes(), configuration);
        if (bytes == null) {
            return;
        }
        long files = volume.getMaxFiles() == null ? Long.MAX_VALUE : volume.getMaxFiles();
        if (files < 0) {
            configuration.problems().add(where + ".max-files", files + " is negative; write 0 or more");
            return;
        }
        builder.addWritableVolume(guest, path, bytes, files);
        if (volume.isLinks()) {
            builder.allowLinks(guest);
        }
    }

    private static void limits(
            String place, WagiProperties.Settings settings, ModuleBuilder builder, ConfigurationBuilder configuration) {
        Setting setting = new Setting(place, builder, configuration);
        setting.set("timeout", settings.getTimeout(), Limits::withTimeout);
        setting.size("max-memory", settings.getMaxMemory(), Limits::withMaxMemoryBytes);
        setting.set("max-table-entries", settings.getMaxTableEntries(), Limits::withMaxTableEntries);
        setting.set("max-open-files", settings.getMaxOpenFiles(), Limits::withMaxOpenFiles);
        setting.size("max-request-body", settings.getMaxRequestBody(), Limits::withMaxRequestBodyBytes);
        setting.set("max-request-headers", settings.getMaxRequestHeaders(), Limits::withMaxRequestHeaders);
        setting.size("max-response-body", settings.getMaxResponseBody(), Limits::withMaxResponseBodyBytes);
        setting.size("max-header-bytes", settings.getMaxHeaderBytes(), ofInt(Limits::withMaxHeaderBytes));
        setting.set("max-headers", settings.getMaxHeaders(), Limits::withMaxHeaders);
        setting.size("max-stderr", settings.getMaxStderr(), ofInt(Limits::withMaxStderrBytes));
        setting.set("max-concurrency", settings.getMaxConcurrency(), Limits::withMaxConcurrency);
        setting.set("max-queue", settings.getMaxQueue(), Limits::withMaxQueue);
        setting.size("min-request-body-rate", settings.getMinRequestBodyRate(), ofInt(Limits::withMinRequestBodyRate));
        setting.set("http-max-concurrency", settings.getHttpMaxConcurrency(), Limits::withHttpMaxConcurrency);
        setting.set("http-max-requests", settings.getHttpMaxRequests(), Limits::withHttpMaxRequests);
        setting.size("http-max-response-body", settings.getHttpMaxResponseBody(), Limits::withHttpMaxResponseBodyBytes);
    }

    private static BiFunction<Limits, Long, Limits> ofInt(BiFunction<Limits, Integer, Limits> change) {
        return (limits, value) -> change.apply(limits, (int) Math.min(Integer.MAX_VALUE, value));
    }

    /** Sets limits of one module. */
    private record Setting(String place, ModuleBuilder builder, ConfigurationBuilder configuration) {

        <T> void set(String key, @Nullable T value, BiFunction<Limits, T, Limits> change) {
            if (value == null) {
                return;
            }
            try {
                Objects.requireNonNull(change.apply(Limits.defaults(), value));
                builder.limits(limits -> change.apply(limits, value));
            } catch (IllegalArgumentException e) {
                configuration.problems().add(place + "." + key, String.valueOf(e.getMessage()));
            }
        }

        void size(String key, @Nullable String text, BiFunction<Limits, Long, Limits> change) {
            if (text != null) {
                set(key, PropertiesSource.size(place + "." + key, text, configuration), change);
            }
        }
    }

    private static @Nullable Long size(String place, String text, ConfigurationBuilder configuration) {
        try {
            return ByteSize.parse(text);
        } catch (IllegalArgumentException e) {
            configuration
                    .problems()
                    .add(place, "\"" + text + "\" is not a size; write a number of bytes, or for instance 64MiB");
            return null;
        }
    }
}
