// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.RouteInfo;
import dev.wagi.server.WagiServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code wagi train}: a server that is sent requests, and ends. The launcher starts it with the option of the JVM that
 * writes an archive of classes at the end.
 */
@Command(
        name = "train",
        description = {
            "Serves the modules to itself for some seconds, so that the next starts take less time.",
            "The JVM writes what it learned into an archive of classes, which the script 'wagi' keeps next to wagi.jar."
        },
        customSynopsis = "wagi train {-c FILE|-f FILE|-b ID} [-n COUNT] [OPTION]... [URL]...",
        sortOptions = false,
        footer = {
            "",
            "Modules run as for any other GET request, with their volumes and allowed hosts. Compiled modules",
            "are in the cache, not in the archive.",
            "",
            "Examples:",
            "  wagi train -c modules.toml",
            "  wagi train -c modules.toml '/hello?name=you' http://shop.example/"
        })
final class TrainCommand implements Callable<Integer> {

    /** What the JVM is started with, see the launcher. */
    private static final List<String> WRITING = List.of("-XX:AOTCacheOutput=", "-XX:ArchiveClassesAtExit=");

    /** Requests that are sent on a connection before anything is read: they fit into the socket's buffers. */
    private static final int PIPELINED = 8;

    private static final int TIMEOUT_MILLIS = 30_000;

    /** Slow modules are asked less often. */
    private static final Duration ENOUGH = Duration.ofSeconds(20);

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Mixin
    private CacheOptions cache = new CacheOptions();

    @Option(
            names = {"-n", "--requests"},
            paramLabel = "COUNT",
            defaultValue = "500",
            description = "How often each URL is requested, at most; by default 500. No more begin after 20 seconds.")
    private Count requests = new Count(500);

    @Parameters(
            paramLabel = "URL",
            arity = "0..*",
            description = "A path, or a URL whose host the modules see; by default all routes.")
    private List<RequestUrl> urls = new ArrayList<>();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        options.origin();
        if (WRITING.stream().noneMatch(TrainCommand::isOptionOfThisJvm)) {
            throw Failures.usage(
                    spec,
                    "this JVM does not write an archive; run the script 'wagi', or Java with " + WRITING.get(0)
                            + "FILE (before Java 25 " + WRITING.get(1) + "FILE)");
        }
        Wagi.Builder builder = options.builder(Wagi.Engine.COMPILER);
        cache.directory().ifPresent(builder::compileCache);
        try (Wagi wagi = builder.build();
                WagiServer server = WagiServer.builder(wagi)
                        .socket(WagiServer.bind(InetAddress.getLoopbackAddress().getHostAddress(), 0))
                        .start()) {
            List<RequestUrl> asked = urls.isEmpty() ? routes(wagi) : List.copyOf(urls);
            ask(server.uri(), asked).forEach((url, answer) -> System.out.println(url + ": " + answer));
        }
        return 0;
    }

    private static boolean isOptionOfThisJvm(String option) {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .anyMatch(argument -> argument.startsWith(option));
    }

    /** The shortest path of each route. */
    private static List<RequestUrl> routes(Wagi wagi) {
        return wagi.routes().stream().map(TrainCommand::url).distinct().toList();
    }

    private static RequestUrl url(RouteInfo route) {
        String path = route.route().replaceFirst("/\\.\\.\\.$", "");
        String target = path.isEmpty() ? "/" : path;
        return RequestUrl.parse(
                route.hosts().isEmpty() ? target : "http://" + route.hosts().get(0) + target);
    }

    /** Requests all in turns, and returns how often each was answered and with what. */
    private Map<String, String> ask(URI server, List<RequestUrl> asked) throws IOException {
        Map<String, String> answers = new LinkedHashMap<>();
        long began = System.nanoTime();
        for (int sent = 0; sent < requests.value(); sent += PIPELINED) {
            int now = Math.min(PIPELINED, requests.value() - sent);
            for (RequestUrl url : asked) {
                if (sent > 0 && System.nanoTime() - began > ENOUGH.toNanos()) {
                    return answers;
                }
                String status = exchange(server, url, now).orElse("no answer");
                answers.put(url.host() + url.target(), status + ", " + (sent + now) + " times");
            }
        }
        return answers;
    }

    /** Sends requests over a connection, and returns the status line of the first response. */
    private static Optional<String> exchange(URI server, RequestUrl url, int count) throws IOException {
        String host = url.host().isEmpty() ? server.getAuthority() : url.host();
        String start = "GET " + url.target() + " HTTP/1.1\r\nHost: " + host
                + "\r\nUser-Agent: wagi-train\r\nAccept: */*\r\nAccept-Language: en\r\nAccept-Encoding: gzip\r\n";
        String text = (start + "\r\n").repeat(count - 1) + start + "Connection: close\r\n\r\n";
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return answer(socket, text);
        }
    }

    /** A response that breaks off resets the connection, as the other requests are not read; its status counts. */
    private static Optional<String> answer(Socket socket, String text) {
        String status = null;
        try {
            OutputStream out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            status = in.readLine();
            while (in.read() >= 0) {
                in.skip(Integer.MAX_VALUE);
            }
        } catch (IOException e) {
            // What arrived before is the answer.
        }
        return Optional.ofNullable(status);
    }
}
