// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node.internal.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiListener;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListenersTest {

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Semaphore inFlight = new Semaphore(0);
    private final CountDownLatch release = new CountDownLatch(1);
    private final WagiListener observer = new WagiListener() {
        @Override
        public void requestEnded(RequestEnded event) {
            ended.add(event.module().orElseThrow());
        }
    };
    private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    private Listeners listeners;
    private String address;

    @BeforeEach
    void start() throws IOException {
        listeners = new Listeners(
                (module, request, line) -> waits(),
                new Traffic(),
                List.of(observer),
                directory.resolve("compiled"),
                () -> {});
        address = freeAddress();
    }

    @AfterEach
    void stop() {
        release.countDown();
        listeners.close(Duration.ZERO);
    }

    /** A pod of one container, served at {@code /NAME}. */
    private Served pod(String name, String sample) throws Exception {
        byte[] module = Files.readAllBytes(Path.of("../samples/modules", sample, sample + ".wasm"));
        return pod(
                name,
                sample,
                module,
                "{\\\"a\\\": {\\\"route\\\": \\\"/" + name + "\\\", \\\"timeout\\\": \\\"1h\\\"}}");
    }

    private static String freeAddress() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return "127.0.0.1:" + free.getLocalPort();
        }
    }

    /** Tries again if another process was quicker to take the address. */
    private Served attachAlone(Served pod) throws IOException, ServingException {
        while (true) {
            Served alone = alone(pod);
            try {
                listeners.attach(alone);
                return alone;
            } catch (ServingException e) {
                if (!e.reason().equals("AddressInUse")) {
                    throw e;
                }
            }
        }
    }

    /** The same pod at an address of its own, with requests that may take an hour to finish. */
    private static Served alone(Served pod) throws IOException {
        return new Served(
                pod.uid(),
                1,
                "default",
                pod.family(),
                pod.created(),
                freeAddress(),
                pod.manifest(),
                pod.modules(),
                Duration.ofHours(1));
    }

    /** Starts a request that is in flight until {@link #release} is counted down. */
    private CompletableFuture<HttpResponse<String>> request(Served pod) throws InterruptedException {
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(
                HttpRequest.newBuilder(URI.create("http://" + pod.address() + "/" + pod.uid()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        inFlight.acquire();
        return answer;
    }

    private void waits() {
        inFlight.release();
        try {
            release.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    /** What an embedder shows of a node. */
    @Test
    void hosts_areThoseThatServe_andObserversHearOfTheirRequests() throws Exception {
        Served one = attachAlone(pod("one", "hello"));
        Served two = attachAlone(pod("two", "hello"));

        assertThat(listeners.hosts()).containsOnlyKeys(one.address(), two.address());
        assertThat(listeners.hosts().get(two.address()).routes())
                .singleElement()
                .satisfies(route -> assertThat(route.module()).isEqualTo("a"));
        assertThat(ask("two")).isEqualTo("200 hello world\n");
        assertThat(ended.take()).isEqualTo("a");

        listeners.detach("one", Duration.ZERO).join();

        assertThat(listeners.hosts()).containsOnlyKeys(two.address());
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
            Served next = pod(name, "error");
            listeners.attach(next);
            spoil(next);
        }

        assertThat(ask("one")).isEqualTo("200 hello world\n");
        assertThat(ask("two")).startsWith("404 This page was not found, says the module itself.");
        listeners.detach("two", Duration.ZERO).join();
        assertThat(ask("one")).isEqualTo("200 hello world\n");
        assertThat(ask("three")).startsWith("404 This page was not found, says the module itself.");
        assertThat(listeners.ask("one", WagiRequest.get("/two")).orElseThrow().text())
                .doesNotContain("says the module itself");
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

    /** More of them than there are threads to stop servers. */
    private static final int SLOW = 7;

    @Test
    void detach_manyWithRequestsInFlight_holdsUpNoOther() throws Exception {
        List<Served> pods = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> requests = new ArrayList<>();
        List<CompletableFuture<Set<String>>> ends = new ArrayList<>();
        for (int i = 0; i < SLOW; i++) {
            pods.add(attachAlone(pod("slow-" + i, "log")));
            requests.add(request(pods.get(i)));
        }
        attachAlone(pod("quick", "hello"));

        for (Served pod : pods) {
            ends.add(listeners.detach(pod.uid(), Duration.ofHours(1)));
        }

        assertThat(listeners.detach("quick", Duration.ofHours(1)).join()).isEmpty();
        assertThat(ends).noneMatch(CompletableFuture::isDone);
        release.countDown();
        for (CompletableFuture<HttpResponse<String>> request : requests) {
            assertThat(request.join().statusCode()).isEqualTo(200);
        }
        CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).join();
        assertThat(listeners.size()).isZero();
    }

    @Test
    void close_withRequestsInFlight_closesAllPortsAtOnceAndLetsThemFinish() throws Exception {
        List<Served> pods = new ArrayList<>();
        List<CompletableFuture<HttpResponse<String>>> requests = new ArrayList<>();
        for (int i = 0; i < SLOW; i++) {
            pods.add(attachAlone(pod("slow-" + i, "log")));
            requests.add(request(pods.get(i)));
        }
        CompletableFuture<Void> closed = CompletableFuture.runAsync(() -> listeners.close(Duration.ofHours(1)));

        for (Served pod : pods) {
            while (isOpen(pod)) {
                Thread.onSpinWait();
            }
        }
        assertThat(closed).isNotDone();
        assertThatThrownBy(() -> listeners.attach(alone(pod("late", "hello"))))
                .isInstanceOfSatisfying(
                        ServingException.class, e -> assertThat(e.reason()).isEqualTo("NodeShutdown"));
        release.countDown();
        for (CompletableFuture<HttpResponse<String>> request : requests) {
            assertThat(request.join().statusCode()).isEqualTo(200);
        }
        closed.join();
        assertThat(listeners.size()).isZero();
    }

    /** Requests that do not finish are broken off after the limit. */
    @Test
    void close_withoutPatience_doesNotWaitForRequests() throws Exception {
        Served pod = attachAlone(pod("slow", "log"));
        CompletableFuture<HttpResponse<String>> request = request(pod);

        listeners.close(Duration.ZERO);

        assertThat(request.handle((answer, failure) -> failure == null ? answer.statusCode() : 0)
                        .join())
                .isNotEqualTo(200);
    }

    private static boolean isOpen(Served pod) {
        try {
            new Socket("127.0.0.1", Integer.parseInt(pod.address().replaceFirst(".*:", ""))).close();
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
