// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.config;

import dev.wagi.core.api.Problems;
import dev.wagi.core.configuration.ConfigurationBuilder;
import dev.wagi.core.configuration.ConfigurationSource;
import dev.wagi.core.configuration.ModuleBuilder;
import dev.wagi.core.configuration.StaticFilesBuilder;
import dev.wagi.core.internal.volume.VolumeDirectories;
import dev.wagi.core.module.ModuleResolver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/** What one source describes while a host is built or reloaded. */
public final class Description implements ConfigurationBuilder {

    private final ConfigurationDraft draft;
    private final List<ModuleResolver> resolvers = new ArrayList<>();
    private final boolean hasListenAddress;
    private final VolumeDirectories directories;
    private final Problems problems;

    private Description(
            ConfigurationDraft draft, boolean hasListenAddress, VolumeDirectories directories, Problems problems) {
        this.draft = draft;
        this.hasListenAddress = hasListenAddress;
        this.directories = directories;
        this.problems = problems;
    }

    /**
     * Calls a source.
     *
     * @param hasListenAddress whether there is a listen address that takes precedence over the source's
     * @param directories stores the files of volumes
     * @param problems receives everything that is wrong
     */
    public static Description of(
            ConfigurationSource source, boolean hasListenAddress, VolumeDirectories directories, Problems problems) {
        String origin = source.getClass().getSimpleName();
        Description description = new Description(
                new ConfigurationDraft(origin.isEmpty() ? "a source" : origin),
                hasListenAddress,
                directories,
                problems);
        source.describe(description);
        return description;
    }

    /** Returns the unchecked description. */
    public ConfigurationDraft draft() {
        return draft;
    }

    /** Returns the resolvers that the source has added. */
    public List<ModuleResolver> resolvers() {
        return resolvers;
    }

    @Override
    public ConfigurationBuilder addModule(Consumer<ModuleBuilder> settings) {
        draft.addModule(settings);
        return this;
    }

    @Override
    public ConfigurationBuilder addStaticFiles(Consumer<StaticFilesBuilder> settings) {
        draft.addStaticFiles(settings);
        return this;
    }

    @Override
    public ConfigurationBuilder defaultHost(String host) {
        draft.defaultHost(host);
        return this;
    }

    @Override
    public ConfigurationBuilder listenAddress(String address) {
        draft.listenAddress(address);
        return this;
    }

    @Override
    public boolean hasListenAddress() {
        return hasListenAddress;
    }

    @Override
    public ConfigurationBuilder addTrustedProxies(Collection<String> addresses) {
        draft.addTrustedProxies(addresses);
        return this;
    }

    @Override
    public ConfigurationBuilder healthPath(String path) {
        draft.healthPath(path);
        return this;
    }

    @Override
    public ConfigurationBuilder maxTotalConcurrency(int requests) {
        draft.maxTotalConcurrency(requests);
        return this;
    }

    @Override
    public ConfigurationBuilder maxTotalQueue(int requests) {
        draft.maxTotalQueue(requests);
        return this;
    }

    @Override
    public ConfigurationBuilder loadTimeout(Duration time) {
        draft.loadTimeout(time);
        return this;
    }

    @Override
    public ConfigurationBuilder addResolver(ModuleResolver resolver) {
        resolvers.add(Objects.requireNonNull(resolver, "resolver"));
        return this;
    }

    @Override
    public Path directory(Map<String, byte[]> files) throws IOException {
        return directories.filled(files);
    }

    @Override
    public Path emptyDirectory(String owner, String name) throws IOException {
        return directories.empty(owner, name);
    }

    @Override
    public Problems problems() {
        return problems;
    }
}
