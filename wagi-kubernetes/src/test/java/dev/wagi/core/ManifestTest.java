// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ModuleResolver;
import dev.wagi.core.module.PullOptions;
import dev.wagi.core.module.PullPolicy;
import dev.wagi.core.module.ResolvedModule;
import dev.wagi.kubernetes.KubernetesManifests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kubernetes manifests as configurations. */
class ManifestTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    private static final String POD = """
            apiVersion: v1
            kind: Pod
            metadata:
              name: demo
              labels: {app: shop}
              annotations:
                alpha.wagi.krustlet.dev/modules: '{"one": {"route": "/..."}}'
            spec:
              containers:
                - name: one
                  image: example.org/env:v1
            """;

    @TempDir
    Path directory;

    private final Map<String, PullOptions> pulled = new ConcurrentHashMap<>();

    /** Replaces a registry: the name of an image is that of a sample. */
    private final ModuleResolver registry = new ModuleResolver() {
        @Override
        public String scheme() {
            return "oci";
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference) {
            throw new AssertionError("the host gives options");
        }

        @Override
        public ResolvedModule resolve(ModuleReference reference, PullOptions options) {
            pulled.put(reference.toString(), options);
            String sample = reference.location().replaceFirst(".*/", "").replaceFirst(":.*", "");
            try {
                return ResolvedModule.of(
                        Files.readAllBytes(
                                sample.equals("index")
                                        ? ROOT.resolve("samples/modules/index/index.wat")
                                        : Guests.sample(sample)),
                        reference.toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    @Test
    void manifest_ofTheArticle_isServed() {
        Path seed = ROOT.resolve("samples/kubernetes/wasi-example.yaml");
        ModuleResolver demo = new ModuleResolver() {
            @Override
            public String scheme() {
                return "oci";
            }

            @Override
            public ResolvedModule resolve(ModuleReference reference) {
                return registry.resolve(
                        ModuleReference.parse("oci:x/" + reference.location().replaceFirst(".*wagi-demo-", "")),
                        PullOptions.none());
            }
        };
        KubernetesManifests manifests = KubernetesManifests.of(seed);
        assertThat(manifests.listenAddress()).isEmpty();
        assertThat(manifests.readAddresses()).containsExactly("0.0.0.0:3001");
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addResolver(demo)
                .addSource(manifests)
                .build()) {
            assertThat(manifests.listenAddress()).contains("0.0.0.0:3001");
            assertThat(wagi.routes())
                    .extracting(route -> route.route() + " " + route.module() + " " + route.source())
                    .containsExactlyInAnyOrder(
                            row("/http-example", "http-example"),
                            row("/hello/...", "hello"),
                            row("/", "index"),
                            row("/error", "error"),
                            row("/log", "log"));
            assertThat(wagi.handle(WagiRequest.get("/hello")).text()).isEqualTo("hello world\n");
            assertThat(wagi.handle(WagiRequest.get("/error")).status()).isEqualTo(404);
        }
    }

    private static String row(String route, String name) {
        return route + " krustlet-wagi-demo-" + name + " oci://webassembly.azurecr.io/krustlet-wagi-demo-" + name
                + ":v1.0.0";
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            example.org/env:v1,          , oci://example.org/env:v1
            example.org/env:v1,    Always, oci://example.org/env:v1
            env,             IfNotPresent, oci:env
            team/env,               Never, oci:team/env
            localhost:5000/env,          , oci://localhost:5000/env
            """)
    void image_policy_reachesTheResolver(String image, String policy, String reference) throws IOException {
        String text = POD.replace("example.org/env:v1", image)
                + (policy == null ? "" : "      imagePullPolicy: " + policy + "\n");
        try (Wagi wagi = load(text)) {
            assertThat(wagi.routes().get(0).source()).isEqualTo(reference);
        }
        assertThat(pulled.get(reference).policy().map(PullPolicy::name))
                .isEqualTo(Optional.ofNullable(policy)
                        .map(name -> name.replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT)));
    }

    @Test
    void pullSecret_ofTheManifest_reachesTheResolver() throws IOException {
        String text = POD + """
                  imagePullSecrets: [{name: there}, {name: elsewhere}]
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: there}
                type: kubernetes.io/dockerconfigjson
                data: {.dockerconfigjson: eyJhdXRocyI6e319}
                """;

        load(text).close();

        assertThat(pulled.get("oci://example.org/env:v1").pullSecrets()).containsExactly("{\"auths\":{}}");
        assertThat(pulled.toString()).doesNotContain("auths");
    }

    @Test
    void environment_comesFromWhereItMay() throws IOException {
        String text = POD + """
                      envFrom:
                        - configMapRef: {name: settings}
                          prefix: C_
                        - secretRef: {name: gone, optional: true}
                      env:
                        - {name: PLAIN, value: text}
                        - {name: NUMBER, value: "1"}
                        - {name: TWICE, value: $(PLAIN)-$(C_colour)-$$(PLAIN)-$(NOT_THERE)}
                        - {name: FROM_MAP, valueFrom: {configMapKeyRef: {name: settings, key: colour}}}
                        - {name: FROM_SECRET, valueFrom: {secretKeyRef: {name: keys, key: password}}}
                        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
                        - {name: SPACE, valueFrom: {fieldRef: {apiVersion: v1, fieldPath: metadata.namespace}}}
                        - {name: LABEL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
                        - {name: ABSENT, valueFrom: {configMapKeyRef: {name: settings, key: none, optional: true}}}
                      args: ["--colour=$(C_colour)", "${ARGS}"]
                ---
                {apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {colour: red}}
                ---
                {apiVersion: v1, kind: Secret, metadata: {name: keys}, stringData: {password: s3cret}}
                """;
        try (Wagi wagi = load(text)) {
            assertThat(wagi.handle(WagiRequest.get("/x?a&b")).text())
                    .contains("\nPLAIN=text\n", "\nNUMBER=1\n", "\nTWICE=text-red-$(PLAIN)-$(NOT_THERE)\n")
                    .contains("\nC_colour=red\n", "\nFROM_MAP=red\n", "\nFROM_SECRET=s3cret\n")
                    .contains("\nPOD=demo\n", "\nSPACE=default\n", "\nLABEL=shop\n")
                    .contains("1 = --colour=red\n2 = a\n3 = b\n")
                    .doesNotContain("ABSENT");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Deployment", "DaemonSet", "ReplicaSet", "StatefulSet"})
    void template_ofAnOwner_isAPod(String kind) throws IOException {
        String text = """
                apiVersion: apps/v1
                kind: %s
                metadata: {name: demo, namespace: shop}
                spec:
                  selector: {matchLabels: {app: demo}}
                  template:
                    metadata:
                      labels: {app: demo}
                      annotations:
                        alpha.wagi.krustlet.dev/default-host: 127.0.0.1:4000
                        alpha.wagi.krustlet.dev/modules: '{"one": {"route": "/a", "max_memory": "2MiB"}}'
                    spec:
                      containers:
                        - {name: one, image: example.org/hello, resources: {limits: {memory: 128Mi}}}
                """.formatted(kind);
        KubernetesManifests manifests = KubernetesManifests.of(write("pod.yaml", text));
        try (Wagi wagi = builder(manifests).build()) {
            assertThat(manifests.listenAddress()).contains("127.0.0.1:4000");
            assertThat(wagi.handle(WagiRequest.get("/a")).text()).isEqualTo("hello world\n");
        }
    }

    @Test
    void documents_ofSeveralKindsAndFiles_areOneManifest() throws IOException {
        Path json = write("data.json", """
                {"apiVersion": "v1", "kind": "List", "items": [
                \t{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"A": "b"}}]}
                """);
        Path yaml = write("pods.yaml", """
                # nothing but a comment
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: demo}
                ---
                """ + POD + """
                      envFrom: [{configMapRef: {name: settings}}]
                """);
        try (Wagi wagi = builder(KubernetesManifests.of(yaml, json)).build()) {
            assertThat(wagi.handle(WagiRequest.get("/x")).text()).contains("\nA=b\n");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            fieldRef: {fieldPath: metadata.uid}                   | uid: 0b5e         | 0b5e
            fieldRef: {fieldPath: metadata.uid}                   |                   | [0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}
            fieldRef: {fieldPath: status.podIP}                   |                   | 127\\.0\\.0\\.1
            fieldRef: {fieldPath: status.podIP}                   | host: 10.1.2.3:80 | 10\\.1\\.2\\.3
            fieldRef: {fieldPath: status.podIPs}                  | host: 10.1.2.3:80 | 10\\.1\\.2\\.3
            fieldRef: {fieldPath: status.hostIP}                  | host: `[2001:db8::1]:80` | 2001:db8::1
            fieldRef: {fieldPath: status.hostIP}                  | host: 0.0.0.0:80  | (?!0\\.0\\.0\\.0)[0-9a-f.:]+
            fieldRef: {fieldPath: status.hostIPs}                 | host: `[::]:80`   | (?!::$)[0-9a-f.:]+
            fieldRef: {fieldPath: spec.nodeName}                  | nodeName: n-1     | n-1
            fieldRef: {fieldPath: spec.nodeName}                  |                   | [^A-Z ]+
            fieldRef: {fieldPath: spec.serviceAccountName}        |                   | default
            fieldRef: {fieldPath: spec.serviceAccountName}        | serviceAccountName: robot | robot
            resourceFieldRef: {resource: limits.memory}           |                   | 268435456
            resourceFieldRef: {resource: limits.memory, divisor: 1Mi} | memory: 64Mi  | 64
            resourceFieldRef: {resource: limits.memory, divisor: 1M} | memory: 64Mi   | 68
            resourceFieldRef: {resource: limits.memory}           | own: 2 MiB        | 2097152
            resourceFieldRef: {resource: limits.memory, containerName: one, divisor: 0} | memory: 64Mi | 67108864
            resourceFieldRef: {resource: limits.cpu}              | cpu: 1500m        | 2
            resourceFieldRef: {resource: limits.cpu, divisor: 1m} | cpu: 1500m        | 1500
            resourceFieldRef: {resource: limits.cpu}              |                   | PROCESSORS
            resourceFieldRef: {resource: limits.ephemeral-storage} | ephemeral-storage: 1Ki | 1024
            resourceFieldRef: {resource: requests.cpu}            | cpu: 3            | 3
            resourceFieldRef: {resource: requests.memory}         |                   | 0
            """)
    void field_withoutACluster_isWhatHoldsHere(String from, String given, String value) throws IOException {
        String text = POD;
        String key = given == null ? "" : given.replaceFirst(":.*", "");
        String rest = given == null ? "" : given.replaceFirst("^[^:]*: *", "").replace("`", "");
        switch (key) {
            case "" -> {}
            case "uid" -> text = text.replace("  name: demo\n", "  name: demo\n  uid: \"" + rest + "\"\n");
            case "host" ->
                text = text.replace(
                        "  annotations:\n",
                        "  annotations:\n    alpha.wagi.krustlet.dev/default-host: \"" + rest + "\"\n");
            case "own" -> text = text.replace("\"/...\"", "\"/...\", \"max_memory\": \"" + rest + "\"");
            case "nodeName", "serviceAccountName" -> text = text.replace("spec:\n", "spec:\n  " + given + "\n");
            default -> text += "      resources: {limits: {" + given + "}}\n";
        }
        text += "      env: [{name: A, valueFrom: {" + from + "}}]\n";
        String expected = value.replace(
                "PROCESSORS", Integer.toString(Runtime.getRuntime().availableProcessors()));
        try (Wagi wagi = load(text)) {
            String first = wagi.handle(WagiRequest.get("/x")).text();
            assertThat(first).containsPattern("\nA=" + expected + "\n");
            wagi.reload(Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addResolver(registry)
                    .addSource(KubernetesManifests.of(directory.resolve("pod.yaml"))));
            assertThat(wagi.handle(WagiRequest.get("/x")).text().lines().filter(line -> line.startsWith("A=")))
                    .containsExactly(first.lines()
                            .filter(line -> line.startsWith("A="))
                            .findFirst()
                            .orElseThrow());
        }
    }

    /**
     * The output of Helm: a comment with the file's name before each document, and empty documents of disabled
     * templates.
     */
    @Test
    void yaml_thatIsEmpty_isNothing() throws IOException {
        String text = "# before\n---\n# Source: chart/templates/off.yaml\n---\n---\n\n--- # c\n" + POD + """
                      command:
                      args:
                      env:
                      envFrom:
                      volumeMounts:
                      ports:
                      resources:
                        limits:
                      imagePullPolicy:
                      livenessProbe:
                  volumes:
                  imagePullSecrets:
                  initContainers:
                  nodeSelector:
                ---
                # nothing
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: empty
                  labels:
                data:
                ---
                ~
                ---
                """;
        try (Wagi wagi = load(text)) {
            assertThat(wagi.handle(WagiRequest.get("/x")).status()).isEqualTo(200);
        }
    }

    @Test
    void yaml_emptyText_isAText() throws IOException {
        String text = POD
                + "      env: [{name: A, value: \"\"}, {name: B, value: ''}, {name: D, value: }]\n"
                + "      args: [\"\", '']\n";
        try (Wagi wagi = load(text)) {
            assertThat(wagi.handle(WagiRequest.get("/x")).text())
                    .contains("\nA=\n", "\nB=\n", "\nD=\n", "1 = \n2 = \n");
        }
        assertThat(problems(POD + "      args: \"\"\n")).anyMatch(line -> line.contains("key 'args': is not a list"));
    }

    @Test
    void yaml_anchorsAndMergeKeys_areFollowed() throws IOException {
        String text = POD.replace("labels: {app: shop}", "labels: &labels {app: shop, tier: a}") + """
                      env: [&first {name: ONE, value: x}, {<<: *first, name: TWO}]
                  nodeSelector: *labels
                """;
        try (Wagi wagi = load(text)) {
            assertThat(wagi.handle(WagiRequest.get("/x")).text()).contains("\nONE=x\n", "\nTWO=x\n");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', maxCharsPerColumn = 10_000, textBlock = """
            name: one      | name: ones           | , container ones, key 'name': is not in the annotation alpha.wagi.krustlet.dev/modules; is "one" in it meant for this container?
            name: one      | name: ones           | , annotation alpha.wagi.krustlet.dev/modules, "one": there is no such container; did you mean "ones"?
            "route": "/..."| "rout": "/..."       | , annotation alpha.wagi.krustlet.dev/modules, "one", key 'rout': is unknown; did you mean 'route'?
            "route": "/..."| "route": "/", "module": "m" | , annotation alpha.wagi.krustlet.dev/modules, "one", key 'module': is unknown; known keys are
            "route": "/..."| "route": "x"         | , container one, key 'route': "x" does not start with '/'
            "/..."}}       | "/..."}, "one": {}}  | , key 'annotations.alpha.wagi.krustlet.dev/modules': line 1, column 33 of its text: malformed JSON: Duplicate field 'one'
            "/..."}}       | "/..."               | , key 'annotations.alpha.wagi.krustlet.dev/modules': line 1, column 25 of its text: malformed JSON: Unexpected end-of-input
            {"route": "/..."} | 1                 | , annotation alpha.wagi.krustlet.dev/modules, "one": is not an object; write {"route": "/..."}
            dev/modules    | dev/module           | , key 'annotations.alpha.wagi.krustlet.dev/module': is unknown; did you mean 'alpha.wagi.krustlet.dev/modules'?
            dev/modules    | dev/module           | , key 'annotations.alpha.wagi.krustlet.dev/modules': is missing; it maps the containers to their routes
            containers:    | container:           | , key 'container': is unknown; did you mean 'containers'?
            image:         | imagee:              | , container one, key 'imagee': is unknown; did you mean 'image'?
            image:         | imagee:              | , container one: the key 'image' is missing; Kubernetes requires it
            """)
    void problems_nameTheirPlace(String old, String replacement, String problem) throws IOException {
        String text = POD.replace(old, replacement);

        assertThat(problems(text))
                .anyMatch(line -> line.startsWith(directory.resolve("pod.yaml") + ", document 1, Pod demo" + problem));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', maxCharsPerColumn = 10_000, textBlock = """
            imagePullPolicy: always              | , key 'imagePullPolicy': "always" is not a policy; write Always, IfNotPresent or Never
            env: [{name: A, value: 1}]           | , env A, key 'value': is a number, not a string; put it in quotes
            env: [{name: PATH_INFO, value: x}]   | , key 'environment.PATH_INFO': "PATH_INFO" is set by every request (RFC 3875); choose another name
            env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}] | , env A, key 'secretKeyRef': there is no Secret "s" in the manifest, namespace default; add it as a document, or write optional: true
            env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}] | , env A, key 'fieldPath': "status.phase" is not available without a cluster; available are metadata.name
            env: [{name: A, valueFrom: {fileKeyRef: {key: k}}}] | , env A, key 'fileKeyRef': cannot be honoured without a cluster
            env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.gpu}}}] | , env A, key 'resource': "limits.gpu" is not available without a cluster; available are limits.memory
            env: [{name: A, valueFrom: {resourceFieldRef: {resource: memory}}}] | , env A, key 'resource': "memory" is not available without a cluster
            env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: x}}}] | , env A, key 'divisor': "x" is not a quantity; write for instance "500m"
            env: [{name: A, valueFrom: {resourceFieldRef: {resource: limits.cpu, containerName: two}}}] | , env A, key 'containerName': names another container
            env: [{name: A, valueFrom: {resourceFieldRef: {}}}] | , env A: the key 'resource' is missing; Kubernetes requires it
            envFrom: [{configMapRef: {name: c}}] | , envFrom 1, key 'configMapRef': there is no ConfigMap "c" in the manifest
            resources: {limits: {memory: 128m}}  | , resources, key 'memory': is less than 64Ki
            resources: {limits: {memory: lots}}  | , resources, key 'memory': "lots" is not a quantity of bytes; write for instance "128Mi"
            volumeMounts: [{name: v, mountPath: /v}] | , volumeMount v, key 'name': there is no such volume in the Pod's volumes, which are none
            volumeMounts: [{name: v, mountPath: /v, subPath: a}] | , volumeMount v, key 'subPath': cannot be honoured without a cluster
            livenesProbe: {}                     | , key 'livenesProbe': is unknown; did you mean 'livenessProbe'?
            volumeDevices: [{}]                  | , key 'volumeDevices': cannot be honoured without a cluster; remove it, or provide the same by other means
            name: one                            | , line 12, column 11: malformed YAML: Duplicate field 'name'
            """)
    void problems_ofAContainer_nameTheirPlace(String field, String problem) throws IOException {
        String place = problem.contains("malformed YAML") ? "" : ", document 1, Pod demo, container one";
        assertThat(problems(POD + "      " + field + "\n"))
                .anyMatch(line -> line.startsWith(directory.resolve("pod.yaml") + place + problem));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', maxCharsPerColumn = 10_000, textBlock = """
            configMap: {name: c}                 | , key 'configMap': there is no ConfigMap "c" in the manifest, namespace default; add it as a document
            secret: {name: s}                    | , key 'name': is unknown here; known fields are defaultMode, items, optional, secretName
            hostPath: {path: relative}           | , key 'path': "relative" is not an absolute path; Kubernetes requires it
            hostPath: {path: /dev, type: File}   | , key 'type': "File" cannot be mounted: guests see directories only
            nfs: {server: s, path: /}            | , key 'nfs': cannot be honoured without a cluster; remove it
            emptyDir: {}, hostPath: {path: /tmp} | : is not exactly one of emptyDir, hostPath, configMap and secret; name its kind
            configMap: {name: m, items: [{key: k, path: ../k}]} | , item k, key 'path': "../k" is not a path below the volume
            configMap: {name: m, items: [{key: k, path: /k}]}   | , item k, key 'path': "/k" is not a path below the volume
            configMap: {name: m, items: [{key: k, path: a/./k}]} | , item k, key 'path': "a/./k" is not a path below the volume
            configMap: {name: m, items: [{key: z, path: z}]}    | , item z, key 'key': there is no such key in the ConfigMap
            """)
    void problems_ofAVolume_nameTheirPlace(String volume, String problem) throws IOException {
        String text = POD + "      volumeMounts: [{name: v, mountPath: /v}]\n  volumes: [{name: v, " + volume + "}]\n"
                + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {k: v}}\n";

        assertThat(problems(text))
                .anyMatch(line ->
                        line.startsWith(directory.resolve("pod.yaml") + ", document 1, Pod demo, volume v" + problem));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            kind: Pod                  | , document 1: the key 'apiVersion' is missing; Kubernetes requires it
            [1]                        | , document 1: is not a Kubernetes object; it needs apiVersion, kind, metadata and spec
            module: []                 | : there is no Pod in the manifest, and no Deployment
            a: &a {b: *a}              | , line 1, column 13: malformed YAML: there is no such anchor before the alias
            a: *x                      | , line 1, column 6: malformed YAML: there is no such anchor before the alias
            `a: [`                     | , line 1, column 5: malformed YAML: while parsing a flow node
            """)
    void problems_ofAFile_nameTheirPlace(String text, String problem) throws IOException {
        assertThat(problems(text)).anyMatch(line -> line.startsWith(directory.resolve("pod.yaml") + problem));
    }

    @Test
    void pods_withDifferentAddresses_needOneThatIsNamed() throws IOException {
        String one = POD.replace("    alpha", "    alpha.wagi.krustlet.dev/default-host: 0.0.0.0:1\n    alpha");
        String two =
                one.replace(":1\n", ":2\n").replace("name: demo", "name: other").replace("/...", "/two");
        Path file = write("pods.yaml", one + "---\n" + two);

        assertThat(catchThrowableOfType(
                                WagiConfigException.class, () -> builder(file).build())
                        .problems())
                .singleElement()
                .asString()
                .contains("the Pods have different default-hosts, 0.0.0.0:1 and 0.0.0.0:2");
        KubernetesManifests manifests = KubernetesManifests.of(file);
        builder(manifests).listenAddress("127.0.0.1:3").build().close();
        assertThat(manifests.listenAddress()).isEmpty();
    }

    @Test
    void configuration_thatIsAManifest_saysWhereItBelongs() throws IOException {
        Path file = write("pod.yaml", POD);

        assertThat(catchThrowableOfType(WagiConfigException.class, () -> Wagi.load(file)))
                .hasMessage(file + ": is a Kubernetes manifest (kind: Pod); give it to KubernetesManifests.of(...) of"
                        + " wagi-kubernetes");
    }

    private List<String> problems(String text) throws IOException {
        Path file = write("pod.yaml", text);
        return catchThrowableOfType(
                        WagiConfigException.class, () -> builder(file).build())
                .problems();
    }

    private Wagi load(String text) throws IOException {
        return builder(write("pod.yaml", text)).build();
    }

    private Wagi.Builder builder(Path manifest) {
        return builder(KubernetesManifests.of(manifest));
    }

    private Wagi.Builder builder(KubernetesManifests manifests) {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addResolver(registry)
                .addSource(manifests);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }
}
