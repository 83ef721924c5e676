// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.cli.console.ConsoleMode;
import dev.wagi.cli.log.CommandLog;
import dev.wagi.node.WagiNode;
import dev.wagi.node.api.NodeException;
import dev.wagi.oci.TransferListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code wagi node}: a node of a Kubernetes cluster, until it is told to stop. */
@Command(
        name = "node",
        description = {
            "Joins a Kubernetes cluster as a node that runs WAGI modules, until SIGINT (Ctrl-C) or SIGTERM.",
            "Prints 'Ready: node NAME at ADDRESS' on standard output when it is registered.",
            "Options of Krustlet are understood where they mean the same, and so are its environment variables."
        },
        customSynopsis = "wagi node {--kubeconfig FILE|--bootstrap-kubeconfig FILE} [OPTION]...",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  wagi node --bootstrap-kubeconfig bootstrap.kubeconfig --node-name wagi-0",
            "  wagi node --kubeconfig node.kubeconfig --labels agentpool=mywasipool --max-pods 200"
        })
final class NodeCommand implements Callable<Integer> {

    private static final String KUBECONFIG = "KUBECONFIG";

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "Who the node is, a user system:node:NAME of the group system:nodes; by default $"
                    + KUBECONFIG + ".")
    private @Nullable Path kubeconfig;

    @Option(
            names = {"--bootstrap-kubeconfig", "--bootstrap-file"},
            paramLabel = "FILE",
            description =
                    "A user that may ask the cluster for the node's certificate, usually a bootstrap token; by default"
                            + " $KRUSTLET_BOOTSTRAP_FILE. The certificate is kept in --data-dir and renewed.")
    private @Nullable Path bootstrap;

    @Option(
            names = "--node-name",
            paramLabel = "NAME",
            description = "The name of the Node object; by default $KRUSTLET_NODE_NAME, or else this machine's name.")
    private @Nullable String name;

    @Option(
            names = {"--node-ip", "-n"},
            paramLabel = "ADDRESS",
            description = "Where others reach the pods and the kubelet API; by default $KRUSTLET_NODE_IP, or else this"
                    + " machine's"
                    + " address towards the API server.")
    private @Nullable String address;

    @Option(
            names = {"--kubelet-port", "--port", "-p"},
            paramLabel = "PORT",
            description = "The port of the kubelet API; by default $KRUSTLET_PORT, or else 10250.")
    private @Nullable Integer port;

    @Option(
            names = {"--listen-address", "--addr", "-a"},
            paramLabel = "ADDRESS",
            description =
                    "The address that the kubelet API listens on; by default $KRUSTLET_ADDRESS, or else the node's"
                            + " own.")
    private @Nullable String listen;

    @Option(
            names = "--client-ca-file",
            paramLabel = "FILE",
            description = "The certificate authority of the callers of the kubelet API, PEM; by default the one of the"
                    + " kubeconfig.")
    private @Nullable Path callers;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the node keeps its files; by default $KRUSTLET_DATA_DIR, or else wagi/node/NAME of the"
                    + " user's data"
                    + " directory, for instance ~/.local/share.")
    private @Nullable Path data;

    @Option(
            names = {"--labels", "--node-labels"},
            paramLabel = "KEY=VALUE",
            split = ",",
            description = "Labels of the Node object in addition to those of every WAGI node; by default $NODE_LABELS."
                    + " May be given"
                    + " several times.")
    private List<String> labels = new ArrayList<>();

    @Option(
            names = "--max-pods",
            paramLabel = "NUMBER",
            description = "How many pods the node takes; by default $MAX_PODS, or else 110.")
    private @Nullable Count maxPods;

    @Option(
            names = "--allow-host-path",
            paramLabel = "DIR",
            description =
                    "Lets pods mount this directory with hostPath, and what is in it; none by default. May be given"
                            + " several times.")
    private List<Path> hostPaths = new ArrayList<>();

    @Option(
            names = "--allow-private-hosts",
            description = "Lets pods allow their modules to reach private addresses (allow_private in allowed_hosts),"
                    + " such as this"
                    + " machine's loopback. Not allowed by default.")
    private boolean privateHosts;

    @Option(
            names = "--drain-timeout",
            paramLabel = "SECONDS",
            description = "How long requests in flight may take to finish when the node stops; 30 by default, less if a"
                    + " pod's grace"
                    + " period is shorter.")
    private @Nullable Count drainTimeout;

    @Option(
            names = "--admin-listen",
            paramLabel = "HOST:PORT",
            description = "Where to answer /metrics, /healthz and /readyz without a certificate, for instance"
                    + " 127.0.0.1:9090; by default only the kubelet API does so.")
    private @Nullable ListenAddress adminListen;

    @Option(
            names = "--console",
            paramLabel = "MODE",
            description = "A page about the modules of all pods on the address of --admin-listen: read-only, or off. By"
                    + " default read-only on a loopback address, unless --allow-private-hosts lets modules read it, and"
                    + " off on others. Needs --admin-listen.")
    private @Nullable ConsoleMode console;

    @Mixin
    private CommonOptions common = new CommonOptions();

    @Mixin
    private LogOptions log = new LogOptions();

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Mixin
    private ModuleCacheOptions modules = new ModuleCacheOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        log.apply();
        common.apply();
        String bootstrapFile = Environment.orElse(Objects.toString(bootstrap, null), "KRUSTLET_BOOTSTRAP_FILE");
        String file = kubeconfig == null && bootstrapFile != null
                ? bootstrapFile
                : Environment.orElse(Objects.toString(kubeconfig, null), KUBECONFIG);
        if (file == null) {
            throw Failures.usage(
                    spec, "the node's identity is missing; write --kubeconfig FILE or --bootstrap-kubeconfig FILE");
        }
        checkAdministration();
        boolean isBootstrap = file.equals(bootstrapFile) && kubeconfig == null;
        String node = orElse(name, "KRUSTLET_NODE_NAME").orElseGet(NodeCommand::hostname);
        return Agent.run(this, InputFile.path(KUBECONFIG, file), isBootstrap, node);
    }

    private void checkAdministration() {
        Administration.check(spec, adminListen, console);
        if (console == ConsoleMode.FULL) {
            throw Failures.usage(
                    spec,
                    "--console full sends test requests, and a node has no host of its own to send them to; write"
                            + " '--console read-only'");
        }
    }

    private ConsoleMode consoleMode(ListenAddress address) {
        if (console != null) {
            return console;
        }
        return address.isLoopback() && !privateHosts ? ConsoleMode.READ_ONLY : ConsoleMode.OFF;
    }

    /**
     * What needs the other jar: nothing else here may name its classes, which every start of any command would open
     * then.
     */
    private static final class Agent {

        private Agent() {}

        static int run(NodeCommand command, Path file, boolean isBootstrap, String node)
                throws IOException, InterruptedException {
            Path data = command.data == null ? command.dataDirectory(node) : command.data;
            WagiNode.Builder builder = (isBootstrap
                            ? WagiNode.bootstrapBuilder(file, data)
                            : WagiNode.builder(file, data))
                    .name(node)
                    .labels(command.labels())
                    .modules(command.modules.client(new TransferListener() {}));
            orElse(command.address, "KRUSTLET_NODE_IP").ifPresent(builder::address);
            builder.kubeletPort(command.port == null ? command.number("KRUSTLET_PORT", 10250) : command.port);
            builder.maxPods(command.maxPods == null ? command.number("MAX_PODS", 110) : command.maxPods.value());
            orElse(command.listen, "KRUSTLET_ADDRESS").ifPresent(builder::listenAddress);
            if (command.callers != null) {
                builder.callersAuthority(command.callers);
            }
            command.cache.directory().ifPresent(builder::compileCache);
            command.hostPaths.forEach(builder::addHostPath);
            builder.allowPrivateHosts(command.privateHosts);
            if (command.drainTimeout != null) {
                builder.drainTimeout(Duration.ofSeconds(command.drainTimeout.value()));
            }
            builder.offline(command.modules.isOffline());
            Administration administration = command.adminListen == null
                    ? null
                    : Administration.ofNode(command.adminListen, command.consoleMode(command.adminListen));
            if (administration != null) {
                administration.lines().forEach(System.err::println);
                administration.listeners().forEach(builder::addListener);
            }
            BlockingQueue<NodeException> ended = new ArrayBlockingQueue<>(1);
            builder.onLost(ended::offer);
            ServiceManager.status("Joining the cluster");
            WagiNode running = builder.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(running, administration), "wagi-stop"));
            Signals.endNormally(); // through the hook above
            if (administration != null) {
                administration.ready(running::hosts);
            }
            ServiceManager.ready("Node " + running.name() + " at " + running.address());
            ServiceManager.watch(running::isAnswering);
            CommandLog.announce("Ready: node " + running.name() + " at " + running.address());
            throw ended.take();
        }

        private static void stop(WagiNode node, @Nullable Administration administration) {
            if (administration != null) {
                administration.stopping();
            }
            ServiceManager.stopping(ServiceManager.STOPPING);
            System.err.println(ServiceManager.STOPPING);
            node.close();
            if (administration != null) {
                administration.close();
            }
        }
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("this machine does not know its name; write one with --node-name", e);
        }
    }

    private static Optional<String> orElse(@Nullable String value, String variable) {
        return Optional.ofNullable(Environment.orElse(value, variable));
    }

    private int number(String variable, int otherwise) {
        String text = Environment.orElse(null, variable);
        try {
            return text == null ? otherwise : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Failures.usage(spec, variable + ": \"" + text + "\" is not a number");
        }
    }

    private Map<String, String> labels() {
        String variable = Environment.orElse(null, "NODE_LABELS");
        List<String> texts = !labels.isEmpty() || variable == null ? labels : List.of(variable.split(","));
        Map<String, String> map = new LinkedHashMap<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw Failures.usage(
                        spec, "--labels: \"" + text + "\" is not KEY=VALUE; write for instance agentpool=mywasipool");
            }
            map.put(text.substring(0, equals), text.substring(equals + 1));
        }
        return map;
    }

    private Path dataDirectory(String node) {
        Optional<Path> named = orElse(null, "KRUSTLET_DATA_DIR").map(Path::of);
        return named.or(() -> CacheOptions.absolute(System.getenv("XDG_DATA_HOME"))
                        .or(() -> CacheOptions.absolute(System.getProperty("user.home"))
                                .map(home -> home.resolve(".local").resolve("share")))
                        .map(path -> path.resolve("wagi").resolve("node").resolve(node)))
                .orElseThrow(() -> Failures.usage(spec, "this user has no home; name a directory with --data-dir"));
    }
}
