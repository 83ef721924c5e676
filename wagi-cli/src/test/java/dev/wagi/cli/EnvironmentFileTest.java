// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EnvironmentFileTest {

    private static final String NO_VARIABLE = "is not a variable; write NAME = VALUE, or begin a comment with '#'";
    private static final String NO_QUOTE =
            "has no closing quote; a value ends on its line, and in double quotes \\n is a line break";
    private static final String AFTER_QUOTE =
            "has something after the closing quote; put all of the value into the quotes";
    private static final String NO_ESCAPE =
            "has an escape that is none of \\n \\r \\t \\\" \\\\ \\$; write \\\\ for a backslash, or use single quotes";

    private final List<String> problems = new ArrayList<>();

    @TempDir
    private Path directory;

    /** A file that can be read. */
    record Good(String name, String text, Map<String, String> variables) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Good> good() {
        return List.of(
                new Good("empty", "", Map.of()),
                new Good("blank lines and comments", "\n  \t\n# A=1\n   # B=2\n", Map.of()),
                new Good("plain", "A=1", Map.of("A", "1")),
                new Good("white space around", "  A \t=  1 2  \n", Map.of("A", "1 2")),
                new Good("CRLF", "A=1\r\nB = 2\r\n", Map.of("A", "1", "B", "2")),
                new Good("byte order mark", "\ufeffA=1\n", Map.of("A", "1")),
                new Good("equals sign in the value", "A=b=c==", Map.of("A", "b=c==")),
                new Good(
                        "no value",
                        "A=\nB =  \nC= # none\nD=''\nE=\"\"",
                        Map.of("A", "", "B", "", "C", "", "D", "", "E", "")),
                new Good(
                        "comment after", "A=1 # one\nB='1' # one\nC=\"1\"\t#one", Map.of("A", "1", "B", "1", "C", "1")),
                new Good(
                        "number sign in the value",
                        "A=x#y\nB=#fff\nC=' # '",
                        Map.of("A", "x#y", "B", "#fff", "C", " # ")),
                new Good("export", "export A=1\nexport \t B = 2\nexport=3", Map.of("A", "1", "B", "2", "export", "3")),
                new Good("single quotes", "A='a\\n\"$B\" '", Map.of("A", "a\\n\"$B\" ")),
                new Good("double quotes", "A=\" it's\\n\\r\\t\\\"\\\\\\$ \"", Map.of("A", " it's\n\r\t\"\\$ ")),
                new Good("quotes inside", "A=it's\nB=say \"a\"", Map.of("A", "it's", "B", "say \"a\"")),
                new Good("nothing is expanded", "A=1\nB=$A ${A} `A`", Map.of("A", "1", "B", "$A ${A} `A`")),
                new Good("the last one counts", "A=1\nA=2", Map.of("A", "2")),
                new Good(
                        "other letters",
                        "\u00c4=\u4e16\u754c \ud83d\ude00",
                        Map.of("\u00c4", "\u4e16\u754c \ud83d\ude00")),
                new Good("dots and dashes in the name", "a.b-c=1", Map.of("a.b-c", "1")),
                new Good(
                        "half a million escapes",
                        "A=\"" + "\\n".repeat(500_000) + '"',
                        Map.of("A", "\n".repeat(500_000))),
                new Good("half a million blanks", "A=" + " ".repeat(500_000) + "b", Map.of("A", "b")));
    }

    @ParameterizedTest
    @MethodSource("good")
    void parse_good_givesTheVariables(Good good) {
        assertThat(parse(good.text())).isEqualTo(good.variables());
        assertThat(problems).isEmpty();
    }

    /** A file with a line that cannot be read. */
    record Bad(String name, String text, int line, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Bad> bad() {
        return List.of(
                new Bad("a word", "A=1\nsecret\nB=2", 2, NO_VARIABLE),
                new Bad("no name", "=secret", 1, NO_VARIABLE),
                new Bad("two words before the equals sign", "A B=secret", 1, NO_VARIABLE),
                new Bad("export only", "export A", 1, NO_VARIABLE),
                new Bad("quoted name", "'A'=secret", 1, NO_VARIABLE),
                new Bad("control character in the name", "A\u001bB=secret", 1, NO_VARIABLE),
                new Bad("open single quote", "A='secret", 1, NO_QUOTE),
                new Bad("open double quote", "\n\nA=\"secret\nB=1", 3, NO_QUOTE),
                new Bad("escaped closing quote", "A=\"secret\\\"", 1, NO_QUOTE),
                new Bad("backslash at the end", "A=\"secret\\", 1, NO_QUOTE),
                new Bad("lone quote", "A='", 1, NO_QUOTE),
                new Bad("text after the quote", "A='secret' secret", 1, AFTER_QUOTE),
                new Bad("number sign at the quote", "A=\"secret\"#secret", 1, AFTER_QUOTE),
                new Bad("unknown escape", "A=\"C:\\secret\"", 1, NO_ESCAPE),
                new Bad("NUL", "A=1\nB=secret\0", 2, "holds NUL; leave it out"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void parse_bad_namesFileAndLineAndNoSecret(Bad bad) {
        parse(bad.text());

        assertThat(problems).containsExactly("my.env, line " + bad.line() + ": " + bad.message());
        assertThat(bad.message()).doesNotContain("secret");
    }

    @Test
    void parse_notUtf8_namesTheLine() {
        EnvironmentFile.parse("my.env", "A=1\nB=\u00e4\nC".getBytes(StandardCharsets.ISO_8859_1), problems);

        assertThat(problems)
                .containsExactly(
                        "my.env, line 2: is not UTF-8; save the file as UTF-8", "my.env, line 3: " + NO_VARIABLE);
    }

    @Test
    void read_noFile_isAProblem() throws IOException {
        Path absent = directory.resolve("absent.env");
        Path huge = Files.write(directory.resolve("huge.env"), new byte[(1 << 20) + 1]);

        EnvironmentFile.read(absent, problems);
        EnvironmentFile.read(directory, problems);
        EnvironmentFile.read(huge, problems);

        assertThat(problems)
                .containsExactly(
                        absent + ": there is no such file; check the path given with --env-file",
                        directory + ": cannot be read, given with --env-file: it is a directory",
                        huge + ": is larger than 1 MiB; is it a file of variables?");
    }

    private Map<String, String> parse(String text) {
        return EnvironmentFile.parse("my.env", text.getBytes(StandardCharsets.UTF_8), problems);
    }
}
