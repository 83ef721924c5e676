// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code wagi new}: what it writes can be built and answers; languages whose compiler is not installed are skipped. */
class NewCommandTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "builds with sh")
    void skeleton_built_answersItsRequest(Skeleton language) throws IOException {
        Cli.Result created = run(Cli.command("new", "my-first", "--lang", lang(language)));
        assertThat(created.code()).as(created.stderr()).isZero();
        Path project = directory.resolve("my-first");
        if (Files.exists(project.resolve("build.sh"))) {
            build(language, project);
        }

        Cli.Result answer =
                run(Cli.command("request", "-c", project.resolve("modules.toml").toString(), "/my-first/world"));

        assertThat(answer.text())
                .as(answer.stderr())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .containsIgnoringCase("\r\n\r\nhello from ")
                .contains(language == Skeleton.WAT ? "text" : "GET /world");
        assertThat(answer.code()).isZero();
    }

    private void build(Skeleton language, Path project) throws IOException {
        String script = Files.readString(project.resolve("build.sh"));
        switch (language) {
            case RUST -> {
                assumeTrue(isInstalled("rustc"), "rustc is not installed");
                script = script.replace("rustc ", compiler() + " ").replace("wasm32-wasip1", rustTarget());
            }
            case C -> {
                assumeTrue(isInstalled("clang"), "clang is not installed");
                assumeTrue(Files.exists(Path.of("/usr/lib/wasm32-wasi/libc.a")), "there is no C library for WASI");
            }
            case GO -> assumeTrue(isInstalled("go"), "Go is not installed");
            case TINYGO -> assumeTrue(isInstalled("tinygo"), "TinyGo is not installed");
            case ZIG -> assumeTrue(isInstalled("zig"), "Zig is not installed");
            case ASSEMBLYSCRIPT -> {
                // Tests download nothing.
                assumeTrue(isInstalled("asc"), "AssemblyScript's compiler, asc, is not on the PATH");
                script = script.replaceAll("(?m)^npm .*\n", "").replace("npx --no-install asc", "asc");
            }
            case WAT -> throw new AssertionError("needs no build");
        }
        Files.writeString(project.resolve("build.sh"), script);
        ProcessBuilder build = new ProcessBuilder("sh", "build.sh").directory(project.toFile());
        build.environment().put("GOCACHE", directory.resolve("go-cache").toString());
        build.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        Cli.Result built = Cli.finish(Cli.start(build), new byte[0]);
        assertThat(built.code()).as(built.text() + built.stderr()).isZero();
    }

    /** Debian's compiler is the one that finds Debian's standard library. */
    private static String compiler() {
        Path debian = Path.of("/usr/bin/rustc");
        return Files.isExecutable(debian) ? debian.toString() : "rustc";
    }

    private static String rustTarget() {
        Cli.Result root = Cli.finish(Cli.start(new ProcessBuilder(compiler(), "--print", "sysroot")), new byte[0]);
        Path targets = Path.of(root.text().strip(), "lib", "rustlib");
        String found = Stream.of("wasm32-wasip1", "wasm32-wasi")
                .filter(target -> Files.isDirectory(targets.resolve(target)))
                .findFirst()
                .orElse("");
        assumeTrue(!found.isEmpty(), "Rust's target wasm32-wasip1 is not installed");
        return found;
    }

    /** A reader of the guide and a user of the command type the same. */
    @ParameterizedTest
    @EnumSource(names = {"RUST", "C", "GO", "TINYGO", "ASSEMBLYSCRIPT"})
    void commands_areTheGuides(Skeleton language) throws IOException {
        String guide = Files.readString(Cli.ROOT.resolve("docs/guide.md")).replaceAll("\\\\\n\\s*", "");
        String example = switch (language) {
            case RUST -> "hello";
            case C -> "error";
            case GO -> "go-hello";
            case TINYGO -> "tinygo-hello";
            default -> "as-hello";
        };

        assertThat(language.commands(example))
                .isNotEmpty()
                .allSatisfy(command -> assertThat(guide).contains("\n" + command + "\n"));
    }

    /** TinyGo is hardly ever installed; what it makes of the skeleton is kept as a sample, which tests run. */
    @Test
    void tinygo_sourceOfTheSample_isTheSkeletons() throws IOException {
        String sample = Files.readString(Cli.ROOT.resolve("samples/modules/tinygo-hello/main.go"));

        assertThat(sample.replaceFirst("(// SPDX.*\n)+\n", ""))
                .isEqualTo(Skeleton.TINYGO.files("x").get("main.go"));
    }

    @Test
    void files_haveNoPlaceholderLeft() throws IOException {
        for (Skeleton language : Skeleton.values()) {
            Map<String, String> files = language.files("x");
            assertThat(files.keySet()).contains("modules.toml", "README.md").noneMatch(file -> file.contains("NAME"));
            assertThat(files.get("modules.toml") + files.get("README.md") + files.get("build.sh"))
                    .doesNotContain("NAME", "MODULE", "${");
        }
    }

    @Test
    void new_directoryExists_changesNothing() throws IOException {
        Files.createDirectory(directory.resolve("taken"));

        Cli.Result result = run(Cli.command("new", "taken", "--lang", "wat"));

        assertThat(result.stderr())
                .isEqualToIgnoringNewLines("wagi: taken exists already; choose another name, or remove it");
        assertThat(result.code()).isEqualTo(1);
        assertThat(directory.resolve("taken")).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upper", "../up", "a/b", "con", "lpt1", "a.b", "-a", "1a", "a:b", "a b", ""})
    void new_nameThatIsNone_isWrongUsage(String name) {
        Cli.Result result = run(Cli.command("new", "--lang", "wat", "--", name));

        assertThat(result.stderr()).contains("cannot be the name of a module");
        assertThat(result.code()).isEqualTo(2);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void new_languageThatIsUnknown_isWrongUsage() {
        Cli.Result result = run(Cli.command("new", "x", "--lang", "cobol"));

        assertThat(result.stderr()).contains("\"cobol\" is not a known language; write rust, c, go, ");
        assertThat(result.code()).isEqualTo(2);
    }

    private Cli.Result run(ProcessBuilder command) {
        return Cli.finish(Cli.start(command.directory(directory.toFile())), new byte[0]);
    }

    private static String lang(Skeleton language) {
        return language.name().toLowerCase(Locale.ROOT);
    }

    private static boolean isInstalled(String program) {
        return List.of(System.getenv("PATH").split(File.pathSeparator)).stream()
                .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
    }
}
