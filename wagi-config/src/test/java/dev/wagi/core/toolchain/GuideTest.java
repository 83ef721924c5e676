// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.Wagi;
import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.api.WagiResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The examples in docs/guide.md are those of samples/modules, are built as build.sh does, and behave as the guide
 * describes.
 */
class GuideTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));
    private static final Path MODULES = ROOT.resolve("samples/modules");

    /** The extension of a source file by the language of a block. */
    private static final Map<String, String> SOURCES = Map.of(
            "c", ".c",
            "go", ".go",
            "rust", ".rs",
            "toml", ".toml",
            "typescript", ".ts",
            "wat", ".wat");

    /** Blocks that are not source files. */
    private static final List<String> OTHERS = List.of("console", "sh", "text");

    private static final Pattern SOURCE_FILE = Pattern.compile("[\\w/.-]+\\.(c|go|rs|ts|wat)");
    private static final Pattern OUTPUT_FILE = Pattern.compile("[\\w/.-]+\\.wasm");

    private static final Pattern EXAMPLE = Pattern.compile(
            "\\$ ./wagi request -s -c samples/modules/guide.toml (?:-d '([^']*)' )?'?([^ '\\n]+)'?(?: \\| head -n"
                    + " (\\d+))?\\n"
                    + "((?:[^$].*\\n)+)");

    /** A fenced block. */
    private record Block(String language, String text) {}

    @Test
    void blocks_ofSource_areInASample() throws IOException {
        int found = 0;
        for (Block block : blocks()) {
            String ending = SOURCES.get(block.language());
            if (ending == null) {
                assertThat(OTHERS).contains(block.language());
                continue;
            }
            List<String> sources = new ArrayList<>();
            for (Path file : files(ending)) {
                sources.add(Files.readString(file));
            }
            assertThat(sources).as(block.text()).anyMatch(source -> source.contains(block.text()));
            found++;
        }

        assertThat(found).isGreaterThan(12);
        assertThat(blocks().stream().map(Block::language)).containsAll(SOURCES.keySet());
    }

    @Test
    void blocks_ofCommands_areInTheBuild() throws IOException {
        String script = Files.readString(MODULES.resolve("build.sh"));
        Matcher pinned = Pattern.compile("(?m)^ASSEMBLYSCRIPT=(.*)$").matcher(script);
        assertThat(pinned.find()).isTrue();
        List<String> built = script.replaceAll("\\\\\n\\s*", "")
                .replace("\"$RUSTC\"", "rustc")
                .replace("\"$CLANG\"", "clang")
                .replace("\"$TINYGO\"", "tinygo")
                // what Debian's compiler calls it, and what a current one does
                .replace("rustc --edition 2021 --target wasm32-wasi ", "rustc --edition 2021 --target wasm32-wasip1 ")
                // into a temporary folder there
                .replace("--no-save", "--save-exact")
                .replace("\"assemblyscript@$ASSEMBLYSCRIPT\"", "assemblyscript@" + pinned.group(1))
                .lines()
                .map(String::strip)
                .toList();
        int found = 0;
        for (Block block : blocks()) {
            if (!block.language().equals("sh")) {
                continue;
            }
            for (String command :
                    block.text().replaceAll("\\\\\n\\s*", "").strip().split("\n")) {
                assertThat(built).as(command).anyMatch(line -> isPart(command, line));
                found++;
            }
        }

        assertThat(found).isGreaterThan(6);
    }

    /** Without that option, npx downloads and runs any package of the name if it is not installed. */
    @Test
    void commands_ofAllPages_runNoPackageThatIsNotInstalled() throws IOException {
        List<Path> pages = new ArrayList<>();
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).forEach(pages::add);
        }
        pages.add(ROOT.resolve("README.md"));
        pages.add(MODULES.resolve("README.md"));
        pages.add(MODULES.resolve("build.sh"));
        for (Path page : pages) {
            assertThat(Files.readString(page).lines().map(String::strip))
                    .as("%s", page)
                    .noneMatch(
                            line -> line.matches("(\\$ )?(npx (?!--no-install ).*|npm exec .*|npm install (?!.*@).*)"));
        }
    }

    /** Whether a command of the build contains all words of one in the guide, except for the directories of files. */
    private static boolean isPart(String command, String line) {
        List<String> words = List.of(line.split(" +"));
        for (String word : command.split(" +")) {
            boolean known = words.contains(word)
                    || OUTPUT_FILE.matcher(word).matches()
                    || SOURCE_FILE.matcher(word).matches()
                            && words.stream().anyMatch(other -> other.endsWith("/" + word));
            if (!known) {
                return false;
            }
        }
        return true;
    }

    @Test
    void examples_ofRequests_giveWhatTheGuideShows() throws IOException {
        int found = 0;
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addConfiguration(MODULES.resolve("guide.toml"))
                .build()) {
            for (Block block : blocks()) {
                if (!block.language().equals("console")) {
                    continue;
                }
                Matcher example = EXAMPLE.matcher(block.text());
                int end = 0;
                while (example.find()) {
                    assertThat(example.start()).as(block.text()).isEqualTo(end);
                    end = example.end();
                    WagiResponse response = wagi.handle(request(example.group(2), example.group(1)));
                    assertThat(response.status()).isEqualTo(200);
                    String text = response.text() + (response.text().endsWith("\n") ? "" : "\n");
                    String shown = example.group(3) == null
                            ? text
                            : text.lines()
                                    .limit(Long.parseLong(example.group(3)))
                                    .collect(Collectors.joining("\n", "", "\n"));
                    assertThat(shown).as(example.group()).isEqualTo(example.group(4));
                    found++;
                }
                assertThat(end).as(block.text()).isEqualTo(block.text().length());
            }
        }

        assertThat(found).isGreaterThan(5);
    }

    /** The other modules that guide.toml serves. */
    @Test
    void configuration_otherModules_answer() {
        List<String> log = new ArrayList<>();
        try (Wagi wagi = Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addConfiguration(MODULES.resolve("guide.toml"))
                .guestLog((module, id, line) -> log.add(line))
                .build()) {
            assertThat(wagi.handle(WagiRequest.get("/")).text()).contains("<h1>");
            assertThat(wagi.handle(request("/as/echo", "x")).text()).isEqualTo("x");
            assertThat(wagi.handle(WagiRequest.get("/log")).status()).isEqualTo(200);
            assertThat(log).hasSize(3);
        }
    }

    private static WagiRequest request(String target, String body) {
        if (body == null) {
            return WagiRequest.get(target);
        }
        return WagiRequest.builder("POST", target)
                .addHeader("Content-Type", "application/x-www-form-urlencoded")
                .body(body.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("samples"))) {
            return files.filter(file -> file.toString().endsWith(ending)).toList();
        }
    }

    private static List<Block> blocks() throws IOException {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$")
                .matcher(Files.readString(ROOT.resolve("docs/guide.md")));
        while (matcher.find()) {
            blocks.add(new Block(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }
}
