// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenersTest {

    @TempDir
    Path directory;

    private Listeners listeners;
    private String address;

    @BeforeEach
    void start() throws IOException {
        listeners = new Listeners((module, request, line) -> {}, directory.resolve("compiled"), () -> {});
        try (ServerSocket free = new ServerSocket(0)) {
            address = "127.0.0.1:" + free.getLocalPort();
        }
    }

    @AfterEach
    void stop() {
        listeners.close(Duration.ZERO);
    }

    /** A pod of one container, served at {@code /NAME}. */
    private Served pod(String name, String sample) throws Exception {
        byte[] module = Files.readAllBytes(Path.of("../samples/modules", sample, sample + ".wasm"));
        return pod(name, sample, module, "{\\\"a\\\": {\\\"route\\\": \\\"/" + name + "\\\"}}");
    }

    private Served pod(String name, String image, byte[] module, String modules) throws Exception {
        String digest =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(module));
        Path own = Files.createDirectories(directory.resolve(name));
        Path file = Files.write(own.resolve(digest + ".wasm"), module);
        Path manifest = Files.writeString(own.resolve("manifest-1.json"), """
                {"apiVersion": "v1", "kind": "Pod",
                 "metadata": {"name": "%s", "namespace": "%1$s", "annotations": {"alpha.wagi.krustlet.dev/modules": "%s"}},
                 "spec": {"containers": [{"name": "a", "image": "registry.example/%s:v1"}]}}
                """.formatted(name, modules, image));
        Map<String, Served.ModuleFile> files = new HashMap<>();
        files.put("registry.example/" + image + ":v1", new Served.ModuleFile(file, digest));
        return new Served(name, 1, "default", name, "2026-01-01T00:00:00Z", address, manifest, files, Duration.ZERO);
    }

    private String ask(String pod) {
        return listeners
                .ask(pod, WagiRequest.get("/" + pod))
                .map(response -> response.status() + " " + response.text())
                .orElse("not served");
    }

    /** What is not there any more cannot be read again. */
    private static void spoil(Served pod) throws IOException {
        for (Served.ModuleFile module : pod.modules().values()) {
            Files.writeString(module.path(), "no module");
        }
    }

    @Test
    void attach_toAnAddressThatOthersShare_readsNoModuleOfTheirs() throws Exception {
        Served one = pod("one", "hello");
        listeners.attach(one);
        spoil(one);
        for (String name : new String[] {"two", "three"}) {
            Served next = pod(name, "log");
            listeners.attach(next);
            spoil(next);
        }

        assertThat(ask("one")).isEqualTo("200 hello world\n");
        assertThat(ask("two")).startsWith("200 ");
        listeners.detach("two", Duration.ZERO);
        assertThat(ask("one")).isEqualTo("200 hello world\n");
        assertThat(ask("three")).startsWith("200 ");
        assertThat(listeners.ask("one", WagiRequest.get("/two")).orElseThrow().status())
                .isEqualTo(404);
    }

    @Test
    void attach_aPodThatCannotBeServed_leavesTheOthersAsTheyAre() throws Exception {
        listeners.attach(pod("one", "hello"));
        Served broken = pod(
                "broken",
                "broken",
                "no module".getBytes(StandardCharsets.UTF_8),
                "{\\\"a\\\": {\\\"route\\\": \\\"/broken\\\"}}");

        assertThatThrownBy(() -> listeners.attach(broken)).isInstanceOf(ServingException.class);
        assertThat(ask("one")).isEqualTo("200 hello world\n");
        assertThat(listeners.isServed("broken")).isFalse();

        listeners.attach(pod("two", "hello"));
        assertThat(ask("two")).isEqualTo("200 hello world\n");
    }

    @Test
    void served_afterAChangeThatClashes_isThePodAsItWas() throws Exception {
        Served one = pod("one", "hello");
        listeners.attach(one);
        listeners.attach(pod("two", "hello"));
        byte[] module = Files.readAllBytes(Path.of("../samples/modules/hello/hello.wasm"));
        Served changed = pod("changed", "hello", module, "{\\\"a\\\": {\\\"route\\\": \\\"/two\\\"}}");
        Served clash = new Served(
                "one",
                2,
                "default",
                "one",
                changed.created(),
                address,
                changed.manifest(),
                changed.modules(),
                Duration.ZERO);

        assertThatThrownBy(() -> listeners.attach(clash))
                .isInstanceOfSatisfying(
                        ServingException.class, e -> assertThat(e.reason()).isEqualTo("RouteConflict"));

        assertThat(listeners.served("one")).contains(one);
        assertThat(ask("one")).isEqualTo("200 hello world\n");
    }
}
