// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The terminal session that the README shows is what the command prints. After a change write it again with {@code mvn
 * test -pl wagi-cli -am -Dtest=SessionImageTest -Dsurefire.failIfNoSpecifiedTests=false -Dwagi.regenerate=true}.
 */
class SessionImageTest {

    private static final Path IMAGE = Cli.ROOT.resolve("docs/images/session.svg");

    private static final String TYPO = """
            [[module]]
            route = "hello"
            module = "samples/modules/hello/hello.wasm"
            allowed_host = ["https://api.example.org"]
            """;

    private static final List<String> COMMANDS = List.of(
            "./wagi routes -c samples/modules.toml",
            "./wagi request -s -c samples/modules.toml /hello/any/sub/path",
            "cat typo.toml",
            "./wagi check -c typo.toml");

    private static final int LINE = 20;
    private static final int TOP = 58;

    @TempDir
    Path directory;

    @Test
    void session_printsWhatTheImageShows() throws IOException {
        String image = image(session());
        if (Boolean.getBoolean("wagi.regenerate")) {
            Files.createDirectories(IMAGE.getParent());
            Files.writeString(IMAGE, image);
        }

        assertThat(Files.readString(IMAGE)).isEqualTo(image);
    }

    /** What a terminal shows, in a directory with the samples and a configuration with two mistakes. */
    private String session() throws IOException {
        Files.createSymbolicLink(directory.resolve("samples"), Cli.ROOT.resolve("samples"));
        Files.writeString(directory.resolve("typo.toml"), TYPO);
        StringBuilder session = new StringBuilder();
        for (String command : COMMANDS) {
            session.append("$ ").append(command).append('\n');
            String[] words = command.split(" ");
            if (words[0].equals("cat")) {
                session.append(Files.readString(directory.resolve(words[1])));
            } else {
                ProcessBuilder process =
                        Cli.command(List.of(words).subList(1, words.length).toArray(new String[0]));
                Cli.Result result = Cli.finish(Cli.start(process.directory(directory.toFile())), new byte[0]);
                session.append(result.text()).append(result.stderr());
            }
        }
        return session.toString();
    }

    private static String image(String session) {
        List<String> lines = session.lines().toList();
        StringBuilder svg = new StringBuilder();
        int height = TOP + lines.size() * LINE;
        svg.append("""
                <svg xmlns="http://www.w3.org/2000/svg" width="860" height="%1$d" viewBox="0 0 860 %1$d" role="img">
                <title>A terminal session with the wagi command</title>
                <style>
                text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #c9d1d9; white-space: pre; }
                .command { fill: #ffffff; font-weight: bold; }
                .problem { fill: #ffa198; }
                </style>
                <rect width="860" height="%1$d" rx="8" fill="#0d1117"/>
                <circle cx="20" cy="18" r="6" fill="#ff5f57"/>
                <circle cx="40" cy="18" r="6" fill="#febc2e"/>
                <circle cx="60" cy="18" r="6" fill="#28c840"/>
                """.formatted(height));
        int y = TOP;
        for (String line : lines) {
            String style = line.startsWith("$ ")
                    ? " class=\"command\""
                    : line.startsWith("wagi: ") ? " class=\"problem\"" : "";
            svg.append("<text x=\"16\" y=\"")
                    .append(y)
                    .append('"')
                    .append(style)
                    .append(" xml:space=\"preserve\">")
                    .append(escaped(line))
                    .append("</text>\n");
            y += LINE;
        }
        return svg.append("</svg>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
