// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compiled modules that are kept for the next start. */
class CacheTest {

    private static final String CONFIGURATION = """
            [[module]]
            route = "/one"
            module = '%1$s'

            [[module]]
            route = "/two"
            module = '%1$s'
            """;

    @TempDir
    private Path directory;

    @Test
    void serve_leavesEntries_andTheNextStartTakesThem() throws IOException {
        String file = configuration();
        for (int start = 0; start < 2; start++) {
            ProcessBuilder command = command("serve", "-v", "-c", file, "-l", ":0");
            try (Cli.Server server = new Cli.Server(directory, command)) {
                Path entry = directory.resolve("caches/wagi/compiled").resolve(onlyEntry("caches/wagi/compiled"));
                assertThat(server.stderr().lines())
                        .filteredOn(line -> line.contains("CompileCache"))
                        .singleElement()
                        .asString()
                        .endsWith((start == 0 ? "compiled code kept in " : "compiled code taken from ") + entry);
            }
        }
    }

    @Test
    void request_takesWhatIsThere() throws IOException {
        String file = configuration();
        assertThat(request(file).stderr()).contains("compiled code kept in ");
        Path entry = directory.resolve("caches/wagi/compiled").resolve(onlyEntry("caches/wagi/compiled"));
        byte[] good = Files.readAllBytes(entry);

        assertThat(request(file).stderr()).contains("compiled code taken from ").doesNotContain("kept in");

        Files.write(entry, Arrays.copyOf(good, good.length / 2));
        assertThat(request(file).stderr()).contains("compiled code kept in ").doesNotContain("taken from");
        assertThat(entry).hasSize(good.length);
        assertThat(request(file).stderr()).contains("compiled code taken from ").doesNotContain("kept in");
    }

    @Test
    void request_interpreted_leavesNothing() throws IOException {
        String file = configuration();

        Cli.Result result = run(command("request", "-c", file, "/one"));

        assertThat(result.code()).isZero();
        assertThat(directory.resolve("caches")).doesNotExist();
    }

    /** What is kept was compiled. */
    @Test
    void check_compiles_exceptWhenItIsToBeFast() throws IOException {
        String file = configuration();

        assertThat(run(command("check", "-c", file, "--fast")).code()).isZero();
        assertThat(directory.resolve("caches")).doesNotExist();

        assertThat(run(command("check", "-c", file)).code()).isZero();
        assertThat(onlyEntry("caches/wagi/compiled")).endsWith(".wagi-code");
    }

    @Test
    void cacheFile_namesTheDirectory() throws IOException {
        String file = configuration();
        Path elsewhere = directory.resolve("elsewhere");
        String cache = Files.writeString(
                        directory.resolve("cache.toml"), "[cache]\nenabled = true\ndirectory = '" + elsewhere + "'\n")
                .toString();

        try (Cli.Server server = new Cli.Server(directory, command("-c", file, "-l", ":0", "--cache", cache))) {
            assertThat(server.stderr().lines()).hasSize(2).last().isEqualTo("2 routes from " + file);
        }

        assertThat(onlyEntry("elsewhere")).endsWith(".wagi-code");
        assertThat(directory.resolve("caches")).doesNotExist();
        assertThat(request(file, "--cache", cache).stderr())
                .contains("compiled code taken from " + elsewhere)
                .doesNotContain("kept in");
    }

    @Test
    void cacheFile_switchesItOff() throws IOException {
        String file = configuration();
        String cache = Files.writeString(directory.resolve("cache.toml"), "[cache]\nenabled = false\n")
                .toString();

        assertThat(request(file, "--cache", cache).stderr()).doesNotContain("CompileCache");

        assertThat(directory.resolve("caches")).doesNotExist();
    }

    @Test
    void cacheFile_bad_startsNothing() throws IOException {
        String cache = Files.writeString(directory.resolve("cache.toml"), "[cache]\ndirectory = 'x'\n")
                .toString();

        Cli.Result result = run(command("serve", "-c", configuration(), "-l", ":0", "--cache", cache));

        assertThat(result.stderr().lines())
                .containsExactly(
                        "wagi: " + cache + ", cache, key 'enabled': is missing; write true or false",
                        "wagi: " + cache
                                + ", cache, key 'directory': \"x\" is not an absolute path; write for instance"
                                + " \"/var/cache/wagi\"");
        assertThat(result.text()).isEmpty();
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void cache_thatCannotBeMade_costsTimeOnly() throws IOException {
        Files.createFile(directory.resolve("caches"));

        Cli.Result result = request(configuration());

        assertThat(result.text()).contains("Three lines were written");
        assertThat(result.stderr().lines())
                .filteredOn(line -> line.contains("WARN"))
                .singleElement()
                .asString()
                .contains("the compile cache " + directory.resolve("caches/wagi/compiled")
                        + " does not work, modules may be compiled at every start: ");
        assertThat(result.code()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "Linux,      /home/ann,  ,         ,         /home/ann/.cache/wagi/compiled",
        "Linux,      /home/ann,  /var/xdg, ,         /var/xdg/wagi/compiled",
        "Linux,      /home/ann,  '',       ,         /home/ann/.cache/wagi/compiled",
        "Linux,      /home/ann,  relative, ,         /home/ann/.cache/wagi/compiled",
        "Linux,      /home/ann,  ,         /local,   /home/ann/.cache/wagi/compiled",
        "Linux,      ?,          ,         ,         ",
        "Linux,      '',         ,         ,         ",
        "Linux,      ?,          /var/xdg, ,         /var/xdg/wagi/compiled",
        "Mac OS X,   /Users/ann, ,         ,         /Users/ann/Library/Caches/wagi/compiled",
        "Windows 11, /Users/ann, ,         /local,   /local/wagi/compiled",
        "Windows 11, /Users/ann, ,         ,         /Users/ann/AppData/Local/wagi/compiled",
    })
    void standard_isWhereTheSystemWantsIt(String system, String home, String xdg, String local, String expected) {
        Map<String, String> environment = new HashMap<>();
        environment.put("XDG_CACHE_HOME", absolute(xdg));
        environment.put("LOCALAPPDATA", absolute(local));

        assertThat(CacheOptions.standard(environment, system, absolute(home)).map(Path::toString))
                .isEqualTo(Optional.ofNullable(expected)
                        .map(path -> Path.of(absolute(path)).toString()));
    }

    @ParameterizedTest
    @CsvSource({
        "Linux,      /home/bob, /home/bob/.cache/wagi/compiled",
        "Mac OS X,   /home/bob, /home/bob/Library/Caches/wagi/compiled",
        "Linux,      bob,       /home/ann/.cache/wagi/compiled",
        "Linux,      '',        /home/ann/.cache/wagi/compiled",
        "Windows 11, /home/bob, /home/ann/AppData/Local/wagi/compiled",
    })
    void standard_home_winsOverTheUserDatabase(String system, String home, String expected) {
        assertThat(CacheOptions.standard(Map.of("HOME", absolute(home)), system, absolute("/home/ann")))
                .contains(Path.of(absolute(expected)));
    }

    /** On Windows an absolute path begins with a drive. */
    private static String absolute(String path) {
        return path == null || !path.startsWith("/")
                ? path
                : Path.of(path).toAbsolutePath().toString();
    }

    private String configuration() throws IOException {
        Path module = Cli.ROOT.resolve("samples/modules/log/log.wasm");
        return Files.writeString(directory.resolve("modules.toml"), CONFIGURATION.formatted(module))
                .toString();
    }

    private Cli.Result request(String file, String... more) {
        List<String> arguments = Stream.concat(
                        Stream.of("request", "-v", "-c", file, "--engine", "compiler", "/one"), Stream.of(more))
                .toList();
        Cli.Result result = run(command(arguments.toArray(String[]::new)));
        assertThat(result.code()).as(result.stderr()).isZero();
        return result;
    }

    private ProcessBuilder command(String... args) {
        ProcessBuilder command = Cli.command(args);
        command.environment().put("XDG_CACHE_HOME", directory.resolve("caches").toString());
        return command;
    }

    private static Cli.Result run(ProcessBuilder command) {
        return Cli.finish(Cli.start(command), new byte[0]);
    }

    /** The only compiled module; that a module is valid, which is noted before it is compiled, is another entry. */
    private String onlyEntry(String below) throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve(below))) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.startsWith("valid-"))
                    .toList();
            assertThat(names).hasSize(1);
            return names.get(0);
        }
    }
}
