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
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wagi serve}: serves a configuration over HTTP until it is told to stop. */
@Command(
        name = ServeCommand.NAME,
        description = {
            "Serves the modules over HTTP until SIGINT (Ctrl-C) or SIGTERM.",
            "Prints 'Ready: serving on http://HOST:PORT' on standard output when it accepts requests.",
            "SIGHUP reads configuration, modules, --env-file and certificate again; what is served before stays in service if"
                    + " there are errors."
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

    private static final String LOG_VARIABLE = "WAGI_LOG_DIR";
    private static final String CERTIFICATE_VARIABLE = "WAGI_TLS_CERT";
    private static final String KEY_VARIABLE = "WAGI_TLS_KEY";

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "HOST:PORT",
            description = "Where to listen; by default what a manifest says, or else " + ListenAddress.DEFAULT
                    + ". 0.0.0.0 is every address, port 0 any free port. 'inherited' is the listening socket that standard input"
                    + " is, as systemd passes it with StandardInput=socket. unix:/PATH is a Unix domain socket, for the user and"
                    + " the group of this process.")
    private @Nullable ListenAddress listen;

    @Option(
            names = {"--hostname", "--default-host"},
            paramLabel = "HOST[:PORT]",
            description =
                    "The server's name for requests without a Host header; by default what the configuration says, or"
                            + " else the address to listen on.")
    private @Nullable String defaultHost;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "Serve https, HTTP/1.1 and HTTP/2: the certificate chain, PEM; by default $"
                    + CERTIFICATE_VARIABLE + ". Needs --tls-key.")
    private @Nullable Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "The certificate's private key, PEM, without a password; by default $" + KEY_VARIABLE + ".")
    private @Nullable Path key;

    @Option(
            names = "--max-connections",
            paramLabel = "NUMBER",
            description =
                    "How many connections there may be at the same time; 4096 by default. When that is reached, those"
                            + " that are idle or send no request are closed after two seconds.")
    private @Nullable Count maxConnections;

    @Option(
            names = "--max-connections-per-address",
            paramLabel = "NUMBER",
            description =
                    "How many of them one client may have, an IPv4 address or the first 64 bits of an IPv6 one; any"
                            + " number by default. Not for use behind a proxy.")
    private @Nullable Count maxConnectionsPerAddress;

    @Option(
            names = "--header-timeout",
            paramLabel = "SECONDS",
            description =
                    "How long a request's header may take to arrive, from the first byte of a connection or the last"
                            + " response on it; 30 by default.")
    private @Nullable Count headerTimeout;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "compiler",
            description =
                    "compiler or interpreter; by default the compiler. The interpreter starts at once and runs 10 to"
                            + " 100 times slower.")
    private Wagi.Engine engine = Wagi.Engine.COMPILER;

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "Where modules' standard error goes, DIR/NAME/module.stderr; by default $" + LOG_VARIABLE
                    + ", or else standard error.")
    private @Nullable Path logDirectory;

    @Mixin
    private LogOptions log = new LogOptions();

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            description = "Write a line for each request to FILE, or to standard output if it is -. A file that another"
                    + " program renames is created again.")
    private @Nullable String accessLogFile;

    @Option(
            names = "--access-log-format",
            paramLabel = "FORMAT",
            description =
                    "common, combined or json; by default json with --log-format json, or else combined. The first"
                            + " two end with the request's id. Needs --access-log.")
    private @Nullable AccessLogFormat accessLogFormat;

    @Option(
            names = "--admin-listen",
            paramLabel = "HOST:PORT",
            description =
                    "Where to answer /metrics (for Prometheus), /healthz and /readyz, for operators only; nowhere by"
                            + " default. /readyz is 200 while modules are served, and 503 before and after.")
    private @Nullable ListenAddress adminListen;

    @Option(
            names = "--console",
            paramLabel = "MODE",
            description =
                    "A page about modules and requests on the address of --admin-listen: full has a form that sends test"
                            + " requests, read-only has none, off is no page. By default full on a loopback address, which full"
                            + " needs, and off on others. Needs --admin-listen.")
    private @Nullable ConsoleMode console;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description = "How long /readyz is 503 at the end, while requests are served as before; 0 by default. Needs"
                    + " --admin-listen.")
    private @Nullable Count drain;

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            description =
                    "How long requests in flight may take at the end, when no new ones are accepted; 30 by default.")
    private @Nullable Count grace;

    @Option(
            names = "--keep-going",
            description =
                    "Serve the other modules when one cannot be loaded: its route answers 503, and a reload tries again.")
    private boolean keepGoing;

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Option(
            names = "--watch",
            description =
                    "Reload when the configuration, a module's file or an --env-file changes. If there are errors, the"
                            + " old configuration stays in service.")
    private boolean watch;

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
        log.apply();
        String origin = options.origin();
        ServerTable table = ServerTable.of(options.file());
        List<String> problems = table.check(givenOptions());
        if (!problems.isEmpty()) {
            throw new WagiConfigException(problems);
        }
        apply(table);
        String certificateFile = Environment.orElse(Objects.toString(certificate, null), CERTIFICATE_VARIABLE);
        String keyFile = Environment.orElse(Objects.toString(key, null), KEY_VARIABLE);
        if (certificateFile == null && keyFile == null) {
            certificateFile = Objects.toString(table.path("tls_cert"), null);
            keyFile = Objects.toString(table.path("tls_key"), null);
        }
        if ((certificateFile == null) != (keyFile == null)) {
            throw Failures.usage(
                    spec,
                    (keyFile == null ? "--tls-cert needs --tls-key" : "--tls-key needs --tls-cert")
                            + "; name the files of both, or neither");
        }
        if (certificateFile != null && keyFile != null) {
            tlsFiles = List.of(
                    InputFile.path(CERTIFICATE_VARIABLE, certificateFile), InputFile.path(KEY_VARIABLE, keyFile));
        }
        if (watch) {
            checkWatchable();
        }
        checkOptions();
        Duration wait = grace == null ? Wagi.DEFAULT_GRACE : Duration.ofSeconds(grace.value());
        Halt.prepare(wait.toSeconds());
        Optional<Path> compiled = cache.directory();
        Hangup hangup = new Hangup();
        if (accessLogFile != null) {
            accessLog = AccessLog.start(
                    accessLogFormat == null ? usualFormat() : accessLogFormat,
                    AccessLogFile.open(accessLogFile),
                    text -> CommandLog.complain("wagi: " + text, null));
        }
        if (System.getProperty(JETTY_CACHE_LINE) == null) {
            System.setProperty(JETTY_CACHE_LINE, "16");
        }
        if (adminListen != null) {
            boolean local = adminListen.isLoopback();
            administration = new Administration(
                    adminListen, console != null ? console : local ? ConsoleMode.FULL : ConsoleMode.OFF);
            System.err.println("Metrics and health: " + administration.uri());
            if (administration.hasConsole()) {
                System.err.println("Console: " + administration.uri() + "/");
            }
        }
        FileWatch files = watch ? FileWatch.open(text -> CommandLog.complain("wagi: " + text, null)) : null;
        Wagi.Builder host = builder(files, compiled);
        // Before modules are loaded, which may take long: a port in use is reported at once, and early clients wait.
        ServerSocketChannel socket =
                listen != null ? socket(listen) : options.manifests().isEmpty() ? socket(DEFAULT_ADDRESS) : null;
        Wagi wagi = build(host, socket);
        System.err.println(routes(wagi, origin));
        WagiServer.Builder settings =
                WagiServer.builder(wagi).socket(socket == null ? socket(manifestAddress()) : socket);
        if (!tlsFiles.isEmpty()) {
            settings.tls(tlsFiles.get(0), tlsFiles.get(1));
        }
        if (maxConnections != null) {
            settings.maxConnections(maxConnections.value());
        }
        if (maxConnectionsPerAddress != null) {
            settings.maxConnectionsPerAddress(maxConnectionsPerAddress.value());
        }
        if (headerTimeout != null) {
            settings.headerTimeout(Duration.ofSeconds(headerTimeout.value()));
        }
        settings.grace(wait);
        WagiServer server = settings.start();
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
                () -> listen == null ? options.manifestAddress() : Optional.empty(),
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
        }
        ServiceManager.ready();
        CommandLog.announce("Ready: serving on " + server.uri());
        hangup.ready(reloads);
        new CountDownLatch(1).await();
        return 0;
    }

    /** Returns the options without which others have no effect, as keys of {@link ServerTable}. */
    private Set<String> givenOptions() {
        Set<String> given = new HashSet<>();
        if (adminListen != null) {
            given.add("admin_listen");
        }
        if (accessLogFile != null) {
            given.add("access_log");
        }
        return given;
    }

    /** Options count for more than what the configuration says, and so do variables of the environment. */
    private void apply(ServerTable table) {
        listen = table.listen(listen);
        maxConnections = table.count(maxConnections, "max_connections");
        maxConnectionsPerAddress = table.count(maxConnectionsPerAddress, "max_connections_per_address");
        headerTimeout = table.count(headerTimeout, "header_timeout");
        accessLogFile = table.accessLog(accessLogFile);
        accessLogFormat = table.accessLogFormat(accessLogFormat);
        adminListen = table.adminListen(adminListen);
        console = table.console(console);
        drain = table.count(drain, "drain");
        grace = table.count(grace, "grace");
        serverTable = table;
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
        Wagi.Builder builder =
                options.builder(engine, TransferProgress.standard(false)).listener(new Progress(System.err));
        builder.keepGoing(keepGoing);
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
        String logs = Environment.orElse(Objects.toString(logDirectory, null), LOG_VARIABLE);
        Path logsOfTable = serverTable.path("log_dir");
        if (logs != null) {
            builder.logDirectory(InputFile.path(LOG_VARIABLE, logs));
        } else if (logsOfTable != null) {
            builder.logDirectory(logsOfTable);
        }
        if (defaultHost != null) {
            builder.defaultHost(defaultHost);
        }
        if (listen != null && listen.port() > 0) {
            builder.listenAddress(listen.toString());
        } else if (listen != null && listen.file().isPresent()) {
            builder.listenAddress(tlsFiles.isEmpty() ? "localhost:80" : "localhost:443");
        }
        return builder;
    }

    private void checkOptions() {
        if (adminListen != null && adminListen.port() < 0) {
            throw Failures.usage(
                    spec,
                    "--admin-listen takes no inherited or Unix domain socket; write HOST:PORT, for instance \"127.0.0.1:9090\"");
        }
        if (console != null && adminListen == null) {
            throw Failures.usage(
                    spec, "--console needs --admin-listen; write for instance '--admin-listen 127.0.0.1:9090'");
        }
        if (console == ConsoleMode.FULL && adminListen != null && !adminListen.isLoopback()) {
            throw Failures.usage(
                    spec,
                    "--console full needs a loopback address, because its form has no password, and --admin-listen is "
                            + adminListen + "; write '--console read-only', or '--admin-listen 127.0.0.1:"
                            + adminListen.port() + "'");
        }
        if (drain != null && adminListen == null) {
            throw Failures.usage(
                    spec,
                    "--drain needs --admin-listen, whose /readyz says that the server stops; write for instance"
                            + " '--admin-listen 127.0.0.1:9090'");
        }
        if (accessLogFormat != null && accessLogFile == null) {
            throw Failures.usage(spec, "--access-log-format needs --access-log; name a file, or - for standard output");
        }
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

    private static ServerSocketChannel socket(ListenAddress address) throws IOException {
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
                if (listen != null && listen.file().isPresent()) {
                    Files.deleteIfExists(listen.file().get());
                }
                socket.close();
            }
            throw e;
        }
    }

    /** Where a manifest says that the server listens. */
    private ListenAddress manifestAddress() {
        String wanted = options.manifestAddress().orElse(ListenAddress.DEFAULT);
        try {
            return ListenAddress.parse(wanted);
        } catch (IllegalArgumentException e) {
            throw new WagiConfigException(
                    List.of("the default-host of the manifest, " + wanted + ", " + e.getMessage()));
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
        ServiceManager.stopping();
        if (drain != null) {
            System.err.println("Draining: /readyz is 503, requests are served for " + drain.value() + " s");
            pause(Duration.ofSeconds(drain.value()));
        }
        Halt.stopping();
        System.err.println("Stopping: waiting for requests in flight");
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
