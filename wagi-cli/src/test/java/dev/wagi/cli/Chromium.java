// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Chromium without a window, with one page, driven with its DevTools protocol.
 *
 * @see <a href="https://chromedevtools.github.io/devtools-protocol/">Chrome DevTools Protocol</a>
 */
final class Chromium implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/.*");
    private static final long PATIENCE_SECONDS = 300;

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    /** By the id of what loads it. */
    private final Map<String, CompletableFuture<Void>> pages = new ConcurrentHashMap<>();

    private volatile CompletableFuture<Void> loaded = new CompletableFuture<>();

    /** Finds the program on the PATH. */
    static Optional<Path> program() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(directory -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Starts it with a profile of its own, which it leaves in the directory. */
    Chromium(Path program, Path directory) throws IOException, InterruptedException {
        ProcessBuilder command = new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox", // a container's root has none; the pages are our own
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory.resolve("profile"),
                "about:blank");
        command.environment().put("HOME", directory.toString());
        process = command.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        String address = address(process.errorReader(StandardCharsets.UTF_8));
        HttpClient client = HttpClient.newHttpClient();
        HttpResponse<String> page = client.send(
                HttpRequest.newBuilder(URI.create("http://" + address + "/json/new?about:blank"))
                        .PUT(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        URI uri = URI.create(
                JSON.readTree(page.body()).path("webSocketDebuggerUrl").asText());
        socket = client.newWebSocketBuilder().buildAsync(uri, new Messages()).join();
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(domain + ".enable", Map.of());
        }
        call("Page.setLifecycleEventsEnabled", Map.of("enabled", true));
    }

    private String address(BufferedReader stderr) throws IOException {
        StringBuilder before = new StringBuilder();
        for (String line = stderr.readLine(); line != null; line = stderr.readLine()) {
            Matcher listening = LISTENING.matcher(line);
            if (listening.matches()) {
                Thread rest = new Thread(() -> stderr.lines().forEach(ignored -> {}));
                rest.setDaemon(true);
                rest.start();
                return listening.group(1);
            }
            before.append(line).append('\n');
        }
        throw new AssertionError("Chromium does not start:\n" + before);
    }

    /** Calls a method of the protocol. */
    JsonNode call(String method, Map<String, ?> parameters) {
        int id = calls.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        socket.sendText(message.toString(), true).join();
        JsonNode result = answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        if (result.has("error")) {
            throw new AssertionError(method + ": " + result.path("error"));
        }
        return result.path("result");
    }

    /** Opens a page and waits until it is loaded, and not another one that is still on its way. */
    void open(String url) {
        String loader =
                call("Page.navigate", Map.of("url", url)).path("loaderId").asText();
        page(loader).orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    private CompletableFuture<Void> page(String loader) {
        return pages.computeIfAbsent(loader, one -> new CompletableFuture<>());
    }

    /** Does what opens another page, and waits until that is loaded. There must be a page that was opened. */
    void afterwards(Runnable action) {
        loaded = new CompletableFuture<>();
        action.run();
        loaded.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Evaluates JavaScript in the page, and waits if it is a promise. */
    JsonNode evaluate(String script) {
        JsonNode result =
                call("Runtime.evaluate", Map.of("expression", script, "awaitPromise", true, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(
                    script.substring(0, Math.min(200, script.length())) + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /** Waits until an expression is true in the page. */
    void await(String condition) {
        evaluate("new Promise(done => { const look = () => (" + condition
                + ") ? done(true) : setTimeout(look, 20); look(); })");
    }

    /** Presses a key. */
    void press(String key) {
        int code = key.equals("Tab") ? 9 : 13;
        for (String type : List.of("keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    key.equals("Enter") && type.equals("keyDown")
                            ? Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code, "text", "\r")
                            : Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code));
        }
    }

    /** Writes text where the focus is. */
    void write(String text) {
        call("Input.insertText", Map.of("text", text));
    }

    /** Sets the size of the window, and whether the user likes it dark. */
    void look(int width, int height, boolean dark) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        call(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    }

    /** What is visible, as PNG. */
    byte[] screenshot() {
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", Map.of("format", "png"))
                        .path("data")
                        .asText());
    }

    /**
     * What the page has complained about: its console's errors and warnings, exceptions, what was blocked or not found.
     */
    List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() {
        socket.abort();
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        // They write to the profile until they have ended.
        children.forEach(child -> {
            child.destroyForcibly();
            child.onExit().join();
        });
    }

    private final class Messages implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                String whole = message.toString();
                message.setLength(0);
                try {
                    receive(JSON.readTree(whole));
                } catch (IOException e) {
                    complaints.add(e.toString());
                }
            }
            from.request(1);
            return null;
        }

        private void receive(JsonNode received) {
            if (received.has("id")) {
                CompletableFuture<JsonNode> answer =
                        answers.remove(received.path("id").asInt());
                answer.complete(received);
                return;
            }
            JsonNode what = received.path("params");
            switch (received.path("method").asText()) {
                case "Page.lifecycleEvent" -> {
                    if (what.path("name").asText().equals("load")) {
                        loaded.complete(null);
                        page(what.path("loaderId").asText()).complete(null);
                    }
                }
                case "Runtime.exceptionThrown" -> complaints.add(what.toString());
                case "Runtime.consoleAPICalled" -> complaints.add(what.toString());
                case "Log.entryAdded" -> complaints.add(what.toString());
                case "Network.loadingFailed" -> {
                    // What a page still loads when another one is opened is canceled.
                    if (!what.path("canceled").asBoolean()) {
                        complaints.add(what.toString());
                    }
                }
                default -> {
                    // not of interest
                }
            }
        }
    }
}
