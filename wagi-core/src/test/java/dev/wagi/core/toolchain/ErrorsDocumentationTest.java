// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.toolchain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The messages that docs/errors.md explains are those of the sources, and those of the sources are explained. */
class ErrorsDocumentationTest {

    private static final Path ROOT = Path.of(System.getProperty("wagi.root", ".."));

    /** Shorter parts of a message, such as " bytes", are found everywhere. */
    private static final int TELLING = 12;

    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

    /** Where a problem is told, up to the end of the statement; what stands in front of a key says only where it is. */
    private static final Pattern TELLS =
            Pattern.compile("(?:new (?:Bindle|GuestOutput|ModuleLoad|WagiServer)Exception\\(|new OciException\\.\\w+\\("
                    + "|problems?(?:\\.add)?\\()"
                    + "(?:[^;\"]|\"(?:[^\"\\\\]|\\\\.)*\")*;");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

    @Test
    void messages_ofThePage_areInTheSources() throws IOException {
        List<String> sources =
                sources().stream().map(ErrorsDocumentationTest::unescaped).toList();
        List<String> stale = new ArrayList<>();
        int checked = 0;
        for (String message : messages()) {
            List<String> parts = parts(message);
            if (sources.stream().noneMatch(source -> parts.stream().allMatch(source::contains))) {
                stale.add(message);
            }
            checked += parts.size();
        }

        assertThat(stale).as("messages to correct in docs/errors.md").isEmpty();
        assertThat(checked).isGreaterThan(100);
    }

    /** Problems and the texts of exceptions that become one; the long literals of a statement are looked for. */
    @Test
    void messages_ofTheSources_areOnThePage() throws IOException {
        List<String> known =
                messages().stream().flatMap(message -> parts(message).stream()).toList();
        List<String> missing = new ArrayList<>();
        int checked = 0;
        for (String source : sources()) {
            Matcher tells = TELLS.matcher(source);
            while (tells.find()) {
                List<String> literals = LITERAL.matcher(tells.group())
                        .results()
                        .map(literal -> unescaped(literal.group(1)))
                        .filter(literal -> literal.length() >= TELLING && !literal.startsWith(", key '"))
                        .toList();
                if (!literals.isEmpty()
                        && literals.stream().noneMatch(literal -> known.stream().anyMatch(literal::contains))) {
                    missing.add(String.join(" ... ", literals));
                }
                checked++;
            }
        }

        assertThat(missing).as("messages to explain in docs/errors.md").isEmpty();
        assertThat(checked).isGreaterThan(60);
    }

    /**
     * Those who embed the host have no command line: what its options are called is known to {@code wagi-cli} alone.
     */
    @Test
    void messages_ofTheLibraries_nameNoOptionOfTheCommand() throws IOException {
        Set<String> options = new TreeSet<>();
        try (Stream<Path> files = Files.walk(ROOT.resolve("wagi-cli/src/main/java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Pattern.compile("@Option\\(\\s*names = (\\{[^}]*}|\"[^\"]*\")")
                        .matcher(Files.readString(file))
                        .results()
                        .flatMap(names -> LITERAL.matcher(names.group(1)).results())
                        .forEach(name -> options.add(name.group(1)));
            }
        }
        Pattern option = Pattern.compile("(?<![\\w-])(" + String.join("|", options) + ")(?![\\w-])");
        List<String> wrong = new ArrayList<>();
        for (String source : sources()) {
            TELLS.matcher(source)
                    .results()
                    .map(MatchResult::group)
                    .filter(statement -> option.matcher(statement).find())
                    .forEach(wrong::add);
        }

        assertThat(options).contains("-c", "--listen", "--bindle-url").hasSizeGreaterThan(20);
        assertThat(wrong).as("use a Remedy").isEmpty();
    }

    @Test
    void messages_ofThePage_standOnce() throws IOException {
        assertThat(messages()).doesNotHaveDuplicates();
    }

    private static List<String> messages() throws IOException {
        return ROW.matcher(Files.readString(ROOT.resolve("docs/errors.md")))
                .results()
                .map(row -> row.group(1))
                .toList();
    }

    /** What stands between the variable parts and is long enough to tell one message from another; else the longest. */
    private static List<String> parts(String message) {
        List<String> all = List.of(message.split("…"));
        List<String> telling =
                all.stream().filter(part -> part.length() >= TELLING).toList();
        return telling.isEmpty()
                ? List.of(all.stream()
                        .max(Comparator.comparingInt(String::length))
                        .orElseThrow())
                : telling;
    }

    private static String unescaped(String text) {
        return text.replace("\\\"", "\"").replace("\\\\", "\\");
    }

    /** Every main source, its string literals joined. */
    private static List<String> sources() throws IOException {
        List<String> sources = new ArrayList<>();
        for (Path module : Libraries.directories()) {
            try (Stream<Path> files = Files.walk(module.resolve("src/main/java"))) {
                for (Path file : files.filter(ErrorsDocumentationTest::hasCode).toList()) {
                    sources.add(Files.readString(file).replaceAll("(?<!\\\\)\"\\s*\\+\\s*\"", ""));
                }
            }
        }
        return sources;
    }

    /** The descriptions of packages have examples, and no messages of ours. */
    private static boolean hasCode(Path path) {
        return path.toString().endsWith(".java") && !path.endsWith("package-info.java");
    }
}
