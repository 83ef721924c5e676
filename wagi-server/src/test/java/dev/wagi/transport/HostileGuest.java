// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A guest that tries to harm its host: a file in {@code src/test/resources/hostile}, whose first lines say what must
 * come of it.
 *
 * <pre>
 * ;; limits: a line of its module's configuration; any number of them
 * ;; request: what its client sends, | for CRLF and {name} for its name; GET by default
 * ;; status: of the response, or "broken": it begins with 200 and is not whole
 * ;; body: text in it; optional
 * ;; log: text in a line of the host's log; without it there is none
 * ;; guest-log: text in a line of the guest's own log; optional
 * </pre>
 */
record HostileGuest(String name, Path file, List<String> head) {

    /** All of them, in the order of their names. */
    static List<HostileGuest> all() throws IOException, URISyntaxException {
        try (Stream<Path> files =
                Files.list(Path.of(HostileGuest.class.getResource("/hostile").toURI()))) {
            return files.sorted().map(HostileGuest::read).toList();
        }
    }

    private static HostileGuest read(Path file) {
        try {
            return new HostileGuest(
                    file.getFileName().toString().replace(".wat", ""),
                    file,
                    Files.readAllLines(file).stream()
                            .takeWhile(line -> line.startsWith(";;"))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A configuration with each at {@code /<its name>/...}. */
    static Path configure(Path folder) throws IOException, URISyntaxException {
        List<String> lines = new ArrayList<>();
        for (HostileGuest guest : all()) {
            lines.add("[[module]]");
            lines.add("route = '/" + guest.name + "/...'");
            lines.add("module = '" + guest.file + "'");
            lines.addAll(guest.all("limits"));
        }
        return Files.write(folder.resolve("modules.toml"), lines);
    }

    /** What the head of the file says under a key. */
    List<String> all(String key) {
        return head.stream()
                .filter(line -> line.startsWith(";; " + key + ": "))
                .map(line -> line.substring(key.length() + 5))
                .toList();
    }

    /** What its client sends. */
    String request() {
        return all("request").stream()
                .findFirst()
                .orElse("GET /{name} HTTP/1.1|Host: h||")
                .replace("|", "\r\n")
                .replace("{name}", name);
    }

    /** The status that must come of it; 200 if it must not be whole. */
    int status() {
        return isBroken() ? 200 : Integer.parseInt(all("status").get(0));
    }

    /** Whether the response must be broken off. */
    boolean isBroken() {
        return all("status").get(0).equals("broken");
    }

    /**
     * Whether this is what becomes of a guest that is broken off at its timeout, on a machine so busy that the timeout
     * came before the guest had printed its head. Then the request is sent again.
     */
    boolean isTooLate(RawClient.Response response) {
        return isBroken()
                && response.status() == 504
                && all("limits").stream().anyMatch(line -> line.startsWith("timeout = "));
    }

    @Override
    public String toString() {
        return name;
    }
}
