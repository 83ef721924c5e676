// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.node.internal.cluster.Api;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** A control plane of Kubernetes, started by {@code src/test/control-plane/control-plane}, which see. */
final class RealCluster implements Cluster {

    private static final String SCRIPT = "src/test/control-plane/control-plane";

    /** Who deleted the pod before, and this one. */
    private static final int LAST = 4;

    private final Path directory;
    private final Path files;
    private final Api admin;
    private String token = ""; // guarded by this

    /**
     * Starts one.
     *
     * @param files a directory of its own, which is removed at the end
     * @param variables of the script
     */
    RealCluster(Path files, Map<String, String> variables) throws IOException, InterruptedException {
        this.files = files;
        this.directory = files.resolve("control-plane");
        run(variables, "start", directory.toString());
        boolean started = false;
        try {
            this.admin =
                    Api.of(Api.kubeconfig(directory.resolve("admin.kubeconfig").toFile()));
            started = true;
        } finally {
            if (!started) {
                run("stop", directory.toString());
            }
        }
    }

    @Override
    public Api admin() {
        return admin;
    }

    @Override
    public Path identity(String node) throws IOException, InterruptedException {
        return save(node, run("identity", directory.toString(), node));
    }

    @Override
    public List<String> deletions(String pod) throws IOException {
        try (Stream<String> calls = Files.lines(directory.resolve("audit.log"))) {
            return calls.filter(
                            call -> call.contains("\"verb\":\"delete\"") && call.contains("\"name\":\"" + pod + "\""))
                    .collect(Collectors.collectingAndThen(
                            Collectors.toList(), all -> all.subList(Math.max(0, all.size() - LAST), all.size())));
        }
    }

    /** The one of this JVM; it ends when all tests have. */
    static final class Shared implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == RealCluster.class;
        }

        @Override
        public RealCluster resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(RealCluster.class))
                    .getOrComputeIfAbsent(
                            RealCluster.class,
                            any -> {
                                try {
                                    return new RealCluster(Files.createTempDirectory("wagi-cluster"), Map.of());
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            },
                            RealCluster.class);
        }
    }

    @Override
    public void namespace(String name) throws IOException, InterruptedException {
        kubectl("create", "namespace", name);
        assertThat(kubectl("wait", "--for=create", "serviceaccount/default", "--namespace", name, "--timeout=2m"))
                .contains("condition met");
    }

    /** A kubeconfig with a token that may ask for certificates of nodes. */
    Path bootstrap() throws IOException, InterruptedException {
        return save("bootstrap", run("bootstrap", directory.toString()));
    }

    /** Approves the serving certificate that a node asks for, as an operator does; kubectl logs needs it. */
    void approveServing(String node) throws Exception {
        String request = ClusterWords.await(
                "the request for a serving certificate",
                () -> kubectl(
                                "get",
                                "csr",
                                "-o",
                                "jsonpath={range .items[*]}{.status.conditions[*].type}{.spec.signerName}"
                                        + " {.spec.username} {.metadata.name}{\"\\n\"}{end}")
                        .lines()
                        .filter(line -> line.startsWith("kubernetes.io/kubelet-serving system:node:" + node + " "))
                        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                        .findFirst());
        kubectl("certificate", "approve", request);
    }

    /** The API server dies, and comes back. */
    void restart() throws IOException, InterruptedException {
        run("restart", directory.toString());
    }

    /** kubectl that goes on, its standard error with the output. */
    Process begin(String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of(SCRIPT, "kubectl", directory.toString()));
        all.addAll(List.of(arguments));
        return new ProcessBuilder(all).redirectErrorStream(true).start();
    }

    /** What kubectl prints, standard error included. */
    String kubectl(String... arguments) throws IOException, InterruptedException {
        Process process = begin(arguments);
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    @Override
    public synchronized String token() throws IOException, InterruptedException {
        if (token.isEmpty()) {
            kubectl("create", "serviceaccount", "caller", "--namespace=kube-system");
            kubectl(
                    "create",
                    "clusterrolebinding",
                    "caller",
                    "--clusterrole=system:kubelet-api-admin",
                    "--serviceaccount=kube-system:caller");
            token = run("kubectl", directory.toString(), "create", "token", "caller", "--namespace=kube-system")
                    .strip();
        }
        return token;
    }

    private Path save(String name, String text) throws IOException {
        return Files.writeString(files.resolve(name + ".kubeconfig"), text);
    }

    private static String run(String... arguments) throws IOException, InterruptedException {
        return run(Map.of(), arguments);
    }

    private static String run(Map<String, String> variables, String... arguments)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(SCRIPT));
        all.addAll(List.of(arguments));
        File errors = File.createTempFile("control-plane", ".err");
        ProcessBuilder builder = new ProcessBuilder(all).redirectError(errors);
        builder.environment().putAll(variables);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        assertThat(code).as(Files.readString(errors.toPath())).isZero();
        Files.delete(errors.toPath());
        return text;
    }

    @Override
    public void close() throws IOException {
        admin.close();
        try {
            run("stop", directory.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> own = Files.list(files)) { // kubeconfigs
            for (Path file : own.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(files);
    }
}
