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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CacheFileTest {

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
                        ", cache, key 'directory': is not a string; put it in quotes"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void isEnabled_bad_namesEveryProblem(Bad bad) throws IOException {
        Path file = write(bad.toml());

        assertThatThrownBy(() -> CacheFile.isEnabled(file))
                .isInstanceOfSatisfying(
                        WagiConfigException.class,
                        e -> assertThat(e.problems())
                                .containsExactlyElementsOf(List.of(bad.problems()).stream()
                                        .map(problem -> file + problem)
                                        .toList()));
    }

    @Test
    void isEnabled_brokenToml_namesTheLine() throws IOException {
        Path file = write("[cache]\nenabled = yes\n");

        assertThatThrownBy(() -> CacheFile.isEnabled(file))
                .isInstanceOf(WagiConfigException.class)
                .hasMessageStartingWith(file + ", line 2: broken TOML: ");
    }

    @Test
    void isEnabled_noFile_namesTheOption() {
        Path absent = directory.resolve("absent.toml");

        assertThatThrownBy(() -> CacheFile.isEnabled(absent))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(absent + ": there is no such file; check the path given with --cache");
        assertThatThrownBy(() -> CacheFile.isEnabled(directory))
                .isInstanceOf(WagiConfigException.class)
                .hasMessage(directory + ": cannot be read, given with --cache: it is a directory");
    }

    @Test
    void isEnabled_good_isWhatItSays() throws IOException {
        assertThat(CacheFile.isEnabled(write("[cache]\nenabled = true\ndirectory = \"/var/cache/wagi\"\n")))
                .isTrue();
        assertThat(CacheFile.isEnabled(write("[cache]\nenabled = false\ncleanup-interval = \"1h\"\n")))
                .isFalse();
    }

    private Path write(String toml) throws IOException {
        return Files.writeString(directory.resolve("cache.toml"), toml);
    }
}
