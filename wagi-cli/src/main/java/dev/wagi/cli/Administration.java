// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.console.Console;
import dev.wagi.cli.console.ConsoleMode;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.micrometer.WagiMetrics;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The metrics of a host and of the JVM, and the server that shows them. Thread-safe. */
final class Administration implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final @Nullable WagiMetrics metrics;
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final @Nullable Console console;
    private final ListenAddress address;
    private final boolean shared;
    private volatile @Nullable AdminServer server;

    /** Guarded by this. */
    private boolean stopped;

    private Administration(ListenAddress address, boolean shared, ConsoleMode mode, boolean node) throws IOException {
        this.address = address;
        this.shared = shared;
        for (MeterBinder binder : List.of(
                collections,
                new ClassLoaderMetrics(),
                new FileDescriptorMetrics(),
                new JvmMemoryMetrics(),
                new JvmThreadMetrics(),
                new ProcessorMetrics(),
                new UptimeMetrics())) {
            binder.bindTo(registry);
        }
        metrics = node ? null : new WagiMetrics(registry);
        console = console(mode, node);
        if (shared) {
            AddressCheck.requireShareable(address);
        } else {
            server = start();
        }
    }

    private @Nullable Console console(ConsoleMode mode, boolean node) {
        if (mode == ConsoleMode.OFF) {
            return null;
        }
        return node
                ? Console.ofSeveral(this::state, address.host())
                : Console.create(
                        this::state, address.host(), mode == ConsoleMode.FULL ? Administration::request : null);
    }

    /**
     * Starts the server of a host: healthy, and not ready. On a shared port it is started when it is ready, because
     * another process may answer there until then.
     *
     * @param mode what its console may do
     * @param shared whether other processes may have the port as well
     * @throws IOException if it cannot
     */
    static Administration ofHost(ListenAddress address, ConsoleMode mode, boolean shared) throws IOException {
        return new Administration(address, shared, mode, false);
    }

    /**
     * Starts the server of a node: healthy, and not ready. It has no metrics of modules, which come and go with pods:
     * those would stay in the registry.
     *
     * @param mode whether there is a console
     * @throws IOException if it cannot
     */
    static Administration ofNode(ListenAddress address, ConsoleMode mode) throws IOException {
        return new Administration(address, false, mode, true);
    }

    private AdminServer start() throws IOException {
        return AdminServer.start(address, shared, registry, console == null ? AdminServer.Paths.NONE : console::handle);
    }

    /** Refuses options that cannot be, as a usage error. */
    static void check(@Nullable CommandSpec spec, @Nullable ListenAddress address, @Nullable ConsoleMode mode) {
        if (address != null && address.port() < 0) {
            throw Failures.usage(
                    spec,
                    "--admin-listen takes no inherited or Unix domain socket; write HOST:PORT, for instance"
                            + " \"127.0.0.1:9090\"");
        }
        if (mode != null && address == null) {
            throw Failures.usage(
                    spec, "--console needs --admin-listen; write for instance '--admin-listen 127.0.0.1:9090'");
        }
    }

    /** Makes a request of the form; see {@link dev.wagi.cli.console.RequestFactory}. */
    static WagiRequest request(String method, String url, List<String> fields, byte[] body) {
        try {
            return RequestText.request(method, RequestUrl.parse(url), fields, body.length == 0 ? null : body);
        } catch (IllegalArgumentException e) {
            // Messages about a URL continue a sentence.
            String text = String.valueOf(e.getMessage());
            throw new IllegalArgumentException(text.startsWith("\"") ? text : "\"" + url + "\" " + text, e);
        }
    }

    /** Those who ask before it is known are early. */
    private String state() {
        AdminServer known = server;
        return known == null ? "loading" : known.state();
    }

    /** Returns what the hosts have to call. */
    List<WagiListener> listeners() {
        List<WagiListener> all = new ArrayList<>();
        if (metrics != null) {
            all.add(metrics);
        }
        if (console != null) {
            all.add(console.listener());
        }
        return all;
    }

    /** Returns lines that say where the server is; none if it was not started yet. */
    List<String> lines() {
        AdminServer known = server;
        if (known == null) {
            return List.of();
        }
        String metrics = "Metrics and health: " + known.uri();
        return console == null ? List.of(metrics) : List.of(metrics, "Console: " + known.uri() + "/");
    }

    /**
     * From now on clients are served, if it is not too late for that.
     *
     * @throws IOException if the server is to be started and cannot
     */
    void ready(Wagi wagi) throws IOException {
        if (metrics != null) {
            metrics.bindTo(wagi);
        }
        serve(shown -> shown.ready(wagi));
    }

    /**
     * From now on clients are served by several hosts, if it is not too late for that.
     *
     * @param hosts asked for those there are, by address
     * @throws IOException if the server is to be started and cannot
     */
    void ready(Supplier<Map<String, Wagi>> hosts) throws IOException {
        serve(shown -> shown.ready(hosts));
    }

    private synchronized void serve(Consumer<Console> ready) throws IOException {
        if (stopped) {
            return;
        }
        if (console != null) {
            ready.accept(console);
        }
        AdminServer known = server == null ? start() : server;
        known.ready();
        server = known;
    }

    /** From now on a load balancer should send no more clients. */
    synchronized void stopping() {
        stopped = true;
        AdminServer known = server;
        if (known != null) {
            known.stopping();
        }
    }

    @Override
    public void close() {
        AdminServer known = server;
        if (known != null) {
            known.close();
        }
        if (console != null) {
            console.close();
        }
        collections.close();
    }
}
