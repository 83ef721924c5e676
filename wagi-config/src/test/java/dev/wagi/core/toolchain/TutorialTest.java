// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/tutorial.md, followed step by step; compilers are replaced by what they made of the same sources in
 * samples/modules.
 */
class TutorialTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));
    private static final Path MODULES = ROOT.resolve("samples/modules");

    private static final Pattern BLOCK = Pattern.compile("(?m)^```(\\w+)\\n([\\s\\S]*?)^```$");
    private static final Pattern REQUEST =
            Pattern.compile("\\$ (?:\\./wagi request -s -c tutorial/modules\\.toml |curl -s"
                    + " 127\\.0\\.0\\.1:3000)(\\S+)\\n((?:[^$].*\\n)+)");

    /** The commands that are no compiler's. */
    private static final List<String> OWN = List.of(
            "mkdir tutorial", "./wagi check -c tutorial/modules.toml", "./wagi serve -c tutorial/modules.toml --watch");

    private static final Map<String, String> SAMPLES = Map.of("rust", "hello/hello.rs", "c", "error/error.c");

    @TempDir
    private Path directory;

    @Test
    void steps_lead_whereThePageSays() throws IOException {
        Files.copy(MODULES.resolve("hello/hello.wasm"), directory.resolve("hello.wasm"));
        Files.copy(MODULES.resolve("error/error.wasm"), directory.resolve("error.wasm"));
        Files.createDirectory(directory.resolve("site"));
        String page = Files.readString(ROOT.resolve("docs/tutorial.md"));
        String compilers = joined(Files.readString(ROOT.resolve("docs/guide.md")));
        StringBuilder configuration = new StringBuilder();
        int requests = 0;
        for (MatchResult block : BLOCK.matcher(page).results().toList()) {
            String text = block.group(2);
            switch (block.group(1)) {
                case "wat" -> Files.writeString(directory.resolve("page.wat"), text);
                case "rust", "c" ->
                    assertThat(Files.readString(MODULES.resolve(SAMPLES.get(block.group(1)))))
                            .contains(text);
                case "toml" -> {
                    if (text.contains("volumes")) { // the last step changes the first module
                        load(text).close();
                    } else {
                        configuration.append(text).append('\n');
                    }
                }
                case "sh" ->
                    assertThat(joined(text).lines())
                            .allMatch(line -> OWN.contains(line) || compilers.contains("\n" + line + "\n"));
                case "console" -> requests += requests(load(configuration.toString()), text);
                default -> throw new AssertionError("nothing is known of a block of " + block.group(1));
            }
        }

        assertThat(requests).isEqualTo(6);
    }

    private static int requests(Wagi host, String text) {
        int found = 0;
        try (Wagi wagi = host) {
            Matcher request = REQUEST.matcher(text);
            while (request.find()) {
                byte[] body = wagi.handle(
                                WagiRequest.builder("GET", request.group(1)).build())
                        .body();
                assertThat(new String(body, StandardCharsets.UTF_8)).isEqualTo(request.group(2));
                found++;
            }
        }
        assertThat(found).as(text).isEqualTo(text.split("(?m)^\\$ ").length - 1);
        return found;
    }

    private Wagi load(String configuration) throws IOException {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addConfiguration(Files.writeString(directory.resolve("modules.toml"), configuration))
                .build();
    }

    private static String joined(String text) {
        return text.replaceAll("\\\\\n\\s*", "");
    }
}
