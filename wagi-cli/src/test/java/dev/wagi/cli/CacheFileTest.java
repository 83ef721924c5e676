// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.core.api.WagiConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CacheFileTest {

    private static final Optional<Path> STANDARD = Optional.of(Path.of("standard"));

    @TempDir
    private Path directory;

    /** A file and everything that is wrong with it. */
    record Bad(String name, String toml, String... problems) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Bad> bad() {
        return List.of(
                new Bad("empty", "", ": there is no table [cache]; write it, with enabled and directory in it"),
                new Bad(
                        "no table",
                        "cache = 1",
                        ": there is no table [cache]; write it, with enabled and directory in it"),
                new Bad("no switch", "[cache]", ", cache, key 'enabled': is missing; write true or false"),
                new Bad(
                        "everything",
                        "other = 1\n[cache]\nenabled = \"yes\"\ndirectory = 1\ndirektory = \"/tmp\"\n",
                        ", key 'other': is unknown; the only table is [cache]",
                        ", cache, key 'direktory': is unknown; known keys are enabled and directory",
                        ", cache, key 'enabled': is not a boolean; write true or false",
                        ", cache, key 'directory': is not a string; put it in quotes"),
                new Bad(
                        "relative",
                        "[cache]\nenabled = true\ndirectory = \"cache\"\n",
                        ", cache, key 'directory': \"cache\" is not an absolute path; write for instance"
                                + " \"/var/cache/wagi\""),
                new Bad(
                        "off, but wrong",
                        "[cache]\nenabled = false\ndirectory = 1\n",
                        ", cache, key 'directory': is not a string; put it in quotes"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void directory_bad_namesEveryProblem(Bad bad) throws IOException {
        Path file = write(bad.toml());

        assertThatThrownBy(() -> CacheFile.directory(file, STANDARD))
                .isInstanceOfSatisfying(
                        WagiConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactlyElementsOf(List.of(bad.problems()).stream()
                                        .map(problem -> file + problem)
                                        .toList()));
    }

    @Test
    void directory_brokenToml_namesTheLine() throws IOException {
        Path file = write("[cache]\nenabled = yes\n");

        assertThatThrownBy(() -> CacheFile.directory(file, STANDARD))
                .isInstanceOf(WagiConfigException.class)
                .hasMessageStartingWith(file + ", line 2: broken TOML: ");
    }

    @Test
    void directory_noFile_namesTheOption() {
        Path absent = directory.resolve("absent.toml");

        assertThatThrownBy(() -> CacheFile.directory(absent, STANDARD))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(absent + ": there is no such file; check the path given with --cache");
        assertThatThrownBy(() -> CacheFile.directory(directory, STANDARD))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(directory + ": cannot be read, given with --cache: it is a directory");
    }

    @Test
    void directory_good_isWhatItSays() throws IOException {
        Path named = directory.resolve("compiled");

        assertThat(CacheFile.directory(write("[cache]\nenabled = true\ndirectory = '" + named + "'\n"), STANDARD))
                .hasValue(named);
        assertThat(CacheFile.directory(write("[cache]\nenabled = true\ncleanup-interval = \"1h\"\n"), STANDARD))
                .isEqualTo(STANDARD);
        assertThat(CacheFile.directory(write("[cache]\nenabled = false\n"), STANDARD))
                .isEmpty();
        assertThat(CacheFile.directory(write("[cache]\nenabled = false\ndirectory = 'cache'\n"), STANDARD))
                .isEmpty();
    }

    @Test
    void directory_noHome_mustBeNamed() throws IOException {
        Path file = write("[cache]\nenabled = true\n");

        assertThatThrownBy(() -> CacheFile.directory(file, Optional.empty()))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(file + ", cache, key 'directory': is missing, and there is no home directory; write an"
                        + " absolute path");
        assertThat(CacheFile.directory(write("[cache]\nenabled = false\n"), Optional.empty()))
                .isEmpty();
    }

    private Path write(String toml) throws IOException {
        return Files.writeString(directory.resolve("cache.toml"), toml);
    }
}
