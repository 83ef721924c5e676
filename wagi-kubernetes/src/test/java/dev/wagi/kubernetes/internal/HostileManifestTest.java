// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.Problems;
import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Small manifests that expand to large ones. Each is refused quickly, with a reason. */
class HostileManifestTest {

    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo
              annotations:
                alpha.wagi.krustlet.dev/modules: '{"one": {"route": "/..."}}'
            spec:
              containers:
                - name: one
                  image: example.org/one:v1
            """;

    @TempDir
    Path directory;

    private record Row(String name, String text, String problem) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Row> manifests() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        StringBuilder merged = new StringBuilder("a0: &a0 {x: 1, y: 2, z: 3}\n");
        StringBuilder variables = new StringBuilder(POD + "      env:\n      - {name: V0, value: xxxxxxxxxx}\n");
        for (int i = 1; i < 40; i++) {
            laughs.append("a%d: &a%d [%s*a%d]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(8), i - 1));
            merged.append("a%d: &a%d {<<: *a%d, l: *a%d, r: *a%d}\n".formatted(i, i, i - 1, i - 1, i - 1));
            variables.append("      - {name: V%d, value: $(V%d)$(V%d)}\n".formatted(i, i - 1, i - 1));
        }
        return Stream.of(
                new Row("aliases of aliases", laughs.toString(), "malformed YAML: more than 100000 values"),
                new Row("merged aliases", merged.toString(), "malformed YAML: more than 100000 values"),
                new Row("deep YAML", "a: " + "[".repeat(100_000), "malformed YAML: nested more than 50 levels deep"),
                new Row(
                        "deep JSON",
                        "{\"a\": " + "[".repeat(100_000),
                        "malformed JSON: nested more than 50 levels deep"),
                new Row("many values", "a: [" + "1,".repeat(200_000) + "]", "malformed YAML: more than 100000 values"),
                new Row("a huge file", "#" + "x".repeat(3 << 20), "is larger than 3 MiB; is it a Kubernetes manifest?"),
                new Row(
                        "variables of variables",
                        variables.toString(),
                        "is longer than 131072 characters after expansion"),
                new Row(
                        "many variables",
                        POD
                                + "      env:\n      - {name: A, value: %s}\n".formatted("x".repeat(100_000))
                                + "      - {name: B, value: $(A)}\n".repeat(20),
                        "makes the variables longer than 1048576 characters in total"),
                new Row(
                        "unclosed references",
                        POD + "      env: [{name: A, value: \"" + "$(".repeat(600_000) + "\"}]\n",
                        "is longer than 131072 characters after expansion"),
                new Row(
                        "control characters",
                        "apiVersion: v1\nkind: \"Po\\ed\\u202e\"\nmetadata: {\"\\e[2J\": 1}",
                        "there is no Pod"),
                new Row(
                        "a huge number",
                        POD + "      resources: {limits: {memory: " + "9".repeat(900) + "}}\n",
                        "key 'memory'"));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void manifest_thatWouldBeLarge_isAProblem(Row row) throws IOException {
        Problems problems = Problems.none();
        Manifest manifest;
        try (PodDirectories directories = new PodDirectories()) {
            manifest = read(row.text(), directories, problems);
        }

        assertThatThrownBy(problems::throwIfAny)
                .isInstanceOf(WagiConfigException.class)
                .message()
                .contains(row.problem())
                .doesNotContain("\u001b", "\u202e")
                .hasSizeLessThan(20_000);
        assertThat(String.join("", manifest.warnings())).doesNotContain("\u001b", "\u202e");
    }

    @Test
    void fields_thatCannotBeHonoured_areTold() throws IOException {
        String text = POD + """
                      livenessProbe: {httpGet: {path: /healthz, port: 3001}}
                      readinessProbe: {}
                      tty: true
                      stdin: false
                      workingDir: /srv
                      securityContext: {runAsNonRoot: true}
                      ports: [{containerPort: 3001, hostPort: 80}]
                      resources: {limits: {cpu: 500m, memory: 64Mi}, requests: {cpu: 1m}}
                  hostNetwork: true
                  serviceAccountName: robot
                  tolerations: [{key: kubernetes.io/arch, operator: Equal, value: wasm32-wagi, effect: NoExecute}]
                  imagePullSecrets: [{name: elsewhere}]
                ---
                {apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: door}}
                """;
        Problems problems = Problems.none();
        try (PodDirectories directories = new PodDirectories()) {
            Manifest manifest = read(text, directories, problems);
            problems.throwIfAny();

            String pod = directory.resolve("pod.yaml") + ", document 1, Pod demo";
            assertThat(manifest.warnings())
                    .containsExactlyInAnyOrder(
                            directory.resolve("pod.yaml")
                                    + ", document 2, Ingress door: is of a kind that has no meaning without a cluster"
                                    + " (networking.k8s.io/v1); it is ignored",
                            pod + ": serviceAccountName is not honoured without a cluster",
                            pod + ", imagePullSecret elsewhere: there is no such Secret in the manifest, so its"
                                    + " credentials are not used",
                            pod + ", container one: livenessProbe is not honoured without a cluster",
                            pod + ", container one: tty is not honoured without a cluster",
                            pod + ", container one: workingDir is not honoured without a cluster",
                            pod + ", container one: securityContext is not honoured without a cluster",
                            pod + ", container one, port 3001: hostPort is not honoured without a cluster",
                            pod + ", container one, resources: the limit of cpu is not enforced");
        }
    }

    private Manifest read(String text, PodDirectories directories, Problems problems) throws IOException {
        Path file = Files.writeString(directory.resolve("pod.yaml"), text);
        return Manifest.read(List.of(file), directories.begin(), problems);
    }
}
