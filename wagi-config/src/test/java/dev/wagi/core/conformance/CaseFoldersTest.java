// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.Headers;
import dev.wagi.core.api.WagiConfigException;
import dev.wagi.core.api.WagiRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases in {@code src/test/resources/cgi}: the request of a client, the guest, and the expected response. The
 * README there describes the files and how to add a case.
 */
class CaseFoldersTest {

    private static final Path CASES =
            Path.of(System.getProperty("wagi.root", "..")).resolve("wagi-config/src/test/resources/cgi");

    /** Matches any lines in an expected body. */
    private static final String ANY_LINES = "...";

    @TempDir
    Path directory;

    private final List<String> stderr = Collections.synchronizedList(new ArrayList<>());

    static List<String> folders() throws IOException {
        try (Stream<Path> entries = Files.list(CASES)) {
            return entries.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("folders")
    void folder_isAnsweredAsExpected(String name) throws IOException {
        try {
            run(CASES.resolve(name));
        } catch (AssertionError e) {
            // Build tools show the number of a parameterised test instead of its name.
            throw new AssertionError("case " + name + ": " + e.getMessage(), e);
        }
    }

    private void run(Path folder) throws IOException {
        Wagi.Builder builder = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .guestLog((module, id, line) -> stderr.add(line))
                .addConfiguration(configuration(folder));

        Path problems = folder.resolve("expected.problems");
        if (Files.exists(problems)) {
            assertRefused(builder, Files.readAllLines(problems));
            return;
        }

        RecordingSink sink = new RecordingSink();
        try (Wagi wagi = builder.build()) {
            wagi.handle(request(Files.readAllBytes(folder.resolve("request.http"))), sink);
        }
        assertResponse(sink, Message.read(Files.readAllBytes(folder.resolve("expected.http"))));
        Path log = folder.resolve("expected.log");
        if (Files.exists(log)) {
            assertInOrder(stderr, Files.readAllLines(log));
        }
    }

    /** Copies the files of a case, and turns every {@code .bin} into a guest. */
    private Path configuration(Path folder) throws IOException {
        boolean own = false;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".wat")) {
                    Files.copy(file, directory.resolve(name));
                } else if (name.endsWith(".bin")) {
                    Files.writeString(
                            directory.resolve(name.replaceFirst("bin$", "wat")),
                            Wat.printing(Files.readAllBytes(file), ""));
                }
                own |= name.equals("stdout.bin");
            }
        }
        Path configured = folder.resolve("modules.toml");
        String toml = Files.exists(configured)
                ? Files.readString(configured)
                : "[[module]]\nroute = \"/...\"\nmodule = \"" + (own ? "stdout.wat" : "${samples}/env/env.wasm")
                        + "\"\n";
        String samples = Wat.samples().toString().replace('\\', '/');
        return Files.writeString(directory.resolve("modules.toml"), toml.replace("${samples}", samples));
    }

    private static WagiRequest request(byte[] bytes) {
        Message message = Message.read(bytes);
        String[] line = message.start.split(" ");
        assertThat(line).as("the request line: %s", message.start).hasSize(3);
        Headers.Builder headers = Headers.builder();
        long length = 0;
        byte[] body = message.body;
        for (String field : message.fields) {
            int colon = field.indexOf(':');
            String name = field.substring(0, colon);
            String value = field.substring(colon + 1).strip();
            headers.add(name, value);
            if (name.equalsIgnoreCase("Content-Length")) {
                length = Long.parseLong(value);
            } else if (name.equalsIgnoreCase("Transfer-Encoding")) {
                length = -1;
                body = dechunk(body);
            }
        }
        return WagiRequest.builder(line[0], line[1])
                .protocol(line[2])
                .addHeaders(headers.build())
                .body(new ByteArrayInputStream(body), length)
                .build();
    }

    private static byte[] dechunk(byte[] chunks) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int end = Message.endOfLine(chunks, at);
            int size = Integer.parseInt(Message.line(chunks, at, end), 16);
            at = end + 1;
            if (size == 0) {
                return body.toByteArray();
            }
            body.write(chunks, at, size);
            at = Message.endOfLine(chunks, at + size) + 1;
        }
    }

    private static void assertRefused(Wagi.Builder builder, List<String> expected) {
        WagiConfigException refused = catchThrowableOfType(
                WagiConfigException.class, () -> builder.build().close());

        assertThat(refused).as("the configuration is refused").isNotNull();
        for (String text : expected) {
            assertThat(refused.problems()).anyMatch(problem -> problem.contains(text), text);
        }
    }

    private static void assertResponse(RecordingSink sink, Message expected) {
        String body = sink.body.toString(StandardCharsets.ISO_8859_1);
        List<String> start = List.of(expected.start.split(" "));
        assertThat(String.valueOf(sink.status))
                .as("status of: %s%n%s", sink.headers, body)
                .isEqualTo(start.get(1));
        assertThat(sink.aborted ? "aborted" : "complete")
                .as("end of the response")
                .isEqualTo(start.contains("(aborted)") ? "aborted" : "complete");
        List<String> present = new ArrayList<>();
        for (String field : expected.fields) {
            if (field.startsWith("! ")) {
                assertThat(sink.headers.all(field.substring(2))).as(field).isEmpty();
            } else {
                present.add(field);
            }
        }
        assertFields(sink.headers, present);
        String expectedBody = new String(expected.body, StandardCharsets.ISO_8859_1);
        if (expectedBody.lines().anyMatch(ANY_LINES::equals)) {
            assertLines(body.lines().toList(), expectedBody.lines().toList());
        } else {
            assertThat(withoutLastNewline(body)).isEqualTo(withoutLastNewline(expectedBody));
        }
    }

    /** The fields appear in the response, in this order, and as often as here. */
    private static void assertFields(Headers actual, List<String> expected) {
        List<String> names = expected.stream()
                .map(field -> field.substring(0, field.indexOf(':')))
                .toList();
        List<String> relevant = new ArrayList<>();
        for (Headers.Field field : actual) {
            for (int i = 0; i < names.size(); i++) {
                if (names.get(i).equalsIgnoreCase(field.name())) {
                    boolean any = expected.get(i).equals(names.get(i) + ": *");
                    relevant.add(names.get(i) + ": " + (any ? "*" : field.value()));
                    break;
                }
            }
        }
        assertThat(relevant).as("header fields").isEqualTo(expected);
    }

    /**
     * Blocks of lines between {@code ...} appear in the body in this order; no line of it begins with the text of a
     * line {@code ! text}.
     */
    private static void assertLines(List<String> actual, List<String> expected) {
        List<String> pattern = new ArrayList<>();
        for (String line : expected) {
            if (line.startsWith("! ")) {
                assertThat(actual).noneMatch(other -> other.startsWith(line.substring(2)), line);
            } else {
                pattern.add(line);
            }
        }
        assertThat(matches(actual, 0, pattern, 0))
                .as("the body%n%s%nmatches%n%s", String.join("\n", actual), String.join("\n", pattern))
                .isTrue();
    }

    private static boolean matches(List<String> actual, int at, List<String> pattern, int from) {
        if (from == pattern.size()) {
            return at == actual.size();
        }
        if (!pattern.get(from).equals(ANY_LINES)) {
            return at < actual.size()
                    && actual.get(at).equals(pattern.get(from))
                    && matches(actual, at + 1, pattern, from + 1);
        }
        for (int skip = at; skip <= actual.size(); skip++) {
            if (matches(actual, skip, pattern, from + 1)) {
                return true;
            }
        }
        return false;
    }

    private static void assertInOrder(List<String> log, List<String> expected) {
        int at = 0;
        for (String text : expected) {
            while (at < log.size() && !log.get(at).contains(text)) {
                at++;
            }
            assertThat(at).as("\"%s\" is in its place in the log %s", text, log).isLessThan(log.size());
            at++;
        }
    }

    private static String withoutLastNewline(String text) {
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    /**
     * A message in the format of HTTP/1.1, with lines ended by LF or CRLF.
     *
     * @param start the request line or status line
     * @param fields the header lines as written
     * @param body the content after the empty line
     */
    private record Message(String start, List<String> fields, byte[] body) {

        static Message read(byte[] bytes) {
            List<String> lines = new ArrayList<>();
            int at = 0;
            while (at < bytes.length) {
                int end = endOfLine(bytes, at);
                String line = line(bytes, at, end);
                at = Math.min(end + 1, bytes.length);
                if (line.isEmpty()) {
                    break;
                }
                lines.add(line);
            }
            return new Message(
                    lines.get(0), lines.subList(1, lines.size()), Arrays.copyOfRange(bytes, at, bytes.length));
        }

        static int endOfLine(byte[] bytes, int from) {
            int end = from;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            return end;
        }

        static String line(byte[] bytes, int from, int end) {
            String line = new String(bytes, from, end - from, StandardCharsets.ISO_8859_1);
            return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
        }
    }
}
