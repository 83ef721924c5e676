// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.console.ConsoleMode;
import dev.wagi.cli.log.CommandLog;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiListener;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.server.WagiServer;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code wagi serve}: serves a configuration over HTTP until it is told to stop. */
@Command(
        name = ServeCommand.NAME,
        description = {
            "Serves the modules over HTTP until SIGINT (Ctrl-C) or SIGTERM.",
            "Prints 'Ready: serving on http://HOST:PORT' on standard output when it accepts requests.",
            "SIGHUP reads configuration, modules, --env-file and certificate again; what is served before stays in"
                    + " service if there are errors."
        },
        customSynopsis = "wagi serve {-c FILE|-f FILE|-b ID} [-l HOST:PORT] [OPTION]...",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  wagi serve -c modules.toml",
            "  wagi serve -f pod.yaml",
            "  wagi serve -c modules.toml -l 0.0.0.0:8080 --hostname www.example.org:80",
            "  wagi serve -c modules.toml --watch -e GREETING='hello world' COLOR=red"
        })
final class ServeCommand implements Callable<Integer> {

    static final String NAME = "serve";

    /** Jetty starts JMX to find this number, which is 16 with compressed pointers, and that takes 0.1 s. */
    private static final String JETTY_CACHE_LINE = "org.eclipse.jetty.util.referencesPerCacheLine";

    private static final ListenAddress DEFAULT_ADDRESS = ListenAddress.parse(ListenAddress.DEFAULT);

    /** Enough for clients that send requests one after the other. */
    private static final Duration HAND_OVER = Duration.ofSeconds(1);

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private ServeOptions settings = new ServeOptions();

    @Spec
    private @Nullable CommandSpec spec;

    /** Certificate and key, or empty. */
    private List<Path> tlsFiles = List.of();

    /** What the configuration said at the start. */
    private ServerTable serverTable = ServerTable.of(Optional.empty());

    private @Nullable AccessLog accessLog;
    private @Nullable Administration administration;

    @Override
    public Integer call() throws IOException, InterruptedException {
        settings.log.apply();
        String origin = options.origin();
        ServerTable table = ServerTable.of(options.file());
        List<String> problems = settings.apply(table);
        if (!problems.isEmpty()) {
            throw new WagiConfigException(problems);
        }
        serverTable = table;
        tlsFiles = settings.tlsFiles(table);
        if (settings.watch) {
            checkWatchable();
        }
        settings.check();
        Duration wait = settings.grace == null ? Wagi.DEFAULT_GRACE : Duration.ofSeconds(settings.grace.value());
        Halt.prepare(wait.toSeconds());
        Optional<Path> compiled = settings.cache.directory();
        Hangup hangup = new Hangup();
        if (settings.accessLogFile != null) {
            accessLog = AccessLog.start(
                    settings.accessLogFormat == null ? usualFormat() : settings.accessLogFormat,
                    AccessLogFile.open(settings.accessLogFile),
                    text -> CommandLog.complain("wagi: " + text, null));
        }
        if (System.getProperty(JETTY_CACHE_LINE) == null) {
            System.setProperty(JETTY_CACHE_LINE, "16");
        }
        if (settings.adminListen != null) {
            boolean local = settings.adminListen.isLoopback();
            administration = Administration.ofHost(
                    settings.adminListen,
                    settings.console != null ? settings.console : local ? ConsoleMode.FULL : ConsoleMode.OFF,
                    settings.reusePort);
            administration.lines().forEach(System.err::println);
        }
        FileWatch files = settings.watch ? FileWatch.open(text -> CommandLog.complain("wagi: " + text, null)) : null;
        Wagi.Builder host = builder(files, compiled);
        // Before modules are loaded, which may take long: a port in use is reported at once, and early clients wait.
        ListenAddress address =
                settings.listen != null || !options.manifests().isEmpty() ? settings.listen : DEFAULT_ADDRESS;
        ServerSocketChannel socket = null;
        settings.checkPorts(address);
        if (address != null && settings.reusePort) {
            AddressCheck.requireShareable(address);
        } else if (address != null) {
            socket = socket(address);
        }
        ServiceManager.status("Loading modules");
        Wagi wagi = build(host, socket);
        System.err.println(routes(wagi, origin));
        WagiServer.Builder builder = WagiServer.builder(wagi)
                .socket(socket == null ? socket(address != null ? address : manifestAddress()) : socket);
        if (settings.reusePort || address != null && address.isInherited()) {
            builder.handOver(HAND_OVER);
        }
        if (!tlsFiles.isEmpty()) {
            builder.tls(tlsFiles.get(0), tlsFiles.get(1));
        }
        if (settings.maxConnections != null) {
            builder.maxConnections(settings.maxConnections.value());
        }
        if (settings.maxConnectionsPerAddress != null) {
            builder.maxConnectionsPerAddress(settings.maxConnectionsPerAddress.value());
        }
        if (settings.headerTimeout != null) {
            builder.headerTimeout(Duration.ofSeconds(settings.headerTimeout.value()));
        }
        if (settings.idleTimeout != null) {
            builder.idleTimeout(Duration.ofSeconds(settings.idleTimeout.value()));
        }
        if (settings.maxRequestHeaderBytes != null) {
            builder.maxRequestHeaderBytes(settings.maxRequestHeaderBytes.value());
        }
        builder.grace(wait);
        WagiServer server = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(files, server, wagi), "wagi-stop"));
        Reloads reloads = new Reloads(
                wagi,
                server,
                () -> {
                    if (ServerTable.of(options.file()).differsFrom(table)) {
                        CommandLog.complain("wagi: [server] of " + origin + " was changed; restart to apply it", null);
                    }
                    return builder(files, compiled);
                },
                () -> settings.listen == null ? options.manifestAddress() : Optional.empty(),
                () -> routes(wagi, origin),
                options.isVerbose());
        if (files != null) {
            Thread thread = new Thread(() -> reloadOnChange(files, reloads), "wagi-watch");
            thread.setDaemon(true);
            thread.start();
        }
        Signals.endNormally(); // through the hook above
        if (administration != null) {
            administration.ready(wagi);
            if (settings.reusePort) {
                administration.lines().forEach(System.err::println);
            }
        }
        ServiceManager.ready(ServiceManager.serving(routes(wagi, origin), server.uri()));
        ServiceManager.watch(server::isAnswering);
        CommandLog.announce("Ready: serving on " + server.uri());
        hangup.ready(reloads);
        new CountDownLatch(1).await();
        return 0;
    }

    /** The access log may go to the same place. */
    private static AccessLogFormat usualFormat() {
        return CommandLog.isJson() ? AccessLogFormat.JSON : AccessLogFormat.COMBINED;
    }

    /** What to serve, read again. */
    private Wagi.Builder builder(@Nullable FileWatch files, Optional<Path> compiled) throws IOException {
        if (files != null) {
            files.clear();
            options.file().ifPresent(files::add);
            options.manifests().forEach(files::add);
            options.variableFiles().forEach(files::add);
            tlsFiles.forEach(files::add);
        }
        Wagi.Builder builder = options.builder(settings.engine, TransferProgress.standard(false))
                .listener(new Progress(System.err));
        builder.keepGoing(settings.keepGoing);
        if (accessLog != null) {
            builder.addListener(accessLog);
        }
        if (administration != null) {
            administration.listeners().forEach(builder::addListener);
        }
        compiled.ifPresent(builder::compileCache);
        if (files != null) {
            options.file().ifPresent(file -> builder.addResolver(new WatchedModules(files, file)));
        }
        Path logs = settings.logs(serverTable);
        if (logs != null) {
            builder.logDirectory(logs);
        }
        if (settings.defaultHost != null) {
            builder.defaultHost(settings.defaultHost);
        }
        if (settings.listen != null && settings.listen.port() > 0) {
            builder.listenAddress(settings.listen.toString());
        } else if (settings.listen != null && settings.listen.file().isPresent()) {
            builder.listenAddress(tlsFiles.isEmpty() ? "localhost:80" : "localhost:443");
        }
        return builder;
    }

    private void checkWatchable() {
        if (options.file().isEmpty()
                && options.manifests().isEmpty()
                && options.variableFiles().isEmpty()) {
            throw Failures.usage(spec, "--watch has nothing to watch: bindles do not change; add -c or leave it out");
        }
        for (Path file : options.variableFiles()) {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw Failures.usage(
                        spec,
                        "--watch cannot read " + file + " again, it is not a regular file; leave one of them out");
            }
        }
    }

    /** Runs until the watch is closed, whatever happens. */
    private static void reloadOnChange(FileWatch files, Reloads reloads) {
        while (true) {
            try {
                files.awaitChange();
                reloads.run();
            } catch (ClosedWatchServiceException | InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                printNotReloaded(e);
            }
        }
    }

    private static void printNotReloaded(Throwable failure) {
        try {
            Failures.texts(failure).forEach(text -> CommandLog.complain("Not reloaded: " + text, null));
        } catch (RuntimeException | Error e) {
            // The heap may be too full to print it; the watch goes on.
        }
    }

    private ListenAddress manifestAddress() {
        ListenAddress address =
                options.manifestAddress().map(ServeOptions::manifestAddress).orElse(DEFAULT_ADDRESS);
        settings.checkPorts(address);
        return address;
    }

    private ServerSocketChannel socket(ListenAddress address) throws IOException {
        if (settings.reusePort) {
            return WagiServer.bindShared(address.host(), address.port());
        }
        if (!address.isInherited()) {
            return address.file().isPresent()
                    ? WagiServer.bind(address.file().get())
                    : WagiServer.bind(address.host(), address.port());
        }
        if (System.inheritedChannel() instanceof ServerSocketChannel inherited) {
            return inherited;
        }
        throw new IOException(
                "standard input is not a listening socket, as '-l inherited' wants it; start the command from a"
                        + " systemd service with StandardInput=socket, or name HOST:PORT");
    }

    private Wagi build(Wagi.Builder host, @Nullable ServerSocketChannel socket) throws IOException {
        try {
            return host.build();
        } catch (RuntimeException | Error e) {
            if (socket != null) {
                // As long as it is open, no other server takes its file for one that was left behind.
                if (settings.listen != null && settings.listen.file().isPresent()) {
                    Files.deleteIfExists(settings.listen.file().get());
                }
                socket.close();
            }
            throw e;
        }
    }

    private static String routes(Wagi wagi, String origin) {
        int routes = wagi.routes().size();
        return routes + (routes == 1 ? " route" : " routes") + " from " + origin;
    }

    private void stop(@Nullable FileWatch files, WagiServer server, Wagi wagi) {
        if (administration != null) {
            administration.stopping();
        }
        ServiceManager.stopping(settings.drain == null ? ServiceManager.STOPPING : "Draining");
        if (settings.drain != null) {
            System.err.println("Draining: /readyz is 503, requests are served for " + settings.drain.value() + " s");
            pause(Duration.ofSeconds(settings.drain.value()));
        }
        Halt.stopping();
        if (settings.drain != null) {
            ServiceManager.status(ServiceManager.STOPPING);
        }
        System.err.println(ServiceManager.STOPPING);
        if (files != null) {
            files.close();
        }
        server.close();
        wagi.close(Duration.ZERO); // the server has waited
        if (accessLog != null) {
            accessLog.close();
        }
        if (administration != null) {
            administration.close();
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Modules in files, each watched from before it is read on; also those that do not exist. */
    private static final class WatchedModules implements ModuleResolver {
        private final FileWatch files;
        private final Path directory;
        private final ModuleResolver modules;

        WatchedModules(FileWatch files, Path configuration) {
            this.files = files;
            this.directory = Objects.requireNonNull(
                    configuration.toAbsolutePath().getParent(), "a configuration is in a directory");
            this.modules = ModuleResolver.files(directory);
        }

        @Override
        public String scheme() {
            return modules.scheme();
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference) {
            try {
                // A file in the first place wins over one in the second, also one that comes later.
                Path path = Path.of(reference.location());
                files.add(directory.resolve(path).normalize());
                files.add(path.toAbsolutePath().normalize());
            } catch (InvalidPathException e) {
                // The resolver says so.
            }
            return modules.resolve(reference);
        }
    }

    /** Tells of every module that was loaded. */
    private static final class Progress implements WagiListener {
        private final PrintStream err;

        Progress(PrintStream err) {
            this.err = err;
        }

        @Override
        public void heapExhausted() {
            Halt.heapExhausted();
        }

        @Override
        public void moduleLoaded(ModuleLoaded event) {
            err.println(String.format(
                    Locale.ROOT,
                    "loaded %s in %.2f s",
                    relative(event.origin()),
                    event.took().toMillis() / 1e3));
        }

        /** A file below the working directory as the user would name it. */
        private static String relative(String origin) {
            String here = Path.of("").toAbsolutePath() + File.separator;
            return origin.startsWith(here) ? origin.substring(here.length()) : origin;
        }
    }
}
