// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.spring.boot;

import dev.wagi.core.api.Limits;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.internal.text.ByteSize;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
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
        setting.set("timeout", settings.getTimeout());
        setting.size("max-memory", settings.getMaxMemory());
        setting.set("max-table-entries", settings.getMaxTableEntries());
        setting.set("max-open-files", settings.getMaxOpenFiles());
        setting.size("max-request-body", settings.getMaxRequestBody());
        setting.set("max-request-headers", settings.getMaxRequestHeaders());
        setting.size("max-response-body", settings.getMaxResponseBody());
        setting.size("max-header-bytes", settings.getMaxHeaderBytes());
        setting.set("max-headers", settings.getMaxHeaders());
        setting.size("max-stderr", settings.getMaxStderr());
        setting.set("max-concurrency", settings.getMaxConcurrency());
        setting.set("max-queue", settings.getMaxQueue());
        setting.size("min-request-body-rate", settings.getMinRequestBodyRate());
        setting.set("http-max-concurrency", settings.getHttpMaxConcurrency());
        setting.set("http-max-requests", settings.getHttpMaxRequests());
        setting.size("http-max-response-body", settings.getHttpMaxResponseBody());
    }

    /** The limits with another value of one; without a lambda expression for each, because these slow the start. */
    private static Limits change(Limits limits, String key, Object value) {
        return switch (key) {
            case "timeout" -> limits.withTimeout((Duration) value);
            case "max-memory" -> limits.withMaxMemoryBytes((Long) value);
            case "max-table-entries" -> limits.withMaxTableEntries((Integer) value);
            case "max-open-files" -> limits.withMaxOpenFiles((Integer) value);
            case "max-request-body" -> limits.withMaxRequestBodyBytes((Long) value);
            case "max-request-headers" -> limits.withMaxRequestHeaders((Integer) value);
            case "max-response-body" -> limits.withMaxResponseBodyBytes((Long) value);
            case "max-header-bytes" -> limits.withMaxHeaderBytes((int) Math.min(Integer.MAX_VALUE, (Long) value));
            case "max-headers" -> limits.withMaxHeaders((Integer) value);
            case "max-stderr" -> limits.withMaxStderrBytes((int) Math.min(Integer.MAX_VALUE, (Long) value));
            case "max-concurrency" -> limits.withMaxConcurrency((Integer) value);
            case "max-queue" -> limits.withMaxQueue((Integer) value);
            case "min-request-body-rate" ->
                limits.withMinRequestBodyRate((int) Math.min(Integer.MAX_VALUE, (Long) value));
            case "http-max-concurrency" -> limits.withHttpMaxConcurrency((Integer) value);
            case "http-max-requests" -> limits.withHttpMaxRequests((Integer) value);
            case "http-max-response-body" -> limits.withHttpMaxResponseBodyBytes((Long) value);
            default -> throw new IllegalStateException("BUG: no limit " + key + "; please report this");
        };
    }

    /** Sets limits of one module. */
    private record Setting(String place, ModuleBuilder builder, ConfigurationBuilder configuration) {

        void set(String key, @Nullable Object value) {
            if (value == null) {
                return;
            }
            try {
                Objects.requireNonNull(change(Limits.defaults(), key, value));
                builder.limits(limits -> change(limits, key, value));
            } catch (IllegalArgumentException e) {
                configuration.problems().add(place + "." + key, String.valueOf(e.getMessage()));
            }
        }

        void size(String key, @Nullable String text) {
            if (text != null) {
                set(key, PropertiesSource.size(place + "." + key, text, configuration));
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
