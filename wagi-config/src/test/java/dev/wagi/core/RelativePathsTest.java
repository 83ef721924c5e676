// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.wagi.config.WagiConfig;
import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What relative paths of configurations are relative to: the directory of the file. Only modules and volumes of a
 * modules.toml are looked up in the working directory as well, as WAGI does. Files of {@code [server]} are in
 * {@code ServerTableTest}.
 */
class RelativePathsTest {

    /** Exist below the working directory of tests, and not below that of the configuration. */
    private static final String ELSEWHERE = "src/test";

    private static final String MODULE_ELSEWHERE = "../samples/modules/hello/hello.wasm";

    private static final String SPIN = """
            spin_manifest_version = 2
            [[trigger.http]]
            route = "/x"
            component = "x"
            executor = { type = "wagi" }
            [component.x]
            """;

    @TempDir
    private Path directory;

    @BeforeEach
    void files() throws IOException {
        Files.copy(Guests.sample("hello"), directory.resolve("hello.wasm"));
        Files.createDirectories(directory.resolve("site"));
    }

    /**
     * A row.
     *
     * @param file the name of the configuration
     * @param text the configuration, with PATH for the path
     * @param near a path next to the configuration
     * @param far a path in the working directory
     * @param problem what is wrong with that one; empty if it is found. DIR for the directory of the configuration
     */
    private record Row(String file, String text, String near, String far, String problem) {
        @Override
        public String toString() {
            return file + ": "
                    + text.lines()
                            .filter(line -> line.contains("PATH"))
                            .findFirst()
                            .orElseThrow();
        }
    }

    static Stream<Row> rows() {
        return Stream.of(
                new Row(
                        "modules.toml",
                        "[[module]]\nroute = \"/x\"\nmodule = \"PATH\"\n",
                        "hello.wasm",
                        MODULE_ELSEWHERE,
                        ""),
                new Row(
                        "modules.toml",
                        "[[module]]\nroute = \"/x\"\nmodule = \"hello.wasm\"\nvolumes = { \"/data\" = \"PATH\" }\n",
                        "site",
                        ELSEWHERE,
                        ""),
                new Row(
                        "modules.toml",
                        "[[static]]\nroute = \"/x/...\"\npath = \"PATH\"\n",
                        "site",
                        ELSEWHERE,
                        ", static 1, key 'path': there is no DIR/src/test; create it, or correct the path"),
                new Row(
                        "spin.toml",
                        SPIN + "source = \"PATH\"\n",
                        "hello.wasm",
                        MODULE_ELSEWHERE,
                        ", component \"x\", key 'module': there is no file PARENT/samples/modules/hello/hello.wasm;"
                                + " check the path"),
                new Row(
                        "spin.toml",
                        SPIN + "source = \"hello.wasm\"\nfiles = [{ source = \"PATH\", destination = \"/data\" }]\n",
                        "site",
                        ELSEWHERE,
                        ", component \"x\", key 'files': there is no directory DIR/src/test; create it, or correct its"
                                + " path, which is relative to the manifest"),
                new Row(
                        "spin.toml",
                        SPIN + "source = \"hello.wasm\"\nfiles = [\"PATH/**/*\"]\n",
                        "site",
                        ELSEWHERE,
                        ", component \"x\", key 'files': there is no directory DIR/src/test; create it, or correct its"
                                + " path, which is relative to the manifest"));
    }

    /** In a zip file the same path would be another file of this machine. */
    @Test
    void spinInAnotherFileSystem_pathsOfThisMachine_areNotMeant() throws IOException {
        String here = directory.toString().replace('\\', '/').replaceFirst("^([A-Z]:)?/", "");
        try (FileSystem zip = FileSystems.newFileSystem(directory.resolve("app.zip"), Map.of("create", "true"))) {
            Files.createDirectories(zip.getPath(here, "site"));
            Path manifest = Files.writeString(
                    zip.getPath("/spin.toml"),
                    SPIN + "source = \"" + here + "/hello.wasm\"\nfiles = [{ source = \"" + here
                            + "/site\", destination = \"/data\" }]\n");

            assertThatThrownBy(() -> Wagi.load(manifest))
                    .isInstanceOf(WagiConfigException.class)
                    .hasMessageContaining("but there is no /" + here + "/hello.wasm; check the path")
                    .hasMessageContaining("is to be next to the manifest, which is no file of this machine");
        }
    }

    @ParameterizedTest
    @MethodSource("rows")
    void nextToTheConfiguration_isFound(Row row) throws IOException {
        load(row, row.near()).close();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void inTheWorkingDirectory_isFoundWhereWagiDoes(Row row) throws IOException {
        assertThat(Path.of(row.far())).exists();

        if (row.problem().isEmpty()) {
            load(row, row.far()).close();
            return;
        }
        WagiConfigException failure = catchThrowableOfType(WagiConfigException.class, () -> load(row, row.far()));

        assertThat(failure.problems())
                .containsExactly(directory.resolve(row.file())
                        + row.problem()
                                .replace("DIR", directory.toString())
                                .replace("PARENT", directory.getParent().toString()));
    }

    /** Text has the directory that the program gives it. */
    @Test
    void textWithABaseDirectory_isRelativeToThat() {
        String manifest = SPIN + "source = \"hello.wasm\"\nfiles = [\"site/**/*\"]\n";
        Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addSource(WagiConfig.of(WagiConfig.Format.TOML, manifest).withBaseDirectory(directory))
                .build()
                .close();

        WagiConfigException failure = catchThrowableOfType(
                WagiConfigException.class,
                () -> Wagi.builder()
                        .engine(Wagi.Engine.INTERPRETER)
                        .addSource(WagiConfig.of(WagiConfig.Format.TOML, manifest))
                        .build());
        Path here = Path.of("").toAbsolutePath();
        assertThat(failure.problems())
                .hasSize(2)
                .anyMatch(problem -> problem.contains("there is no directory " + here.resolve("site")))
                .anyMatch(problem -> problem.contains("there is no file " + here.resolve("hello.wasm")));
    }

    /** With the paths of Windows: a drive, and separators that TOML takes literally in single quotes. */
    @ParameterizedTest
    @ValueSource(
            strings = {"guests\\hello.wasm", "guests/hello.wasm", "C:\\work\\guests\\hello.wasm", "GUESTS\\Hello.wasm"})
    void module_onWindows_isFound(String path) throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            Path guests = Files.createDirectory(windows.getPath("C:\\work\\guests"));
            Files.write(guests.resolve("hello.wasm"), Files.readAllBytes(Guests.sample("hello")));
            Path file = windows.getPath("C:\\work\\modules.toml");
            Files.writeString(file, "[[module]]\nroute = '/x'\nmodule = '" + path + "'\n");

            try (Wagi wagi = Wagi.builder()
                    .engine(Wagi.Engine.INTERPRETER)
                    .addSource(WagiConfig.of(file))
                    .build()) {
                assertThat(wagi.routes())
                        .singleElement()
                        .satisfies(route -> assertThat(route.module()).isEqualToIgnoringCase("hello"));
            }
        }
    }

    private Wagi load(Row row, String path) throws IOException {
        return Wagi.builder()
                .engine(Wagi.Engine.INTERPRETER)
                .addConfiguration(Files.writeString(
                        directory.resolve(row.file()), row.text().replace("PATH", path)))
                .build();
    }
}
