// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.config.ModuleConfiguration;
import dev.wagi.core.config.Problems;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.core.sandbox.GuestModule;
import dev.wagi.core.sandbox.SandboxEngine;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Fetches and loads the modules of a configuration, several at a time, equal bytes once. */
final class ModuleLoader {

    private final List<ModuleResolver> resolvers;
    private final SandboxEngine engine;
    private final WagiListener listener;

    ModuleLoader(List<ModuleResolver> resolvers, SandboxEngine engine, WagiListener listener) {
        this.resolvers = List.copyOf(resolvers);
        this.engine = engine;
        this.listener = listener;
    }

    /** Fetched bytes and their digest. */
    private record Fetched(ResolvedModule module, String digest) {}

    /**
     * Loads all modules; those that cannot be are missing in the result and have a problem each.
     *
     * @return the module of each configuration, by identity
     */
    Map<ModuleConfiguration, GuestModule> load(List<ModuleConfiguration> configurations, Problems problems) {
        AtomicInteger number = new AtomicInteger();
        int threads = Math.min(Runtime.getRuntime().availableProcessors(), Math.max(configurations.size(), 1));
        ExecutorService executor = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "wagi-load-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<Fetched>> fetching = new ArrayList<>();
            for (ModuleConfiguration configuration : configurations) {
                fetching.add(executor.submit(() -> fetch(configuration)));
            }
            Map<String, Future<GuestModule>> loading = new HashMap<>();
            Map<ModuleConfiguration, String> digests = new IdentityHashMap<>();
            for (int i = 0; i < configurations.size(); i++) {
                ModuleConfiguration configuration = configurations.get(i);
                Fetched fetched = await(fetching.get(i), configuration, problems);
                if (fetched != null) {
                    digests.put(configuration, fetched.digest());
                    loading.computeIfAbsent(fetched.digest(), digest -> executor.submit(() -> load(fetched.module())));
                }
            }
            Map<ModuleConfiguration, GuestModule> loaded = new IdentityHashMap<>();
            for (ModuleConfiguration configuration : configurations) {
                String digest = digests.get(configuration);
                Future<GuestModule> future = digest == null ? null : loading.get(digest);
                GuestModule module = future == null ? null : await(future, configuration, problems);
                if (module != null && checkEntrypoint(configuration, module, problems)) {
                    loaded.put(configuration, module);
                }
            }
            return loaded;
        } finally {
            executor.shutdownNow();
        }
    }

    private Fetched fetch(ModuleConfiguration configuration) {
        ModuleReference reference = configuration.source();
        ResolvedModule module = resolver(configuration).resolve(reference);
        String digest = sha256(module.bytes());
        if (!reference.sha256().orElse(digest).equals(digest)) {
            throw new ModuleLoadException(module.origin() + " has the SHA-256 " + digest
                    + ", not the one in its reference; the file was changed, or the pin is out of date");
        }
        return new Fetched(module, digest);
    }

    private ModuleResolver resolver(ModuleConfiguration configuration) {
        String scheme = configuration.source().scheme();
        for (ModuleResolver resolver : resolvers) {
            if (resolver.scheme().equals(scheme)) {
                return resolver;
            }
        }
        if (scheme.equals("file")) {
            return ModuleResolver.files(configuration.baseDirectory());
        }
        throw new ModuleLoadException("nothing here loads '" + scheme
                + ":' references; name a file, or give Wagi.builder() a ModuleResolver for them");
    }

    private GuestModule load(ResolvedModule module) {
        listener.moduleLoading(module.origin());
        long began = System.nanoTime();
        GuestModule loaded = engine.load(module.origin(), module.bytes());
        listener.moduleLoaded(module.origin(), Duration.ofNanos(System.nanoTime() - began));
        return loaded;
    }

    private static boolean checkEntrypoint(ModuleConfiguration configuration, GuestModule module, Problems problems) {
        if (module.entrypoints().contains(configuration.entrypoint())) {
            return true;
        }
        problems.add(
                configuration.place() + ", key 'entrypoint'",
                "the module exports no function \"" + configuration.entrypoint()
                        + "\" without parameters and results; "
                        + (module.entrypoints().isEmpty()
                                ? "it exports none at all: build it as a command, with a main function"
                                : "it exports " + String.join(", ", module.entrypoints())));
        return false;
    }

    private static <T> @org.jspecify.annotations.Nullable T await(
            Future<T> future, ModuleConfiguration configuration, Problems problems) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ModuleLoadException cause) {
                problems.add(configuration.place() + ", key 'module'", cause.getMessage());
                return null;
            }
            if (e.getCause() instanceof OutOfMemoryError) {
                problems.add(
                        configuration.place() + ", key 'module'",
                        configuration.source() + " needs more memory to be compiled; raise the JVM's -Xmx");
                return null;
            }
            throw new IllegalStateException(
                    "BUG: loading " + configuration.source() + " failed; please report this", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while modules were loaded", e);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
