// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A module as it is configured, and what became of it, for display. Has what its guests may do, without secrets: names
 * of variables without their values, paths of volumes without the host's directories. Immutable.
 */
public final class ModuleInfo {

    private final String module;
    private final String source;
    private final State state;
    private final @Nullable String digest;
    private final long bytes;
    private final List<String> toolchain;
    private final List<String> imports;
    private final Limits limits;
    private final boolean lazy;
    private final boolean reuse;
    private final List<AllowedHost> allowedHosts;
    private final List<Volume> volumes;
    private final List<String> environmentNames;

    private ModuleInfo(Builder builder) {
        this.module = builder.module;
        this.source = builder.source;
        this.state = builder.state;
        this.digest = builder.digest;
        this.bytes = builder.bytes;
        this.toolchain = builder.toolchain;
        this.imports = builder.imports;
        this.limits = builder.limits;
        this.lazy = builder.lazy;
        this.reuse = builder.reuse;
        this.allowedHosts = builder.allowedHosts;
        this.volumes = builder.volumes;
        this.environmentNames = builder.environmentNames;
    }

    /** What became of a module. Constants may be added. */
    public enum State {
        /** It is in memory. */
        LOADED,
        /** It is loaded when a request wants it. */
        UNLOADED,
        /** A request waits until it is loaded. */
        LOADING,
        /** It could not be loaded: its requests are answered with 503. */
        FAILED
    }

    /**
     * Starts with a module that has the default limits, may do nothing else, and could not be loaded.
     *
     * @param module as in {@link #module()}
     * @param source as in {@link #source()}
     * @return a builder
     */
    public static Builder builder(String module, String source) {
        return new Builder(module, source);
    }

    /** {@return the module's name} */
    public String module() {
        return module;
    }

    /** {@return the module's reference as configured} */
    public String source() {
        return source;
    }

    /** {@return what became of it} */
    public State state() {
        return state;
    }

    /** {@return the SHA-256 of its bytes in hexadecimal digits; empty if it could not be loaded} */
    public Optional<String> digest() {
        return Optional.ofNullable(digest);
    }

    /** {@return the size of the module as it was fetched, in bytes; empty if it could not be loaded} */
    public OptionalLong bytes() {
        return digest == null ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    /**
     * {@return who made it, as the module says itself in its section {@code producers}: languages and tools, with
     * versions if there are some, for instance {@code Rust} and {@code rustc 1.85.0}. At most eight, cut and without
     * control characters; anyone can write anything there. Empty if it says nothing, or could not be loaded}
     */
    public List<String> toolchain() {
        return toolchain;
    }

    /**
     * {@return what it imports, for instance {@code wasi_snapshot_preview1.fd_write}, each once, in the order of the
     * module: at most 256, cut and without control characters. Empty if it could not be loaded}
     */
    public List<String> imports() {
        return imports;
    }

    /** {@return the limits of its guests} */
    public Limits limits() {
        return limits;
    }

    /** {@return whether it is loaded when a request wants it, and unloaded when others need its memory} */
    public boolean isLazy() {
        return lazy;
    }

    /** {@return whether its instances serve several requests} */
    public boolean isReused() {
        return reuse;
    }

    /**
     * {@return the hosts that its guests may call, in the order of the configuration, those with private addresses
     * last}
     */
    public List<AllowedHost> allowedHosts() {
        return allowedHosts;
    }

    /** {@return the directories that its guests see, in the order of the configuration} */
    public List<Volume> volumes() {
        return volumes;
    }

    /** {@return the names of its own environment variables, sorted} */
    public List<String> environmentNames() {
        return environmentNames;
    }

    @Override
    public String toString() {
        return "ModuleInfo[module=" + module + ", source=" + source + ", state=" + state + ", digest=" + digest + "]";
    }

    /** An entry of {@code allowed_hosts}: what guests may call. Immutable. */
    public static final class AllowedHost {

        private final String host;
        private final boolean allowsPrivate;

        private AllowedHost(String host, boolean allowsPrivate) {
            this.host = Objects.requireNonNull(host, "host");
            this.allowsPrivate = allowsPrivate;
        }

        /**
         * Creates an entry for public addresses.
         *
         * @param host as in {@link #host()}
         * @return the entry
         */
        public static AllowedHost of(String host) {
            return new AllowedHost(host, false);
        }

        /**
         * Returns the same with another value.
         *
         * @param allowed as in {@link #allowsPrivate()}
         * @return the entry
         */
        public AllowedHost withPrivate(boolean allowed) {
            return new AllowedHost(host, allowed);
        }

        /** {@return scheme, host and port as configured, for instance {@code https://*.example.org}} */
        public String host() {
            return host;
        }

        /** {@return whether the host may have a private address, {@code allow_private}; otherwise public ones only} */
        public boolean allowsPrivate() {
            return allowsPrivate;
        }

        @Override
        public String toString() {
            return host + (allowsPrivate ? " (private addresses too)" : "");
        }
    }

    /** A directory as guests see it. Immutable. */
    public static final class Volume {

        private final String path;
        private final boolean writable;

        private Volume(String path, boolean writable) {
            this.path = Objects.requireNonNull(path, "path");
            this.writable = writable;
        }

        /**
         * Creates a volume.
         *
         * @param path as in {@link #path()}
         * @param writable as in {@link #isWritable()}
         * @return the volume
         */
        public static Volume of(String path, boolean writable) {
            return new Volume(path, writable);
        }

        /** {@return the path that guests use} */
        public String path() {
            return path;
        }

        /** {@return whether guests may change anything in it} */
        public boolean isWritable() {
            return writable;
        }

        @Override
        public String toString() {
            return path + (writable ? " (writable)" : "");
        }
    }

    /** Collects the values of a {@link ModuleInfo}. Not thread-safe. */
    public static final class Builder {
        private final String module;
        private final String source;
        private State state = State.FAILED;
        private @Nullable String digest;
        private long bytes;
        private List<String> toolchain = List.of();
        private List<String> imports = List.of();
        private Limits limits = Limits.defaults();
        private boolean lazy;
        private boolean reuse = true;
        private List<AllowedHost> allowedHosts = List.of();
        private List<Volume> volumes = List.of();
        private List<String> environmentNames = List.of();

        private Builder(String module, String source) {
            this.module = Objects.requireNonNull(module, "module");
            this.source = Objects.requireNonNull(source, "source");
        }

        /**
         * Sets what became of the module.
         *
         * @param now as in {@link ModuleInfo#state()}
         * @return this builder
         */
        public Builder state(State now) {
            this.state = Objects.requireNonNull(now, "now");
            return this;
        }

        /**
         * Sets what was fetched.
         *
         * @param sha256 as in {@link ModuleInfo#digest()}
         * @param size as in {@link ModuleInfo#bytes()}
         * @return this builder
         */
        public Builder content(String sha256, long size) {
            this.digest = Objects.requireNonNull(sha256, "sha256");
            this.bytes = size;
            return this;
        }

        /**
         * Sets what the module says about itself.
         *
         * @param makers as in {@link ModuleInfo#toolchain()}
         * @param names as in {@link ModuleInfo#imports()}
         * @return this builder
         */
        public Builder labels(List<String> makers, List<String> names) {
            this.toolchain = List.copyOf(makers);
            this.imports = List.copyOf(names);
            return this;
        }

        /**
         * Sets how it is run.
         *
         * @param bounds as in {@link ModuleInfo#limits()}
         * @param onDemand as in {@link ModuleInfo#isLazy()}
         * @param again as in {@link ModuleInfo#isReused()}
         * @return this builder
         */
        public Builder runs(Limits bounds, boolean onDemand, boolean again) {
            this.limits = Objects.requireNonNull(bounds, "bounds");
            this.lazy = onDemand;
            this.reuse = again;
            return this;
        }

        /**
         * Sets what its guests may do.
         *
         * @param hosts as in {@link ModuleInfo#allowedHosts()}
         * @param directories as in {@link ModuleInfo#volumes()}
         * @param variables as in {@link ModuleInfo#environmentNames()}, in any order
         * @return this builder
         */
        public Builder grants(List<AllowedHost> hosts, List<Volume> directories, Collection<String> variables) {
            this.allowedHosts = List.copyOf(hosts);
            this.volumes = List.copyOf(directories);
            this.environmentNames = variables.stream().sorted().toList();
            return this;
        }

        /** {@return the module} */
        public ModuleInfo build() {
            return new ModuleInfo(this);
        }
    }
}
