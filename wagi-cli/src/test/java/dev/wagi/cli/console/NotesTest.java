// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is kept of texts is bounded, whatever guests write. */
class NotesTest {

    private static Notes.Note note(String id, String text) {
        return new Notes.Note(Instant.EPOCH, id, "", text);
    }

    @Test
    void module_hasTheNewestTexts() {
        Notes notes = new Notes(3, 3, 10, 10_000);
        for (int i = 1; i <= 5; i++) {
            notes.add("m", note("r" + i, "text " + i));
        }

        assertThat(notes.of("m")).extracting(Notes.Note::text).containsExactly("text 5", "text 4", "text 3");
        assertThat(notes.of("other")).isEmpty();
        assertThat(notes.ofRequest("r4")).extracting(Notes.Note::text).containsExactly("text 4");
    }

    @Test
    void floodOfOneText_leavesTheOthers() {
        Notes notes = new Notes(4, 2, 100, 1 << 20);
        notes.add("m", note("r0", "trapped"));
        for (int i = 1; i <= 1000; i++) {
            notes.add("m", note("r" + i, "queue full"));
        }

        assertThat(notes.of("m")).extracting(Notes.Note::requestId).containsExactly("r1000", "r999", "r0");
        notes.add("m", note("x", "another"));
        notes.add("m", note("y", "another"));
        assertThat(notes.of("m")).extracting(Notes.Note::requestId).containsExactly("y", "x", "r1000", "r999");
        assertThat(notes.size())
                .isEqualTo(notes.of("m").stream().mapToInt(Notes.Note::size).sum());
    }

    @Test
    void text_isCutBetweenCharacters() {
        Notes notes = new Notes(3, 3, 4, 10_000);

        notes.add("m", note("r", "abcdefg"));
        notes.add("m", note("r", "abc😀"));

        assertThat(notes.of("m")).extracting(Notes.Note::text).containsExactly("abc…", "abcd…");
    }

    @Test
    void allModules_shareTheRoom() {
        Notes notes = new Notes(1000, 1000, 1000, 50_000);
        for (int module = 0; module < 10; module++) {
            for (int i = 0; i < 100; i++) {
                notes.add("m" + module, note("r", "x".repeat(900)));
                assertThat(notes.size()).isLessThanOrEqualTo(50_000);
            }
        }

        for (int module = 0; module < 10; module++) {
            assertThat(notes.of("m" + module)).hasSize(5);
        }
    }

    @Test
    void modules_areBounded_thoseGoFirstThatSayNothing() {
        Notes notes = new Notes(1000, 1000, 1000, 1 << 20);
        notes.add("quiet", note("r", "x"));
        for (int module = 0; module < 5000; module++) {
            notes.add("loud", note("r", "x"));
            notes.add("m" + module, note("r", "x"));
        }

        assertThat(notes.of("quiet")).isEmpty();
        assertThat(notes.of("loud")).isNotEmpty();
        assertThat(notes.size()).isLessThanOrEqualTo(1 << 20);
    }

    /** A module among a thousand has less room than the stack of a trap takes. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 120, 130, 500, 1000})
    void newestText_isThere_howeverManyModulesThereAre(int modules) {
        String trap = "trapped: integer divide by zero\n" + "  at average (0x42)\n".repeat(100);
        String request = "GET /" + "x".repeat(200);
        Notes notes = new Notes(20, 20, 2000, 256 << 10);
        for (int round = 0; round < 2; round++) {
            for (int module = 0; module < modules; module++) {
                notes.add("m" + module, note("r" + round, trap));
                assertThat(notes.complete("m" + module, "r" + round, request)).isTrue();
                assertThat(notes.size()).isLessThanOrEqualTo(256 << 10);
            }
        }

        for (int module = 0; module < modules; module++) {
            Notes.Note newest = notes.of("m" + module).get(0);
            assertThat(newest.requestId()).isEqualTo("r1");
            assertThat(newest.text()).startsWith("trapped: integer divide by zero\n");
            assertThat(newest.request()).startsWith("GET /xxxx");
        }
    }

    @Test
    void request_isAddedToItsText_whereverThatIs() {
        Notes notes = new Notes(3, 3, 20, 10_000);
        notes.add("m", note("r1", "one"));
        notes.add("m", note("r2", "two"));

        assertThat(notes.complete("m", "r1", "GET /1")).isTrue();
        assertThat(notes.complete("m", "r3", "GET /3")).isFalse();
        assertThat(notes.complete("n", "r1", "GET /1")).isFalse();

        assertThat(notes.of("m")).extracting(Notes.Note::request).containsExactly("", "GET /1");
        assertThat(notes.of("m")).extracting(Notes.Note::text).containsExactly("two", "one");
    }
}
