// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleInfo;
import dev.wagi.core.api.ModuleUsage;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.core.api.WagiUsage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the console shows of its hosts at one moment: what the page is made of, and the JSON.
 *
 * @param state {@code loading}, {@code ready} or {@code stopping}
 * @param requests all requests, also those that no module answers
 * @param reasons why requests failed, the last first
 * @param unrouted errors of requests that no module answers
 */
record Snapshot(
        String state,
        Instant time,
        Traffic requests,
        Usage usage,
        List<Route> routes,
        List<Module> modules,
        List<Reason> reasons,
        List<Notes.Note> unrouted) {

    /**
     * Requests.
     *
     * @param count how many there were
     * @param failures how many of them ended with a status of 500 or more, or were refused or broke off
     * @param perSecond in the last ten seconds
     * @param p50 what half of the requests of the last minute did not exceed, in milliseconds; 0 if there were none
     * @param history how many in each of the last 59 seconds, the oldest first
     */
    record Traffic(
            long count,
            long failures,
            double perSecond,
            double p50,
            double p95,
            double p99,
            int[] history,
            int[] failureHistory) {}

    /** What is in use now. */
    record Usage(
            int active,
            int running,
            int waiting,
            int maxRunning,
            int abandonedThreads,
            long guestBytes,
            long pooledBytes) {

        Usage plus(WagiUsage host, int most) {
            return new Usage(
                    active + host.active(),
                    running + host.running(),
                    waiting + host.waiting(),
                    maxRunning + most,
                    abandonedThreads + host.abandonedThreads(),
                    Math.max(guestBytes, host.guestHeapBytes()), // of all hosts of this JVM
                    pooledBytes + host.pooledBytes());
        }
    }

    /**
     * A route.
     *
     * @param address where it is served, of several hosts; empty if there is only one
     * @param module empty for files
     * @param requests null if there were none
     */
    record Route(
            String address,
            String route,
            String module,
            String entrypoint,
            List<String> hosts,
            List<String> methods,
            @Nullable Traffic requests) {}

    /** A module. */
    record Module(
            String module,
            String source,
            String state,
            @Nullable String sha256,
            @Nullable Long bytes,
            List<String> toolchain,
            List<String> imports,
            boolean lazy,
            boolean reuse,
            List<Host> allowedHosts,
            List<Volume> volumes,
            List<String> environmentNames,
            Map<String, Long> limits,
            @Nullable Pool pool,
            List<Notes.Note> errors,
            List<Notes.Note> stderr) {}

    /** What guests may call. */
    record Host(String host, boolean allowPrivate) {}

    /** A directory as guests see it. */
    record Volume(String path, boolean writable) {}

    /** The instances of a module. */
    record Pool(
            int running,
            int waiting,
            int used,
            int idle,
            long idleBytes,
            long created,
            long reused,
            Map<String, Long> discarded) {}

    /** Why requests failed. */
    record Reason(String module, String reason, long count, Instant last, String requestId) {}

    /**
     * Reads everything.
     *
     * @param hosts by the address that they listen on; the address is empty if there is only one host. None while
     *     modules are loaded
     */
    static Snapshot of(String state, Instant time, Recorder recorder, Map<String, Wagi> hosts) {
        List<Route> routes = new ArrayList<>();
        List<Module> modules = new ArrayList<>();
        Usage all = new Usage(0, 0, 0, 0, 0, 0, 0);
        for (Map.Entry<String, Wagi> host : hosts.entrySet()) {
            Wagi wagi = host.getValue();
            for (RouteInfo route : wagi.routes()) {
                Recorder.Key key = new Recorder.Key(route.module(), route.route());
                routes.add(new Route(
                        host.getKey(),
                        route.route(),
                        route.module(),
                        route.entrypoint(),
                        route.hosts(),
                        route.methods(),
                        recorder.traffic(key)));
            }
            WagiUsage usage = wagi.usage();
            all = all.plus(usage, wagi.maxTotalConcurrency());
            Map<String, ModuleUsage> usages = new LinkedHashMap<>();
            usage.modules().forEach(one -> usages.putIfAbsent(one.module(), one));
            for (ModuleInfo module : wagi.modules()) {
                modules.add(module(module, usages.get(module.module()), recorder));
            }
        }
        return new Snapshot(
                state,
                time,
                recorder.traffic(),
                all,
                routes,
                modules,
                recorder.reasons(),
                recorder.errors(Recorder.NO_MODULE));
    }

    private static Module module(ModuleInfo info, @Nullable ModuleUsage usage, Recorder recorder) {
        return new Module(
                info.module(),
                info.source(),
                info.state().name().toLowerCase(Locale.ROOT),
                info.digest().orElse(null),
                info.bytes().isPresent() ? info.bytes().getAsLong() : null,
                info.toolchain(),
                info.imports(),
                info.isLazy(),
                info.isReused(),
                info.allowedHosts().stream()
                        .map(host -> new Host(host.host(), host.allowsPrivate()))
                        .toList(),
                info.volumes().stream()
                        .map(volume -> new Volume(volume.path(), volume.isWritable()))
                        .toList(),
                info.environmentNames(),
                limits(info.limits()),
                usage == null ? null : pool(usage),
                recorder.errors(info.module()),
                recorder.lines(info.module()));
    }

    private static Pool pool(ModuleUsage usage) {
        Map<String, Long> discarded = new LinkedHashMap<>();
        for (ModuleUsage.Discard reason : ModuleUsage.Discard.values()) {
            if (usage.instancesDiscarded(reason) > 0) {
                discarded.put(reason.name().toLowerCase(Locale.ROOT), usage.instancesDiscarded(reason));
            }
        }
        return new Pool(
                usage.running(),
                usage.waiting(),
                usage.instancesInUse(),
                usage.instancesPooled(),
                usage.pooledBytes(),
                usage.instancesCreated(),
                usage.instancesReused(),
                discarded);
    }

    /** By their keys in a configuration; bytes, milliseconds and numbers. */
    private static Map<String, Long> limits(Limits limits) {
        Map<String, Long> all = new LinkedHashMap<>();
        all.put("timeout", limits.timeout().toMillis());
        all.put("max_memory", limits.maxMemoryBytes());
        all.put("max_concurrency", (long) limits.maxConcurrency());
        all.put("max_queue", (long) limits.maxQueue());
        all.put("max_request_body", limits.maxRequestBodyBytes());
        all.put("max_request_headers", (long) limits.maxRequestHeaders());
        all.put("min_request_body_rate", (long) limits.minRequestBodyRate());
        all.put("max_response_body", limits.maxResponseBodyBytes());
        all.put("max_header_bytes", (long) limits.maxHeaderBytes());
        all.put("max_headers", (long) limits.maxHeaders());
        all.put("max_stderr", (long) limits.maxStderrBytes());
        all.put("max_open_files", (long) limits.maxOpenFiles());
        all.put("max_table_entries", (long) limits.maxTableEntries());
        all.put("http_max_concurrency", (long) limits.httpMaxConcurrency());
        all.put("http_max_requests", (long) limits.httpMaxRequests());
        all.put("http_max_response_body", limits.httpMaxResponseBodyBytes());
        return all;
    }
}
