// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code -e}. */
class EnvironmentTest {

    /** A command without positional parameters. */
    @Command
    private static class Plain {
        @Option(
                names = {"-e", "--env"},
                arity = "1..*",
                parameterConsumer = Environment.Words.class)
        List<String> variables = new ArrayList<>();

        @Option(names = "-v")
        private boolean verbose;
    }

    /** A command with one. */
    @Command
    private static class WithUrl extends Plain {
        @Parameters
        private String url;
    }

    /** Words and the variables in them, without the last word, the URL. */
    record Words(String words, String... variables) {
        @Override
        public String toString() {
            return words;
        }
    }

    static List<Words> words() {
        return List.of(
                new Words("-e|A=1|/x", "A=1"),
                new Words("-e|A=1|B=2|/x?c=3", "A=1", "B=2"),
                new Words("-e|A=1|-e|B=2|http://localhost/?c=3", "A=1", "B=2"),
                new Words("-e|A=1|B=2|-v|--env|C=3|D=|/", "A=1", "B=2", "C=3", "D="),
                new Words("--env=A=1=2|-eB=-v|-e|-v=x|/", "A=1=2", "B=-v", "-v=x"),
                new Words("-e|A=b c\nd|/", "A=b c\nd"),
                new Words("-ve|A=1|/", "A=1"),
                new Words("-e|a.b=1|A=|/a=b", "a.b=1", "A="));
    }

    @ParameterizedTest
    @MethodSource("words")
    void words_areTakenAsInWagi(Words words) {
        String[] all = words.words().split("\\|");

        Plain plain = CommandLine.populateCommand(new Plain(), Arrays.copyOf(all, all.length - 1));
        WithUrl withUrl = CommandLine.populateCommand(new WithUrl(), all);

        assertThat(plain.variables).containsExactly(words.variables());
        assertThat(withUrl.variables).containsExactly(words.variables());
        assertThat(withUrl.url).isEqualTo(all[all.length - 1]);
    }

    @Test
    void parse_variable_isSplitAtTheFirstEqualsSign() {
        assertThat(Environment.parse("A=1=2 ")).isEqualTo(Map.entry("A", "1=2 "));
        assertThat(Environment.parse("A=")).isEqualTo(Map.entry("A", ""));
        assertThat(Environment.parse("A=a\nb=c")).isEqualTo(Map.entry("A", "a\nb=c"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    A="v w"        | v w
                    A='v w'        | v w
                    A=""           | ``
                    A=''           | ``
                    A="            | "
                    A='            | '
                    A="v           | "v
                    A=v"           | v"
                    A="v'          | "v'
                    A="say "x""    | say "x"
                    A=""v""        | "v"
                    A='"v"'        | "v"
                    A="a" "b"      | a" "b
                    A="\\n"        | \\n
                    """)
    void parse_quotesAroundTheValue_areLeftOut(String text, String value) {
        assertThat(Environment.parse(text)).isEqualTo(Map.entry("A", value));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "A", "=", "=1", " A=1", "A =1", "A\n=1", "A\0B=1", "\u001b[1mA=1", "\"A=1\""})
    void parse_otherwise_isNothing(String text) {
        assertThat(Environment.parse(text)).isNull();
    }

    @Test
    void orElse_optionWins() {
        String variable = System.getenv("PATH") == null ? "Path" : "PATH";

        assertThat(Environment.orElse("x", variable)).isEqualTo("x");
        assertThat(Environment.orElse(null, variable)).isEqualTo(System.getenv(variable));
        assertThat(Environment.orElse(null, "WAGI_TEST_THERE_IS_NO_SUCH_VARIABLE"))
                .isNull();
    }
}
