// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs every stored input once, without Jazzer. */
class ReplayTest {

    private static final String NOTES = "notes.txt";

    @ParameterizedTest
    @EnumSource
    void target_withEachInputOfItsCorpus_keepsItsPromises(Target target) throws IOException {
        List<Path> inputs = Target.files(target.corpus());
        assertThat(inputs).as("the corpus of %s", target).isNotEmpty();
        for (Path input : inputs) {
            replay(target, input);
        }
    }

    @ParameterizedTest
    @EnumSource
    void target_withEachInputThatOnceFoundSomething_keepsItsPromises(Target target) throws IOException {
        for (Path input : Target.files(target.regressions())) {
            if (!input.endsWith(NOTES)) {
                replay(target, input);
            }
        }
    }

    @Test
    void regressions_eachHaveALineThatTellsWhatTheyWere() throws IOException {
        for (Target target : Target.values()) {
            Path notes = target.regressions().resolve(NOTES);
            List<String> names = Target.files(target.regressions()).stream()
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals(NOTES))
                    .toList();
            List<String> lines = Files.exists(notes) ? Files.readAllLines(notes) : List.of();
            assertThat(lines.stream().map(line -> line.split(": ", 2)[0]))
                    .as("the names in %s", notes)
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    @Test
    void folders_allBelongToTargets() throws IOException {
        for (String folder : List.of("corpus", "regressions")) {
            Path home = Target.home().resolve(folder);
            assertThat(Target.files(home))
                    .isSubsetOf(Stream.of(Target.values())
                            .map(target -> home.resolve(target.folder))
                            .toList());
        }
    }

    private static void replay(Target target, Path input) throws IOException {
        byte[] bytes = Files.readAllBytes(input);
        try {
            target.run.with(bytes);
        } catch (Throwable e) {
            throw new AssertionError(target + " fails with " + input, e);
        }
    }
}
