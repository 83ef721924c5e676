// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.console.ConsoleMode;
import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The options of {@code wagi serve} apart from what to serve; {@code wagi doctor} takes the same. A field is what the
 * option says, and after {@link #apply} what the configuration says if the option is missing.
 */
final class ServeOptions {

    private static final String LOG_VARIABLE = "WAGI_LOG_DIR";
    private static final String CERTIFICATE_VARIABLE = "WAGI_TLS_CERT";
    private static final String KEY_VARIABLE = "WAGI_TLS_KEY";

    @Option(
            names = {"-l", "--listen"},
            paramLabel = "HOST:PORT",
            description = "Where to listen; by default what a manifest says, or else " + ListenAddress.DEFAULT
                    + ". 0.0.0.0 is every address, port 0 any free port. 'inherited' is the listening socket that"
                    + " standard input is, as systemd passes it with StandardInput=socket. unix:/PATH is a Unix domain"
                    + " socket, for the user and the group of this process.")
    @Nullable
    ListenAddress listen;

    @Option(
            names = "--reuse-port",
            description =
                    "Share the port with other servers of this user that are started with --reuse-port, for a change to a"
                            + " new process without a break: end the old one when the new one is ready. So is the port"
                            + " of --admin-listen. Needs Linux.")
    boolean reusePort;

    @Option(
            names = {"--hostname", "--default-host"},
            paramLabel = "HOST[:PORT]",
            description =
                    "The server's name for requests without a Host header; by default what the configuration says, or"
                            + " else the address to listen on.")
    @Nullable
    String defaultHost;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "Serve https, HTTP/1.1 and HTTP/2: the certificate chain, PEM; by default $"
                    + CERTIFICATE_VARIABLE + ". Needs --tls-key.")
    @Nullable
    Path certificate;

    @Option(
            names = "--tls-key",
            paramLabel = "FILE",
            description = "The certificate's private key, PEM, without a password; by default $" + KEY_VARIABLE + ".")
    @Nullable
    Path key;

    @Option(
            names = "--max-connections",
            paramLabel = "NUMBER",
            description =
                    "How many connections there may be at the same time; 4096 by default. When that is reached, those"
                            + " that are idle or send no request are closed after two seconds.")
    @Nullable
    Count maxConnections;

    @Option(
            names = "--max-connections-per-address",
            paramLabel = "NUMBER",
            description =
                    "How many of them one client may have, an IPv4 address or the first 64 bits of an IPv6 one; any"
                            + " number by default. Not for use behind a proxy.")
    @Nullable
    Count maxConnectionsPerAddress;

    @Option(
            names = "--header-timeout",
            paramLabel = "SECONDS",
            description =
                    "How long a request's header may take to arrive, from the first byte of a connection or the last"
                            + " response on it; 30 by default.")
    @Nullable
    Count headerTimeout;

    @Option(
            names = "--idle-timeout",
            paramLabel = "SECONDS",
            description =
                    "How long a client may send nothing of a body that its guest reads, or take nothing of a response;"
                            + " 30 by default.")
    @Nullable
    Count idleTimeout;

    @Option(
            names = "--max-request-header-bytes",
            paramLabel = "BYTES",
            description = "How long a request line and header may be together, 1024 to 1048576 bytes; 16384 by default."
                    + " Longer"
                    + " ones are answered with 414 or 431.")
    @Nullable
    HeaderBytes maxRequestHeaderBytes;

    @Option(
            names = "--engine",
            paramLabel = "ENGINE",
            defaultValue = "compiler",
            description =
                    "compiler or interpreter; by default the compiler. The interpreter starts at once and runs 10 to"
                            + " 100 times slower.")
    Wagi.Engine engine = Wagi.Engine.COMPILER;

    @Option(
            names = "--log-dir",
            paramLabel = "DIR",
            description = "Where modules' standard error goes, DIR/NAME/module.stderr; by default $" + LOG_VARIABLE
                    + ", or else standard error.")
    @Nullable
    Path logDirectory;

    @Mixin
    LogOptions log = new LogOptions();

    @Option(
            names = "--access-log",
            paramLabel = "FILE",
            description = "Write a line for each request to FILE, or to standard output if it is -. A file that another"
                    + " program renames is created again.")
    @Nullable
    String accessLogFile;

    @Option(
            names = "--access-log-format",
            paramLabel = "FORMAT",
            description =
                    "common, combined or json; by default json with --log-format json, or else combined. The first"
                            + " two end with the request's id. Needs --access-log.")
    @Nullable
    AccessLogFormat accessLogFormat;

    @Option(
            names = "--admin-listen",
            paramLabel = "HOST:PORT",
            description =
                    "Where to answer /metrics (for Prometheus), /healthz and /readyz, for operators only; nowhere by"
                            + " default. /readyz is 200 while modules are served, and 503 before and after.")
    @Nullable
    ListenAddress adminListen;

    @Option(
            names = "--console",
            paramLabel = "MODE",
            description =
                    "A page about modules and requests on the address of --admin-listen: full has a form that sends"
                            + " test requests, read-only has none, off is no page. By default full on a loopback"
                            + " address, which full needs, and off on others. Needs --admin-listen.")
    @Nullable
    ConsoleMode console;

    @Option(
            names = "--drain",
            paramLabel = "SECONDS",
            description = "How long /readyz is 503 at the end, while requests are served as before; 0 by default. Needs"
                    + " --admin-listen.")
    @Nullable
    Count drain;

    @Option(
            names = "--grace",
            paramLabel = "SECONDS",
            description =
                    "How long requests in flight may take at the end, when no new ones are accepted; 30 by default.")
    @Nullable
    Count grace;

    @Option(
            names = "--keep-going",
            description = "Serve the other modules when one cannot be loaded: its route answers 503, and a reload tries"
                    + " again.")
    boolean keepGoing;

    @Mixin
    CacheOptions cache = new CacheOptions();

    @Option(
            names = "--watch",
            description =
                    "Reload when the configuration, a module's file or an --env-file changes. If there are errors, the"
                            + " old configuration stays in service.")
    boolean watch;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec spec;

    /**
     * Takes from a configuration what no option says.
     *
     * @return what is wrong with the table
     */
    List<String> apply(ServerTable table) {
        List<String> problems = table.check(given());
        if (!problems.isEmpty()) {
            return problems;
        }
        listen = table.listen(listen);
        reusePort = table.flag(reusePort, "reuse_port");
        maxConnections = table.count(maxConnections, "max_connections");
        maxConnectionsPerAddress = table.count(maxConnectionsPerAddress, "max_connections_per_address");
        headerTimeout = table.count(headerTimeout, "header_timeout");
        idleTimeout = table.count(idleTimeout, "idle_timeout");
        maxRequestHeaderBytes = table.maxRequestHeaderBytes(maxRequestHeaderBytes);
        accessLogFile = table.accessLog(accessLogFile);
        accessLogFormat = table.accessLogFormat(accessLogFormat);
        adminListen = table.adminListen(adminListen);
        console = table.console(console);
        drain = table.count(drain, "drain");
        grace = table.count(grace, "grace");
        return problems;
    }

    /** On a port that is shared, the system would give connections of clients to the administration. */
    void checkPorts(@Nullable ListenAddress address) {
        if (reusePort
                && adminListen != null
                && address != null
                && address.port() > 0
                && address.port() == adminListen.port()) {
            throw Failures.usage(
                    spec,
                    "--admin-listen " + adminListen + " has the port of the modules, " + address
                            + ", and with --reuse-port each would get connections of the other; write another port");
        }
    }

    /** Returns the options without which others have no effect, as keys of {@link ServerTable}. */
    private Set<String> given() {
        Set<String> given = new HashSet<>();
        if (adminListen != null) {
            given.add("admin_listen");
        }
        if (accessLogFile != null) {
            given.add("access_log");
        }
        return given;
    }

    /**
     * The files of certificate and key; empty if neither is named.
     *
     * @throws ParameterException if only one is
     */
    List<Path> tlsFiles(ServerTable table) throws IOException {
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
        return certificateFile == null || keyFile == null
                ? List.of()
                : List.of(InputFile.path(CERTIFICATE_VARIABLE, certificateFile), InputFile.path(KEY_VARIABLE, keyFile));
    }

    /** The directory of the logs of modules; null for none. */
    @Nullable
    Path logs(ServerTable table) throws IOException {
        String logs = Environment.orElse(Objects.toString(logDirectory, null), LOG_VARIABLE);
        return logs == null ? table.path("log_dir") : InputFile.path(LOG_VARIABLE, logs);
    }

    /**
     * Where a manifest says that the server listens.
     *
     * @throws WagiConfigException if that is no address
     */
    static ListenAddress manifestAddress(String wanted) {
        try {
            return ListenAddress.parse(wanted);
        } catch (IllegalArgumentException e) {
            throw new WagiConfigException(
                    List.of("the default-host of the manifest, " + wanted + ", " + e.getMessage()));
        }
    }

    /**
     * Checks which options belong together, after {@link #apply}.
     *
     * @throws ParameterException if some do not
     */
    void check() {
        if (reusePort && listen != null && listen.port() < 0) {
            throw Failures.usage(
                    spec,
                    "--reuse-port needs a port, and --listen is " + listen
                            + "; write HOST:PORT, or leave --reuse-port out: an inherited socket can be shared as it is");
        }
        Administration.check(spec, adminListen, console);
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
}
