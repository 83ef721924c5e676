// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PackagedCodeTest {

    private static final String MODULE = "0a1b";
    private static final String KEY = "2c3d";
    private static final byte[] CODE = "code".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path root;

    private final List<String> warnings = new ArrayList<>();

    @Test
    void get_whatABuildWrote_isFoundByTheClassLoader() throws IOException {
        PackagedCode build = PackagedCode.writingTo(root);
        build.put(MODULE, KEY, CODE);

        assertThat(build.finish()).isEqualTo(1);
        try (URLClassLoader application = application()) {
            assertThat(read(application).get("hello", MODULE, KEY)).hasValue(CODE);
            assertThat(read(application).get("hello", "another", KEY)).isEmpty();
        }
        assertThat(warnings).isEmpty();
    }

    record Damage(String name, UnaryOperator<byte[]> change) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Damage> damages() {
        return List.of(
                new Damage("empty", file -> new byte[0]),
                new Damage("cut off in the header", file -> Arrays.copyOf(file, 10)),
                new Damage("cut off in the code", file -> Arrays.copyOf(file, file.length - 1)),
                new Damage("longer", file -> Arrays.copyOf(file, file.length + 1)),
                new Damage("another bit", file -> {
                    file[file.length - 1] ^= 1;
                    return file;
                }),
                new Damage("of another version", file -> {
                    byte[] other = CacheEntry.header("another", CODE).array();
                    byte[] all = Arrays.copyOf(other, other.length + CODE.length);
                    System.arraycopy(CODE, 0, all, other.length, CODE.length);
                    return all;
                }));
    }

    @ParameterizedTest
    @MethodSource("damages")
    void get_whatIsNotTheCodeOfThisKey_isNotUsedAndReportedOnce(Damage damage) throws IOException {
        PackagedCode.writingTo(root).put(MODULE, KEY, CODE);
        Files.write(file(MODULE), damage.change().apply(Files.readAllBytes(file(MODULE))));

        try (URLClassLoader application = application()) {
            PackagedCode code = read(application);
            assertThat(code.get("hello", MODULE, KEY)).isEmpty();
            assertThat(code.get("again", MODULE, KEY)).isEmpty();
        }
        assertThat(warnings)
                .containsExactly(
                        "precompiled code is not used, and modules are compiled at this start: the code of hello was"
                                + " made by another version of WAGI, or is damaged; build the application again, with"
                                + " wagi-maven-plugin and WAGI of one version");
    }

    @Test
    void finish_codeOfModulesThatAreGone_isRemoved() throws IOException {
        PackagedCode first = PackagedCode.writingTo(root);
        first.put("read", KEY, CODE);
        first.put("written", KEY, CODE);
        first.put("gone", KEY, CODE);
        Files.writeString(file("gone").resolveSibling("notes.txt"), "of somebody else");
        PackagedCode second = PackagedCode.writingTo(root);

        assertThat(second.get("read", "read", KEY)).hasValue(CODE);
        second.put("written", KEY, CODE);

        assertThat(second.finish()).isEqualTo(2);
        assertThat(file("gone")).doesNotExist();
        assertThat(file("read")).exists();
        assertThat(file("gone").resolveSibling("notes.txt")).exists();
    }

    @Test
    void finish_whatCouldNotBeWritten_isThrown() throws IOException {
        Files.writeString(root.resolve("META-INF"), "a file");
        PackagedCode build = PackagedCode.writingTo(root);

        build.put(MODULE, KEY, CODE);

        assertThatThrownBy(build::finish).isInstanceOf(IOException.class).hasMessageContaining("META-INF");
    }

    private Path file(String module) {
        return root.resolve("META-INF/wagi/compiled").resolve(module + ".wagi-code");
    }

    private URLClassLoader application() throws IOException {
        return new URLClassLoader(new URL[] {root.toUri().toURL()}, null);
    }

    private PackagedCode read(ClassLoader application) {
        return PackagedCode.of(application, warnings::add);
    }
}
